internal import JSON
internal import Memory

/// A JSON text with its tape, written and read again and again while an object is changed; its memory is kept.
struct WorkDocument: ~Copyable {
  /// Written between `begin` and `parse`.
  var text = ByteBuffer()
  private var tape = Tape()

  /// Bytes of text that are kept between requests.
  static let retainedLength = 1 << 20

  /// Empties the text, for the next one.
  mutating func begin() { text.removeAll(keepingCapacity: Self.retainedLength) }

  /// Reads what was written.
  /// - Returns: false where it is nested too deep or too long for a tape: ``root`` is then null.
  mutating func parse() -> Bool {
    do {
      try tape.parse(text.bytes)
      return true
    } catch {
      return false
    }
  }

  /// What was read last. Trap: valid until `begin`.
  var root: Cursor { tape.root }
}
