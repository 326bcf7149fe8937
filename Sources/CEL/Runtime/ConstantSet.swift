internal import Memory

/// The strings of a constant list, or the string keys of a constant map, as an open hash table in the program's memory:
/// `in` a list of registries or of allowed names costs one look, however long the list is.
struct ConstantSet: BitwiseCopyable {
  /// A list shorter than this is searched faster than it is hashed.
  static let minimumCount = 8

  private let slots: UnsafePointer<Value>
  private let mask: Int
  /// The collection itself, for needles that are no strings and for the disassembly.
  let collection: Value

  /// Nil where a member is not a string or the collection is short.
  init?(_ collection: Value, memory: Arena.Handle) {
    guard collection.tag == .list || collection.tag == .map, collection.count >= Self.minimumCount else { return nil }
    let stride = collection.tag == .map ? 2 : 1
    let count = Int(collection.count)
    for index in 0..<count where collection.values[index * stride].tag != .string { return nil }
    var capacity = 16
    while capacity < 2 * count { capacity *= 2 }
    let place = memory.allocate(Value.self, count: capacity)
    place.update(repeating: .null, count: capacity)
    mask = capacity - 1
    for index in 0..<count {
      let member = collection.values[index * stride]
      var slot = Self.hash(member.slice) & mask
      while place[slot].tag == .string, place[slot].slice != member.slice { slot = (slot + 1) & mask }
      place[slot] = member
    }
    slots = UnsafePointer(place)
    self.collection = collection
  }

  func contains(_ text: ByteSlice) -> Bool {
    var slot = Self.hash(text) & mask
    while slots[slot].tag == .string {
      if slots[slot].slice == text { return true }
      slot = (slot + 1) & mask
    }
    return false
  }

  /// FNV-1a. The table's content is the policy author's; a request only looks up, so that there is nothing to flood.
  static func hash(_ text: ByteSlice) -> Int {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for index in 0..<text.count { hash = (hash ^ UInt64(text[index])) &* 0x100_0000_01b3 }
    return Int(truncatingIfNeeded: hash ^ hash >> 32)
  }
}
