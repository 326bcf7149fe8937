internal import CEL
internal import Foundation
internal import JSON
internal import Memory

/// Values in the JSON of CEL's conformance suite: `{"int64_value": "5"}`, the Protocol Buffers JSON of `cel.expr.Value`.
///
/// Integers of 64 bits are strings there, bytes are base64, and `-0`, `NaN` and `Infinity` are strings.
enum SuiteValue {
  private static let timestampType = "type.googleapis.com/google.protobuf.Timestamp"
  private static let durationType = "type.googleapis.com/google.protobuf.Duration"

  // MARK: Reading

  /// A value, made in the context's arena. The recursion is as deep as the JSON, which the tape bounds.
  static func read(_ json: Cursor, _ context: EvaluationContext) throws(BatchLineError) -> Value {
    guard json.isObject, let (key, content) = json.members.first(where: { _ in true }), let kind = key.stringValue
    else {
      throw BatchLineError("a value is an object such as `{\"int64_value\": \"1\"}`")
    }
    switch kind {
    case "null_value": return .null
    case "bool_value": if let bool = content.bool { return .bool(bool) }
    case "int64_value": if let number = Int64(text(content)) { return .int(number) }
    case "uint64_value": if let number = UInt64(text(content)) { return .uint(number) }
    case "double_value": if let number = double(text(content)) { return .double(number) }
    case "string_value": if content.isString { return .string(content.string(in: context.arena)) }
    case "type_value": if content.isString { return .type(content.string(in: context.arena)) }
    case "bytes_value":
      if let bytes = content.stringValue.flatMap({ Data(base64Encoded: $0) }) {
        return bytes.withUnsafeBytes { .bytes(context.arena.copy(ByteSlice($0))) }
      }
    case "list_value":
      var elements: [Value] = []
      if let values = content.member("values") {
        for element in values.elements { elements.append(try read(element, context)) }
      }
      return elements.withUnsafeBufferPointer { context.arena.list($0) }
    case "map_value": return try readMap(content, context)
    case "object_value":
      if let value = readObject(content, context) { return value }
    default: throw BatchLineError("a value of the kind `\(kind)` is not supported")
    }
    throw BatchLineError("`\(kind)` does not hold such a value")
  }

  private static func readMap(_ json: Cursor, _ context: EvaluationContext) throws(BatchLineError) -> Value {
    var entries: [Value] = []
    if let list = json.member("entries") {
      for entry in list.elements {
        guard let key = entry.member("key"), let value = entry.member("value") else {
          throw BatchLineError("an entry of a map has a `key` and a `value`")
        }
        entries.append(try read(key, context))
        entries.append(try read(value, context))
      }
    }
    return entries.withUnsafeBufferPointer { context.arena.map(keysAndValues: $0) }
  }

  /// The messages that are values of CEL themselves.
  private static func readObject(_ json: Cursor, _ context: EvaluationContext) -> Value? {
    guard let type = json.member("@type")?.stringValue, let text = json.member("value"), text.isString else {
      return nil
    }
    let slice = text.string(in: context.arena)
    switch type {
    case timestampType: return context.timestamp(slice)
    case durationType: return context.duration(slice)
    default: return nil
    }
  }

  /// What a number is written as, in quotes or not.
  private static func text(_ json: Cursor) -> String { json.stringValue ?? json.rawText.string }

  private static func double(_ text: String) -> Double? {
    switch text {
    case "Infinity": .infinity
    case "-Infinity": -.infinity
    case "NaN": .nan
    default: Double(text)
    }
  }

  // MARK: Writing

