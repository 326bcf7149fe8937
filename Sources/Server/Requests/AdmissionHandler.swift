internal import Admission
internal import JSON
package import Memory
package import Policy
package import Transport

/// Answers AdmissionReviews: `POST /validate` and `POST /mutate`. One for each worker, on its thread; a decision allocates
/// nothing once its memory has grown to the size of the reviews it sees.
///
/// Whatever else is asked gets a `Status` with the HTTP code that fits, never a decision.
package final class AdmissionHandler: RequestHandler {
  private let worker: Int
  private let holder: PolicyHolder
  private var snapshot: PolicySnapshot
  private let metrics: WorkerMetrics
  private let budget: LatencyBudget
  private let recorder: WorkerRecorder?
  private var tape = Tape()
  private var evaluator = Evaluator()
  private let uses: ExceptionUses?
  private let audit: AuditLines?
  private let clock: DecisionClock

  /// What decisions are made by and told to, besides the policies.
  package struct Surroundings: Sendable {
    package var exceptions: ExceptionSettings
    package var uses: ExceptionUses?
    package var audit: AuditLines?

    package init(
      exceptions: ExceptionSettings = ExceptionSettings(), uses: ExceptionUses? = nil, audit: AuditLines? = nil
    ) {
      self.exceptions = exceptions
      self.uses = uses
      self.audit = audit
    }
  }

  package init(
    worker: Int, policies: PolicyHolder, metrics: WorkerMetrics, budget: LatencyBudget,
    recorder: Recorder? = nil,
    surroundings: Surroundings = Surroundings()
  ) {
    self.worker = worker
    holder = policies
    snapshot = policies.snapshot
    self.metrics = metrics
    self.budget = budget
    self.recorder = recorder.map { WorkerRecorder($0, worker: worker) }
    uses = surroundings.uses
    audit = surroundings.audit
    clock = surroundings.exceptions.rules.clock
    evaluator.exceptionSettings = surroundings.exceptions
  }

  package func handle(_ request: borrowing Request, _ response: inout Response) {
    do throws(RequestProblem) {
      let path = try Self.route(request, &response)
      try judge(request, path, &response)
    } catch {
      metrics.countRefusal(error.status)
      Refusals.write(error.status, error.message, to: &response)
    }
  }

  package func refuse(_ refusal: RequestRefusal, _ response: inout Response) {
    metrics.countRefusal(refusal.status)
    Refusals.write(refusal, to: &response)
  }

  package func deadline(query: ByteSlice, receivedAt: MonotonicInstant) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: budget.decisionEnd(receivedAt: receivedAt, query: query))
  }

  package func releaseMemory() {
    evaluator.begin()
    // What is parsed does not matter: parsing first gives back what a large text took.
    try? tape.parse(ByteSlice("null"))
  }

  package func refresh() { holder.refresh(&snapshot) }

  private static func route(
    _ request: borrowing Request, _ response: inout Response
  ) throws(RequestProblem) -> AdmissionPath {
    let path: AdmissionPath
    if request.path == "/validate" {
      path = .validate
    } else if request.path == "/mutate" {
      path = .mutate
    } else {
      throw .unknownPath(Refusals.excerpt(request.path))
    }
    guard request.method == .post else {
      response.allow = "POST"
      throw .notPost(path)
    }
    guard MediaType.isJSON(request.contentType) else { throw .notJSON(Refusals.excerpt(request.contentType)) }
    // Each field counts: a second one must not hide behind `identity`.
    for position in 0..<request.headers.count {
      let (name, coding) = request.headers[position]
      guard name.equalsIgnoringCase(ByteSlice("content-encoding")) else { continue }
      guard coding.isEmpty || coding.equalsIgnoringCase(ByteSlice("identity")) else {
        throw .encoded(Refusals.excerpt(coding))
      }
    }
    return path
  }

  private func judge(
    _ request: borrowing Request, _ path: AdmissionPath, _ response: inout Response
  ) throws(RequestProblem) {
    holder.refresh(&snapshot)
    evaluator.begin()
    let review = try parse(request.body)
    let namespace = snapshot.set.namespace(named: review.request.namespace)
    let verdict = evaluator.review(
      review.request, in: path == .mutate ? .mutate : .validate, under: snapshot.set,
      namespace: namespace,
      deadline: budget.decisionEnd(receivedAt: request.receivedAt, query: request.query))
    let answer = verdict.response(uid: review.request.uid)
    for outcome in verdict.outcomes {
      snapshot.count(outcome, worker: worker)
      for place in outcome.exceptions { uses?.count(snapshot.set.exceptionTexts[Int(place)].name) }
    }
    if let audit { audit.record(review.request, path, verdict, of: snapshot.set, at: clock.now()) }
    answer.write(to: &response.body, as: review.version)
    metrics.countDecision(
      path, review.request.operation, allowed: answer.allowed,
      nanoseconds: MonotonicInstant.now().nanoseconds(since: request.receivedAt))
    recorder?.record(
      path: request.path, query: request.query, body: request.body, root: tape.root, review.request,
      namespace: namespace, answer: response.body.bytes)
  }

  private func parse(_ body: ByteSlice) throws(RequestProblem) -> AdmissionReview {
    if body.isEmpty { throw .noBody }
    do {
      try tape.parse(body)
    } catch {
      throw .malformed(error.description(in: body))
    }
    do {
      return try AdmissionReview(tape.root, arena: evaluator.arena)
    } catch {
      throw .notAReview(error.message)
    }
  }
}

/// Why a request is no question that could be decided.
enum RequestProblem: Error {
  case unknownPath(String)
  case notPost(AdmissionPath)
  case notJSON(String)
  case encoded(String)
  case noBody
  case malformed(String)
  case notAReview(String)

  var status: Int {
    switch self {
    case .unknownPath: 404
    case .notPost: 405
    case .notJSON, .encoded: 415
    case .noBody, .malformed, .notAReview: 400
    }
  }

  var message: String {
    switch self {
    case .unknownPath(let path): "no such path `\(path)`; there are `/validate` and `/mutate`"
    case .notPost(let path): "`\(path.name)` answers POST only"
    case .notJSON(let type):
      type.isEmpty
        ? "the `Content-Type` is missing; send `application/json`"
        : "the `Content-Type` is `\(type)`; send `application/json`"
    case .encoded(let coding): "the body has the `Content-Encoding` `\(coding)`; send it without one"
    case .noBody: "the body is empty; send an AdmissionReview"
    case .malformed(let problem): "the body is not JSON: \(problem)"
    case .notAReview(let problem): problem
    }
  }
}
