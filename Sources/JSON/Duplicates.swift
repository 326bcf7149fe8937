internal import Memory

/// The same key twice in an object: the last one wins, and the others leave the tape.
enum Duplicates {
  /// What is compared first: equal keys have equal signatures, and different ones seldom do.
  @inline(__always)
  static func signature(of key: Word, text: ByteSlice, _ storage: inout Tape.Storage) -> UInt64 {
    key.kind == .string
      ? signature(text.start + key.offset, key.length) : decodedSignature(of: key, text: text, &storage)
  }

  /// Keys are equal or not after decoding. Not rare: server-side apply writes keys like `k:{\"type\":\"Ready\"}`.
  @inline(never)
  private static func decodedSignature(of key: Word, text: ByteSlice, _ storage: inout Tape.Storage) -> UInt64 {
    storage.decodedKey.removeAll()
    let raw = text[key.offset..<key.offset + key.length]
    _ = storage.decodedKey.write(atLeast: raw.count) { space in
      space.baseAddress.map { Escapes.decode(raw, to: $0.assumingMemoryBound(to: UInt8.self)) } ?? 0
    }
    return signature(storage.decodedKey.bytes.start, storage.decodedKey.count)
  }

  @inline(__always)
  private static func signature(_ start: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
    let bytes = UnsafeRawPointer(start)
    let length = UInt64(truncatingIfNeeded: count)
    if count >= 8 {
      let head = bytes.loadUnaligned(as: UInt64.self)
      let tail = bytes.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
      var bits = (head &* 0x9E37_79B9_7F4A_7C15) ^ tail ^ length
      // Label keys share their ends (`app.kubernetes.io/…`): what lies between counts too.
      var offset = 8
      while offset < count &- 8 {
        bits =
          (bits ^ bits >> 29) &* 0x9E37_79B9_7F4A_7C15 ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        offset &+= 8
      }
      return bits
    }
    if count >= 4 {
      let head = UInt64(bytes.loadUnaligned(as: UInt32.self))
      let tail = UInt64(bytes.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self))
      return (head << 32 | tail) &* 0x9E37_79B9_7F4A_7C15 ^ length
    }
    var bits = length << 24
    for index in 0..<count { bits |= UInt64(start[index]) << UInt64(index &* 8) }
    return bits
  }

  /// Up to this many members, all pairs of signatures are compared; above it they go into a table.
  static var pairwiseLimit: Int { 16 }

  /// Called when an object closes; its members are the end of the tape.
  @inline(__always)
  static func remove(
    _ storage: inout Tape.Storage, _ frame: inout Tape.Frame, text: ByteSlice, at offset: Int
  ) throws(JSONError) {
    if frame.count < 2 { return }
    var isSuspect = false
    if frame.count <= pairwiseLimit {
      let signatures = UnsafePointer(storage.signatures + frame.signatures)
      for right in 1..<frame.count {
        for left in 0..<right where signatures[left] == signatures[right] { isSuspect = true }
      }
    } else {
      isSuspect = storage.hasEqualSignatures(from: frame.signatures, count: frame.count)
    }
    guard isSuspect else { return }
    removeByKey(&storage, &frame, text: text)
    if storage.movedCount > Tape.maximumMovedWords { throw JSONError(.tooManyRepeatedKeys, at: offset) }
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
        if target != position {
          (storage.words + target).update(from: storage.words + position, count: length)
          storage.movedCount += length
        }
        target += length
      }
      position += length
    }
    storage.count = target
    frame.count = last.count
    decoded.reset()
  }
}
