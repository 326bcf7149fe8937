internal import Memory

/// Percent-encoding as Go's `net/url` has it, which decides by the part of the URL.
enum URLPart {
  case path, host, zone, userPassword, query, fragment

  /// Whether a byte of such a part is written as `%XX`.
  func escapes(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~"):
      return false
    default: break
    }
    switch self {
    case .host, .zone: return !Self.hostCharacters.contains(byte)
    case .path: return !Self.reserved.contains(byte) || byte == UInt8(ascii: "?")
    case .userPassword: return !Self.reserved.contains(byte) || Self.passwordEscapes.contains(byte)
    case .query: return true
    case .fragment: return !Self.reserved.contains(byte) && !Self.fragmentCharacters.contains(byte)
    }
  }

  private static var hostCharacters: ByteSlice { ByteSlice("!$&'()*+,;=:[]<>\"") }
  private static var reserved: ByteSlice { ByteSlice("$&+,/:;=?@") }
  private static var passwordEscapes: ByteSlice { ByteSlice("@/?:") }
  private static var fragmentCharacters: ByteSlice { ByteSlice("!()*") }
}

extension ByteSlice {
  fileprivate func contains(_ byte: UInt8) -> Bool { firstIndex(of: byte) != nil }

  /// A `%` with two hexadecimal digits behind it at an offset, as the byte it stands for.
  private func escapedByte(at index: Int) -> UInt8? {
    guard index + 2 < count, let high = self[index + 1].hexadecimalDigit, let low = self[index + 2].hexadecimalDigit
    else { return nil }
    return high << 4 | low
  }

  /// The text with its escapes decoded, or why it has none; the bytes may be no UTF-8.
  func unescaped(_ part: URLPart, _ arena: Arena.Handle) -> Result<ByteSlice, URLFailure> {
    var escapes = 0
    var hasPlus = false
    var index = 0
    while index < count {
      let byte = self[index]
      if byte == UInt8(ascii: "%") {
        guard let decoded = escapedByte(at: index) else {
          return .failure(.escape(dropFirst(index).prefix(3)))
        }
        // In hosts only bytes beyond ASCII are escaped, and the `%` in front of a zone.
        let isAllowed =
          switch part {
          case .host: decoded >= 0x80 || decoded == UInt8(ascii: "%")
          case .zone: decoded == UInt8(ascii: "%") || decoded == UInt8(ascii: " ") || !URLPart.host.escapes(decoded)
          default: true
          }
        guard isAllowed else { return .failure(.escape(self[index..<index + 3])) }
        escapes += 1
        index += 3
        continue
      }
      if byte == UInt8(ascii: "+") { hasPlus = part == .query }
      if part == .host || part == .zone, byte < 0x80, part.escapes(byte) {
        return .failure(.hostCharacter(self[index..<index + 1]))
      }
      index += 1
    }
    if escapes == 0, !hasPlus { return .success(self) }
    let place = arena.allocate(UInt8.self, count: count - 2 * escapes)
    var written = 0
    index = 0
    while index < count {
      if let decoded = self[index] == UInt8(ascii: "%") ? escapedByte(at: index) : nil {
        place[written] = decoded
        index += 3
      } else {
        place[written] = self[index] == UInt8(ascii: "+") && part == .query ? UInt8(ascii: " ") : self[index]
        index += 1
      }
      written += 1
    }
    return .success(ByteSlice(start: place, count: written))
  }

  /// The text with everything escaped that has to be in such a part.
  func escaped(_ part: URLPart, _ arena: Arena.Handle) -> ByteSlice {
    var escapes = 0
    for index in 0..<count where part.escapes(self[index]) { escapes += 1 }
    if escapes == 0 { return self }
    let digits = ByteSlice("0123456789ABCDEF")
    let place = arena.allocate(UInt8.self, count: count + 2 * escapes)
    var written = 0
    for index in 0..<count {
      let byte = self[index]
      guard part.escapes(byte) else {
        place[written] = byte
        written += 1
        continue
      }
      place[written] = UInt8(ascii: "%")
      place[written + 1] = digits[Int(byte >> 4)]
      place[written + 2] = digits[Int(byte & 15)]
      written += 3
    }
    return ByteSlice(start: place, count: written)
  }

  /// Whether the text can stand as it is in a path or fragment that was escaped by somebody.
  func isValidEncoding(of part: URLPart) -> Bool {
    let allowed = ByteSlice("!$&'()*+,;=:@[]%")
    for index in 0..<count where !allowed.contains(self[index]) && part.escapes(self[index]) { return false }
    return true
  }

  /// The text as UTF-8: a byte that belongs to no character is replaced by U+FFFD.
  func repaired(_ arena: Arena.Handle) -> ByteSlice {
    if isValidUTF8 { return self }
    var result = ArenaText(arena, capacity: 3 * count)
    var index = 0
    while index < count {
      let length = characterLength(at: index)
      if length == 0 { result.append("\u{FFFD}") } else { result.append(self[index..<index + length]) }
      index += Swift.max(length, 1)
    }
    return result.text
  }
}

/// Why a text is no URL.
enum URLFailure: Error {
  case message(StaticString)
  case escape(ByteSlice)
  case hostCharacter(ByteSlice)
  case port(ByteSlice)
  /// The text in brackets is no IPv6 address, in the words of Go's `netip`.
  case address(ByteSlice)

  func append(to text: inout ArenaText) {
    switch self {
    case .message(let message): text.append(message)
    case .escape(let place):
      text.append("invalid URL escape ")
      text.append(quoted: place)
    case .hostCharacter(let place):
      text.append("invalid character ")
      text.append(quoted: place)
      text.append(" in host name")
    case .port(let place):
      text.append("invalid port ")
      text.append(quoted: place)
      text.append(" after host")
    case .address(let message):
      text.append("invalid host: ")
      text.append(message)
    }
  }
}
