internal import Memory

/// Text from reviews on a terminal.
package enum Printable {
  /// Control characters, which could move a terminal's cursor or set its colours, become U+FFFD.
  package static func text(_ text: String) -> String {
    if text.withByteSlice({ isPlain($0) }) { return text }
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "\u{FFFD}" : $0 }))
  }

  /// Whether all of it is ASCII that shows: nearly all text is, and eight bytes at a time tell.
  static func isPlain(_ bytes: ByteSlice) -> Bool {
    var offset = 0
    while offset + 8 <= bytes.count {
      let word = UnsafeRawPointer(bytes.start + offset).loadUnaligned(as: UInt64.self)
      // Above 0x7F; below 0x20; 0x7F.
      let below = (word &- 0x2020_2020_2020_2020) & ~word
      let delete = word ^ 0x7F7F_7F7F_7F7F_7F7F
      let isDelete = (delete &- 0x0101_0101_0101_0101) & ~delete
      if (word | below | isDelete) & 0x8080_8080_8080_8080 != 0 { return false }
      offset += 8
    }
    while offset < bytes.count {
      if bytes[offset] < 0x20 || bytes[offset] >= 0x7F { return false }
      offset += 1
    }
    return true
  }

  /// Besides the control characters: line and paragraph separators, and what turns the direction of text around.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}

extension ByteBuffer {
  /// Appends text as ``Printable`` shows it.
  /// - Returns: how many characters that are.
  @discardableResult
  mutating func append(printable text: String) -> Int {
    let isPlain = text.withByteSlice { bytes in
      guard Printable.isPlain(bytes) else { return false }
      append(bytes)
      return true
    }
    if isPlain { return text.utf8.count }
    let shown = Printable.text(text)
    append(shown)
    return shown.count
  }

  mutating func append(spaces count: Int) {
    for _ in 0..<max(count, 0) { append(UInt8(ascii: " ")) }
  }
}
