internal import Memory

/// Colours of a terminal.
package enum Colour: String, Sendable {
  case red = "31"
  case green = "32"
  case yellow = "33"
  case bold = "1"
  case dim = "2"
}

/// Colours text, or leaves it as it is.
package struct Palette: Sendable {
  package let isOn: Bool

  package init(isOn: Bool) {
    self.isOn = isOn
  }

  package func paint(_ text: String, _ colour: Colour?) -> String {
    guard isOn, let colour else { return text }
    return "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m"
  }

  /// What follows has the colour, up to ``end(_:to:)``.
  func begin(_ colour: Colour?, to buffer: inout ByteBuffer) {
    guard isOn, let colour else { return }
    buffer.append("\u{1B}[")
    buffer.append(colour.rawValue)
    buffer.append("m")
  }

  func end(_ colour: Colour?, to buffer: inout ByteBuffer) {
    if isOn, colour != nil { buffer.append("\u{1B}[0m") }
  }
}
