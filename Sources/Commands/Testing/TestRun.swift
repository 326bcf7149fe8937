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
  package let set: PolicySet
  private let phase: Phase?
  private var evaluator = Evaluator()
  package private(set) var summary: TestSummary

  /// - Parameter phase: nil: what a record's path names, and both for everything else.
  package init(set: PolicySet, phase: Phase?) {
    self.set = set
    self.phase = phase
    summary = TestSummary(policies: set.policies.map(\.title))
  }

  /// - Throws: why the question is none.
  package mutating func judge(
    _ item: ReviewItem, startedAt: UInt64, clock: () -> UInt64
  ) throws(AdmissionReviewError) -> JudgedReview {
    evaluator.begin()
    let request = try AdmissionReview(item.review, arena: evaluator.arena).request
    let verdict = evaluator.review(
      request, in: phase ?? Self.phase(ofPath: item.path), under: set,
      namespace: item.namespaceObject ?? set.namespace(named: request.namespace), deadline: nil)
    let end = clock()
    summary.count(verdict)
    return JudgedReview(
      id: item.id ?? request.uid, request: request, verdict: verdict,
      nanoseconds: end > startedAt ? end - startedAt : 0)
  }

  package mutating func countUnreadable() { summary.unreadable += 1 }

  private static func phase(ofPath path: ByteSlice?) -> Phase {
    guard let path else { return .both }
    let end = path.firstIndex(of: UInt8(ascii: "?")) ?? path.count
    let name = path.prefix(end)
    if name == "/validate" { return .validate }
    if name == "/mutate" { return .mutate }
    return .both
  }
}

/// The numbers of a run.
package struct TestSummary: Sendable {
  /// A policy's name, and of how many reviews it said what.
  package struct PolicyLine: Sendable {
    package let name: String
    package var matched = 0
    package var denied = 0
    package var errors = 0
  }

  package var allowed = 0
  package var denied = 0
  /// Reviews for which something could not be evaluated; they are allowed or denied as well.
  package var errors = 0
  package var unreadable = 0
  /// Every policy that was loaded, also those that matched nothing.
  package var policies: [PolicyLine]

  package var reviews: Int { allowed + denied }

  init(policies: [String]) {
    self.policies = policies.map { PolicyLine(name: $0) }
  }

  mutating func count(_ verdict: Verdict) {
    if verdict.allowed { allowed += 1 } else { denied += 1 }
    var hasError = false
    for outcome in verdict.outcomes {
      policies[outcome.policy].matched += 1
      if outcome.denied { policies[outcome.policy].denied += 1 }
      if outcome.hasError {
        policies[outcome.policy].errors += 1
        hasError = true
      }
    }
    if hasError { errors += 1 }
  }
}

extension PolicyOutcome {
  /// Whether something could not be evaluated.
  var hasError: Bool { result == .error || failures.contains { $0.isError } }
}
