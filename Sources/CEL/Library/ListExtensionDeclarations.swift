/// The signatures of the lists extension, by the ids of its definition.
///
/// https://pkg.go.dev/github.com/google/cel-go/ext#Lists and, for `first` and `last`, version 2 of the library of optional
/// values.
package enum ListExtensionDeclarations {
  private static let t = CELType.parameter("T")
  private static let list = CELType.list(t)

  /// The types that lists can be sorted by.
  static let comparable: [CELType] = [.int, .uint, .double, .bool, .duration, .timestamp, .string, .bytes]

  /// Version 3, the latest and that of Kubernetes.
  package static let functions = [
    member("slice", "list_slice", [list, .int, .int], list),
    FunctionDeclaration(
      "flatten",
      [
        .init("list_flatten", isMember: true, [.list(list)], list),
        .init("list_flatten_int", isMember: true, [.list(.dyn), .int], .list(.dyn)),
      ]),
    FunctionDeclaration(
      "sort",
      comparable.map { .init("list_\($0.runtimeName)_sort", isMember: true, [.list($0)], .list($0)) }),
    FunctionDeclaration(
      "@sortByAssociatedKeys",
      comparable.map {
        .init("list_\($0.runtimeName)_sortByAssociatedKeys", isMember: true, [list, .list($0)], list)
      }),
    FunctionDeclaration("lists.range", [.init("lists_range", [.int], .list(.int))]),
    member("reverse", "list_reverse", [list], list),
    member("distinct", "list_distinct", [list], list),
    member("first", "list_first", [list], .optional(t)),
    member("last", "list_last", [list], .optional(t)),
  ]

  private static func member(
    _ name: String, _ id: String, _ parameters: [CELType], _ result: CELType
  ) -> FunctionDeclaration {
    FunctionDeclaration(name, [.init(id, isMember: true, parameters, result)])
  }
}
