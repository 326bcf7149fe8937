public import Memory

/// JSON written at the end of a byte buffer, compact, without allocation of its own.
///
///     buffer.writeObjectStart()
///     buffer.writeKey("uid"); buffer.writeString(uid)
///     buffer.writeObjectEnd()
///
/// Commas come by themselves: a value or key needs one unless it follows an opening bracket, a colon, or nothing. (A complete value
/// never ends in one of those, since a string ends with its quote.) Between two texts in one buffer, write a newline.
extension ByteBuffer {
  public mutating func writeObjectStart() {
    separate()
    append(UInt8(ascii: "{"))
  }

  public mutating func writeObjectEnd() { append(UInt8(ascii: "}")) }

  public mutating func writeArrayStart() {
    separate()
    append(UInt8(ascii: "["))
  }

  public mutating func writeArrayEnd() { append(UInt8(ascii: "]")) }

  /// A key that needs no escapes, and its colon.
  public mutating func writeKey(_ key: StaticString) {
    separate()
    append(UInt8(ascii: "\""))
    append(key)
    append("\":")
  }

  /// A key and its colon.
  public mutating func writeKey(_ key: ByteSlice) {
    writeString(key)
    append(UInt8(ascii: ":"))
  }

  public mutating func writeString(_ text: ByteSlice) {
    writeStringStart()
    writeStringPart(text)
    writeStringEnd()
  }

  public mutating func writeString(_ literal: StaticString) { writeString(ByteSlice(literal)) }

  /// For loading and reports.
  public mutating func writeString(_ text: String) { text.withByteSlice { writeString($0) } }

  /// A string in parts: start, any number of parts, end.
  public mutating func writeStringStart() {
    separate()
    append(UInt8(ascii: "\""))
  }

  public mutating func writeStringEnd() { append(UInt8(ascii: "\"")) }

  /// Text inside a string, escaped as RFC 8259 demands. Bytes that are not UTF-8 become U+FFFD, so that what is written is always
  /// JSON.
  public mutating func writeStringPart(_ text: ByteSlice) {
    var plain = 0
    var index = 0
    while index < text.count {
      let byte = text[index]
      if byte >= 0x20, byte < 0x80, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
        index += 1
        continue
      }
      if byte >= 0x80, let length = UTF8Sequence.length(text.start + index, count: text.count - index) {
        index += length
        continue
      }
      append(text[plain..<index])
      appendEscaped(byte)
      index += 1
      plain = index
    }
    append(text[plain..<text.count])
  }

  public mutating func writeInteger(_ number: Int64) {
    separate()
    append(decimal: number)
  }

  public mutating func writeUnsigned(_ number: UInt64) {
    separate()
    append(decimal: number)
  }

  /// The shortest decimal that reads back as `number`. JSON has no infinity and no NaN: they become `null`.
  public mutating func writeDouble(_ number: Double) {
    separate()
    guard number.isFinite else { return append("null") }
    append(number.description)
  }

  public mutating func writeBool(_ value: Bool) {
    separate()
    append(value ? "true" : "false")
  }

  public mutating func writeNull() {
    separate()
    append("null")
  }

  /// JSON that is already text.
  public mutating func writeRaw(_ json: ByteSlice) {
    separate()
    append(json)
  }

  /// A value of a tape, compact; numbers and strings as they stand in its text.
  public mutating func writeValue(_ value: Cursor) {
    separate()
    _ = write(atLeast: CompactWriter.size(of: value)) { space in
      guard let start = space.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return 0 }
      return CompactWriter.write(value, to: start) - start
    }
  }

  @inline(__always)
  private mutating func separate() {
    guard let last = bytes.last else { return }
    switch last {
    case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "\n"): return
    default: append(UInt8(ascii: ","))
    }
  }

  private mutating func appendEscaped(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): append("\\\"")
    case UInt8(ascii: "\\"): append("\\\\")
    case 0x0A: append("\\n")
    case 0x0D: append("\\r")
    case 0x09: append("\\t")
    case 0x80...: append("\u{FFFD}")
    default:
      append("\\u00")
      append(Self.hexDigit(byte >> 4))
      append(Self.hexDigit(byte & 15))
    }
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }
}
