internal import JSON
public import Memory

/// Values written out, for results, messages and tests; not for the hot path.
extension EvaluationContext {
  /// A value in CEL's syntax: `{"a": [1, 2u, duration("3s")]}`.
  public func describe(_ value: Value, into buffer: inout ByteBuffer) {
    switch value.tag {
    case .null: buffer.append("null")
    case .bool, .int: buffer.append(text(value))
    case .uint:
      buffer.append(text(value))
      buffer.append("u")
    case .double:
      let digits = text(value)
      buffer.append(digits)
      if value.doubleValue.isFinite, digits.firstIndex(of: UInt8(ascii: ".")) == nil,
        digits.firstIndex(of: UInt8(ascii: "e")) == nil
      {
        buffer.append(".0")
      }
    case .string: quote(value.slice, into: &buffer)
    case .bytes:
      buffer.append("b")
      quote(value.slice, into: &buffer)
    case .timestamp:
      buffer.append("timestamp(\"")
      buffer.append(text(value))
      buffer.append("\")")
    case .duration:
      buffer.append("duration(\"")
      buffer.append(text(value))
      buffer.append("\")")
    case .list, .jsonList, .map, .jsonMap: describeContainer(value, into: &buffer)
    case .optional:
      guard let wrapped = value.wrapped else { return buffer.append("optional.none()") }
      buffer.append("optional.of(")
      describe(wrapped, into: &buffer)
      buffer.append(")")
    case .type, .error: buffer.append(value.slice)
    case .opaque:
      buffer.append(value.opaqueType?.functionName ?? "opaque")
      buffer.append("(\"")
      buffer.append(opaqueText(value))
      buffer.append("\")")
    }
  }

  private func describeContainer(_ value: Value, into buffer: inout ByteBuffer) {
    guard var elements = Elements(value) else { return }
    let isMap = elements.isMap
    if let name = value.objectTypeName { buffer.append(name) }
    buffer.append(isMap ? "{" : "[")
    var isFirst = true
    while elements.remaining > 0 {
      if !isFirst { buffer.append(", ") }
      isFirst = false
      let (key, element) = elements.nextEntry(self)
      if isMap {
        describe(key, into: &buffer)
        buffer.append(": ")
      }
      describe(element, into: &buffer)
    }
    buffer.append(isMap ? "}" : "]")
  }

  private func quote(_ text: ByteSlice, into buffer: inout ByteBuffer) {
    buffer.append("\"")
    for byte in text.buffer {
      switch byte {
      case UInt8(ascii: "\""): buffer.append("\\\"")
      case UInt8(ascii: "\\"): buffer.append("\\\\")
      case 0x0A: buffer.append("\\n")
      case 0x0D: buffer.append("\\r")
      case 0x09: buffer.append("\\t")
      default: buffer.append(byte)
      }
    }
    buffer.append("\"")
  }

  /// The CEL text of a value as a string, for tests and reports.
  public func description(of value: Value) -> String {
    var buffer = ByteBuffer()
    describe(value, into: &buffer)
    return buffer.bytes.string
  }

  /// Writes a value as JSON, as the API server turns CEL values into objects: timestamps and durations as their
  /// strings, bytes in base64, an optional as what it holds, map keys as strings.
  /// - Returns: false where the value is or holds an error or a type; what was written is then not complete.
  @discardableResult
  public func writeJSON(_ value: Value, into buffer: inout ByteBuffer) -> Bool {
    switch value.tag {
    case .null: buffer.writeNull()
    case .bool: buffer.writeBool(value.payload != 0)
    case .int: buffer.writeInteger(value.intValue)
    case .uint: buffer.writeUnsigned(value.payload)
    case .double: buffer.writeDouble(value.doubleValue)
    case .string: buffer.writeString(value.slice)
    case .timestamp, .duration: buffer.writeString(text(value))
    case .bytes: buffer.writeString(base64(value.slice))
    case .jsonList, .jsonMap: buffer.writeValue(cursor(value))
    case .list:
      buffer.writeArrayStart()
      for index in 0..<Int(value.count) where !writeJSON(value.values[index], into: &buffer) { return false }
      buffer.writeArrayEnd()
    case .map:
      buffer.writeObjectStart()
      for index in 0..<Int(value.count) {
        buffer.writeKey(text(value.values[2 * index]))
        if !writeJSON(value.values[2 * index + 1], into: &buffer) { return false }
      }
      buffer.writeObjectEnd()
    case .optional:
      guard let wrapped = value.wrapped else {
        buffer.writeNull()
        return true
      }
      return writeJSON(wrapped, into: &buffer)
    case .error, .type, .opaque: return false
    }
    return true
  }

  /// A value as `string()` makes it, and messages show it: of a string, bytes, a type or an error its own bytes.
  public func text(of value: Value) -> ByteSlice { text(value) }

  /// `timestamp(text)`, or nil where the text is none.
  package func timestamp(_ text: ByteSlice) -> Value? {
    let value = convert(.string(text), .timestamp)
    return value.isError ? nil : value
  }

  /// `duration(text)`, or nil where the text is none.
  package func duration(_ text: ByteSlice) -> Value? {
    let value = convert(.string(text), .duration)
    return value.isError ? nil : value
  }

  /// Standard base64 with padding.
  package func base64(_ bytes: ByteSlice) -> ByteSlice {
    let alphabet = ByteSlice("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    let count = (bytes.count + 2) / 3 * 4
    let place = arena.allocate(UInt8.self, count: count)
    var written = 0
    var read = 0
    while read < bytes.count {
      let left = bytes.count - read
      let word =
        UInt32(bytes[read]) << 16 | (left > 1 ? UInt32(bytes[read + 1]) << 8 : 0)
        | (left > 2 ? UInt32(bytes[read + 2]) : 0)
      place[written] = alphabet[Int(word >> 18)]
      place[written + 1] = alphabet[Int(word >> 12 & 63)]
      place[written + 2] = left > 1 ? alphabet[Int(word >> 6 & 63)] : UInt8(ascii: "=")
      place[written + 3] = left > 2 ? alphabet[Int(word & 63)] : UInt8(ascii: "=")
      written += 4
      read += 3
    }
    return ByteSlice(start: place, count: count)
  }

  /// What Go's `%T` calls a value's type in cel-go.
  func goTypeName(_ value: Value) -> ByteSlice {
    switch value.tag {
    case .null: ByteSlice("types.Null")
    case .bool: ByteSlice("types.Bool")
    case .int: ByteSlice("types.Int")
    case .uint: ByteSlice("types.Uint")
    case .double: ByteSlice("types.Double")
    case .string: ByteSlice("types.String")
    case .bytes: ByteSlice("types.Bytes")
    case .timestamp: ByteSlice("types.Timestamp")
    case .duration: ByteSlice("types.Duration")
    case .optional: ByteSlice("*types.Optional")
    case .type: ByteSlice("*types.Type")
    default: value.typeName
    }
  }
}
