package import Admission
internal import JSON
package import Memory
package import Policy

/// A review that was judged. Valid until the next one.
package struct JudgedReview: BitwiseCopyable {
  package let id: ByteSlice
  package let request: AdmissionRequest
  package let verdict: Verdict
  /// For parsing and judging.
  package let nanoseconds: UInt64
}

/// Judges questions one after the other, with the code that the server judges with.
package struct TestRun: ~Copyable {
  private let phase: Phase?
  private var evaluator = Evaluator()
  /// The clock of the run, and one for reviews that have a time of their own.
  private let clock: DecisionClock
  private let ownClock = DecisionClock(at: Instant(nanoseconds: 0))
  private var usesOwnClock = false

  /// - Parameter phase: nil: what a record's path names, and both for everything else.
  package init(phase: Phase?, exceptions: ExceptionSettings = ExceptionSettings()) {
    self.phase = phase
    clock = exceptions.rules.clock
    evaluator.exceptionSettings = exceptions
  }

  /// - Parameters:
  ///   - now: what the clock shows that ends exceptions; nil for that of the run.
  ///   - clock: for how long it takes.
  /// - Throws: why the question is none.
  package mutating func judge(
    _ item: ReviewItem, under set: PolicySet, now: Instant? = nil, startedAt: UInt64, clock: () -> UInt64
  ) throws(AdmissionReviewError) -> JudgedReview {
    evaluator.begin()
    if now != nil || usesOwnClock { use(now) }
    let request = try AdmissionReview(item.review, arena: evaluator.arena).request
    let verdict = evaluator.review(
      request, in: phase ?? Self.phase(ofPath: item.path), under: set,
      namespace: item.namespaceObject ?? set.namespace(named: request.namespace), deadline: nil)
    let end = clock()
    return JudgedReview(
      id: item.id ?? request.uid, request: request, verdict: verdict,
      nanoseconds: end > startedAt ? end - startedAt : 0)
  }

  /// Counts match conditions and mutations of the set that the next reviews are judged under.
  package mutating func count(in tallies: ExpressionTallies) {
    if evaluator.tallies !== tallies { evaluator.tallies = tallies }
  }

  private mutating func use(_ now: Instant?) {
    if let now { ownClock.set(to: now) }
    usesOwnClock = now != nil
    evaluator.exceptionSettings.rules.clock = usesOwnClock ? ownClock : clock
  }

  /// What a record's path names, and both for everything else.
  package static func phase(ofPath path: ByteSlice?) -> Phase {
    guard let path else { return .both }
    let end = path.firstIndex(of: UInt8(ascii: "?")) ?? path.count
    let name = path.prefix(end)
    if name == "/validate" { return .validate }
    if name == "/mutate" { return .mutate }
    return .both
  }
}
