public import Admission
internal import CEL
public import JSON
public import Memory

/// Judges requests one after the other, in memory of its own that it uses again: a worker has one.
///
///     evaluator.begin()
///     let review = try AdmissionReview(tape.root, arena: evaluator.arena)
///     let verdict = evaluator.validate(review.request, under: set, namespace: nil, deadline: nil)
public struct Evaluator: ~Copyable {
  private var requestArena = Arena()
  var machine = Machine()
  var text = ByteBuffer()
  private var memo = MatchMemo()
  /// Of the policies with mutations.
  var mutationMemo = MatchMemo()
  /// Where mutations change objects.
  var workspace = MutationWorkspace()
  /// How exceptions are treated, and the clock that they end by.
  public var exceptionSettings = ExceptionSettings()
  /// What is told of each step, for explanations; nil where requests are served.
  var notes: EvaluationNotes?
  /// What the clock showed when it was first looked at in the current request: one moment decides all of it.
  var moment: Instant?

  /// Where match conditions and mutations are counted; nil where nobody asks. They must be those of the set that is judged under.
  package var tallies: ExpressionTallies? { didSet { tally = tallies?.tallies } }
  private var tally: UnsafeMutablePointer<ExpressionTallies.Tally>?

  public init() {}

  /// Ends what belonged to the previous request. Its verdict must not be used any more.
  public mutating func begin() {
    requestArena.reset()
    moment = nil
    text.removeAll(keepingCapacity: Self.retainedTextLength)
  }

  /// Bytes that are kept for composing messages.
  static let retainedTextLength = 64 << 10

  /// Memory of the current request: for decoding its review.
  public var arena: Arena.Handle { requestArena.handle }

  /// Judges `request`.
  /// - Parameters:
  ///   - namespace: the Namespace object of the request's namespace, where it is known.
  ///   - deadline: nanoseconds of the monotonic clock at which every policy that has not finished is decided by its
  ///     `failurePolicy`; nil for no deadline.
  public mutating func validate(
    _ request: AdmissionRequest, under set: PolicySet, namespace: Cursor?, deadline: UInt64?
  ) -> Verdict {
    let place = PodTemplate.place(in: request)
    let question = Question(request, set, namespace, deadline)
    let runs = Self.candidates(question, set.index, place, &memo, arena)
    judge(question, .objects, runs)
    if let place { judge(question, .pods(place), runs) }
    let verdict = VerdictComposer(arena: arena, exceptions: answers(set)).compose(runs, set.compiled, &text)
    guard ExceptionAdmission.isAbout(request) else { return verdict }
    let rules = exceptionSettings.rules
    return ExceptionAdmission(rules: rules, set: set).judge(request, verdict, now: rules.clock.now(), arena)
  }

  /// The policies that the question can concern, none of them judged yet, in the order of the set.
  static func candidates(
    _ question: Question, _ index: MatchIndex, _ place: PodTemplate.Place?, _ memo: inout MatchMemo,
    _ arena: Arena.Handle
  ) -> UnsafeMutableBufferPointer<PolicyRun> {
    let request = question.request
    let objects = CandidateMarks(count: index.entries.count, arena)
    memo.mark(
      MatchTarget(request), isPods: false, in: index, namespace: question.labels,
      labels: {
        (
          request.object.map { .of($0.member("metadata")?.member("labels")) } ?? .absent,
          request.oldObject.map { .of($0.member("metadata")?.member("labels")) } ?? .absent
        )
      }, objects)
    var pods = CandidateMarks(count: 0, arena)
    var all = objects
    if let place {
      pods = CandidateMarks(count: index.entries.count, arena)
      memo.mark(
        MatchTarget(podsOf: request), isPods: true, in: index, namespace: question.labels,
        labels: {
          (
            request.object.map { .of(place.podLabels(in: $0)) } ?? .absent,
            request.oldObject.map { .of(place.podLabels(in: $0)) } ?? .absent
          )
        }, pods)
      all = CandidateMarks(objects, pods)
    }
    let runs = UnsafeMutableBufferPointer(
      start: arena.allocate(PolicyRun.self, count: all.count), count: all.count)
    var count = 0
    all.forEach { policy in
      var views: PolicyRun.Views = objects.contains(policy) ? .objects : []
      if pods.contains(policy) { views.insert(.pods) }
      runs[count] = PolicyRun(policy: policy, views: views)
      count += 1
    }
    return runs
  }

