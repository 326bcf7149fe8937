/// Cuts an expression into tokens: always the longest that matches. What matches nothing is reported and skipped, so that
/// the parser sees the rest.
///
/// https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax
struct Lexer {
  /// Characters that begin no token.
  struct Unrecognized {
    let start: Int
    /// Behind the character at which the attempt failed.
    let end: Int
  }

  private let bytes: [UInt8]
  private var position = 0
  private(set) var tokens: [Token] = []
  private(set) var unrecognized: [Unrecognized] = []

  /// Reads everything; the last token is `end`. O(bytes).
  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    tokens.reserveCapacity(bytes.count / 3 + 2)
    while true {
      skipBlanks()
      guard position < bytes.count else { break }
      next()
    }
    tokens.append(Token(kind: .end, start: bytes.count, end: bytes.count))
  }

  /// The byte at an offset; 0, which begins nothing, behind the end.
  private func byte(_ offset: Int) -> UInt8 { offset < bytes.count ? bytes[offset] : 0 }

  private mutating func skipBlanks() {
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"), 0x0C:
        position += 1
      case UInt8(ascii: "/") where byte(position + 1) == UInt8(ascii: "/"):
        while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
      default:
        return
      }
    }
  }

  private mutating func next() {
    let first = bytes[position]
    switch first {
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      number()
    case UInt8(ascii: "."):
      if byte(position + 1).isDigit { number() } else { emit(.dot, 1) }
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      switch Self.scanString(bytes, at: position, isRaw: false) {
      case .matched(let end): emit(.string, end - position)
      case .failed(let at): fail(at: at)
      }
    case UInt8(ascii: "`"):
      escapedIdentifier()
    case _ where first.isIdentifierStart:
      if !prefixedString() { identifier() }
    default:
      symbol(first)
    }
  }

  private mutating func emit(_ kind: Token.Kind, _ length: Int) {
    tokens.append(Token(kind: kind, start: position, end: position + length))
    position += length
  }

  /// Reports what stands between the position and the character at `offset`, including that.
  private mutating func fail(at offset: Int) {
    var end = min(offset + 1, bytes.count)
    while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
    unrecognized.append(Unrecognized(start: position, end: end))
    position = end
  }

  private mutating func symbol(_ first: UInt8) {
    let second = byte(position + 1)
    switch first {
    case UInt8(ascii: "="): second == UInt8(ascii: "=") ? emit(.equals, 2) : fail(at: position + 1)
    case UInt8(ascii: "!"): second == UInt8(ascii: "=") ? emit(.notEquals, 2) : emit(.exclamation, 1)
    case UInt8(ascii: "<"): second == UInt8(ascii: "=") ? emit(.lessEquals, 2) : emit(.less, 1)
    case UInt8(ascii: ">"): second == UInt8(ascii: "=") ? emit(.greaterEquals, 2) : emit(.greater, 1)
    case UInt8(ascii: "&"): second == UInt8(ascii: "&") ? emit(.and, 2) : fail(at: position + 1)
    case UInt8(ascii: "|"): second == UInt8(ascii: "|") ? emit(.or, 2) : fail(at: position + 1)
    case UInt8(ascii: "["): emit(.leftBracket, 1)
    case UInt8(ascii: "]"): emit(.rightBracket, 1)
    case UInt8(ascii: "{"): emit(.leftBrace, 1)
    case UInt8(ascii: "}"): emit(.rightBrace, 1)
    case UInt8(ascii: "("): emit(.leftParenthesis, 1)
    case UInt8(ascii: ")"): emit(.rightParenthesis, 1)
    case UInt8(ascii: ","): emit(.comma, 1)
    case UInt8(ascii: "-"): emit(.minus, 1)
    case UInt8(ascii: "?"): emit(.question, 1)
    case UInt8(ascii: ":"): emit(.colon, 1)
    case UInt8(ascii: "+"): emit(.plus, 1)
    case UInt8(ascii: "*"): emit(.star, 1)
    case UInt8(ascii: "/"): emit(.slash, 1)
    case UInt8(ascii: "%"): emit(.percent, 1)
    default: fail(at: position)
    }
  }

  private mutating func identifier() {
    var end = position + 1
    while byte(end).isIdentifierPart { end += 1 }
    let kind: Token.Kind =
      switch bytes[position..<end] {
      case let text where text.elementsEqual("in".utf8): .in
      case let text where text.elementsEqual("true".utf8): .true
      case let text where text.elementsEqual("false".utf8): .false
      case let text where text.elementsEqual("null".utf8): .null
      default: .identifier
      }
    emit(kind, end - position)
  }

  /// A name in backticks, for fields whose names are not identifiers: `` labels.`app.kubernetes.io/name` ``.
  private mutating func escapedIdentifier() {
    var end = position + 1
    while byte(end).isIdentifierPart
      || [UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "/"), UInt8(ascii: " ")]
        .contains(byte(end))
    {
      end += 1
    }
    if byte(end) == UInt8(ascii: "`"), end > position + 1 {
      emit(.escapedIdentifier, end + 1 - position)
    } else {
      fail(at: end)
    }
  }

  private mutating func number() {
    var end = position
    if byte(end) == UInt8(ascii: "0"), byte(end + 1) == UInt8(ascii: "x"), byte(end + 2).hexadecimalValue != nil {
      end += 3
      while byte(end).hexadecimalValue != nil { end += 1 }
      return byte(end) | 0x20 == UInt8(ascii: "u") ? emit(.uint, end + 1 - position) : emit(.int, end - position)
    }
    while byte(end).isDigit { end += 1 }
    if byte(end) | 0x20 == UInt8(ascii: "u"), end > position {
      return emit(.uint, end + 1 - position)
    }
    var kind = Token.Kind.int
    if byte(end) == UInt8(ascii: "."), byte(end + 1).isDigit {
      kind = .double
      end += 1
      while byte(end).isDigit { end += 1 }
    }
    if byte(end) | 0x20 == UInt8(ascii: "e") {
      let sign = byte(end + 1) == UInt8(ascii: "+") || byte(end + 1) == UInt8(ascii: "-")
      var exponent = end + (sign ? 2 : 1)
      if byte(exponent).isDigit {
        kind = .double
        while byte(exponent).isDigit { exponent += 1 }
        end = exponent
      }
    }
    emit(kind, end - position)
  }
}

