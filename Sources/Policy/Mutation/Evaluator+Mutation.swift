public import Admission
internal import CEL
public import JSON
internal import Memory

/// Mutations: in the order of the policies' names, each on the object as the one before has left it, and those with
/// `reinvocationPolicy: IfNeeded` once more when anything has changed.
///
/// What happens when is the API server's way (`pkg/admission/plugin/policy/mutating/dispatcher.go`): what policies match is
/// decided on the object as it comes in; match conditions see the object as it stands when it is the policy's turn; each mutation
/// computes variables anew and has a cost budget of its own; one that fails leaves the object as it was, and the policy's next one
/// follows.
extension Evaluator {
  /// Carries out the mutations that `request` matches.
  ///
  /// Parameters are those of ``validate(_:under:namespace:deadline:)``. A DELETE is never changed. Policies end so long before the deadline
  /// that the patch can be made by then.
  /// - Returns: the verdict, with the patch, and the object as it was left; nil where it is what it was.
  public mutating func mutate(
    _ request: AdmissionRequest, under set: PolicySet, namespace: Cursor?, deadline: UInt64?
  ) -> (verdict: Verdict, object: Cursor?) {
    if request.operation == .delete { return (.allowed, nil) }
    let place = PodTemplate.place(in: request)
    let time = MutationTime(of: request.object)
    let question = Question(request, set, namespace, deadline.map { $0 - min($0, time.answer) })
    let runs = Self.candidates(question, set.mutationIndex, place, &mutationMemo, arena)
    if runs.isEmpty { return (.allowed, nil) }
    let kind = request.kind
    var run = MutationRun(
      question: question, runs: runs, place: place,
      type: SchemaTable.kubernetes.type(group: kind.group, version: kind.version, kind: kind.kind), arena)
    carryOut(&run)
    if run.hasChanged {
      run.isReinvocation = true
      matchAgain(&run)
      carryOut(&run)
    }
    var verdict = VerdictComposer(arena: arena, exceptions: answers(set)).compose(run.runs, set.compiled, &text)
    guard run.hasChanged, verdict.allowed, let original = request.object, let object = run.question.request.object
    else { return (verdict, nil) }
    switch workspace.answer(from: original, to: object, run.type, arena) {
    case .unchanged: return (verdict, nil)
    case .patch(let patch): verdict.patch = patch
    case .wrong:
      // INVARIANT: what `diff` writes, `apply` carries out. Should it not, nothing goes out that does something else.
      assertionFailure("a patch does not give its object")
      verdict.allowed = false
      verdict.code = MutationRun.refusal.code
      verdict.reason = MutationRun.refusal.name
      verdict.message = ByteSlice("the mutations' result cannot be expressed as a patch")
      return (verdict, nil)
    }
    return (verdict, object)
  }

  /// Asks every policy that matches, once.
  private mutating func carryOut(_ run: inout MutationRun) {
    guard match(&run) else { return }
    for index in run.runs.indices {
      if run.matches[index].objects { invoke(index, .objects, &run) }
      if run.matches[index].pods { invoke(index, .pods, &run) }
      exceptFindings(index, .objects, &run)
      exceptFindings(index, .pods, &run)
    }
    // The next request's policies, or the validations of this one, have parameters of their own.
    run.bound = nil
  }

  // MARK: Matching

  /// Finds what each policy matches of the object as it stands.
  /// - Returns: whether any matches.
  private mutating func match(_ run: inout MutationRun) -> Bool {
    let request = run.question.request
    let objects: Metadata = (request.object?.member("metadata"), request.oldObject?.member("metadata"))
    let pods = run.place.flatMap { Self.podMetadata(request, $0) }
    let (target, podTarget) = (MatchTarget(request), MatchTarget(podsOf: request))
    var found = false
    for index in run.runs.indices {
      let views = run.runs[index].views
      run.runs[index].view = .objects
      run.matches[index].objects = views.contains(.objects) && isMatched(index, target, objects, &run)
      run.matches[index].pods = false
      run.runs[index].view = .pods
      if views.contains(.pods), let pods { run.matches[index].pods = isMatched(index, podTarget, pods, &run) }
      if run.matches[index].objects || run.matches[index].pods { found = true }
    }
    return found
  }

