extension CELType: CustomStringConvertible {
  /// As error messages write it: `map(string, list(int))`.
  public var description: String {
    switch self {
    case .dyn: "dyn"
    case .null: "null"
    case .bool: "bool"
    case .int: "int"
    case .uint: "uint"
    case .double: "double"
    case .string: "string"
    case .bytes: "bytes"
    case .timestamp: "timestamp"
    case .duration: "duration"
    case .list(let element): "list(\(element))"
    case .map(let key, let value): "map(\(key), \(value))"
    case .optional(let value): "optional_type(\(value))"
    case .type(.type(.dyn)): "type(type)"
    case .type(let type): "type(\(type))"
    case .object(let name), .opaque(let name), .parameter(let name): name
    case .abstract(let name, let parameters):
      "\(name)(\(parameters.map(\.description).joined(separator: ", ")))"
    case .error: "!error!"
    }
  }

  /// The types that this one is made of.
  var parameters: [CELType] {
    switch self {
    case .list(let element), .optional(let element), .type(let element): [element]
    case .map(let key, let value): [key, value]
    case .abstract(_, let parameters): parameters
    default: []
    }
  }

  /// The same type made of other types, as many as ``parameters``.
  func with(_ parameters: [CELType]) -> CELType {
    switch self {
    case .list: .list(parameters[0])
    case .optional: .optional(parameters[0])
    case .type: .type(parameters[0])
    case .map: .map(parameters[0], parameters[1])
    case .abstract(let name, _): .abstract(name, parameters)
    default: self
    }
  }

  /// Whether both are made by the same constructor, leaving aside of what.
  func hasShape(of other: CELType) -> Bool {
    switch (self, other) {
    case (.list, .list), (.map, .map), (.optional, .optional), (.type, .type): true
    case (.abstract(let name, let parameters), .abstract(let otherName, let others)):
      name == otherName && parameters.count == others.count
    default: self == other
    }
  }
}
