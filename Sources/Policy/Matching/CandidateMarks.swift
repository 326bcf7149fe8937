internal import Memory

/// The candidates of one request: a bit for each policy of the set, so that one found twice counts once, and they come out in
/// the order of the set.
struct CandidateMarks: BitwiseCopyable {
  let arena: Arena.Handle
  let words: UnsafeMutableBufferPointer<UInt64>

  init(count: Int, _ arena: Arena.Handle) {
    self.arena = arena
    let length = PolicyGroup.wordCount(count)
    words = UnsafeMutableBufferPointer(start: arena.allocate(UInt64.self, count: length), count: length)
    words.initialize(repeating: 0)
  }

  /// With the first `count` marked.
  init(all count: Int, _ arena: Arena.Handle) {
    self.init(count: count, arena)
    words.update(repeating: .max)
    if count & 63 != 0 { words[words.count - 1] = (1 << UInt64(count & 63)) - 1 }
  }

  /// The same marks, for changes of their own.
  init(copyOf other: CandidateMarks) {
    arena = other.arena
    words = UnsafeMutableBufferPointer(
      start: arena.allocate(UInt64.self, count: other.words.count), count: other.words.count)
    for index in words.indices { words[index] = other.words[index] }
  }

  /// What is marked in either of two, which are for the same policies.
  init(_ first: CandidateMarks, _ second: CandidateMarks) {
    self.init(copyOf: first)
    formUnion(second)
  }

  @inline(__always)
  func insert(_ policies: PolicyGroup) { policies.insert(into: words) }

  @inline(__always)
  func remove(_ policies: PolicyGroup) { policies.remove(from: words) }

  /// - Parameter other: for the same policies.
  func formUnion(_ other: CandidateMarks) {
    for index in words.indices { words[index] |= other.words[index] }
  }

  func formIntersection(_ other: CandidateMarks) {
    for index in words.indices { words[index] &= other.words[index] }
  }

  /// False for a policy past the last that there is room for.
  func contains(_ policy: Int) -> Bool {
    policy >> 6 < words.count && words[policy >> 6] & 1 << UInt64(policy & 63) != 0
  }

  /// How many policies are marked.
  var count: Int { words.reduce(0) { $1 == 0 ? $0 : $0 + $1.nonzeroBitCount } }

  /// The first that is marked at or after `policy`; past all where none is.
  func next(from policy: Int) -> Int {
    var index = policy >> 6
    guard index < words.count else { return 64 * words.count }
    var word = words[index] & (.max << UInt64(policy & 63))
    while word == 0 {
      index += 1
      guard index < words.count else { return 64 * words.count }
      word = words[index]
    }
    return index << 6 | word.trailingZeroBitCount
  }

  /// The marked policies, ascending.
  @inline(__always)
  func forEach(_ body: (Int) -> Void) {
    for index in words.indices {
      var word = words[index]
      while word != 0 {
        body(index << 6 | word.trailingZeroBitCount)
        word &= word - 1
      }
    }
  }
}
