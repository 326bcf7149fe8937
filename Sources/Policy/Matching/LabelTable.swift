internal import Memory

/// Finds what is filed under a text. Made when policies are loaded; its memory, that of the texts included, belongs to who made it.
///
/// Texts are compared, not only their hashes: requests bring what is looked up, and whoever writes them must not be able to make
/// one label pass for another.
struct LabelTable<Element: BitwiseCopyable>: BitwiseCopyable {
  private let slots: UnsafeBufferPointer<Slot>

  private struct Slot: BitwiseCopyable {
    /// 0: nothing stands here.
    var hash: UInt64
    var text: ByteSlice
    var element: Element
  }

  init(_ elements: [(text: ByteSlice, element: Element)], _ arena: Arena.Handle) {
    guard let first = elements.first else {
      slots = UnsafeBufferPointer(start: nil, count: 0)
      return
    }
    // Twice as many slots as there are texts, a power of two: probes stay short, and find an empty slot.
    var capacity = 4
    while capacity < elements.count * 2 { capacity *= 2 }
    let slots = UnsafeMutableBufferPointer(start: arena.allocate(Slot.self, count: capacity), count: capacity)
    slots.initialize(repeating: Slot(hash: 0, text: .empty, element: first.element))
    for (text, element) in elements {
      let hash = TextHash.hash(text)
      var position = Int(truncatingIfNeeded: hash) & (capacity - 1)
      while slots[position].hash != 0 { position = (position + 1) & (capacity - 1) }
      slots[position] = Slot(hash: hash, text: text, element: element)
    }
    self.slots = UnsafeBufferPointer(slots)
  }

  var isEmpty: Bool { slots.isEmpty }

  /// Nil where nothing is filed under `text`.
  @inline(__always)
  func find(_ text: ByteSlice) -> Element? {
    if slots.isEmpty { return nil }
    let hash = TextHash.hash(text)
    var position = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while slots[position].hash != 0 {
      if slots[position].hash == hash, slots[position].text == text { return slots[position].element }
      position = (position + 1) & (slots.count - 1)
    }
    return nil
  }
}

/// A text as a number, eight bytes at a time.
enum TextHash {
  /// - Returns: never 0.
  @inline(__always)
  static func hash(_ text: ByteSlice) -> UInt64 {
    let bytes = UnsafeRawPointer(text.start)
    var state = mixed(UInt64(truncatingIfNeeded: text.count) ^ 0x9E37_79B9_7F4A_7C15)
    if text.count >= 8 {
      var offset = 0
      while offset < text.count &- 8 {
        state = mixed(state ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        offset &+= 8
      }
      // The last word may overlap the one before.
      state = mixed(state ^ bytes.loadUnaligned(fromByteOffset: text.count &- 8, as: UInt64.self))
    } else {
      for offset in 0..<text.count { state = state << 8 ^ state >> 56 ^ UInt64(text[offset]) }
      state = mixed(state)
    }
    return state == 0 ? 1 : state
  }

  @inline(__always)
  private static func mixed(_ value: UInt64) -> UInt64 {
    let product = value &* 0xD6E8_FEB8_6659_FD93
    return product ^ product >> 32
  }
}
