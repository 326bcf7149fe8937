package import Admission
internal import CEL
package import JSON
internal import Memory

/// What a verdict on a review came of.
package struct ReviewExplanation: Sendable {
  /// Those that were asked for, in the order of the set.
  package let policies: [PolicyExplanation]
  /// For judging the review, without reading it; the shortest of some times.
  package let nanoseconds: UInt64
  /// What the noted evaluation decided otherwise than the one that serves. INVARIANT: nothing, ever; tests hold it to that.
  package let disagreements: [String]
  /// Whether the object is a Secret, whose data is not shown.
  package var hidesSecrets: Bool { values.hasSecrets }
  let values: ValueTexts

  /// A text of the verdict without what must not be shown.
  package func redacted(_ text: String) -> String { values.redacted(text) }
}

/// Judges reviews and notes on the way what decided: twice, once with the program that serves, whose verdict and times count, and once
/// with one that notes what it computes.
package struct Explainer: ~Copyable {
  private let plain: PolicySet
  private let traced: PolicySet
  private let settings: ExceptionSettings
  private let limit: Int
  private let timedRuns: Int
  /// Which policies are explained; nil: all.
  private let isWanted: ((PolicySummary) -> Bool)?
  private var serving = Evaluator()
  private var timed = Evaluator()
  private var noting = Evaluator()

  /// How often a review is judged to find out how long that takes, and for how many nanoseconds at most.
  package static var defaultTimedRuns: Int { 12 }
  private static var maximumTiming: UInt64 { 50_000_000 }

  /// - Parameters:
  ///   - traced: the same manifests, loaded with `isTraced`.
  ///   - limit: bytes of a value that are shown.
  ///   - timedRuns: how often a review is judged to find out how long that takes; 0: all times are 0.
  package init(
    _ plain: PolicySet, traced: PolicySet, settings: ExceptionSettings, limit: Int,
    timedRuns: Int = Self.defaultTimedRuns, isWanted: ((PolicySummary) -> Bool)? = nil
  ) {
    precondition(plain.policies.count == traced.sources.count)
    self.plain = plain
    self.traced = traced
    self.settings = settings
    self.limit = limit
    self.timedRuns = timedRuns
    self.isWanted = isWanted
  }

  /// Judges an AdmissionReview and explains the verdict.
  /// - Parameter body: gets the request and its verdict while they live.
  /// - Throws: why it is none.
  package mutating func explain<Result>(
    _ review: Cursor, in phase: Phase, namespace: Cursor?,
    _ body: (AdmissionRequest, Verdict, ReviewExplanation) -> Result
  ) throws(AdmissionReviewError) -> Result {
    // One moment for all that follows.
    var settings = settings
    settings.rules.clock = DecisionClock(at: settings.rules.clock.now())
    serving.exceptionSettings = settings
    timed.exceptionSettings = settings
    noting.exceptionSettings = settings
    let times = try time(review, phase, namespace)
    serving.begin()
    let request = try AdmissionReview(review, arena: serving.arena).request
    let space = namespace ?? plain.namespace(named: request.namespace)
    let verdict = serving.review(request, in: phase, under: plain, namespace: space, deadline: nil)
    let values = ValueTexts(limit: limit, request)
    let (noted, phases) = try note(review, phase, namespace, values)
    var policies: [PolicyExplanation] = []
    let context = PolicyExplainer(
      set: traced, phases: phases, times: times.evaluations, values: values, now: settings.rules.clock.now(),
      namespace: space, asked: phase)
    for index in traced.policies.indices where isWanted?(traced.policies[index]) ?? true {
      policies.append(context.explain(index, verdict))
    }
    let explanation = ReviewExplanation(
      policies: policies, nanoseconds: times.total,
      disagreements: verdict.differences(from: noted, plain) + policies.flatMap(\.disagreements),
      values: values)
    return body(request, verdict, explanation)
  }

  /// A phase that was noted.
  struct NotedPhase {
    let phase: Phase
    /// Its object as the phase found it.
    let request: AdmissionRequest
    let notes: EvaluationNotes
  }

  private mutating func note(
    _ review: Cursor, _ phase: Phase, _ namespace: Cursor?, _ values: ValueTexts
  ) throws(AdmissionReviewError) -> (Verdict, [NotedPhase]) {
    noting.begin()
    let request = try AdmissionReview(review, arena: noting.arena).request
    let space = namespace ?? plain.namespace(named: request.namespace)
    func attach(_ notes: EvaluationNotes, to evaluator: inout Evaluator) {
      evaluator.notes = notes
      evaluator.machine.observe { notes.evaluated($0) }
    }
    var phases: [NotedPhase] = []
    var mutation: Verdict?
    var changed = request
    if phase != .validate {
      let notes = EvaluationNotes(values, after: 0)
      attach(notes, to: &noting)
      let (verdict, object) = noting.mutate(request, under: traced, namespace: space, deadline: nil)
      phases.append(NotedPhase(phase: .mutate, request: request, notes: notes))
      guard phase == .both, verdict.allowed else { return (verdict, phases) }
      mutation = verdict
      changed = object.map { request.replacingObject($0) } ?? request
    }
    let notes = EvaluationNotes(values, after: phases.first?.notes.count ?? 0)
    attach(notes, to: &noting)
    let verdict = noting.validate(changed, under: traced, namespace: space, deadline: nil)
    phases.append(NotedPhase(phase: .validate, request: changed, notes: notes))
    return (mutation?.followed(by: verdict, noting.arena) ?? verdict, phases)
  }

  /// Judges the review some times with the program that serves.
  /// - Returns: the shortest time of all, and of each evaluation in their order.
  private mutating func time(
    _ review: Cursor, _ phase: Phase, _ namespace: Cursor?
  ) throws(AdmissionReviewError) -> (total: UInt64, evaluations: [UInt64]) {
    var total = UInt64.max
    let start = MonotonicClock.now()
    for run in 0..<timedRuns where run == 0 || MonotonicClock.now() - start < Self.maximumTiming {
      serving.begin()
      let request = try AdmissionReview(review, arena: serving.arena).request
      let began = MonotonicClock.now()
      _ = serving.review(
        request, in: phase, under: plain, namespace: namespace ?? plain.namespace(named: request.namespace),
        deadline: nil)
      total = min(total, MonotonicClock.now() - began)
    }
    let times = EvaluationTimes()
    timed.machine.observe { times.add($0.nanoseconds) }
    for run in 0..<timedRuns where run == 0 || MonotonicClock.now() - start < 2 * Self.maximumTiming {
      times.begin()
      timed.begin()
      let request = try AdmissionReview(review, arena: timed.arena).request
      _ = timed.review(
        request, in: phase, under: plain, namespace: namespace ?? plain.namespace(named: request.namespace),
        deadline: nil)
    }
    return (timedRuns == 0 ? 0 : total, times.shortest)
  }
}

