internal import ArgumentParser
internal import Foundation
internal import Policy
internal import Replay
internal import Server

/// One run of `webhook test`: the engine, the reports, the progress bar, and what the command ends with.
struct TestSession: ~Copyable {
  private let configuration: ReplayConfiguration
  private let inputs: [ReplayInput]
  private let reports: [any Report]
  private let allowlist: Set<String>?
  private var expected: ExpectedLines?
  private let writer: ExpectedLinesWriter?
  private let showsCoverage: Bool
  /// Reviews that an earlier run says something of, and how many it is not true of.
  private var counts = (expected: 0, unmet: 0)
  private var plainDenials = 0
  private var expectProblem: String?
  private let interruption = RunInterruption()
  private var toldProblems = 0

  /// Messages about what cannot be read; the rest is counted, and stands in the reports.
  private static let maximumToldProblems = 1_000

  /// - Parameters:
  ///   - allowlist: the ids of reviews that are known to be safe.
  ///   - expected: the lines of an earlier run.
  ///   - writer: writes lines for a later run.
  init(
    _ configuration: ReplayConfiguration, _ inputs: [ReplayInput], _ reports: [any Report],
    allowlist: Set<String>? = nil,
    expected: consuming ExpectedLines?, writer: ExpectedLinesWriter?,
    showsCoverage: Bool
  ) {
    self.configuration = configuration
    self.inputs = inputs
    self.reports = reports
    self.allowlist = allowlist
    self.expected = expected
    self.writer = writer
    self.showsCoverage = showsCoverage
  }

  /// - Parameter problems: what could not even be listed.
  mutating func run(problems: [UnreadableReview], rules: FailureRules) throws {
    let engine = ReplayEngine(configuration, inputs)
    interruption.watch(engine)
    let bar = ProgressBar(engine.progress, totalBytes: totalBytes)
    for report in reports { report.output.willWrite = { bar.clear() } }
    let batch = ReplayBatch(problems)
    tell(problems, bar)
    for report in reports { report.add(batch) }
    var impact = Impact()
    let startedAt = Clock.nanoseconds()
    var summary: TestSummary
    if configuration.isStrict, !problems.isEmpty {
      summary = TestSummary(under: configuration.sets[0])
    } else {
      summary = engine.run { batch in
        compareWithEarlierRun(batch)
        count(batch, in: &impact)
        writer?.add(batch)
        for report in reports { report.add(batch) }
        tell(batch.problems, bar)
        bar.update()
      }
    }
    summary.unreadable += problems.count
    endEarlierRun(&summary)
    bar.clear()
    if toldProblems > Self.maximumToldProblems {
      Log.line("\(toldProblems - Self.maximumToldProblems) more that cannot be read")
    }
    var outcome = RunOutcome(
      summary: summary, impact: impact, comparison: comparison(summary), elapsed: Clock.nanoseconds() - startedAt)
    outcome.isInterrupted = interruption.signal != nil
    if showsCoverage { outcome.coverage = Coverage(summary, sets: configuration.sets) }
    for report in reports { report.finish(outcome) }
    if !reports.contains(where: \.showsCoverage) {
      for item in outcome.coverage?.items ?? [] { Log.line("not covered: \(Printable.text(item.text))") }
    }
    try end(outcome, rules)
  }

  private mutating func compareWithEarlierRun(_ batch: ReplayBatch) {
    guard var expected = expected.take() else { return }
    let found = batch.expect { line, id in
      do throws(FileError) {
        return try expected.compare(line, id: id)
      } catch {
        expectProblem = "\(error)"
        return ["the earlier run cannot be read: \(error)"]
      }
    }
    counts.expected += found.expected
    counts.unmet += found.unmet
    for case .review(let result) in batch.events where !result.verdict.allowed { plainDenials += 1 }
    self.expected = consume expected
  }

  private mutating func endEarlierRun(_ summary: inout TestSummary) {
    guard var expected = expected.take() else { return }
    summary.expected += counts.expected
    summary.unmet += counts.unmet
    // Whether a denial is a failure is for the earlier run to say.
    summary.plainDenials = max(summary.plainDenials - plainDenials, 0)
    if interruption.signal != nil { return }
    do throws(FileError) {
      let missing = try expected.missing()
      summary.expected += missing.count
      summary.unmet += missing.count
      for id in missing.prefix(10) { Log.line("no review with the id `\(Printable.text(id))`, which --expect has") }
      if missing.count > 10 { Log.line("\(missing.count - 10) more such ids") }
    } catch {
      expectProblem = "\(error)"
    }
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

  private mutating func tell(_ problems: [UnreadableReview], _ bar: ProgressBar) {
    guard !problems.isEmpty else { return }
    // So that the reports stand behind the rows before them.
    for report in reports { report.output.flush() }
    bar.clear()
    for problem in problems {
      toldProblems += 1
      if toldProblems <= Self.maximumToldProblems { Log.line("\(problem.place): \(problem.message)") }
    }
  }

  private func end(_ outcome: RunOutcome, _ rules: FailureRules) throws {
    for problem in reports.compactMap(\.output.problem) {
      Log.line(problem)
      throw ExitCode.unusableInput
    }
    if interruption.signal != nil { writer?.discard() }
    if let writer, interruption.signal == nil {
      do throws(FileError) {
        try writer.finish()
      } catch {
        Log.line("--write-expect: \(error)")
        throw ExitCode.unusableInput
      }
    }
    if let expectProblem {
      Log.line("--expect: \(expectProblem)")
      throw ExitCode.unusableInput
    }
    let failures = rules.failures(of: outcome)
    if let status = interruption.status {
      for failure in failures { Log.line(failure) }
      throw ExitCode(status)
    }
    if outcome.summary.unreadable > 0 { throw ExitCode.unusableInput }
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
