internal import JSON
internal import Memory

extension ByteBuffer {
  /// Writes a JSON string as Go's encoder does, which also escapes what could end a script in a web page.
  mutating func appendGoString(_ text: ByteSlice) {
    append(UInt8(ascii: "\""))
    var plain = 0
    for index in 0..<text.count {
      guard let (escape, length) = Self.goEscape(text, at: index) else { continue }
      writeStringPart(text[plain..<index])
      append(escape)
      plain = index + length
    }
    writeStringPart(text[plain..<text.count])
    append(UInt8(ascii: "\""))
  }

  /// What stands for the character at `index`, and its bytes, where only Go escapes it.
  private static func goEscape(_ text: ByteSlice, at index: Int) -> (ByteSlice, Int)? {
    switch text[index] {
    case UInt8(ascii: "<"): (ByteSlice("\\u003c"), 1)
    case UInt8(ascii: ">"): (ByteSlice("\\u003e"), 1)
    case UInt8(ascii: "&"): (ByteSlice("\\u0026"), 1)
    case 0xE2 where index + 2 < text.count && text[index + 1] == 0x80 && text[index + 2] & 0xFE == 0xA8:
      (ByteSlice(text[index + 2] == 0xA8 ? "\\u2028" : "\\u2029"), 3)
    default: nil
    }
  }
}
