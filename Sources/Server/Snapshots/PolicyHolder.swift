package import Policy
internal import Synchronization

/// Where workers find the policies: one place that is replaced as a whole.
///
/// A worker keeps the snapshot it used last and asks between requests whether there is a newer one, which costs one atomic
/// load; it takes the lock only when there is.
package final class PolicyHolder: Sendable {
  private let generation = Atomic<UInt64>(0)
  private let current: Mutex<PolicySnapshot>
  /// Those that were replaced and may still be in use.
  private let retired = Mutex<[PolicySnapshot]>([])
  let counters: PolicyCounterRegistry

  package init(_ set: PolicySet, workers: Int) {
    counters = PolicyCounterRegistry(workers: workers)
    current = Mutex(PolicySnapshot(set: set, generation: 1, counters: counters.counters(of: set)))
    generation.store(1, ordering: .releasing)
  }

  /// The newest snapshot. Takes the lock.
  package var snapshot: PolicySnapshot { current.withLock { $0 } }

  /// Makes `set` what is judged by from each worker's next request on.
  package func replace(with set: PolicySet) {
    // Nothing that takes long happens under a lock that a worker may wait for.
    let counters = counters.counters(of: set)
    let old = current.withLock { snapshot in
      let old = snapshot
      snapshot = PolicySnapshot(set: set, generation: old.generation + 1, counters: counters)
      generation.store(snapshot.generation, ordering: .releasing)
      return old
    }
    retired.withLock { $0.append(old) }
  }

  /// Frees the snapshots that were replaced and that no worker uses any more, on the calling thread, so that no request waits for it.
  /// - Returns: how many are still in use.
  package func releaseRetired() -> Int {
    retired.withLock { retired in
      var used: [PolicySnapshot] = []
      while var snapshot = retired.popLast() {
        if !isKnownUniquelyReferenced(&snapshot) { used.append(snapshot) }
      }
      retired = used
      return used.count
    }
  }

  /// Replaces `known` where there is a newer snapshot.
  @inline(__always)
  package func refresh(_ known: inout PolicySnapshot) {
    if generation.load(ordering: .acquiring) != known.generation { known = snapshot }
  }
}
