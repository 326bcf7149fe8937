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

  /// What tells the policy's requests best from others like `target`.
  func keys(_ target: MatchTarget) -> MatchKeys {
    for constraints in [bindingConstraints, constraints] {
      if let names = constraints.requiredNames(target) { return .hashes(names.map { .init(name: $0) }) }
    }
    if NamespaceLabels.areNamed(by: target) {
      for constraints in [bindingConstraints, constraints] {
        if let names = constraints.namespaceSelector.values(of: NamespaceLabels.nameLabel) {
          return .hashes(names.map { .init(namespace: $0) })
        }
      }
      for constraints in [bindingConstraints, constraints] {
        if let keys = constraints.namespaceSelector.keys(isNamespace: true) { return .namespaceLabels(keys) }
      }
    }
    for constraints in [bindingConstraints, constraints] {
      if let keys = constraints.objectSelector.keys(isNamespace: false) { return .labels(keys) }
    }
    return .any
  }
}

extension CompiledSelector {
  /// One of which the labels that the selector accepts have; nil where it accepts objects without labels.
  fileprivate func keys(isNamespace: Bool) -> [MatchHash]? {
    guard let requirement = requirements.first(where: \.isAboutPresentLabel) else { return nil }
    return requirement.comparison == .exists
      ? [MatchHash(label: requirement.key, isNamespace: isNamespace)]
      : requirement.values.map { MatchHash(label: requirement.key, value: $0, isNamespace: isNamespace) }
  }
}

/// By what a policy is found among those for one kind of request.
enum MatchKeys {
  /// By nothing: it always is a candidate.
  case any
  /// By an object's name, or by that of its namespace.
  case hashes([MatchHash])
  /// By one of the object's labels.
  case labels([MatchHash])
  /// By one of its namespace's labels.
  case namespaceLabels([MatchHash])
}

/// A name, a namespace or a label as a number. Two may share a number: what is found by it is compared anyhow.
struct MatchHash: BitwiseCopyable, Hashable {
  /// Never 0.
  let value: UInt64

  init(name: ByteSlice) { value = Self.hash(1, name, .empty) }
  init(namespace: ByteSlice) { value = Self.hash(2, namespace, .empty) }
  /// A label, of the object or of its namespace, with any value.
  init(label: ByteSlice, isNamespace: Bool) { value = Self.hash(isNamespace ? 5 : 3, label, .empty) }
  init(label: ByteSlice, value: ByteSlice, isNamespace: Bool) {
    self.value = Self.hash(isNamespace ? 6 : 4, label, value)
  }

  /// FNV-1a. Numbers in a table come from policy files, so nobody who sends requests can make them collide.
  private static func hash(_ kind: UInt8, _ first: ByteSlice, _ second: ByteSlice) -> UInt64 {
    var hash = FNV1a()
    hash.add(kind)
    hash.add(first)
    hash.add(second)
    return hash.value == 0 ? 1 : hash.value
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
/// remembered by each evaluator in its ``MatchMemo``: from then on one lookup finds it, however many policies there are.
struct MatchIndex: BitwiseCopyable {
  let entries: UnsafeBufferPointer<MatchEntry>
  /// Another number for each index of the process; never 0.
  let identity: UInt64

  private static let indexes = Atomic<UInt64>(0)

  init(_ entries: [MatchEntry], _ arena: Arena.Handle) {
    self.entries = arena.buffer(entries)
    identity = Self.indexes.wrappingAdd(1, ordering: .relaxed).newValue
  }
}
