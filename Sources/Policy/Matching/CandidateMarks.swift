internal import Memory

/// The candidates of one request: a bit for each policy of the set, so that one found twice counts once, and they come out in
/// the order of the set.
struct CandidateMarks {
  let arena: Arena.Handle
  private let words: UnsafeMutableBufferPointer<UInt64>

  init(count: Int, _ arena: Arena.Handle) {
    self.arena = arena
    let length = (count + 63) / 64
    words = UnsafeMutableBufferPointer(start: arena.allocate(UInt64.self, count: length), count: length)
    words.initialize(repeating: 0)
  }

  @inline(__always)
  mutating func insert(_ policies: UnsafeBufferPointer<Int32>) {
    for policy in policies { words[Int(policy) >> 6] |= 1 << UInt64(policy & 63) }
  }

  /// What is marked in either of two, which are for the same policies.
  init(_ first: CandidateMarks, _ second: CandidateMarks) {
    arena = first.arena
    words = UnsafeMutableBufferPointer(
      start: arena.allocate(UInt64.self, count: first.words.count), count: first.words.count)
    for index in words.indices { words[index] = first.words[index] | second.words[index] }
  }

  /// False for a policy past the last that there is room for.
  func contains(_ policy: Int) -> Bool {
    policy >> 6 < words.count && words[policy >> 6] & 1 << UInt64(policy & 63) != 0
  }

  /// How many policies are marked.
  var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

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
