internal import Admission
internal import CEL
internal import JSON
internal import Memory

/// Puts together what was noted of each policy.
struct PolicyExplainer {
  let set: PolicySet
  let phases: [Explainer.NotedPhase]
  /// Of each evaluation in their order, by the program that serves.
  let times: [UInt64]
  let values: ValueTexts
  let now: Instant
  let namespace: Cursor?
  /// The phase that was asked for.
  let asked: Phase

  func explain(_ index: Int, _ verdict: Verdict) -> PolicyExplanation {
    let summary = set.policies[index]
    let explained = phases.compactMap { phase -> PhaseExplanation? in
      let isActive = phase.phase == .mutate ? summary.mutates : summary.validates
      return isActive ? explain(index, phase) : nil
    }
    return PolicyExplanation(
      policy: index, name: summary.name, binding: summary.binding, source: set.sources[index],
      failurePolicy: summary.failurePolicy, outcome: outcome(index, verdict),
      derived: Derivation(set: set, policy: index).outcome(explained), phases: explained,
      notAsked: explained.isEmpty ? reasonNotAsked(summary) : nil)
  }

  private func outcome(_ index: Int, _ verdict: Verdict) -> PolicyExplanation.Outcome? {
    guard let outcome = verdict.outcomes.first(where: { $0.policy == index }) else { return nil }
    return PolicyExplanation.Outcome(
      result: outcome.result, denied: outcome.denied,
      failures: outcome.failures.map {
        PolicyExplanation.Failure(
          index: $0.index, message: values.redacted($0.message.string), isError: $0.isError, isExcepted: $0.isExcepted)
      }, exceptions: outcome.exceptions.map { set.exceptions[Int($0)].name })
  }

  private func reasonNotAsked(_ summary: PolicySummary) -> String {
    if asked == .mutate { return "it has no mutations, and nothing else is asked for" }
    if asked == .validate { return "it has no validations, and nothing else is asked for" }
    return "a mutation has denied the request before it is validated"
  }

  // MARK: A phase

  private func explain(_ index: Int, _ phase: Explainer.NotedPhase) -> PhaseExplanation {
    let request = phase.request
    let policy = set.compiled[index]
    var views = [
      explain(
        index, phase, nil, MatchTarget(request),
        (request.object?.member("metadata"), request.oldObject?.member("metadata")))
    ]
    if policy.includesPodTemplates, let place = PodTemplate.place(in: request) {
      views.append(
        explain(index, phase, place, MatchTarget(podsOf: request), Evaluator.podMetadata(request, place)))
    }
    return PhaseExplanation(phase: phase.phase, views: views)
  }

  private func explain(
    _ index: Int, _ phase: Explainer.NotedPhase, _ place: PodTemplate.Place?, _ target: MatchTarget,
    _ metadata: Evaluator.Metadata?
  ) -> ViewExplanation {
    let request = phase.request
    let policy = set.compiled[index]
    let question = MatchQuestion(
      policy: policy, request: request, target: target, metadata: metadata,
      labels: NamespaceLabels(request, namespace))
    var match = question.explain(binding: !policy.binding.isEmpty)
    if phase.phase == .mutate, request.operation == .delete {
      match = MatchExplanation(
        outcome: .notMatched, reasons: ["what is deleted is never changed"], policy: match.policy,
        binding: match.binding)
    }
    if match.outcome == .notMatched, !policy.includesPodTemplates, let template = PodTemplate.place(in: request),
      policy.matchedResource(MatchTarget(podsOf: request)) != nil
    {
      match = MatchExplanation(
        outcome: .notMatched,
        reasons: match.reasons + ["podTemplates is Ignore: the Pod in \(template.path) is not looked at"],
        policy: match.policy, binding: match.binding)
    }
    let view: PolicyRun.Views = place == nil ? .objects : .pods
    let runs = phase.notes.runs.filter { $0.policy == index && $0.view == view }
    let searches = phase.notes.searches.filter { $0.policy == index && $0.view == view }
    let search = searches.last { $0.applied != nil } ?? searches.last
    var exceptions: [ExceptionExplanation] = []
    if match.outcome != .notMatched, !ExceptionAdmission.isAbout(request) {
      let arena = Arena(blockSize: 1024)
      exceptions = ExceptionQuestion(
        set: set, policy: index, request: request,
        object: ExceptedObject(request, metadata: metadata ?? (nil, nil), isPodView: place != nil, arena.handle),
        now: now, search: search
      ).explain { conditions($0, search) }
    }
    return ViewExplanation(
      template: place?.path, match: match,
      parameters: match.outcome == .matched ? parameters(index, request) : nil,
      runs: runs.map { explain(index, $0) }, exceptions: exceptions)
  }

