internal import ArgumentParser
internal import Foundation
internal import Policy
internal import Replay
internal import Server

/// One run of `webhook test`: the engine, the reports, the progress bar, and what the command ends with.
struct TestSession {
  private let configuration: ReplayConfiguration
  private let inputs: [ReplayInput]
  private let reports: [any Report]
  private let allowlist: Set<String>?

  /// - Parameter allowlist: the ids of reviews that are known to be safe.
  init(
    _ configuration: ReplayConfiguration, _ inputs: [ReplayInput], _ reports: [any Report],
    allowlist: Set<String>? = nil
  ) {
    self.configuration = configuration
    self.inputs = inputs
    self.reports = reports
    self.allowlist = allowlist
  }

  /// - Parameter problems: what could not even be listed.
  mutating func run(problems: [UnreadableReview], rules: FailureRules) throws {
    let engine = ReplayEngine(configuration, inputs)
    let bar = ProgressBar(engine.progress, totalBytes: totalBytes)
    for report in reports { report.output.willWrite = { bar.clear() } }
    let batch = ReplayBatch(problems)
    tell(problems, bar)
    for report in reports { report.add(batch) }
    var impact = Impact()
    let startedAt = Clock.nanoseconds()
    var summary: TestSummary
    if configuration.isStrict, !problems.isEmpty {
      summary = TestSummary(policies: configuration.sets[0].policies.map(\.title))
    } else {
      summary = engine.run { batch in
        count(batch, in: &impact)
        for report in reports { report.add(batch) }
        tell(batch.problems, bar)
        bar.update()
      }
    }
    summary.unreadable += problems.count
    bar.clear()
    let outcome = RunOutcome(
      summary: summary, impact: impact, comparison: comparison(summary), elapsed: Clock.nanoseconds() - startedAt)
    for report in reports { report.finish(outcome) }
    try end(outcome, rules)
  }

  private func count(_ batch: ReplayBatch, in impact: inout Impact) {
    for case .review(let result) in batch.events {
      if !result.differences.isEmpty { impact.add(result) }
      if let allowlist, allowlist.contains(result.id) || allowlist.contains(result.uid) {
        impact.addAllowlisted(result)
      }
    }
  }

  private func comparison(_ summary: TestSummary) -> Difference.Source? {
    if configuration.baseline != nil { return .baseline }
    return summary.compared > 0 ? .recorded : nil
  }

  private func tell(_ problems: [UnreadableReview], _ bar: ProgressBar) {
    guard !problems.isEmpty else { return }
    // So that the reports stand behind the rows before them.
    for report in reports { report.output.flush() }
    bar.clear()
    for problem in problems { Log.line("\(problem.place): \(problem.message)") }
  }

  private func end(_ outcome: RunOutcome, _ rules: FailureRules) throws {
    for problem in reports.compactMap(\.output.problem) {
      Log.line(problem)
      throw ExitCode.unusableInput
    }
    if outcome.summary.unreadable > 0 { throw ExitCode.unusableInput }
    let failures = rules.failures(of: outcome)
    for failure in failures { Log.line(failure) }
    if !failures.isEmpty { throw ExitCode.checkFailed }
  }

  /// Bytes of all files; nil where standard input is read too.
  private var totalBytes: Int? {
    var total = 0
    for input in inputs {
      guard case .file(let path) = input.content else { continue }
      if path == "-" { return nil }
      total += (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
    }
    return total
  }
}
