package import Memory

/// Text in XML 1.0 (https://www.w3.org/TR/xml/#charsets).
package enum XMLText {
  package static func write(_ text: String, to buffer: inout ByteBuffer) {
    text.withByteSlice { write($0, keepsLines: true, to: &buffer) }
  }

  /// Line ends as references, since a reader of attributes turns them into spaces.
  package static func writeAttribute(_ text: String, to buffer: inout ByteBuffer) {
    text.withByteSlice { write($0, keepsLines: false, to: &buffer) }
  }

  /// What needs no escape is copied in one piece.
  static func write(_ text: ByteSlice, keepsLines: Bool, to buffer: inout ByteBuffer) {
    var start = 0
    var index = 0
    while index < text.count {
      let byte = text[index]
      if isPlain[Int(byte)] || keepsLines && (byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\t")) {
        index += 1
        continue
      }
      var length = 1
      let replacement: StaticString
      switch byte {
      case UInt8(ascii: "&"): replacement = "&amp;"
      case UInt8(ascii: "<"): replacement = "&lt;"
      case UInt8(ascii: ">"): replacement = "&gt;"
      case UInt8(ascii: "\""): replacement = "&quot;"
      case UInt8(ascii: "\n"): replacement = "&#10;"
      case UInt8(ascii: "\t"): replacement = "&#9;"
      case UInt8(ascii: "\r"): replacement = "&#13;"
      // U+FFFE and U+FFFF.
      case 0xEF:
        guard index + 2 < text.count, text[index + 1] == 0xBF, text[index + 2] >= 0xBE else {
          index += 1
          continue
        }
        length = 3
        replacement = "\u{FFFD}"
      // What no XML text may hold, not even as a reference.
      default: replacement = "\u{FFFD}"
      }
      buffer.append(text[start..<index])
      buffer.append(replacement)
      index += length
      start = index
    }
    buffer.append(text.dropFirst(start))
  }

  /// By byte, whether it stands for itself.
  private static let isPlain: [Bool] = (0..<256).map { byte in
    byte >= 0x20 && byte != 0xEF && !"&<>\"".utf8.contains(UInt8(byte))
  }
}
