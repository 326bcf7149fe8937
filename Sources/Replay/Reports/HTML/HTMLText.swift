/// Text in a page.
///
/// Mustache's own escaping goes by what Swift calls a character: a quote or a bracket that carries a combining mark is another
/// character to it, and would come through. A browser goes by code points, and so does this.
package enum HTMLText {
  /// For content and for attributes in double quotes. Control characters, and those that turn the direction of text, become U+FFFD.
  package static func escape(_ text: String) -> String {
    var escaped = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x26: escaped.append(contentsOf: "&amp;".unicodeScalars)
      case 0x3C: escaped.append(contentsOf: "&lt;".unicodeScalars)
      case 0x3E: escaped.append(contentsOf: "&gt;".unicodeScalars)
      case 0x22: escaped.append(contentsOf: "&quot;".unicodeScalars)
      case 0x27: escaped.append(contentsOf: "&#39;".unicodeScalars)
      case 0x60: escaped.append(contentsOf: "&#96;".unicodeScalars)
      case 0x0A, 0x09: escaped.append(scalar)
      case 0..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069, 0xFFFE, 0xFFFF: escaped.append("\u{FFFD}")
      default: escaped.append(scalar)
      }
    }
    return String(escaped)
  }
}
