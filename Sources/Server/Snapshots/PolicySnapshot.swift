package import Policy

/// What a worker judges with: a compiled set and the counters of its policies. Immutable but for the counters; replaced as
/// a whole.
package final class PolicySnapshot: Sendable {
  package let set: PolicySet
  /// Which snapshot it is, from 1 up.
  package let generation: UInt64
  private let counters: [PolicyCounters]

  init(set: PolicySet, generation: UInt64, counters: [PolicyCounters]) {
    self.set = set
    self.generation = generation
    self.counters = counters
  }

  /// Counts what one policy said. Called by the worker's own thread.
  @inline(__always)
  package func count(_ outcome: PolicyOutcome, worker: Int) {
    counters[outcome.policy].add(outcome, worker: worker)
  }
}
