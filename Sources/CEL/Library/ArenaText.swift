internal import Memory

/// Text of a length that is not known beforehand, made in the arena.
struct ArenaText {
  private let arena: Arena.Handle
  private var start: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  private(set) var count = 0
  /// Whether more was appended than a value may hold; what did not fit is left out.
  private(set) var isTooLong = false

  init(_ arena: Arena.Handle, capacity: Int = 64) {
    self.arena = arena
    self.capacity = max(capacity, 16)
    start = arena.allocate(UInt8.self, count: self.capacity)
  }

  var text: ByteSlice { ByteSlice(start: start, count: count) }

  /// The text as a string, or the error that it is too long.
  var value: Value { isTooLong ? EvaluationContext.tooLong : .string(text) }

  mutating func append(_ text: ByteSlice) {
    guard reserve(text.count) else { return }
    (start + count).update(from: text.start, count: text.count)
    count += text.count
  }

  mutating func append(_ literal: StaticString) { append(ByteSlice(literal)) }

  mutating func append(byte: UInt8) {
    guard reserve(1) else { return }
    start[count] = byte
    count += 1
  }

  mutating func append(scalar: Unicode.Scalar) {
    for unit in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { append(byte: unit) }
  }

  private mutating func reserve(_ more: Int) -> Bool {
    guard count + more > capacity else { return true }
    guard count + more <= EvaluationContext.maximumTextLength else {
      isTooLong = true
      return false
    }
    capacity = max(2 * capacity, count + more)
    let larger = arena.allocate(UInt8.self, count: capacity)
    larger.update(from: start, count: count)
    start = larger
    return true
  }
}