  /// How many policies the last look-up for `request` has found, for tests of what matching costs.
  package mutating func candidateCount(
    _ request: AdmissionRequest, under set: PolicySet, namespace: Cursor?
  ) -> Int {
    let question = Question(request, set, namespace, nil)
    return Self.candidates(question, set.index, PodTemplate.place(in: request), &memo, arena).count
  }

  /// What is asked, for all policies alike.
  struct Question {
    /// Its object as mutations have left it so far.
    var request: AdmissionRequest
    let set: PolicySet
    var labels: NamespaceLabels
    let namespace: Cursor?
    let deadline: UInt64?

    init(_ request: AdmissionRequest, _ set: PolicySet, _ namespace: Cursor?, _ deadline: UInt64?) {
      self.request = request
      self.set = set
      self.deadline = deadline
      labels = NamespaceLabels(request, namespace)
      self.namespace = request.isForNamespace ? nil : namespace
    }
  }

  /// What policies see of the request.
  enum View: BitwiseCopyable {
    /// Its objects, for the policies that the request itself matches.
    case objects
    /// The Pods that a workload's template stands for, for the policies that match Pods.
    case pods(PodTemplate.Place)
  }

  /// The metadata of the object and the old object that are seen, for selectors.
  typealias Metadata = (new: Cursor?, old: Cursor?)

  private mutating func judge(_ question: Question, _ view: View, _ runs: UnsafeMutableBufferPointer<PolicyRun>) {
    var target = MatchTarget(question.request)
    var views = PolicyRun.Views.objects
    if case .pods = view {
      target = MatchTarget(podsOf: question.request)
      views = .pods
    }
    var seen: Metadata?
    for index in runs.indices where runs[index].views.contains(views) {
      runs[index].beginView()
      let policy = question.set.compiled[runs[index].policy]
      guard let matched = policy.matchedResource(target) else { continue }
      // Only now, since most requests match nothing.
      guard let metadata = seen ?? begin(question, view) else { return }
      seen = metadata
      runs[index].view = views
      defer { except(policy, &runs[index], question, metadata) }
      guard isMatched(policy, &runs[index], question, metadata) else { continue }
      guard matched == target.given else {
        runs[index].begin(policy, arena)
        runs[index].fail(-1, Self.unknownVersion, policy.defaultReason, isError: true, isUnconditional: true)
        continue
      }
      if let parameters = policy.parameters {
        judge(policy, parameters, &runs[index], question, view)
      } else if !isLate(policy, &runs[index], question) {
        notes?.begin(runs[index])
        policyJudge(policy, runs[index].policy).judge(&machine, &runs[index])
        notes?.end(runs[index])
      }
    }
  }

  /// Binds the variables to what policies see.
  /// - Returns: nil where there is nothing to see: a workload without a template.
  mutating func begin(_ question: Question, _ view: View) -> Metadata? {
    let request = question.request
    machine.begin(question.set.program, arena: arena)
    if let deadline = question.deadline { machine.setDeadline(monotonicNanoseconds: deadline) }
    let document = machine.addDocument(text: request.json.text)
    var documents = (object: document, oldObject: document)
    if let object = request.object, object.text != request.json.text {
      documents.object = machine.addDocument(text: object.text)
    }
    let seen: ObjectView
    switch view {
    case .objects: seen = ObjectView(request, documents, machine.context)
    case .pods(let place):
      guard let pods = ObjectView(podsOf: request, at: place, documents, machine.context) else { return nil }
      seen = pods
    }
    question.set.slots.bind(request, document: document, seen, question.namespace, to: &machine)
    return (seen.metadata, seen.oldMetadata)
  }

