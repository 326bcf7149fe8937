internal import Synchronization

/// Whether a worker works or waits, and since when: its thread writes, any other reads. A worker that waits is well, however long
/// it waits; one that has been busy with one round for half a minute is stuck.
package final class Heartbeat: Sendable {
  /// Nanoseconds of the monotonic clock; 0 while the worker waits for events.
  private let busySince = Atomic<UInt64>(0)

  package init() {}

  /// The worker begins a round.
  @inline(__always)
  func begin(at now: MonotonicInstant) { busySince.store(max(now.nanoseconds, 1), ordering: .relaxed) }

  /// The worker waits for events.
  @inline(__always)
  func rest() { busySince.store(0, ordering: .relaxed) }

  /// For how many nanoseconds the present round has lasted; 0 where there is none.
  package func busy(at now: MonotonicInstant) -> UInt64 {
    let since = busySince.load(ordering: .relaxed)
    return since == 0 ? 0 : now.nanoseconds(since: MonotonicInstant(nanoseconds: since))
  }
}
