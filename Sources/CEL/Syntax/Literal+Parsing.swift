/// The values of literals as written. The lexer has checked their form; what is checked here is what they mean.
extension Literal {
  /// What a literal cannot be, in cel-go's words.
  struct Malformed: Error {
    let message: String
  }

  /// A string or bytes literal with its prefixes and quotes.
  ///
  /// https://github.com/google/cel-spec/blob/master/doc/langdef.md#string-and-bytes-values
  init(quoted text: ArraySlice<UInt8>, isBytes: Bool) throws(Malformed) {
    var text = text
    if isBytes { text = text.dropFirst() }
    let isRaw = text.first.map { $0 | 0x20 == UInt8(ascii: "r") } ?? false
    if isRaw { text = text.dropFirst() }
    let quote = text.first
    let isTriple = text.count >= 6 && text.prefix(3).allSatisfy { $0 == quote }
    text = text.dropFirst(isTriple ? 3 : 1).dropLast(isTriple ? 3 : 1)
    let content = try Self.unescape(text, isRaw: isRaw, isBytes: isBytes)
    self = isBytes ? .bytes(content) : .string(String(decoding: content, as: UTF8.self))
  }

  /// Replaces escapes; line ends become `\n`.
  private static func unescape(
    _ text: ArraySlice<UInt8>, isRaw: Bool, isBytes: Bool
  ) throws(Malformed) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var index = text.startIndex
    func code(_ length: Int, radix: UInt32) throws(Malformed) -> UInt32 {
      var value: UInt32 = 0
      guard index + length <= text.endIndex else { throw Malformed(message: "unable to unescape string") }
      for byte in text[index..<index + length] {
        guard let digit = byte.hexadecimalValue, digit < radix else {
          throw Malformed(message: "unable to unescape string")
        }
        value = value &* radix &+ digit
      }
      index += length
      return value
    }
    while index < text.endIndex {
      let byte = text[index]
      index += 1
      if byte == UInt8(ascii: "\r") {
        if index < text.endIndex, text[index] == UInt8(ascii: "\n") { index += 1 }
        result.append(UInt8(ascii: "\n"))
        continue
      }
      guard byte == UInt8(ascii: "\\"), !isRaw, index < text.endIndex else {
        result.append(byte)
        continue
      }
      let letter = text[index]
      index += 1
      let value: UInt32
      switch letter {
      case UInt8(ascii: "a"): value = 0x07
      case UInt8(ascii: "b"): value = 0x08
      case UInt8(ascii: "f"): value = 0x0C
      case UInt8(ascii: "n"): value = 0x0A
      case UInt8(ascii: "r"): value = 0x0D
      case UInt8(ascii: "t"): value = 0x09
      case UInt8(ascii: "v"): value = 0x0B
      case UInt8(ascii: "x"), UInt8(ascii: "X"): value = try code(2, radix: 16)
      case UInt8(ascii: "0")...UInt8(ascii: "3"):
        index -= 1
        value = try code(3, radix: 8)
      case UInt8(ascii: "u"), UInt8(ascii: "U"):
        // Bytes hold no code points.
        guard !isBytes else { throw Malformed(message: "unable to unescape string") }
        value = try code(letter == UInt8(ascii: "u") ? 4 : 8, radix: 16)
      default: value = UInt32(letter)
      }
      if isBytes {
        result.append(UInt8(truncatingIfNeeded: value))
      } else if let scalar = Unicode.Scalar(value) {
        result.append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? [])
      } else {
        throw Malformed(message: "invalid unicode code point")
      }
    }
    return result
  }

  /// An integer, `0x` hexadecimal allowed, with the sign that stands before it.
  init(int text: ArraySlice<UInt8>, isNegative: Bool) throws(Malformed) {
    let (digits, radix) = Self.digits(text)
    guard let value = Int64((isNegative ? "-" : "") + digits, radix: radix) else {
      throw Malformed(message: "invalid int literal")
    }
    self = .int(value)
  }

  /// An unsigned integer with its suffix.
  init(uint text: ArraySlice<UInt8>) throws(Malformed) {
    let (digits, radix) = Self.digits(text.dropLast())
    guard let value = UInt64(digits, radix: radix) else { throw Malformed(message: "invalid uint literal") }
    self = .uint(value)
  }

  init(double text: ArraySlice<UInt8>, isNegative: Bool) throws(Malformed) {
    let digits = String(decoding: text, as: UTF8.self)
    guard let value = Double((isNegative ? "-" : "") + digits), value.isFinite else {
      throw Malformed(message: "invalid double literal")
    }
    self = .double(value)
  }

  private static func digits(_ text: ArraySlice<UInt8>) -> (String, radix: Int) {
    text.starts(with: "0x".utf8)
      ? (String(decoding: text.dropFirst(2), as: UTF8.self), 16) : (String(decoding: text, as: UTF8.self), 10)
  }
}
