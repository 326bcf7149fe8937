internal import Memory

extension ArenaText {
  mutating func append(decimal number: UInt64) { append(number, radix: 10, width: 1) }

  mutating func append(decimal number: Int64) {
    if number < 0 { append("-") }
    append(number.magnitude, radix: 10, width: 1)
  }

  /// A text as Go's `%q` shows it. It may be cut inside a character, whose bytes are then shown as numbers.
  mutating func append(quoted text: ByteSlice) {
    append("\"")
    var index = 0
    while index < text.count {
      let length = text.characterLength(at: index)
      if length == 0 {
        append("\\x")
        append(UInt64(text[index]), radix: 16, width: 2)
      } else {
        EvaluationContext.appendGoEscaped(text[index..<index + length], to: &self)
      }
      index += max(length, 1)
    }
    append("\"")
  }
}

extension ByteSlice {
  /// Bytes of the UTF-8 character at an offset; 0 where there is none.
  func characterLength(at index: Int) -> Int {
    let first = self[index]
    let length =
      switch first {
      case 0..<0x80: 1
      case 0xC2..<0xE0: 2
      case 0xE0..<0xF0: 3
      case 0xF0..<0xF5: 4
      default: 0
      }
    guard length > 1 else { return length }
    return index + length <= count && self[index..<index + length].isValidUTF8 ? length : 0
  }
}