// MARK: - Strings

extension Lexer {
  enum StringScan {
    case matched(end: Int)
    /// The offset of the character that cannot stand there.
    case failed(at: Int)
  }

  /// `r'…'`, `b'…'`, `br'…'`; false when the letters are only an identifier.
  private mutating func prefixedString() -> Bool {
    var quote = position
    let isBytes = byte(quote) | 0x20 == UInt8(ascii: "b")
    if isBytes { quote += 1 }
    let isRaw = byte(quote) | 0x20 == UInt8(ascii: "r")
    if isRaw { quote += 1 }
    guard quote > position, byte(quote) == UInt8(ascii: "\"") || byte(quote) == UInt8(ascii: "'"),
      case .matched(let end) = Self.scanString(bytes, at: quote, isRaw: isRaw)
    else { return false }
    emit(isBytes ? .bytes : .string, end - position)
    return true
  }

  /// Finds the end of the quoted string that begins at an offset. What opens with three quotes and is not closed by three
  /// is an empty string, with the third quote left over.
  private static func scanString(_ bytes: [UInt8], at start: Int, isRaw: Bool) -> StringScan {
    let quote = bytes[start]
    func hasThree(_ offset: Int) -> Bool {
      offset + 2 < bytes.count && bytes[offset] == quote && bytes[offset + 1] == quote && bytes[offset + 2] == quote
    }
    let isTriple = hasThree(start)
    var offset = start + (isTriple ? 3 : 1)
    while offset < bytes.count {
      let byte = bytes[offset]
      if byte == quote, !isTriple || hasThree(offset) {
        return .matched(end: offset + (isTriple ? 3 : 1))
      } else if byte == UInt8(ascii: "\\"), !isRaw {
        switch scanEscape(bytes, at: offset) {
        case .matched(let end): offset = end
        case .failed(let at): return isTriple ? .matched(end: start + 2) : .failed(at: at)
        }
      } else if !isTriple, byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
        return .failed(at: offset)
      } else {
        offset += 1
      }
    }
    return isTriple ? .matched(end: start + 2) : .failed(at: offset)
  }

  private static func scanEscape(_ bytes: [UInt8], at backslash: Int) -> StringScan {
    func digits(_ count: Int, from offset: Int, _ isDigit: (UInt8) -> Bool) -> StringScan {
      for index in offset..<offset + count where index >= bytes.count || !isDigit(bytes[index]) {
        return .failed(at: index)
      }
      return .matched(end: offset + count)
    }
    let offset = backslash + 1
    guard offset < bytes.count else { return .failed(at: offset) }
    switch bytes[offset] {
    case UInt8(ascii: "a"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"),
      UInt8(ascii: "t"), UInt8(ascii: "v"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\"),
      UInt8(ascii: "?"), UInt8(ascii: "`"):
      return .matched(end: offset + 1)
    case UInt8(ascii: "x"), UInt8(ascii: "X"):
      return digits(2, from: offset + 1) { $0.hexadecimalValue != nil }
    case UInt8(ascii: "u"):
      return digits(4, from: offset + 1) { $0.hexadecimalValue != nil }
    case UInt8(ascii: "U"):
      return digits(8, from: offset + 1) { $0.hexadecimalValue != nil }
    case UInt8(ascii: "0")...UInt8(ascii: "3"):
      return digits(2, from: offset + 1) { (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }
    default:
      return .failed(at: offset)
    }
  }
}

extension UInt8 {
  var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }

  var isIdentifierStart: Bool { (self | 0x20) &- UInt8(ascii: "a") < 26 || self == UInt8(ascii: "_") }

  var isIdentifierPart: Bool { isIdentifierStart || isDigit }

  var hexadecimalValue: UInt32? {
    if isDigit { return UInt32(self - UInt8(ascii: "0")) }
    let letter = self | 0x20
    return letter >= UInt8(ascii: "a") && letter <= UInt8(ascii: "f") ? UInt32(letter - UInt8(ascii: "a")) + 10 : nil
  }
}