  /// Finds the policies that the object may concern as it has become. They are not carried out, since they were not before, but
  /// an API server looks at their conditions, which may fail.
  private mutating func matchAgain(_ run: inout MutationRun) {
    let request = run.question.request
    if NamespaceLabels.areWritten(by: request) { run.question.labels = NamespaceLabels(request, nil) }
    run.add(Self.candidates(run.question, run.question.set.mutationIndex, run.place, &mutationMemo, arena), arena)
  }

  private func isMatched(
    _ index: Int, _ target: MatchTarget, _ metadata: Metadata, _ run: inout MutationRun
  ) -> Bool {
    let policy = run.question.set.compiled[run.runs[index].policy]
    guard let matched = policy.matchedResource(target),
      isMatched(policy, &run.runs[index], run.question, metadata)
    else { return false }
    if matched == target.given { return true }
    run.runs[index].begin(policy, arena)
    fail(index, policy, Self.unknownVersion, &run)
    return false
  }

  /// The metadata of the templates in the request's objects; nil where there is no template at all.
  static func podMetadata(_ request: AdmissionRequest, _ place: PodTemplate.Place) -> Metadata? {
    func template(_ object: Cursor?) -> (Bool, Cursor?) {
      guard let object else { return (false, nil) }
      switch PodTemplate.find(place, in: object) {
      case .absent: return (false, nil)
      case .unreadable: return (true, nil)
      case .found(let template): return (true, template.member("metadata"))
      }
    }
    let (new, old) = (template(request.object), template(request.oldObject))
    return new.0 || old.0 ? (new.1, old.1) : nil
  }

  // MARK: One policy

  private mutating func invoke(_ index: Int, _ view: MutationRun.Bound, _ run: inout MutationRun) {
    let policy = run.question.set.compiled[run.runs[index].policy]
    run.runs[index].view = view == .objects ? .objects : .pods
    // Asked once more are those that want to be; of the others an API server looks at the conditions again.
    if run.isReinvocation, !policy.isReinvoked, policy.matchConditions.isEmpty { return }
    guard let parameters = policy.parameters else {
      return invoke(index, policy, view, parameter: nil, 0, &run)
    }
    if let problem = parameters.problem(run.question.request) {
      run.runs[index].begin(policy, arena)
      return run.runs[index].fail(-1, policy.worded(problem, arena), MutationRun.misconfiguration, isError: true)
    }
    run.matches[index].parameterCount = parameters.count
    var position = 0
    while let found = parameters.next(from: position, run.question.request) {
      invoke(index, policy, view, parameter: found.object, found.position, &run)
      position = found.position + 1
    }
    // The next policy has parameters of its own, or none. Without a parameter nothing was bound yet, perhaps.
    if run.bound != nil { machine.bind(run.question.set.slots.params, .null) }
  }

  /// One policy with one parameter.
  private mutating func invoke(
    _ index: Int, _ policy: CompiledPolicy, _ view: MutationRun.Bound, parameter: Cursor?, _ position: Int,
    _ run: inout MutationRun
  ) {
    if isLate(policy, &run.runs[index], run.question) { return }
    // What was computed with one parameter is forgotten for the next.
    if parameter != nil { run.bound = nil }
    guard bind(view, parameter, &run) else { return }
    notes?.begin(run.runs[index], parameter: parameter, isReinvocation: run.isReinvocation)
    defer { notes?.end(run.runs[index]) }
    switch policyJudge(policy, run.runs[index].policy).matchConditions(&machine) {
    case .notMatched: return
    case .deadlineExceeded:
      run.runs[index].begin(policy, arena)
      return run.runs[index].exceedDeadline(policy)
    case .failed(let message):
      run.runs[index].begin(policy, arena)
      return fail(index, policy, message, &run)
    case .matched: break
    }
    let flag = run.matches[index].flag(view, position)
    if run.isReinvocation, run.matches[index].invoked?[flag] != true { return }
    run.runs[index].begin(policy, arena)
    for (position, mutation) in policy.mutations.enumerated() {
      // A CONNECT may have no object, and a workload no template: there is nothing to change.
      guard let object = run.question.request.object, bind(view, parameter, &run) else { break }
      guard carryOut(mutation, position, of: index, policy, on: object, view, &run) else { break }
    }
    if policy.isReinvoked { markInvoked(index, flag, &run) }
  }

