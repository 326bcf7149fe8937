internal import Admission
internal import JSON
internal import Memory

/// Finds the exceptions from a policy in a namespace by one lookup, however many there are, and where these are many, those of
/// them that select an object's labels by one lookup for each label.
struct ExceptionIndex {
  /// So few exceptions from one policy in one namespace are compared one by one.
  static let fewExceptions = 8

  private let buckets: UnsafeMutableBufferPointer<Bucket>
  let isEmpty: Bool

  private struct Bucket: BitwiseCopyable {
    var policy: Int32
    /// Empty: objects without a namespace.
    var namespace: ByteSlice
    var exceptions: UnsafeBufferPointer<CompiledException>
    /// Of as many exceptions; nil where these are few.
    var selectors: SelectorIndex?
  }

  struct Key: Hashable {
    let policy: Int32
    let namespace: String
  }

  /// - Parameter exceptions: by policy and namespace; of each list the one that ends last comes first.
  init(_ exceptions: [Key: [CompiledException]], _ arena: Arena.Handle) {
    isEmpty = exceptions.isEmpty
    // Twice as many buckets as keys, a power of two: probes stay short.
    var capacity = 1
    while capacity < exceptions.count * 2 { capacity *= 2 }
    buckets = UnsafeMutableBufferPointer(start: arena.allocate(Bucket.self, count: capacity), count: capacity)
    buckets.initialize(
      repeating: Bucket(
        policy: -1, namespace: .empty, exceptions: UnsafeBufferPointer(start: nil, count: 0), selectors: nil))
    for (key, list) in exceptions {
      let bucket = Bucket(
        policy: key.policy, namespace: arena.slice(key.namespace), exceptions: arena.buffer(list),
        selectors: Self.selectors(list, arena))
      buckets[slot(bucket.policy, bucket.namespace)] = bucket
    }
  }

  private static func selectors(_ exceptions: [CompiledException], _ arena: Arena.Handle) -> SelectorIndex? {
    guard exceptions.count > fewExceptions else { return nil }
    var builder = SelectorIndexBuilder(total: exceptions.count)
    for (position, exception) in exceptions.enumerated() {
      for requirement in exception.selector.requirements { builder.add(requirement, of: position) }
    }
    return builder.build(arena)
  }

  /// The exceptions from a policy that are about a request's namespace, or about objects without one.
  func exceptions(from policy: Int, _ request: AdmissionRequest) -> UnsafeBufferPointer<CompiledException> {
    bucket(policy, request).exceptions
  }

  /// Those of them that may select an object.
  func exceptions(
    from policy: Int, _ request: AdmissionRequest, _ object: ExceptedObject, _ arena: Arena.Handle
  ) -> FoundExceptions {
    let bucket = bucket(policy, request)
    guard let selectors = bucket.selectors else { return FoundExceptions(bucket.exceptions, nil) }
    let marks = CandidateMarks(all: bucket.exceptions.count, arena)
    selectors.restrict(marks, to: object.metadata?.member("labels"))
    return FoundExceptions(bucket.exceptions, marks)
  }

  /// All exceptions from a policy, whatever their namespaces; for explanations, since it looks at all there are.
  func all(from policy: Int) -> [(namespace: ByteSlice, exception: CompiledException)] {
    buckets.filter { $0.policy == policy }.flatMap { bucket in bucket.exceptions.map { (bucket.namespace, $0) } }
  }

  private func bucket(_ policy: Int, _ request: AdmissionRequest) -> Bucket {
    // A request for a Namespace names it as its namespace, and is cluster-scoped all the same.
    let isNamespaces = request.resource.resource == "namespaces" && request.resource.group.isEmpty
    let namespace = isNamespaces ? ByteSlice.empty : request.namespace
    return buckets[slot(Int32(truncatingIfNeeded: policy), namespace)]
  }

  private func slot(_ policy: Int32, _ namespace: ByteSlice) -> Int {
    var position = Int(truncatingIfNeeded: Self.hash(policy, namespace)) & (buckets.count - 1)
    while buckets[position].policy != -1,
      buckets[position].policy != policy || buckets[position].namespace != namespace
    {
      position = (position + 1) & (buckets.count - 1)
    }
    return position
  }

  /// FNV-1a. What is in the table comes from manifests that somebody approved, so nobody else can make them collide.
  private static func hash(_ policy: Int32, _ namespace: ByteSlice) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ UInt64(truncatingIfNeeded: policy) &* 0x9e37_79b9_7f4a_7c15
    for offset in 0..<namespace.count { hash = (hash ^ UInt64(namespace[offset])) &* 0x100_0000_01b3 }
    return hash ^ hash >> 32
  }
}

/// Exceptions one after the other, in the order in which they were listed.
struct FoundExceptions: Sequence, IteratorProtocol {
  private let exceptions: UnsafeBufferPointer<CompiledException>
  /// Nil: all of them.
  private let marks: CandidateMarks?
  private var position = -1

  init(_ exceptions: UnsafeBufferPointer<CompiledException>, _ marks: CandidateMarks?) {
    self.exceptions = exceptions
    self.marks = marks
  }

  mutating func next() -> CompiledException? {
    position = marks.map { $0.next(from: position + 1) } ?? position + 1
    return position < exceptions.count ? exceptions[position] : nil
  }
}
