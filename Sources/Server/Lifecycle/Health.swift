package import Memory
internal import Synchronization

/// What the probes ask for: whether the process should be restarted (`/livez`), and whether it should be sent requests (`/readyz`). The
/// answers have the form of the API server's own: `ok`, or a line for each check.
package final class Health: Sendable {
  package struct Check: Sendable {
    let name: StaticString
    let problem: @Sendable () -> String?

    /// - Parameter problem: what is wrong at this moment; nil where all is well.
    package init(_ name: StaticString, problem: @escaping @Sendable () -> String?) {
      self.name = name
      self.problem = problem
    }
  }

  package enum Probe: CaseIterable, Sendable {
    /// Only what a restart mends.
    case livez
    /// What has to be there before requests are answered, and the end of the server, which comes soon.
    case readyz
    /// The older name of `livez`.
    case healthz

    var name: StaticString {
      switch self {
      case .livez: "livez"
      case .readyz: "readyz"
      case .healthz: "healthz"
      }
    }
  }

  private let live: [Check]
  private let ready: [Check]
  private let isEnding = Atomic<Bool>(false)

  package init(live: [Check] = [], ready: [Check] = []) {
    self.live = live
    self.ready = ready
  }

  /// Fails `/readyz` from now on: the server ends.
  package func beginShutdown() { isEnding.store(true, ordering: .releasing) }

  /// Runs the checks of a probe and writes what they say.
  /// - Parameter isVerbose: whether a line for each is written also where all is well.
  /// - Returns: whether all is well.
  package func write(_ probe: Probe, isVerbose: Bool, to buffer: inout ByteBuffer) -> Bool {
    var lines = ByteBuffer()
    var isGood = true
    func add(_ name: StaticString, _ problem: String?) {
      lines.append(problem == nil ? "[+]" : "[-]")
      lines.append(name)
      if let problem {
        lines.append(" failed: ")
        lines.append(problem)
        isGood = false
      } else {
        lines.append(" ok")
      }
      lines.append("\n")
    }
    add("ping", nil)
    for check in live { add(check.name, check.problem()) }
    if probe == .readyz {
      for check in ready { add(check.name, check.problem()) }
      add("shutdown", isEnding.load(ordering: .acquiring) ? "the server is ending" : nil)
    }
    if isGood, !isVerbose {
      buffer.append("ok\n")
    } else {
      buffer.append(lines.bytes)
      buffer.append(probe.name)
      buffer.append(isGood ? " check passed\n" : " check failed\n")
    }
    return isGood
  }

  /// A worker that is busy with one round of its loop for longer does not come back: 30 s is the longest that an API server waits for
  /// an answer.
  package static let stuckAfter: UInt64 = 30_000_000_000

  /// What is wrong with workers that have been busy for so many nanoseconds each.
  package static func problem(ofBusyWorkers busy: [UInt64], limit: UInt64) -> String? {
    let stuck = busy.indices.filter { busy[$0] > limit }
    guard let first = stuck.first else { return nil }
    let more = stuck.count > 1 ? " (and \(stuck.count - 1) more)" : ""
    return "worker \(first)\(more) has been busy for \(busy[first] / 1_000_000_000) s"
  }
}
