package import JSON
package import Memory

/// JSON as block YAML. Strings that YAML might read as something else are quoted.
package enum YAMLWriter {
  /// Writes a value and a line break. The recursion is as deep as the value, which the tape bounds.
  package static func write(_ value: Cursor, to buffer: inout ByteBuffer) {
    write(value, indent: 0, isInline: true, to: &buffer)
  }

  /// - Parameter isInline: whether the line has begun, with a dash or at the document's start, so that the first entry goes on it.
  private static func write(_ value: Cursor, indent: Int, isInline: Bool, to buffer: inout ByteBuffer) {
    var isFirst = isInline
    func start(_ buffer: inout ByteBuffer) {
      if !isFirst { for _ in 0..<indent { buffer.append("  ") } }
      isFirst = false
    }
    if value.isObject, value.count > 0 {
      for (key, member) in value.members {
        start(&buffer)
        scalar(key, to: &buffer)
        buffer.append(":")
        if isBlock(member) {
          buffer.append("\n")
          // A list below a key stands as far left as the key.
          write(member, indent: member.isArray ? indent : indent + 1, isInline: false, to: &buffer)
        } else {
          buffer.append(" ")
          write(member, indent: indent, isInline: true, to: &buffer)
        }
      }
    } else if value.isArray, value.count > 0 {
      for element in value.elements {
        start(&buffer)
        buffer.append("- ")
        write(element, indent: indent + 1, isInline: true, to: &buffer)
      }
    } else {
      scalar(value, to: &buffer)
      buffer.append("\n")
    }
  }

  private static func isBlock(_ value: Cursor) -> Bool { value.count > 0 }

  private static func scalar(_ value: Cursor, to buffer: inout ByteBuffer) {
    if let text = value.stringValue {
      if isPlain(text) { return buffer.append(text) }
      var quoted = ByteBuffer()
      quoted.writeString(text)
      return buffer.append(quoted.bytes)
    }
    if value.isObject { return buffer.append("{}") }
    if value.isArray { return buffer.append("[]") }
    buffer.append(value.rawText)
  }

  /// Whether text stands for itself without quotes: letters first, and nothing that YAML gives a meaning.
  private static func isPlain(_ text: String) -> Bool {
    guard let first = text.utf8.first, isLetter(first) || first == UInt8(ascii: "/"), text.utf8.count <= 128 else {
      return false
    }
    guard text.utf8.allSatisfy({ isLetter($0) || (0x2D...0x39).contains($0) || $0 == UInt8(ascii: "_") }) else {
      return false
    }
    return !meanings.contains(text.lowercased())
  }

  private static let meanings: Set<String> = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]

  private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- UInt8(ascii: "a") < 26 }
}
