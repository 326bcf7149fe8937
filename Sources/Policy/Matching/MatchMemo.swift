internal import Admission
internal import JSON
internal import Memory

/// What an evaluator has found out about kinds of request: which policies of the set each of them can concern.
///
/// A kind of request is a resource, a subresource, an operation, and whether there is a namespace. For each, the policies whose rules
/// can match are listed once: those for any name, and those only for objects of certain names, filed under these. A request then
/// looks its kind up, and costs what its own candidates cost. Nothing is allocated from the heap for a kind that is known.
struct MatchMemo: ~Copyable {
  /// Kinds of request that are remembered. A cluster has some hundreds; past that all are forgotten, so that nobody who makes up
  /// resources can make the memory grow.
  static let maximumKinds = 1024

  /// Bytes for the same reason, past which all kinds are forgotten.
  static let maximumBytes = 8 << 20

  /// So few policies are compared one by one, which costs less than to look their selectors up.
  static let fewPolicies = 2

  private var memory = Arena(blockSize: 16 << 10, retainedLimit: maximumBytes)
  private var identity: UInt64 = 0
  private var slots = UnsafeMutableBufferPointer<Slot>(start: nil, count: 0)
  private var count = 0

  private struct Slot: BitwiseCopyable {
    var hash: UInt64
    /// Nil: nothing stands here.
    var kind: UnsafePointer<Kind>?
  }

  fileprivate struct Kind: BitwiseCopyable {
    /// Of the remembered request, its text in the memo's memory.
    var target: MatchTarget
    var isPods: Bool
    /// The policies for any name.
    var unnamed: PolicyGroup
    /// The others.
    var named: LabelTable<PolicyGroup>
  }

  init() {}

  /// Marks the policies that `target` can concern: a superset of those that match it.
  /// - Parameters:
  ///   - labels: those of the objects that are seen, asked for only where policies select objects.
  ///   - marks: without a mark yet.
  mutating func mark(
    _ target: MatchTarget, isPods: Bool, in index: MatchIndex, namespace: NamespaceLabels,
    labels: () -> (new: PolicySelectors.Labels, old: PolicySelectors.Labels), _ marks: CandidateMarks
  ) {
    if target.isExempt { return }
    let kind = kind(target, isPods: isPods, in: index)
    marks.insert(kind.pointee.unnamed)
    var count = kind.pointee.unnamed.count
    if let named = kind.pointee.named.find(target.name) {
      marks.insert(named)
      count += named.count
    }
    if count > Self.fewPolicies { index.selectors.restrict(marks, namespace, labels) }
  }

  // MARK: Kinds

  private mutating func kind(_ target: MatchTarget, isPods: Bool, in index: MatchIndex) -> UnsafePointer<Kind> {
    if identity != index.identity { forget(index) }
    let hash = Self.hash(target, isPods: isPods)
    var position = slot(hash, target, isPods)
    if let kind = slots[position].kind { return kind }
    if count >= Self.maximumKinds || memory.bytesInUse >= Self.maximumBytes {
      forget(index)
      position = slot(hash, target, isPods)
    }
    let kind = memory.handle.allocate(Kind.self, count: 1)
    kind.initialize(to: work(out: target, isPods: isPods, index))
    slots[position] = Slot(hash: hash, kind: UnsafePointer(kind))
    count += 1
    return UnsafePointer(kind)
  }

  private mutating func forget(_ index: MatchIndex) {
    memory.reset()
    identity = index.identity
    count = 0
    // Twice as many slots as kinds, a power of two: probes stay short, and find an empty slot.
    let capacity = 2 * Self.maximumKinds
    slots = UnsafeMutableBufferPointer(start: memory.handle.allocate(Slot.self, count: capacity), count: capacity)
    slots.initialize(repeating: Slot(hash: 0, kind: nil))
  }

  /// Where the kind of a request stands, or would.
  private func slot(_ hash: UInt64, _ target: MatchTarget, _ isPods: Bool) -> Int {
    var position = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while let kind = slots[position].kind,
      slots[position].hash != hash || kind.pointee.isPods != isPods || !kind.pointee.target.isAlike(target)
    {
      position = (position + 1) & (slots.count - 1)
    }
    return position
  }

  private static func hash(_ target: MatchTarget, isPods: Bool) -> UInt64 {
    var hash = FNV1a()
    hash.add(target.requested)
    if target.isConverted { hash.add(target.given) }
    hash.add(target.subresource)
    hash.add(target.operation.rawValue << 2 | (target.namespace.isEmpty ? 2 : 0) | (isPods ? 1 : 0))
    return hash.value
  }

  // MARK: What a kind of request finds

  /// Compares the kind with every policy. Runs once for a kind, and may allocate.
  private func work(out target: MatchTarget, isPods: Bool, _ index: MatchIndex) -> Kind {
    let arena = memory.handle
    var unnamed: [Int32] = []
    var named: [ByteSlice: [Int32]] = [:]
    for (position, entry) in index.entries.enumerated() {
      guard !isPods || entry.includesPodTemplates, entry.canMatch(target) else { continue }
      let policy = Int32(truncatingIfNeeded: position)
      guard let names = entry.requiredNames(target) else {
        unnamed.append(policy)
        continue
      }
      for name in Set(names) { named[name, default: []].append(policy) }
    }
    let total = index.entries.count
    return Kind(
      target: target.copied(to: arena), isPods: isPods, unnamed: PolicyGroup(unnamed, of: total, arena),
      // INVARIANT: names are the policy set's, and so end before the memo looks at them under another set.
      named: LabelTable(named.map { (text: $0.key, element: PolicyGroup($0.value, of: total, arena)) }, arena))
  }
}

extension MatchTarget {
  /// Whether rules find the same in both but for names.
  fileprivate func isAlike(_ other: MatchTarget) -> Bool {
    operation == other.operation && namespace.isEmpty == other.namespace.isEmpty && subresource == other.subresource
      && requested == other.requested && given == other.given
  }

  fileprivate func copied(to arena: Arena.Handle) -> MatchTarget {
    func copy(_ resource: GroupVersionResource) -> GroupVersionResource {
      GroupVersionResource(
        group: arena.copy(resource.group), version: arena.copy(resource.version),
        resource: arena.copy(resource.resource))
    }
    var copy_ = self
    copy_.requested = copy(requested)
    copy_.given = copy(given)
    copy_.subresource = arena.copy(subresource)
    // Only whether there is one is compared.
    copy_.namespace = ByteSlice(namespace.isEmpty ? "" : "*")
    copy_.name = .empty
    return copy_
  }
}

extension FNV1a {
  fileprivate mutating func add(_ resource: GroupVersionResource) {
    add(resource.group)
    add(resource.version)
    add(resource.resource)
  }
}
