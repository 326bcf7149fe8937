/// The signatures of the regex extension, by the ids of its definition.
///
/// https://pkg.go.dev/github.com/google/cel-go/ext#Regex
package enum RegexDeclarations {
  package static let functions = [
    FunctionDeclaration(
      "regex.extract", [.init("regex_extract_string_string", [.string, .string], .optional(.string))]),
    FunctionDeclaration(
      "regex.extractAll", [.init("regex_extractAll_string_string", [.string, .string], .list(.string))]),
    FunctionDeclaration(
      "regex.replace",
      [
        .init("regex_replace_string_string_string", [.string, .string, .string], .string),
        .init("regex_replace_string_string_string_int", [.string, .string, .string, .int], .string),
      ]),
  ]
}
