package import Policy

/// What a run does with each review.
package struct ReplayConfiguration: Sendable {
  /// The policies. The first set is the one that all reviews without one of their own are judged under.
  package var sets: [PolicySet]
  /// What every review is judged under besides, for comparison.
  package var baseline: PolicySet?
  /// nil: what a record's path names, and both for everything else.
  package var phase: Phase?
  /// How exceptions are treated, and the clock that they end by.
  package var exceptions = ExceptionSettings()
  /// Threads that judge.
  package var workers: Int
  /// Whether the run ends at the first thing that cannot be read.
  package var isStrict = false
  /// Whether the answers in records are compared with.
  package var comparesRecorded = true
  /// Whether a line of JSON is written for each review.
  package var collectsLines = false
  /// Whether a ``ReviewResult`` is kept of each review, or only of those that differ or are not as expected.
  package var collectsResults = true
  /// Whether match conditions and mutations are counted.
  package var countsExpressions = false
  /// Whether a ``ReviewResult`` says what its patch does to the object.
  package var collectsDiffs = false
  /// Nanoseconds that only grow. Tests give one that stands still.
  package var clock: @Sendable () -> UInt64 = Clock.nanoseconds

  package init(sets: [PolicySet], phase: Phase? = nil, workers: Int = 1) {
    precondition(!sets.isEmpty && workers > 0)
    self.sets = sets
    self.phase = phase
    self.workers = workers
  }
}