  private func parameters(_ index: Int, _ request: AdmissionRequest) -> ParameterExplanation? {
    let source = set.sources[index]
    guard let parameters = set.compiled[index].parameters else {
      return source.parameterKind.map {
        ParameterExplanation(
          reference: $0, found: [], problem: nil)
      }
    }
    var found: [String] = []
    var position = 0
    while let next = parameters.next(from: position, request) {
      found.append(EvaluationNotes.name(next.object))
      position = next.position + 1
    }
    return ParameterExplanation(
      reference: "\(source.parameterKind ?? "") \(source.parameterReference ?? "")", found: found,
      problem: parameters.problem(request)?.string)
  }

  private func conditions(
    _ exception: CompiledException, _ search: EvaluationNotes.Search?
  ) -> [EvaluationExplanation] {
    let sources = set.compiledExceptions.conditions[Int(exception.position)]
    return evaluations(search?.evaluations ?? [], Array(exception.conditions), sources)
  }

  // MARK: A run

  private func explain(_ index: Int, _ run: EvaluationNotes.Run) -> RunExplanation {
    let policy = set.compiled[index]
    let source = set.sources[index]
    let conditions = evaluations(run.evaluations, policy.matchConditions.map(\.entry), source.conditions)
    var validations = evaluations(run.evaluations, policy.validations.map(\.entry), source.validations)
    for position in validations.indices {
      let validation = policy.validations[validations[position].index]
      guard validations[position].expression.value.kind != .yes else { continue }
      let message = run.evaluations.first { $0.entry == validation.messageEntry }
      validations[position].messageExpression = message.map {
        expression($0, source.messages[validations[position].index]?.text ?? "")
      }
      validations[position].message = self.message(of: validations[position], validation, policy, message?.text)
    }
    var annotations = evaluations(run.evaluations, policy.auditAnnotations.map(\.entry), source.annotations)
    for position in annotations.indices {
      let entry = policy.auditAnnotations[annotations[position].index].entry
      annotations[position].message = run.evaluations.first { $0.entry == entry }?.text?.trimmed
    }
    var variables: [VariableExplanation] = []
    for (name, expression, cost) in run.evaluations.flatMap(\.variables) {
      guard let variable = source.variables.first(where: { $0.name == name }),
        !variables.contains(where: { $0.source.name == name && $0.expression.value == expression.value })
      else { continue }
      variables.append(
        VariableExplanation(source: variable, expression: expression.of(variable.text), cost: cost))
    }
    let names = Set(variables.map(\.source.name))
    return RunExplanation(
      parameter: run.parameter, isReinvocation: run.isReinvocation, conditions: conditions, validations: validations,
      annotations: annotations, mutations: mutations(run, policy, source), variables: variables,
      unusedVariables: source.variables.map(\.name).filter { !names.contains($0) }, failures: run.failures,
      isMatched: conditions.count == policy.matchConditions.count
        && conditions.allSatisfy { $0.expression.value.kind == .yes })
  }

  /// What a validation that does not hold says, by the function that says it when requests are served.
  private func message(
    of evaluation: EvaluationExplanation, _ validation: CompiledPolicy.Validation, _ policy: CompiledPolicy,
    _ text: String?
  ) -> String {
    let value = evaluation.expression.value
    if value.kind == .error { return "expression '\(validation.expression.string)' resulted in error: \(value.text)" }
    let arena = Arena(blockSize: 1024)
    let judge = PolicyJudge(policy: policy, arena: arena.handle)
    guard let text else { return judge.message(of: validation, .null).string }
    return text.withByteSlice { judge.message(of: validation, .string($0)).string }
  }

  private func mutations(
    _ run: EvaluationNotes.Run, _ policy: CompiledPolicy, _ source: PolicySource
  ) -> [MutationExplanation] {
    var changes = run.changes[...]
    return evaluations(run.evaluations, policy.mutations.map(\.entry), source.mutations).map { evaluation in
      let value = evaluation.expression.value
      if value.kind == .error { return MutationExplanation(evaluation: evaluation, change: .failed(value.text)) }
      return MutationExplanation(
        evaluation: evaluation, change: changes.popFirst() ?? .failed(CostBudget.exceeded.string))
    }
  }

  /// What was evaluated of the expressions that are compiled to `entries`.
  private func evaluations(
    _ evaluations: [EvaluationNotes.Evaluation], _ entries: [EntryPoint], _ sources: [PolicySource.Expression]
  ) -> [EvaluationExplanation] {
    evaluations.compactMap { evaluation in
      guard let index = entries.firstIndex(of: evaluation.entry) else { return nil }
      return EvaluationExplanation(
        index: index, source: sources[index], expression: expression(evaluation, sources[index].text),
        cost: evaluation.cost.own, variablesCost: evaluation.cost.lazies,
        nanoseconds: evaluation.ordinal < times.count ? times[evaluation.ordinal] : 0)
    }
  }

  /// A constant has no steps that would tell its text.
  private func expression(_ evaluation: EvaluationNotes.Evaluation, _ source: String) -> ExplainedExpression {
    evaluation.expression.of(source)
  }
}

extension ExplainedExpression {
  fileprivate func of(_ source: String) -> ExplainedExpression {
    ExplainedExpression(source: source, value: value, parts: parts, loops: loops, isTruncated: isTruncated)
  }
}
