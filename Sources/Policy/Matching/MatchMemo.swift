internal import Admission
internal import JSON
internal import Memory

/// What an evaluator has found out about kinds of request: which policies of the set each of them can concern.
///
/// A kind of request is a resource, a subresource, an operation, and whether there is a namespace. For each, the policies whose rules
/// can match are listed once: those that always are candidates, and those that only requests with a certain name, namespace
/// or label can match, filed under that. A request then looks its kind up, and costs what its own candidates cost. Nothing is
/// allocated from the heap for a kind that is known.
struct MatchMemo: ~Copyable {
  /// Kinds of request that are remembered. A cluster has some hundreds; past that all are forgotten, so that nobody who makes up
  /// resources can make the memory grow.
  static let maximumKinds = 1024

  /// Bytes for the same reason, past which all kinds are forgotten.
  static let maximumBytes = 8 << 20

  /// Labels of an object that are looked up each; an object with more is compared with all policies that are filed by label.
  static let maximumLabels = 64

  private var memory = Arena(blockSize: 16 << 10, retainedLimit: maximumBytes)
  private var identity: UInt64 = 0
  private var slots = UnsafeMutableBufferPointer<Slot>(start: nil, count: 0)
  private var count = 0

  private struct Slot: BitwiseCopyable {
    var hash: UInt64
    /// Nil: nothing stands here.
    var kind: UnsafePointer<Kind>?
  }

  /// Policies, as positions in the index, ascending.
  fileprivate typealias Policies = UnsafeBufferPointer<Int32>

  fileprivate struct Kind: BitwiseCopyable {
    /// Of the remembered request, its text in the memo's memory.
    var target: MatchTarget
    var isPods: Bool
    var always: Policies
    /// A power of two of slots; empty where nothing is filed.
    var filed: UnsafeBufferPointer<Filed>
    /// All that are filed by label.
    var labelled: Policies
    /// All that are filed by a label of the namespace.
    var namespaceLabelled: Policies
  }

  fileprivate struct Filed: BitwiseCopyable {
    /// 0: nothing stands here.
    var hash: UInt64
    var policies: Policies
  }

  init() {}

  /// Marks the policies that `target` can concern: a superset of those that match it.
  /// - Parameter labels: the labels of the objects that are seen, asked for only where policies are filed by label.
  mutating func mark(
    _ target: MatchTarget, isPods: Bool, in index: MatchIndex, namespace: NamespaceLabels,
    labels: () -> (new: Cursor?, old: Cursor?), _ marks: inout CandidateMarks
  ) {
    if target.isExempt { return }
    let kind = kind(target, isPods: isPods, in: index)
    marks.insert(kind.pointee.always)
    if kind.pointee.filed.isEmpty { return }
    marks.insert(kind.pointee.policies(MatchHash(name: target.name)))
    marks.insert(kind.pointee.policies(MatchHash(namespace: target.namespace)))
    if !kind.pointee.namespaceLabelled.isEmpty { Self.mark(namespace, kind, &marks) }
    if kind.pointee.labelled.isEmpty { return }
    let labels = labels()
    Self.mark(labels.new, isNamespace: false, kind, kind.pointee.labelled, &marks)
    Self.mark(labels.old, isNamespace: false, kind, kind.pointee.labelled, &marks)
  }

  private static func mark(
    _ namespace: NamespaceLabels, _ kind: UnsafePointer<Kind>, _ marks: inout CandidateMarks
  ) {
    // What cannot be compared is not passed over.
    guard namespace.areKnown else { return marks.insert(kind.pointee.namespaceLabelled) }
    mark(namespace.written, isNamespace: true, kind, kind.pointee.namespaceLabelled, &marks)
    marks.insert(kind.pointee.policies(MatchHash(label: NamespaceLabels.nameLabel, isNamespace: true)))
  }

  private static func mark(
    _ labels: Cursor?, isNamespace: Bool, _ kind: UnsafePointer<Kind>, _ all: Policies, _ marks: inout CandidateMarks
  ) {
    guard let labels else { return }
    if labels.count > maximumLabels { return marks.insert(all) }
    for (key, value) in labels.members {
      let key = key.string(in: marks.arena)
      marks.insert(kind.pointee.policies(MatchHash(label: key, isNamespace: isNamespace)))
      marks.insert(
        kind.pointee.policies(MatchHash(label: key, value: value.string(in: marks.arena), isNamespace: isNamespace)))
    }
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
    var always: [Int32] = []
    var labelled: [Int32] = []
    var namespaceLabelled: [Int32] = []
    var filed: [MatchHash: [Int32]] = [:]
    for (position, entry) in index.entries.enumerated() {
      guard !isPods || entry.includesPodTemplates, entry.canMatch(target) else { continue }
      let policy = Int32(truncatingIfNeeded: position)
      switch entry.keys(target) {
      case .any: always.append(policy)
      case .hashes(let keys):
        for key in Set(keys) { filed[key, default: []].append(policy) }
      case .labels(let keys):
        labelled.append(policy)
        for key in Set(keys) { filed[key, default: []].append(policy) }
      case .namespaceLabels(let keys):
        namespaceLabelled.append(policy)
        for key in Set(keys) { filed[key, default: []].append(policy) }
      }
    }
    return Kind(
      target: target.copied(to: arena), isPods: isPods, always: arena.buffer(always),
      filed: Self.table(filed, arena), labelled: arena.buffer(labelled),
      namespaceLabelled: arena.buffer(namespaceLabelled))
  }

  private static func table(_ filed: [MatchHash: [Int32]], _ arena: Arena.Handle) -> UnsafeBufferPointer<Filed> {
    if filed.isEmpty { return UnsafeBufferPointer(start: nil, count: 0) }
    // Twice as many slots as there are keys, a power of two: probes stay short, and find an empty slot.
    var capacity = 8
    while capacity < filed.count * 2 { capacity *= 2 }
    let slots = UnsafeMutableBufferPointer(start: arena.allocate(Filed.self, count: capacity), count: capacity)
    slots.initialize(repeating: Filed(hash: 0, policies: Policies(start: nil, count: 0)))
    for (key, policies) in filed {
      var position = Int(truncatingIfNeeded: key.value) & (capacity - 1)
      while slots[position].hash != 0 { position = (position + 1) & (capacity - 1) }
      slots[position] = Filed(hash: key.value, policies: arena.buffer(policies))
    }
    return UnsafeBufferPointer(slots)
  }
}

extension MatchMemo.Kind {
  /// What is filed under a key.
  fileprivate func policies(_ key: MatchHash) -> MatchMemo.Policies {
    var position = Int(truncatingIfNeeded: key.value) & (filed.count - 1)
    while filed[position].hash != 0 {
      if filed[position].hash == key.value { return filed[position].policies }
      position = (position + 1) & (filed.count - 1)
    }
    return MatchMemo.Policies(start: nil, count: 0)
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
