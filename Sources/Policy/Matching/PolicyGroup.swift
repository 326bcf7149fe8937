internal import Memory

/// Policies of a set that have something in common: few of them by their numbers, many as a bit each. Its memory belongs to who made it.
struct PolicyGroup: BitwiseCopyable {
  private let numbers: UnsafeBufferPointer<Int32>
  private let words: UnsafeBufferPointer<UInt64>
  let count: Int

  /// - Parameters:
  ///   - policies: their numbers.
  ///   - total: how many policies the set has.
  init(_ policies: [Int32], of total: Int, _ arena: Arena.Handle) {
    assert(policies.allSatisfy { $0 >= 0 && $0 < total })
    count = policies.count
    let length = Self.wordCount(total)
    // A number costs some four times what a word does.
    guard policies.count > length / 4 else {
      numbers = policies.isEmpty ? UnsafeBufferPointer(start: nil, count: 0) : arena.buffer(policies)
      words = UnsafeBufferPointer(start: nil, count: 0)
      return
    }
    let bits = UnsafeMutableBufferPointer(start: arena.allocate(UInt64.self, count: length), count: length)
    bits.initialize(repeating: 0)
    for policy in policies { bits[Int(policy) >> 6] |= 1 << UInt64(policy & 63) }
    numbers = UnsafeBufferPointer(start: nil, count: 0)
    words = UnsafeBufferPointer(bits)
  }

  /// Words of a bit for each of `total` policies.
  static func wordCount(_ total: Int) -> Int { (total + 63) / 64 }

  @inline(__always)
  func insert(into marks: UnsafeMutableBufferPointer<UInt64>) {
    for policy in numbers { marks[Int(policy) >> 6] |= 1 << UInt64(policy & 63) }
    for index in words.indices { marks[index] |= words[index] }
  }

  @inline(__always)
  func remove(from marks: UnsafeMutableBufferPointer<UInt64>) {
    for policy in numbers { marks[Int(policy) >> 6] &= ~(1 << UInt64(policy & 63)) }
    for index in words.indices { marks[index] &= ~words[index] }
  }
}