  /// What remains of matching: the selectors.
  func isMatched(
    _ policy: CompiledPolicy, _ run: inout PolicyRun, _ question: Question, _ metadata: Metadata
  ) -> Bool {
    guard policy.constraints.matchesObject(question.request, metadata),
      policy.bindingConstraints.matchesObject(question.request, metadata)
    else { return false }
    switch (
      policy.constraints.matchesNamespace(question.labels), policy.bindingConstraints.matchesNamespace(question.labels)
    ) {
    case (.no, _), (_, .no): return false
    case (.yes, .yes): return true
    default:
      run.begin(policy, arena)
      run.fail(-1, policy.worded(NamespaceLabels.unknownNamespace, arena), policy.defaultReason, isError: true)
      return false
    }
  }

  /// Once with each parameter. What was computed with one is forgotten for the next.
  private mutating func judge(
    _ policy: CompiledPolicy, _ parameters: CompiledParameters, _ run: inout PolicyRun, _ question: Question,
    _ view: View
  ) {
    if let problem = parameters.problem(question.request) {
      run.begin(policy, arena)
      run.fail(-1, problem, policy.defaultReason, isError: true, isUnconditional: true)
      return
    }
    var position = 0
    while let found = parameters.next(from: position, question.request) {
      position = found.position + 1
      guard !isLate(policy, &run, question), begin(question, view) != nil else { return }
      let document = machine.addDocument(text: found.object.text)
      machine.bind(question.set.slots.params, machine.context.value(found.object, document: document))
      notes?.begin(run, parameter: found.object)
      policyJudge(policy, run.policy).judge(&machine, &run)
      notes?.end(run)
    }
    // The next policy has parameters of its own, or none.
    machine.bind(question.set.slots.params, .null)
  }

  /// - Parameter index: of the policy in its set.
  func policyJudge(_ policy: CompiledPolicy, _ index: Int) -> PolicyJudge {
    PolicyJudge(policy: policy, arena: arena, tally: tally.map { $0 + index })
  }

  /// Counts a mutation that has changed the object.
  func countMutation(_ mutation: Int, ofPolicy index: Int) {
    if let tally { tally[index].mutations[mutation] += 1 }
  }

  /// Said where an API server would convert the object, which takes what it knows of the versions of its kinds.
  static let unknownVersion = ByteSlice(
    "the policy's rules name another version of the object than the review holds, which cannot be converted here")

  // MARK: Exceptions

  /// What the answer says of exceptions.
  func answers(_ set: PolicySet) -> ExceptionAnswers {
    ExceptionAnswers(set.compiledExceptions.texts, exceptionSettings, moment)
  }

  /// Looks for an exception where the policy has found something in the view.
  mutating func except(
    _ policy: CompiledPolicy, _ run: inout PolicyRun, _ question: Question, _ metadata: Metadata
  ) {
    if run.hasFindings(policy) { lift(&run, question, metadata) }
  }

  /// Looks for an exception that lifts what the policy says of the view that is bound to the machine.
  mutating func lift(_ run: inout PolicyRun, _ question: Question, _ metadata: Metadata) {
    let index = question.set.compiledExceptions.index
    guard !index.isEmpty, !ExceptionAdmission.isAbout(question.request) else { return }
    let now = moment ?? exceptionSettings.rules.clock.now()
    moment = now
    let object = ExceptedObject(question.request, metadata: metadata, isPodView: run.view == .pods, arena)
    let search = ExceptionSearch(index: index, now: now)
    notes?.beginSearch(run)
    let finding = search.find(policy: run.policy, question.request, object, &machine, arena)
    notes?.endSearch(finding)
    switch finding {
    case .none: break
    case .applies(let exception): run.except(exception)
    case .missed(let missed): run.missedException = missed
    }
  }

  func isLate(_ policy: CompiledPolicy, _ run: inout PolicyRun, _ question: Question) -> Bool {
    guard let deadline = question.deadline, MonotonicClock.now() >= deadline else { return false }
    run.begin(policy, arena)
    run.exceedDeadline(policy)
    return true
  }
}

extension AdmissionRequest {
  /// Whether it is about a Namespace, for which an API server gives policies no `namespaceObject`.
  fileprivate var isForNamespace: Bool {
    requestKind.kind == "Namespace" && requestKind.version == "v1" && requestKind.group.isEmpty
  }
}