  private func markInvoked(_ index: Int, _ flag: Int, _ run: inout MutationRun) {
    let count = 2 * run.matches[index].parameterCount
    if run.matches[index].invoked == nil {
      let flags = arena.allocate(Bool.self, count: count)
      flags.initialize(repeating: false, count: count)
      run.matches[index].invoked = flags
    }
    run.matches[index].invoked?[flag] = true
  }

  // MARK: One mutation

  /// - Returns: false where the policy's time is over.
  private mutating func carryOut(
    _ mutation: CompiledPolicy.Mutation, _ position: Int, of index: Int, _ policy: CompiledPolicy, on object: Cursor,
    _ view: MutationRun.Bound, _ run: inout MutationRun
  ) -> Bool {
    // Variables cost each mutation what they cost the first.
    machine.beginPhase()
    let value = machine.evaluate(mutation.entry)
    var budget = CostBudget(CostBudget.policy)
    guard budget.take(machine.cost) else {
      fail(index, policy, CostBudget.exceeded, &run)
      return true
    }
    if value.errorCode == .deadlineExceeded {
      run.runs[index].exceedDeadline(policy)
      return false
    }
    if value.isError {
      fail(index, policy, PolicyJudge(policy: policy, arena: arena).failureText(mutation.expression, value), &run)
      return true
    }
    // Nothing interrupts the change, so it does not begin where it could not end in time.
    if let deadline = run.question.deadline, MonotonicClock.now() + MutationTime(of: object).change > deadline {
      run.runs[index].exceedDeadline(policy)
      return false
    }
    let isPods = view == .pods
    let target = MutationWorkspace.Target(
      object: object, place: isPods ? run.place : nil,
      type: isPods
        ? SchemaTable.kubernetes.type(group: .empty, version: ByteSlice("v1"), kind: ByteSlice("Pod")) : run.type,
      namespace: run.question.request.namespace)
    let change = workspace.apply(value, mutation.patchType, to: target, machine.context)
    notes?.mutated(change, from: object, arena)
    switch change {
    case .unchanged: break
    case .changed(let object):
      lift(&run.runs[index], run.question, metadata(view, run))
      if run.runs[index].isExcepted {
        workspace.takeBack(target)
        return true
      }
      run.question.request = run.question.request.replacingObject(object)
      run.runs[index].hasMutated = true
      countMutation(position, ofPolicy: run.runs[index].policy)
      run.hasChanged = true
      run.bound = nil
    case .failed(let message): fail(index, policy, message, &run)
    case .refused(let message): run.runs[index].fail(-1, message, MutationRun.refusal, isError: true)
    }
    return true
  }

  // MARK: Exceptions

  /// Looks for an exception where the policy's mutations have failed in the view.
  private mutating func exceptFindings(_ index: Int, _ view: MutationRun.Bound, _ run: inout MutationRun) {
    let policy = run.question.set.compiled[run.runs[index].policy]
    run.runs[index].view = view == .objects ? .objects : .pods
    guard !run.question.set.compiledExceptions.index.isEmpty, run.runs[index].hasFindings(policy),
      !run.runs[index].isExcepted, bind(view, nil, &run)
    else { return }
    except(policy, &run.runs[index], run.question, metadata(view, run))
  }

  /// Of the objects as a policy sees them, and as they now stand.
  private func metadata(_ view: MutationRun.Bound, _ run: MutationRun) -> Metadata {
    let request = run.question.request
    if view == .pods { return run.place.flatMap { Self.podMetadata(request, $0) } ?? (nil, nil) }
    return (request.object?.member("metadata"), request.oldObject?.member("metadata"))
  }

  private func fail(_ index: Int, _ policy: CompiledPolicy, _ message: ByteSlice, _ run: inout MutationRun) {
    run.runs[index].fail(-1, policy.worded(message, arena), policy.defaultReason, isError: true)
  }

  /// Gives the variables the values that the policies of a view see, unless they have them.
  /// - Returns: false where there is nothing to see.
  private mutating func bind(_ view: MutationRun.Bound, _ parameter: Cursor?, _ run: inout MutationRun) -> Bool {
    if run.bound == view { return true }
    var seen = View.objects
    if view == .pods {
      guard let place = run.place else { return false }
      seen = .pods(place)
    }
    guard begin(run.question, seen) != nil else { return false }
    run.bound = view
    if let parameter {
      let document = machine.addDocument(text: parameter.text)
      machine.bind(run.question.set.slots.params, machine.context.value(parameter, document: document))
    }
    return true
  }
}
