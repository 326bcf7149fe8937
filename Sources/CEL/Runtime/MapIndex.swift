internal import Memory

/// Where the keys of a map stand while an expression makes it, so that a map of many entries is not searched from its start for
/// each of them. A table of open addressing, in the arena.
struct MapIndex: BitwiseCopyable {
  /// Entries of a map that is searched without an index.
  static let fewEntries = 8

  /// Numbers of entries, counted from 1; 0: nothing stands here.
  private var slots: UnsafeMutablePointer<UInt32>
  /// A power of two, at least twice the entries.
  private var capacity: Int

  /// - Parameter room: for how many entries.
  init(room: Int, _ arena: Arena.Handle) {
    capacity = 32
    while capacity < 2 * room { capacity *= 2 }
    slots = arena.allocate(UInt32.self, count: capacity)
    slots.initialize(repeating: 0, count: capacity)
  }

  func hasRoom(for entries: Int) -> Bool { 2 * entries <= capacity }

  /// Adds an entry whose key no entry before it has.
  func insert(_ key: Value, at entry: Int) {
    var slot = Self.hash(key) & (capacity - 1)
    while slots[slot] != 0 { slot = (slot + 1) & (capacity - 1) }
    slots[slot] = UInt32(truncatingIfNeeded: entry + 1)
  }

  /// The number of the entry with a key, counted from 0.
  func find(_ key: Value, _ isEqual: (Int) -> Bool) -> Int? {
    var slot = Self.hash(key) & (capacity - 1)
    while slots[slot] != 0 {
      let entry = Int(slots[slot]) - 1
      if isEqual(entry) { return entry }
      slot = (slot + 1) & (capacity - 1)
    }
    return nil
  }

  /// Whether equal keys have equal hashes: those of the kinds that the language allows.
  @inline(__always)
  static func canHold(_ key: Value) -> Bool {
    switch key.tag {
    case .string, .int, .uint, .bool: true
    default: false
    }
  }

  /// An `int` and a `uint` of the same value have the same hash, as they are the same key.
  private static func hash(_ key: Value) -> Int {
    guard key.tag == .string else { return mixed(key.payload) }
    let text = key.slice
    let bytes = UnsafeRawPointer(text.start)
    var state = UInt64(truncatingIfNeeded: text.count)
    var offset = 0
    while offset + 8 <= text.count {
      state = UInt64(truncatingIfNeeded: mixed(state ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
      offset += 8
    }
    while offset < text.count {
      state = state &* 0x100_0000_01B3 ^ UInt64(text[offset])
      offset += 1
    }
    return mixed(state)
  }

  @inline(__always)
  private static func mixed(_ value: UInt64) -> Int {
    let product = (value ^ 0x9E37_79B9_7F4A_7C15) &* 0xD6E8_FEB8_6659_FD93
    return Int(truncatingIfNeeded: product ^ product >> 32)
  }
}
