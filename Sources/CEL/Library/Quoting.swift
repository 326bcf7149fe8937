internal import Memory

/// Text in quotes.
extension EvaluationContext {
  /// `strings.quote`: in double quotes, with the escapes of CEL that have a letter.
  func quote(_ value: Value) -> Value {
    guard value.tag == .string else { return noOverload(.quote, value) }
    var result = ArenaText(arena, capacity: value.slice.count + 16)
    result.append("\"")
    for byte in value.slice.buffer {
      if let escape = Self.escape(byte) { result.append(escape) } else { result.append(byte: byte) }
    }
    result.append("\"")
    return result.value
  }

  private static func escape(_ byte: UInt8) -> StaticString? {
    switch byte {
    case 0x07: "\\a"
    case 0x08: "\\b"
    case 0x0C: "\\f"
    case 0x0A: "\\n"
    case 0x0D: "\\r"
    case 0x09: "\\t"
    case 0x0B: "\\v"
    case UInt8(ascii: "\\"): "\\\\"
    case UInt8(ascii: "\""): "\\\""
    default: nil
    }
  }

  /// Go's `%q` of valid UTF-8: what cannot be printed is escaped.
  func appendGoQuoted(_ text: ByteSlice, to result: inout ArenaText) {
    result.append("\"")
    var index = 0
    var characters = 0
    while index < text.count, isInTime(characters) {
      characters &+= 1
      let next = text.byteOffset(ofCodePoint: 1, from: index)
      Self.appendGoEscaped(text[index..<next], to: &result)
      index = next
    }
    result.append("\"")
  }

  static func appendGoEscaped(_ character: ByteSlice, to result: inout ArenaText) {
    let byte = character[0]
    if let escape = escape(byte) { return result.append(escape) }
    if byte < 0x80 {
      if byte >= 0x20, byte != 0x7F { return result.append(byte: byte) }
      result.append("\\x")
      return result.append(UInt64(byte), radix: 16, width: 2)
    }
    guard let scalar = character.firstScalar else { return result.append(character) }
    if scalar.isPrintable { return result.append(character) }
    result.append(scalar.value > 0xFFFF ? "\\U" : "\\u")
    result.append(UInt64(scalar.value), radix: 16, width: scalar.value > 0xFFFF ? 8 : 4)
  }
}

extension ByteSlice {
  /// The code point at the start of valid UTF-8.
  var firstScalar: Unicode.Scalar? {
    guard !isEmpty else { return nil }
    let first = UInt32(self[0])
    let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    guard count >= length else { return nil }
    var value = length == 1 ? first : first & (0x7F >> UInt32(length))
    for index in 1..<max(length, 1) { value = value << 6 | UInt32(self[index] & 0x3F) }
    return Unicode.Scalar(value)
  }
}

extension Unicode.Scalar {
  /// Go's `unicode.IsPrint` past ASCII: letters, marks, numbers, punctuation, symbols.
  fileprivate var isPrintable: Bool {
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .spaceSeparator, .lineSeparator, .paragraphSeparator:
      false
    default: true
    }
  }
}

extension ArenaText {
  /// Digits of a number, padded with zeros.
  mutating func append(_ number: UInt64, radix: UInt64, width: Int = 1, uppercase: Bool = false) {
    var digits = InlineArray<64, UInt8>(repeating: 0)
    var count = 0
    var rest = number
    repeat {
      let digit = UInt8(truncatingIfNeeded: rest % radix)
      digits[count] = digit < 10 ? digit + 0x30 : digit - 10 + UInt8(ascii: uppercase ? "A" : "a")
      rest /= radix
      count += 1
    } while rest > 0
    for _ in count..<max(width, count) { append(byte: 0x30) }
    while count > 0 {
      count -= 1
      append(byte: digits[count])
    }
  }
}
