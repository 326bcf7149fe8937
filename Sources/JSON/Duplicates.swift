internal import Memory

/// The same key twice in an object: the last one wins, and the others leave the tape.
enum Duplicates {
  /// What is compared first: equal keys without escapes have equal signatures, and different ones seldom do.
  @inline(__always)
  static func signature(_ key: Word, text: ByteSlice) -> UInt64 {
    let start = UnsafeRawPointer(text.start + key.offset)
    let length = UInt64(truncatingIfNeeded: key.length)
    if key.length >= 8 {
      let head = start.loadUnaligned(as: UInt64.self)
      let tail = start.loadUnaligned(fromByteOffset: key.length &- 8, as: UInt64.self)
      return (head &* 0x9E37_79B9_7F4A_7C15) ^ tail ^ length
    }
    // The key's quote and at least one bracket follow in any valid text, but not necessarily eight bytes: go byte by byte.
    var bits = length
    for index in 0..<key.length { bits = bits << 8 | UInt64(text[key.offset &+ index]) }
    return bits
  }

  /// Up to this many members, all pairs of signatures are compared; above it the keys go into a table.
  static var pairwiseLimit: Int { 16 }

  /// Called when an object closes; its members are the end of the tape.
  @inline(__always)
  static func remove(
    _ storage: inout Tape.Storage, _ frame: inout Tape.Frame, signatureEnd: Int, text: ByteSlice
  ) {
    if frame.count < 2 { return }
    if frame.count <= pairwiseLimit, !frame.hasEscapedKey {
      let signatures = UnsafePointer(storage.signatures + frame.signatures)
      var isSuspect = false
      for right in 1..<frame.count {
        for left in 0..<right where signatures[left] == signatures[right] { isSuspect = true }
      }
      if !isSuspect { return }
    }
    removeByKey(&storage, &frame, text: text)
  }

  /// Compares whole decoded keys. The table's hash is seeded in each process, so that nobody can prepare keys that collide.
  @inline(never)
  private static func removeByKey(_ storage: inout Tape.Storage, _ frame: inout Tape.Frame, text: ByteSlice) {
    let start = frame.word + 1
    var decoded = Arena(blockSize: 1024)
    var last: [ByteSlice: Int] = [:]
    last.reserveCapacity(frame.count)
    var position = start
    while position < storage.count {
      let key = Cursor(word: UnsafePointer(storage.words + position), text: text.start).string(in: decoded.handle)
      last[key] = position
      position += 1 + storage.words[position + 1].span
    }
    if last.count == frame.count { return }

    let kept = Set(last.values)
    var target = start
    position = start
    while position < storage.count {
      let length = 1 + storage.words[position + 1].span
      if kept.contains(position) {
        // Moving down: the words may overlap, and `update(from:)` allows that.
        if target != position { (storage.words + target).update(from: storage.words + position, count: length) }
        target += length
      }
      position += length
    }
    storage.count = target
    frame.count = last.count
    decoded.reset()
  }
}