  /// Writes a value that is no error. The recursion is as deep as the value.
  static func write(_ value: Value, _ context: EvaluationContext, to buffer: inout ByteBuffer) {
    buffer.writeObjectStart()
    defer { buffer.writeObjectEnd() }
    switch value.tag {
    case .null, .error:
      buffer.writeKey("null_value")
      buffer.writeNull()
    case .bool:
      buffer.writeKey("bool_value")
      buffer.writeBool(value.isTrue)
    case .int:
      buffer.writeKey("int64_value")
      buffer.writeString(context.text(of: value))
    case .uint:
      buffer.writeKey("uint64_value")
      buffer.writeString(context.text(of: value))
    case .double:
      buffer.writeKey("double_value")
      write(value.asDouble ?? .nan, to: &buffer)
    case .string:
      buffer.writeKey("string_value")
      buffer.writeString(context.text(of: value))
    case .type:
      buffer.writeKey("type_value")
      buffer.writeString(context.text(of: value))
    case .bytes:
      buffer.writeKey("bytes_value")
      buffer.writeString(context.base64(context.text(of: value)))
    case .list, .jsonList: writeList(value, context, to: &buffer)
    case .map, .jsonMap: writeMap(value, context, to: &buffer)
    case .timestamp: writeObject(timestampType, context.text(of: universal(value)), to: &buffer)
    case .duration: seconds(value).withByteSlice { writeObject(durationType, $0, to: &buffer) }
    case .optional:
      buffer.writeKey("optional_value")
      buffer.writeObjectStart()
      if let wrapped = value.wrapped {
        buffer.writeKey("value")
        write(wrapped, context, to: &buffer)
      }
      buffer.writeObjectEnd()
    case .opaque: writeObject(value.typeName.string, context.text(of: value), to: &buffer)
    }
  }

  /// The same instant without the zone that CEL keeps of the text it came from: the suite's JSON is in UTC.
  private static func universal(_ timestamp: Value) -> Value {
    .timestamp(seconds: Int64(bitPattern: timestamp.payload), nanoseconds: timestamp.count)
  }

  /// A duration to the nanosecond. CEL's own text goes through a floating-point number and has fewer digits.
  private static func seconds(_ duration: Value) -> String {
    let nanoseconds = Int64(bitPattern: duration.payload)
    let (whole, rest) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
    var fraction = String(rest)
    fraction = String(repeating: "0", count: 9 - fraction.utf8.count) + fraction
    while fraction.last == "0" { fraction.removeLast() }
    return "\(nanoseconds < 0 ? "-" : "")\(whole)\(fraction.isEmpty ? "" : ".")\(fraction)s"
  }

  private static func write(_ number: Double, to buffer: inout ByteBuffer) {
    if number.isNaN { return buffer.writeString("NaN") }
    if number.isInfinite { return buffer.writeString(number < 0 ? "-Infinity" : "Infinity") }
    if number == 0, number.sign == .minus { return buffer.writeString("-0") }
    buffer.writeDouble(number)
  }

  private static func writeList(_ list: Value, _ context: EvaluationContext, to buffer: inout ByteBuffer) {
    buffer.writeKey("list_value")
    buffer.writeObjectStart()
    if var elements = Elements(list), elements.remaining > 0 {
      buffer.writeKey("values")
      buffer.writeArrayStart()
      while elements.remaining > 0 { write(elements.next(context), context, to: &buffer) }
      buffer.writeArrayEnd()
    }
    buffer.writeObjectEnd()
  }

  private static func writeMap(_ map: Value, _ context: EvaluationContext, to buffer: inout ByteBuffer) {
    buffer.writeKey("map_value")
    buffer.writeObjectStart()
    if var entries = Elements(map), entries.remaining > 0 {
      buffer.writeKey("entries")
      buffer.writeArrayStart()
      while entries.remaining > 0 {
        let (key, value) = entries.nextEntry(context)
        buffer.writeObjectStart()
        buffer.writeKey("key")
        write(key, context, to: &buffer)
        buffer.writeKey("value")
        write(value, context, to: &buffer)
        buffer.writeObjectEnd()
      }
      buffer.writeArrayEnd()
    }
    buffer.writeObjectEnd()
  }

  private static func writeObject(_ type: String, _ text: ByteSlice, to buffer: inout ByteBuffer) {
    buffer.writeKey("object_value")
    buffer.writeObjectStart()
    buffer.writeKey("@type")
    buffer.writeString(type)
    buffer.writeKey("value")
    buffer.writeString(text)
    buffer.writeObjectEnd()
  }
}
