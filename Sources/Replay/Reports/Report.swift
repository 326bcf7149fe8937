internal import Memory

/// A form in which results of a run are written.
package protocol Report: AnyObject {
  /// Whether it shows every review, and not only the numbers and what is notable.
  var needsResults: Bool { get }
  /// Whether it copies the lines of JSON.
  var needsLines: Bool { get }
  /// Whether it shows what a patch does to an object.
  var needsDiffs: Bool { get }
  /// Whether it shows what is not covered.
  var showsCoverage: Bool { get }
  /// The next results, in the order of the input.
  func add(_ batch: ReplayBatch)
  /// The end of the run.
  func finish(_ outcome: RunOutcome)
  var output: ReportOutput { get }
}

extension Report {
  package var needsLines: Bool { false }
  package var needsDiffs: Bool { false }
  package var showsCoverage: Bool { true }
}

/// What is known when a run is over.
package struct RunOutcome: Sendable {
  package var summary: TestSummary
  package var impact: Impact
  /// Where comparisons were made, with what.
  package var comparison: Difference.Source?
  /// Wall-clock nanoseconds of the run.
  package var elapsed: UInt64
  /// nil where nobody asked for it.
  package var coverage: Coverage?
  /// Whether it was ended before the end of the input.
  package var isInterrupted = false

  package init(summary: TestSummary, impact: Impact, comparison: Difference.Source?, elapsed: UInt64) {
    self.summary = summary
    self.impact = impact
    self.comparison = comparison
    self.elapsed = elapsed
  }
}
