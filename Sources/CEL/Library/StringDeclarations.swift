/// The signatures of the string extensions that are implemented, by the ids of their definition.
///
/// https://pkg.go.dev/github.com/google/cel-go/ext#Strings
package enum StringDeclarations {
  /// Version 2 of the extension, which is what Kubernetes has.
  package static let functions = [
    member("charAt", ("string_char_at_int", [.string, .int], .string)),
    member(
      "indexOf", ("string_index_of_string", [.string, .string], .int),
      ("string_index_of_string_int", [.string, .string, .int], .int)),
    member(
      "lastIndexOf", ("string_last_index_of_string", [.string, .string], .int),
      ("string_last_index_of_string_int", [.string, .string, .int], .int)),
    member("lowerAscii", ("string_lower_ascii", [.string], .string)),
    member("upperAscii", ("string_upper_ascii", [.string], .string)),
    member(
      "replace", ("string_replace_string_string", [.string, .string, .string], .string),
      ("string_replace_string_string_int", [.string, .string, .string, .int], .string)),
    member(
      "split", ("string_split_string", [.string, .string], .list(.string)),
      ("string_split_string_int", [.string, .string, .int], .list(.string))),
    member(
      "substring", ("string_substring_int", [.string, .int], .string),
      ("string_substring_int_int", [.string, .int, .int], .string)),
    member("trim", ("string_trim", [.string], .string)),
    member(
      "join", ("list_join", [.list(.string)], .string), ("list_join_string", [.list(.string), .string], .string)),
    member("format", ("string_format", [.string, .list(.dyn)], .string)),
    FunctionDeclaration("strings.quote", [.init("strings_quote", [.string], .string)]),
  ]

  /// What version 3 adds.
  package static let reverse = member("reverse", ("string_reverse", [.string], .string))

  private static func member(
    _ name: String, _ overloads: (id: String, parameters: [CELType], result: CELType)...
  ) -> FunctionDeclaration {
    FunctionDeclaration(name, overloads.map { .init($0.id, isMember: true, $0.parameters, $0.result) })
  }
}
