package import Memory
package import Policy
internal import Synchronization

/// How often each exception was used, as one worker has seen it.
///
/// The lock is the worker's own but for the moment in which somebody scrapes, and is taken only where an exception is used.
package final class ExceptionUses: Sendable {
  /// Names that are counted by themselves, so that metrics do not grow with the number of exceptions without end.
  package static let maximumNames = 1000

  /// What all others are counted under.
  static let others = ByteSlice("(others)")

  private struct State: ~Copyable {
    let names = Arena(blockSize: 4096, retainedLimit: .max)
    var counts: [ByteSlice: UInt64] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  package func count(_ name: ByteSlice) {
    state.withLock { state in
      if let place = state.counts.index(forKey: name) {
        state.counts.values[place] &+= 1
        return
      }
      let isKept = state.counts.count < Self.maximumNames
      let key = isKept ? state.names.handle.copy(name) : Self.others
      state.counts[key, default: 0] &+= 1
    }
  }

  func add(to total: inout [String: UInt64]) {
    state.withLock { state in
      for (name, count) in state.counts { total[name.string, default: 0] &+= count }
    }
  }
}

/// What `/metrics` shows of exceptions, computed when somebody asks: nothing has to happen when one ends.
package struct ExceptionMetrics: Sendable {
  private let policies: PolicyHolder
  private let uses: [ExceptionUses]
  private let clock: DecisionClock

  /// How long before its end an exception counts as one that ends soon.
  static let soon = Timespan.days(7)

  package init(policies: PolicyHolder, uses: [ExceptionUses], clock: DecisionClock) {
    self.policies = policies
    self.uses = uses
    self.clock = clock
  }

  package func write(to buffer: inout ByteBuffer) {
    let exceptions = policies.snapshot.set.exceptions
    let now = clock.now()
    let states = exceptions.map { $0.state(at: now) }
    let count: StaticString = "webhook_policy_exceptions"
    buffer.writeMetric(count, .gauge, help: "Exceptions that are loaded, by what they are now.")
    for state in ExceptionSummary.State.allCases {
      buffer.writeSample(count, labels: [("state", state.rawValue)], UInt64(states.count { $0 == state }))
    }
    let active = zip(exceptions, states).filter { $1 == .active }.map(\.0)
    let ending: StaticString = "webhook_policy_exceptions_ending_soon"
    buffer.writeMetric(ending, .gauge, help: "Active exceptions that end within 7 days.")
    buffer.writeSample(ending, UInt64(active.count { $0.expiresAt - now <= Self.soon }))

    let end: StaticString = "webhook_policy_exception_end_timestamp_seconds"
    buffer.writeMetric(
      end, .gauge, help: "When each active exception ends, in seconds since 1970; of the 1000 that end first.")
    // They come in the order of their ends, the last one first.
    for exception in active.suffix(ExceptionUses.maximumNames).reversed() {
      buffer.writeSample(
        end, labels: [("exception", exception.name)], nanoseconds: UInt64(max(exception.expiresAt.nanoseconds, 0)))
    }

    var total: [String: UInt64] = [:]
    for worker in uses { worker.add(to: &total) }
    let used: StaticString = "webhook_policy_exception_uses_total"
    buffer.writeMetric(used, .counter, help: "How often each exception has lifted what a policy found.")
    for (name, count) in total.sorted(by: { $0.key < $1.key }) {
      buffer.writeSample(used, labels: [("exception", name)], count)
    }
  }
}
