internal import Policy
internal import Synchronization

/// How often a policy said what, and how often it did not finish in time; a row for each worker.
final class PolicyCounters: Sendable {
  let policy: String
  private let rows: [CounterBlock]

  init(policy: String, workers: Int) {
    self.policy = policy
    rows = (0..<workers).map { _ in CounterBlock(count: PolicyOutcome.Result.allCases.count + 1) }
  }

  /// Behind the counters of results.
  private static let deadlineRow = PolicyOutcome.Result.allCases.count

  @inline(__always)
  func add(_ outcome: PolicyOutcome, worker: Int) {
    rows[worker].add(at: Int(outcome.result.rawValue))
    if outcome.exceededDeadline { rows[worker].add(at: Self.deadlineRow) }
  }

  var deadlinesExceeded: UInt64 { rows.reduce(0) { $0 &+ $1.value(at: Self.deadlineRow) } }

  func total(_ result: PolicyOutcome.Result) -> UInt64 {
    rows.reduce(0) { $0 &+ $1.value(at: Int(result.rawValue)) }
  }
}

/// The counters of every policy that was ever loaded, by name: they outlive the snapshot, so that a counter never falls when
/// policies are replaced.
final class PolicyCounterRegistry: Sendable {
  private let workers: Int
  private let byName = Mutex<[String: PolicyCounters]>([:])

  init(workers: Int) {
    self.workers = workers
  }

  func counters(of policy: String) -> PolicyCounters {
    byName.withLock { known in
      if let counters = known[policy] { return counters }
      let counters = PolicyCounters(policy: policy, workers: workers)
      known[policy] = counters
      return counters
    }
  }

  /// Those of a set's policies, in their order.
  func counters(of set: PolicySet) -> [PolicyCounters] { set.policies.map { counters(of: $0.name) } }

  /// All of them, in the order of their names.
  var all: [PolicyCounters] {
    byName.withLock { Array($0.values) }.sorted { $0.policy < $1.policy }
  }
}
