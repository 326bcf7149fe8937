internal import CEL
internal import JSON
internal import Memory

/// Types in the JSON of CEL's conformance suite: `{"primitive": "INT64"}`, the Protocol Buffers JSON of `cel.expr.Type`.
enum SuiteType {
  private static let primitives: [String: CELType] = [
    "BOOL": .bool, "INT64": .int, "UINT64": .uint, "DOUBLE": .double, "STRING": .string, "BYTES": .bytes,
  ]

  private static let wellKnown: [String: CELType] = ["TIMESTAMP": .timestamp, "DURATION": .duration, "ANY": .dyn]

  /// Messages that are types of CEL themselves.
  private static let messages: [String: CELType] = [
    "google.protobuf.Timestamp": .timestamp, "google.protobuf.Duration": .duration, "google.protobuf.Any": .dyn,
  ]

  // MARK: Reading

  /// The recursion is as deep as the JSON, which the tape bounds.
  static func read(_ json: Cursor?) throws(BatchLineError) -> CELType {
    guard let json, json.isObject, let (key, content) = json.members.first(where: { _ in true }),
      let kind = key.stringValue
    else { throw BatchLineError("a type is an object such as `{\"primitive\": \"INT64\"}`") }
    switch kind {
    case "dyn": return .dyn
    case "null": return .null
    case "error": return .error
    case "primitive": if let type = primitives[content.stringValue ?? ""] { return type }
    case "well_known": if let type = wellKnown[content.stringValue ?? ""] { return type }
    // A number or string that may be null.
    case "wrapper": return .dyn
    case "list_type":
      return .list(try content.member("elem_type").map { json throws(BatchLineError) in try read(json) } ?? .dyn)
    case "map_type":
      return .map(
        try content.member("key_type").map { json throws(BatchLineError) in try read(json) } ?? .dyn,
        try content.member("value_type").map { json throws(BatchLineError) in try read(json) } ?? .dyn)
    case "type": return .type(content.isObject && content.count > 0 ? try read(content) : .dyn)
    case "type_param": if let name = content.stringValue { return .parameter(name) }
    case "message_type": if let name = content.stringValue { return messages[name] ?? .object(name) }
    case "abstract_type": return try readAbstract(content)
    default: break
    }
    throw BatchLineError("the type `\(kind)` is not supported")
  }

  private static func readAbstract(_ json: Cursor) throws(BatchLineError) -> CELType {
    guard let name = json.member("name")?.stringValue else { throw BatchLineError("an abstract type has a `name`") }
    var parameters: [CELType] = []
    if let list = json.member("parameter_types") {
      for parameter in list.elements { parameters.append(try read(parameter)) }
    }
    if name == "optional_type" { return .optional(parameters.first ?? .dyn) }
    return parameters.isEmpty ? .opaque(name) : .abstract(name, parameters)
  }

  // MARK: Writing

  /// The recursion is as deep as the type, which the checker bounds.
  static func write(_ type: CELType, to buffer: inout ByteBuffer) {
    buffer.writeObjectStart()
    defer { buffer.writeObjectEnd() }
    switch type {
    case .dyn: writeEmpty("dyn", to: &buffer)
    case .error: writeEmpty("error", to: &buffer)
    case .null:
      buffer.writeKey("null")
      buffer.writeNull()
    case .bool: write("primitive", "BOOL", to: &buffer)
    case .int: write("primitive", "INT64", to: &buffer)
    case .uint: write("primitive", "UINT64", to: &buffer)
    case .double: write("primitive", "DOUBLE", to: &buffer)
    case .string: write("primitive", "STRING", to: &buffer)
    case .bytes: write("primitive", "BYTES", to: &buffer)
    case .timestamp: write("well_known", "TIMESTAMP", to: &buffer)
    case .duration: write("well_known", "DURATION", to: &buffer)
    case .object(let name): write("message_type", name, to: &buffer)
    case .parameter(let name): write("type_param", name, to: &buffer)
    case .list(let element):
      buffer.writeKey("list_type")
      buffer.writeObjectStart()
      buffer.writeKey("elem_type")
      write(element, to: &buffer)
      buffer.writeObjectEnd()
    case .map(let key, let value):
      buffer.writeKey("map_type")
      buffer.writeObjectStart()
      buffer.writeKey("key_type")
      write(key, to: &buffer)
      buffer.writeKey("value_type")
      write(value, to: &buffer)
      buffer.writeObjectEnd()
    case .type(let type):
      buffer.writeKey("type")
      write(type, to: &buffer)
    case .optional(let value): writeAbstract("optional_type", [value], to: &buffer)
    case .opaque(let name): writeAbstract(name, [], to: &buffer)
    case .abstract(let name, let parameters): writeAbstract(name, parameters, to: &buffer)
    }
  }

  private static func write(_ key: StaticString, _ name: String, to buffer: inout ByteBuffer) {
    buffer.writeKey(key)
    buffer.writeString(name)
  }

  private static func writeEmpty(_ key: StaticString, to buffer: inout ByteBuffer) {
    buffer.writeKey(key)
    buffer.writeObjectStart()
    buffer.writeObjectEnd()
  }

  private static func writeAbstract(_ name: String, _ parameters: [CELType], to buffer: inout ByteBuffer) {
    buffer.writeKey("abstract_type")
    buffer.writeObjectStart()
    write("name", name, to: &buffer)
    if !parameters.isEmpty {
      buffer.writeKey("parameter_types")
      buffer.writeArrayStart()
      for parameter in parameters { write(parameter, to: &buffer) }
      buffer.writeArrayEnd()
    }
    buffer.writeObjectEnd()
  }
}