/// The shortest time of each evaluation of several runs of a request.
private final class EvaluationTimes {
  private(set) var shortest: [UInt64] = []
  private var position = 0

  func begin() { position = 0 }

  func add(_ nanoseconds: UInt64) {
    if position < shortest.count {
      shortest[position] = min(shortest[position], nanoseconds)
    } else {
      shortest.append(nanoseconds)
    }
    position += 1
  }
}

extension Verdict {
  /// In what another verdict on the same request differs.
  fileprivate func differences(from other: Verdict, _ set: PolicySet) -> [String] {
    var differences: [String] = []
    if allowed != other.allowed || code != other.code || reason != other.reason { differences.append("the decision") }
    if message != other.message { differences.append("the message") }
    if warnings.map(\.string) != other.warnings.map(\.string) { differences.append("the warnings") }
    if auditAnnotations.map(\.value.string) != other.auditAnnotations.map(\.value.string) {
      differences.append("the audit annotations")
    }
    if patch?.string != other.patch?.string { differences.append("the patch") }
    let (own, others) = (outcomes.map(\.compared), other.outcomes.map(\.compared))
    if own != others { differences.append("what the policies said") }
    return differences
  }
}

extension PolicyOutcome {
  fileprivate var compared: String {
    let failures = failures.map {
      "\($0.index) \($0.isError) \($0.isExcepted) \($0.reason.string) \($0.message.string)"
    }
    return "\(policy) \(result.name) \(denied) \(failures) \(exceptions.map { $0 })"
  }
}
