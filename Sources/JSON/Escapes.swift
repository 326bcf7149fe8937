internal import Memory

/// Decoding of a string's escapes, which the scanner has found to be well formed.
enum Escapes {
  /// Whether a backslash and this byte are an escape of two bytes.
  @inline(__always)
  static func isSimple(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      true
    default: false
    }
  }

  /// Writes the decoded text, never longer than `raw`, to `target`; returns its length.
  static func decode(_ raw: ByteSlice, to target: UnsafeMutablePointer<UInt8>) -> Int {
    var read = 0
    var written = 0
    while read < raw.count {
      let byte = raw[read]
      read += 1
      guard byte == UInt8(ascii: "\\"), read < raw.count else {
        target[written] = byte
        written += 1
        continue
      }
      let escaped = raw[read]
      read += 1
      switch escaped {
      case UInt8(ascii: "b"): target[written] = 0x08
      case UInt8(ascii: "f"): target[written] = 0x0C
      case UInt8(ascii: "n"): target[written] = 0x0A
      case UInt8(ascii: "r"): target[written] = 0x0D
      case UInt8(ascii: "t"): target[written] = 0x09
      case UInt8(ascii: "u"):
        let scalar = unicodeScalar(raw, &read)
        // Six bytes of text make at most three, twelve at most four: there is room.
        for unit in UTF8.encode(scalar).unsafelyUnwrapped {
          target[written] = unit
          written += 1
        }
        continue
      default: target[written] = escaped
      }
      written += 1
    }
    return written
  }

  /// The character of `\uXXXX` or of a pair of them, read from behind the `u`. A surrogate without its partner is U+FFFD.
  private static func unicodeScalar(_ raw: ByteSlice, _ read: inout Int) -> Unicode.Scalar {
    let unit = codeUnit(raw, read)
    read += 4
    if let scalar = Unicode.Scalar(unit) { return scalar }
    if unit < 0xDC00, read + 6 <= raw.count, raw[read] == UInt8(ascii: "\\"), raw[read + 1] == UInt8(ascii: "u") {
      let low = codeUnit(raw, read + 2)
      if 0xDC00...0xDFFF ~= low {
        read += 6
        return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)) ?? "\u{FFFD}"
      }
    }
    return "\u{FFFD}"
  }

  private static func codeUnit(_ raw: ByteSlice, _ start: Int) -> UInt32 {
    var unit: UInt32 = 0
    for index in start..<start + 4 { unit = unit << 4 | UInt32(hexValue(raw[index]) ?? 0) }
    return unit
  }

  static func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
