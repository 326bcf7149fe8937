internal import Memory
internal import Synchronization

/// What of a policy decides which requests it can concern: its constraints, and those of the binding that puts it into force.
struct MatchEntry: BitwiseCopyable {
  /// False for a policy without anything to say in the index's phase.
  let isActive: Bool
  let constraints: CompiledConstraints
  let bindingConstraints: CompiledConstraints
  let includesPodTemplates: Bool

  func canMatch(_ target: MatchTarget) -> Bool {
    isActive && constraints.canMatch(target) && bindingConstraints.canMatch(target)
  }

  /// The names that objects in requests like `target` must have one of; nil for any name.
  func requiredNames(_ target: MatchTarget) -> [ByteSlice]? {
    bindingConstraints.requiredNames(target) ?? constraints.requiredNames(target)
  }
}

struct FNV1a {
  private(set) var state: UInt64 = 0xcbf2_9ce4_8422_2325

  @inline(__always)
  mutating func add(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }

  /// Adds the bytes, and that they end here.
  @inline(__always)
  mutating func add(_ bytes: ByteSlice) {
    for byte in bytes.buffer { add(byte) }
    add(0xFF)
  }

  var value: UInt64 { state ^ state >> 32 }
}

/// The policies of a set as requests look for them. What a kind of request finds is worked out when the first of it comes, and
/// remembered by each evaluator in its ``MatchMemo``; what the labels of an object and of its namespace leave of that is
/// found by one look-up for each label. So a request costs what its own policies cost, however many others there are.
struct MatchIndex: BitwiseCopyable {
  let entries: UnsafeBufferPointer<MatchEntry>
  let selectors: PolicySelectors
  /// Another number for each index of the process; never 0.
  let identity: UInt64

  private static let indexes = Atomic<UInt64>(0)

  init(_ entries: [MatchEntry], _ arena: Arena.Handle) {
    self.entries = arena.buffer(entries)
    selectors = PolicySelectors(entries, arena)
    identity = Self.indexes.wrappingAdd(1, ordering: .relaxed).newValue
  }
}
