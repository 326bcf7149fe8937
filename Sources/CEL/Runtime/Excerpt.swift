internal import JSON
internal import Memory

/// Values written out as far as people want to see them.
extension EvaluationContext {
  /// A value in CEL's syntax, as ``description(of:)`` writes it, but of about `limit` bytes: texts that are longer are cut and
  /// followed by their length in bytes, lists and maps by how many entries are left out. Costs O(limit), however large the value is.
  public func excerpt(of value: Value, limit: Int) -> String {
    var buffer = ByteBuffer()
    excerpt(value, limit: limit, &buffer)
    return buffer.bytes.string
  }

  private func excerpt(_ value: Value, limit: Int, _ buffer: inout ByteBuffer) {
    switch value.tag {
    case .string, .bytes:
      let text = value.slice
      let room = max(limit - buffer.count, Self.shortestText)
      guard text.count > room else { return describe(value, into: &buffer) }
      var end = room
      // A string is cut between characters.
      while value.tag == .string, end > 0, text[end] & 0xC0 == 0x80 { end -= 1 }
      let start = text.prefix(end)
      describe(value.tag == .string ? .string(start) : .bytes(start), into: &buffer)
      buffer.truncate(to: buffer.count - 1)
      buffer.append("…\" (\(text.count) bytes)")
    case .list, .jsonList, .map, .jsonMap: excerptContainer(value, limit: limit, &buffer)
    case .optional:
      guard let wrapped = value.wrapped else { return describe(value, into: &buffer) }
      buffer.append("optional.of(")
      excerpt(wrapped, limit: limit, &buffer)
      buffer.append(")")
    default: describe(value, into: &buffer)
    }
  }

  /// Bytes of a text that are shown even where there is no room left.
  private static var shortestText: Int { 12 }

  private func excerptContainer(_ value: Value, limit: Int, _ buffer: inout ByteBuffer) {
    guard var elements = Elements(value) else { return }
    let isMap = elements.isMap
    if let name = value.objectTypeName { buffer.append(name) }
    buffer.append(isMap ? "{" : "[")
    var isFirst = true
    while elements.remaining > 0 {
      if !isFirst { buffer.append(", ") }
      guard buffer.count < limit else {
        buffer.append("… \(elements.remaining) \(isFirst ? (isMap ? "entries" : "elements") : "more")")
        break
      }
      isFirst = false
      let (key, element) = elements.nextEntry(self)
      if isMap {
        excerpt(key, limit: limit, &buffer)
        buffer.append(": ")
      }
      excerpt(element, limit: limit, &buffer)
    }
    buffer.append(isMap ? "}" : "]")
  }
}
