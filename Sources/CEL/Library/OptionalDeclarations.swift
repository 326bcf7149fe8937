/// The signatures of the library of optional values.
///
/// https://pkg.go.dev/github.com/google/cel-go/cel#OptionalTypes
package enum OptionalDeclarations {
  private static let k = CELType.parameter("K")
  private static let v = CELType.parameter("V")
  private static let optional = CELType.optional(v)
  private static let list = CELType.list(v)
  private static let map = CELType.map(k, v)

  package static let functions = [
    FunctionDeclaration("optional.of", [.init("optional_of", [v], optional)]),
    FunctionDeclaration("optional.ofNonZeroValue", [.init("optional_ofNonZeroValue", [v], optional)]),
    FunctionDeclaration("optional.none", [.init("optional_none", [], optional)]),
    FunctionDeclaration("value", [.init("optional_value", isMember: true, [optional], v)]),
    FunctionDeclaration("hasValue", [.init("optional_hasValue", isMember: true, [optional], .bool)]),
    FunctionDeclaration("or", [.init("optional_or_optional", isMember: true, [optional, optional], optional)]),
    FunctionDeclaration("orValue", [.init("optional_orValue_value", isMember: true, [optional, v], v)]),
    FunctionDeclaration("optional.unwrap", [.init("optional_unwrap", [.list(optional)], list)]),
    FunctionDeclaration("unwrapOpt", [.init("optional_unwrapOpt", isMember: true, [.list(optional)], list)]),
    FunctionDeclaration(
      "_[?_]",
      [
        .init("list_optindex_optional_int", [list, .int], optional),
        .init("optional_list_optindex_optional_int", [.optional(list), .int], optional),
        .init("map_optindex_optional_value", [map, k], optional),
        .init("optional_map_optindex_optional_value", [.optional(map), k], optional),
      ]),
    FunctionDeclaration(
      "_[_]",
      [
        .init("optional_list_index_int", [.optional(list), .int], optional),
        .init("optional_map_index_value", [.optional(map), k], optional),
      ]),
  ]
}
