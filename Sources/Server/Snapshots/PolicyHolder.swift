package import Policy
internal import Synchronization

/// Where workers find the policies: one place that is replaced as a whole.
///
/// A worker keeps the snapshot it used last and asks between requests whether there is a newer one, which costs one atomic
/// load; it takes the lock only when there is.
package final class PolicyHolder: Sendable {
  private let generation = Atomic<UInt64>(0)
  private let current: Mutex<PolicySnapshot>
  let counters: PolicyCounterRegistry

  package init(_ set: PolicySet, workers: Int) {
    counters = PolicyCounterRegistry(workers: workers)
    current = Mutex(PolicySnapshot(set: set, generation: 1, registry: counters))
    generation.store(1, ordering: .releasing)
  }

  /// The newest snapshot. Takes the lock.
  package var snapshot: PolicySnapshot { current.withLock { $0 } }

  /// Makes `set` what is judged by from each worker's next request on.
  package func replace(with set: PolicySet) {
    current.withLock { snapshot in
      snapshot = PolicySnapshot(set: set, generation: snapshot.generation + 1, registry: counters)
      generation.store(snapshot.generation, ordering: .releasing)
    }
  }

  /// Replaces `known` where there is a newer snapshot.
  @inline(__always)
  package func refresh(_ known: inout PolicySnapshot) {
    if generation.load(ordering: .acquiring) != known.generation { known = snapshot }
  }
}
