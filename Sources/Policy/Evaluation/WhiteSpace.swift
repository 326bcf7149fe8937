internal import Memory

extension ByteSlice {
  /// Without the white space around it that Unicode knows: what Go's `strings.TrimSpace` leaves.
  var trimmed: ByteSlice {
    var start = 0
    while start < count, let length = whiteSpace(at: start) { start += length }
    var end = count
    while end > start, let length = whiteSpace(before: end, from: start) { end -= length }
    return self[start..<end]
  }

  /// Bytes of the white space that starts at `index`; nil where none does.
  private func whiteSpace(at index: Int) -> Int? {
    let first = self[index]
    if first == 0x20 || 0x09...0x0D ~= first { return 1 }
    if first < 0xC2 { return nil }
    let second = index + 1 < count ? self[index + 1] : 0
    if first == 0xC2 { return second == 0x85 || second == 0xA0 ? 2 : nil }
    let third = index + 2 < count ? self[index + 2] : 0
    let isSpace =
      switch (first, second) {
      case (0xE1, 0x9A): third == 0x80
      case (0xE2, 0x80): 0x80...0x8A ~= third || third == 0xA8 || third == 0xA9 || third == 0xAF
      case (0xE2, 0x81): third == 0x9F
      case (0xE3, 0x80): third == 0x80
      default: false
      }
    return isSpace ? 3 : nil
  }

  private func whiteSpace(before end: Int, from start: Int) -> Int? {
    for length in 1...3 where end - length >= start {
      // A shorter end of a longer character is no white space: those bytes start no character.
      if whiteSpace(at: end - length) == length { return length }
    }
    return nil
  }
}

extension String {
  /// As ``ByteSlice/trimmed``.
  var trimmed: String { withByteSlice { $0.trimmed.string } }
}
