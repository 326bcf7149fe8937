internal import Memory

extension Tape {
  /// The words, and what the parser needs on the way: the open containers, their keys' signatures, and room to compare keys.
  struct Storage: ~Copyable {
    private(set) var words: UnsafeMutablePointer<Word>
    var count = 0
    /// Words that were moved in this text because of repeated keys.
    var movedCount = 0
    private(set) var capacity: Int
    let frames: UnsafeMutablePointer<Frame>
    private(set) var signatures: UnsafeMutablePointer<UInt64>
    private(set) var signatureCapacity: Int
    /// A key while it is compared in its decoded form.
    var decodedKey = ByteBuffer()
    /// The signatures of one large object, as a hash table.
    private var table: UnsafeMutablePointer<UInt64>
    private var tableCapacity: Int
    /// Of the table's hash: nobody outside can prepare keys that collide.
    private let multiplier = UInt64.random(in: .min ... .max) | 1

    init() {
      capacity = 1024
      words = .allocate(capacity: capacity)
      frames = .allocate(capacity: Tape.maximumDepth)
      signatureCapacity = 256
      signatures = .allocate(capacity: signatureCapacity)
      tableCapacity = 256
      table = .allocate(capacity: tableCapacity)
    }

    deinit {
      words.deallocate()
      frames.deallocate()
      signatures.deallocate()
      table.deallocate()
    }

    mutating func removeAll(keepingWords limit: Int) {
      count = 0
      movedCount = 0
      if capacity > limit {
        words.deallocate()
        capacity = limit
        words = .allocate(capacity: limit)
      }
      if signatureCapacity > limit {
        signatures.deallocate()
        signatureCapacity = limit
        signatures = .allocate(capacity: limit)
      }
      if tableCapacity > limit {
        table.deallocate()
        tableCapacity = limit
        table = .allocate(capacity: limit)
      }
      decodedKey.removeAll(keepingCapacity: limit)
    }

    @inline(never)
    mutating func growWords() {
      let larger = UnsafeMutablePointer<Word>.allocate(capacity: capacity * 2)
      larger.update(from: words, count: count)
      words.deallocate()
      words = larger
      capacity *= 2
    }

    @inline(never)
    mutating func growSignatures(count: Int) {
      let larger = UnsafeMutablePointer<UInt64>.allocate(capacity: signatureCapacity * 2)
      larger.update(from: signatures, count: count)
      signatures.deallocate()
      signatures = larger
      signatureCapacity *= 2
    }

    /// Whether two of the signatures from `start` on are equal. Costs O(count), in memory that is kept.
    mutating func hasEqualSignatures(from start: Int, count: Int) -> Bool {
      var bits = 5
      while 1 << bits < count * 2 { bits += 1 }
      if tableCapacity < 1 << bits {
        table.deallocate()
        tableCapacity = 1 << bits
        table = .allocate(capacity: tableCapacity)
      }
      // 0 marks a free place; a signature that is 0 by chance counts as one that was met before, which is safe.
      table.update(repeating: 0, count: 1 << bits)
      for index in start..<start + count {
        let signature = signatures[index]
        if signature == 0 { return true }
        var place = Int(truncatingIfNeeded: (signature &* multiplier) >> UInt64(64 - bits))
        while table[place] != 0 {
          if table[place] == signature { return true }
          place = (place + 1) & (1 << bits - 1)
        }
        table[place] = signature
      }
      return false
    }
  }

  /// A container that is still open.
  struct Frame: BitwiseCopyable {
    /// Where its word stands on the tape.
    var word: Int
    /// Elements or members so far.
    var count: Int
    /// Where its keys' signatures start.
    var signatures: Int
    var isObject: Bool
  }
}
