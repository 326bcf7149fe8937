/// How many columns text takes on a terminal.
enum TextWidth {
  static func columns(_ text: String) -> Int {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text.utf8.count }
    return text.unicodeScalars.reduce(0) { $0 + columns($1) }
  }

  /// Of one code point: marks that combine with the one before take none, ideographs and pictures two.
  static func columns(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }

  /// The beginning of a text, of at most so many columns; what is cut is followed by `…` and how long the whole is.
  /// - Parameter size: that, where the text is not the whole itself.
  static func cut(_ text: String, to limit: Int, size: String? = nil) -> String {
    guard columns(text) > limit else { return text }
    let end = "… (\(size ?? "\(text.count) characters"))"
    var start = ""
    var width = columns(end)
    for scalar in text.unicodeScalars {
      width += columns(scalar)
      if width > limit { break }
      start.unicodeScalars.append(scalar)
    }
    return start + end
  }
}
