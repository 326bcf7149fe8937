/// The signatures of the functions on lists that Kubernetes adds to CEL, by its ids.
///
/// https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-list-library
package enum ListDeclarations {
  private static let summable: [CELType] = [.int, .uint, .double, .duration]
  private static let comparable: [CELType] = [.int, .uint, .double, .bool, .duration, .timestamp, .string, .bytes]

  package static let functions = [
    each("isSorted", of: comparable, "is_sorted_bool") { _ in .bool },
    each("sum", of: summable, "sum") { $0 },
    each("min", of: comparable, "min") { $0 },
    each("max", of: comparable, "max") { $0 },
    search("indexOf", "list_a_index_of_int"),
    search("lastIndexOf", "list_a_last_index_of_int"),
  ]

  private static func each(
    _ name: String, of types: [CELType], _ suffix: String, result: (CELType) -> CELType
  ) -> FunctionDeclaration {
    FunctionDeclaration(
      name,
      types.map { type in
        let result = result(type)
        let id = suffix.hasSuffix("bool") ? "list_\(type)_\(suffix)" : "list_\(type)_\(suffix)_\(type)"
        return .init(id, isMember: true, [.list(type)], result)
      })
  }

  private static func search(_ name: String, _ id: String) -> FunctionDeclaration {
    FunctionDeclaration(name, [.init(id, isMember: true, [.list(.parameter("A")), .parameter("A")], .int)])
  }
}
