internal import Memory

/// The place in the text, and the tokens from there on. Eight bytes are looked at together where there are eight.
struct Scanner {
  let text: ByteSlice
  private var position: UnsafePointer<UInt8>
  private let end: UnsafePointer<UInt8>

  init(_ text: ByteSlice) {
    self.text = text
    position = text.start
    end = text.start + text.count
  }

  var offset: Int { position - text.start }
  var hasMore: Bool { position < end }

  @inline(__always)
  func peek() throws(JSONError) -> UInt8 {
    if position == end { throw JSONError(.unexpectedEnd, at: offset) }
    return position.pointee
  }

  @inline(__always)
  mutating func advance() { position += 1 }

  @inline(__always)
  mutating func skipWhitespace() {
    // Compact text, which is what arrives, has none: one comparison.
    while position < end, position.pointee <= 0x20 {
      let byte = position.pointee
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
      position += 1
    }
  }

  mutating func literal(_ expected: StaticString, _ kind: Word.Kind) throws(JSONError) -> Word {
    let start = offset
    for index in 0..<expected.utf8CodeUnitCount {
      let byte = try peek()
      guard byte == expected.utf8Start[index] else { throw JSONError(.unexpectedByte(byte), at: offset) }
      advance()
    }
    return Word(kind, length: expected.utf8CodeUnitCount, offset: start)
  }

  // MARK: Strings

  /// From the opening quote past the closing one.
  @inline(__always)
  mutating func string() throws(JSONError) -> Word {
    advance()
    let start = position
    var kind = Word.Kind.string
    while true {
      skipPlainText()
      let byte = try peek()
      switch byte {
      case UInt8(ascii: "\""):
        let word = Word(kind, length: position - start, offset: start - text.start)
        advance()
        return word
      case UInt8(ascii: "\\"):
        kind = .escapedString
        try escape()
      case ..<0x20:
        throw JSONError(.controlCharacter(byte), at: offset)
      case 0x80...:
        try multibyteCharacter()
      default:
        // The last bytes of the text, too few for a word.
        advance()
      }
    }
  }

  /// Passes over whole words of printable ASCII without quote and backslash, and up to the first other byte in the word
  /// that has one.
  @inline(__always)
  private mutating func skipPlainText() {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    while end - position >= 8 {
      let word = UInt64(littleEndian: UnsafeRawPointer(position).loadUnaligned(as: UInt64.self))
      let quote = word ^ (ones &* 0x22)
      let backslash = word ^ (ones &* 0x5C)
      // Each term has a byte's high bit set where the byte is the one looked for; a borrow can set further ones only above
      // the lowest, which is the one that counts.
      let special =
        ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | ((word &- ones &* 0x20) & ~word) | word
      let hits = special & highs
      if hits != 0 {
        position += hits.trailingZeroBitCount >> 3
        return
      }
      position += 8
    }
  }

  @inline(__always)
  private mutating func escape() throws(JSONError) {
    if end - position >= 2, Escapes.isSimple(position[1]) {
      position += 2
    } else {
      try unicodeEscape()
    }
  }

  @inline(never)
  private mutating func unicodeEscape() throws(JSONError) {
    let start = offset
    advance()
    guard try peek() == UInt8(ascii: "u") else { throw JSONError(.invalidEscape, at: start) }
    advance()
    for _ in 0..<4 {
      guard Escapes.hexValue(try peek()) != nil else { throw JSONError(.invalidEscape, at: start) }
      advance()
    }
  }

  /// One character of two to four bytes, by the table of well-formed sequences (Unicode 3.9, table 3-7).
  private mutating func multibyteCharacter() throws(JSONError) {
    guard let length = UTF8Sequence.length(position, count: end - position) else {
      throw JSONError(.invalidUTF8, at: offset)
    }
    position += length
  }

  // MARK: Numbers

  mutating func number() throws(JSONError) -> Word {
    let start = position
    if position.pointee == UInt8(ascii: "-") { advance() }
    let digits = position
    try integerPart()
    let integerDigits = position - digits
    var isInteger = true
    if position < end, position.pointee == UInt8(ascii: ".") {
      isInteger = false
      advance()
      try someDigits()
    }
    var hasExponent = false
    if position < end, position.pointee | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      hasExponent = true
      advance()
      if position < end, position.pointee == UInt8(ascii: "+") || position.pointee == UInt8(ascii: "-") { advance() }
      try someDigits()
    }
    let token = ByteSlice(start: start, count: position - start)
    guard token.count <= Word.maximumLength else { throw JSONError(.invalidNumber, at: start - text.start) }
    if isInteger {
      isInteger = integerDigits < 19 || Numbers.integer(token) != nil
    }
    if hasExponent || integerDigits > 300, !Numbers.double(token).isFinite {
      throw JSONError(.numberOutOfRange, at: start - text.start)
    }
    return Word(isInteger ? .integer : .double, length: token.count, offset: start - text.start)
  }

  private mutating func integerPart() throws(JSONError) {
    let first = try peek()
    if first == UInt8(ascii: "0") {
      advance()
      if position < end, isDigit(position.pointee) { throw JSONError(.invalidNumber, at: offset) }
      return
    }
    try someDigits()
  }

  private mutating func someDigits() throws(JSONError) {
    guard isDigit(try peek()) else { throw JSONError(.invalidNumber, at: offset) }
    while position < end, isDigit(position.pointee) { position += 1 }
  }

  @inline(__always)
  private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
}
