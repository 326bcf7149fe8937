internal import Memory

/// Finds the policies that can match a resource by one lookup, however many there are: by the resource's name, since that tells
/// policies apart best. What else a rule asks for is compared with the candidates only.
struct MatchIndex {
  private let buckets: UnsafeMutableBufferPointer<Bucket>
  /// Policies for resources that no rule names: those with a wildcard.
  private let others: UnsafeBufferPointer<Int32>

  struct Bucket: BitwiseCopyable {
    var resource: ByteSlice
    var policies: UnsafeBufferPointer<Int32>
  }

  /// - Parameter policies: in the order in which candidates are to be found; their positions are the candidates.
  init(_ policies: [(constraints: MatchConstraints, includesPodTemplates: Bool)], _ arena: Arena.Handle) {
    var byResource: [String: Set<Int32>] = [:]
    var wildcards: Set<Int32> = []
    for (index, policy) in policies.enumerated() {
      for pattern in policy.constraints.resourceRules.flatMap(\.resources) {
        let resource = pattern.prefix { $0 != "/" }
        if resource == "*" {
          wildcards.insert(Int32(index))
        } else {
          byResource[String(resource), default: []].insert(Int32(index))
        }
        if policy.includesPodTemplates, resource == "*" || resource == "pods" {
          for workload in PodTemplate.resources { byResource[workload, default: []].insert(Int32(index)) }
        }
      }
    }
    others = arena.buffer(wildcards.sorted())

    // Twice as many buckets as resources, a power of two: probes stay short.
    var capacity = 8
    while capacity < byResource.count * 2 { capacity *= 2 }
    let storage = arena.allocate(Bucket.self, count: capacity)
    buckets = UnsafeMutableBufferPointer(start: storage, count: capacity)
    buckets.initialize(repeating: Bucket(resource: .empty, policies: others))
    for (resource, found) in byResource {
      let bucket = Bucket(resource: arena.slice(resource), policies: arena.buffer(found.union(wildcards).sorted()))
      buckets[slot(for: bucket.resource)] = bucket
    }
  }

  /// Positions of the policies that can match, ascending.
  func candidates(for resource: ByteSlice) -> UnsafeBufferPointer<Int32> {
    buckets[slot(for: resource)].policies
  }

  /// The bucket of a resource, or the empty one where it would stand, which holds ``others``.
  private func slot(for resource: ByteSlice) -> Int {
    var position = Int(truncatingIfNeeded: Self.hash(resource)) & (buckets.count - 1)
    while !buckets[position].resource.isEmpty, buckets[position].resource != resource {
      position = (position + 1) & (buckets.count - 1)
    }
    return position
  }

  /// FNV-1a. Resources in the table come from policy files, so nobody can make them collide.
  private static func hash(_ bytes: ByteSlice) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for offset in 0..<bytes.count { hash = (hash ^ UInt64(bytes[offset])) &* 0x100_0000_01b3 }
    return hash ^ hash >> 32
  }
}
