internal import Admission
internal import Memory

/// Finds the exceptions from a policy in a namespace by one lookup, however many there are.
struct ExceptionIndex {
  private let buckets: UnsafeMutableBufferPointer<Bucket>
  let isEmpty: Bool

  private struct Bucket: BitwiseCopyable {
    var policy: Int32
    /// Empty: objects without a namespace.
    var namespace: ByteSlice
    var exceptions: UnsafeBufferPointer<CompiledException>
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
      repeating: Bucket(policy: -1, namespace: .empty, exceptions: UnsafeBufferPointer(start: nil, count: 0)))
    for (key, list) in exceptions {
      let bucket = Bucket(
        policy: key.policy, namespace: arena.slice(key.namespace), exceptions: arena.buffer(list))
      buckets[slot(bucket.policy, bucket.namespace)] = bucket
    }
  }

  /// The exceptions from a policy that are about a request's namespace, or about objects without one.
  func exceptions(from policy: Int, _ request: AdmissionRequest) -> UnsafeBufferPointer<CompiledException> {
    // A request for a Namespace names it as its namespace, and is cluster-scoped all the same.
    let isNamespaces = request.resource.resource == "namespaces" && request.resource.group.isEmpty
    let namespace = isNamespaces ? ByteSlice.empty : request.namespace
    return buckets[slot(Int32(truncatingIfNeeded: policy), namespace)].exceptions
  }

  /// All exceptions from a policy, whatever their namespaces; for explanations, since it looks at all there are.
  func all(from policy: Int) -> [(namespace: ByteSlice, exception: CompiledException)] {
    buckets.filter { $0.policy == policy }.flatMap { bucket in bucket.exceptions.map { (bucket.namespace, $0) } }
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
