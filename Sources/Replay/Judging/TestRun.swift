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

  /// - Parameter phase: nil: what a record's path names, and both for everything else.
  package init(phase: Phase?, exceptions: ExceptionSettings = ExceptionSettings()) {
    self.phase = phase
    evaluator.exceptionSettings = exceptions
  }

  /// - Throws: why the question is none.
  package mutating func judge(
    _ item: ReviewItem, under set: PolicySet, startedAt: UInt64, clock: () -> UInt64
  ) throws(AdmissionReviewError) -> JudgedReview {
    evaluator.begin()
    let request = try AdmissionReview(item.review, arena: evaluator.arena).request
    let verdict = evaluator.review(
      request, in: phase ?? Self.phase(ofPath: item.path), under: set,
      namespace: item.namespaceObject ?? set.namespace(named: request.namespace), deadline: nil)
    let end = clock()
    return JudgedReview(
      id: item.id ?? request.uid, request: request, verdict: verdict,
      nanoseconds: end > startedAt ? end - startedAt : 0)
  }

  private static func phase(ofPath path: ByteSlice?) -> Phase {
    guard let path else { return .both }
    let end = path.firstIndex(of: UInt8(ascii: "?")) ?? path.count
    let name = path.prefix(end)
    if name == "/validate" { return .validate }
    if name == "/mutate" { return .mutate }
    return .both
  }
}
