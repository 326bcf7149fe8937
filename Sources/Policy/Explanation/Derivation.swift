internal import Memory

/// What the parts of an explanation amount to, by themselves: compared with the verdict, it shows whether they are the right ones.
struct Derivation {
  let set: PolicySet
  let policy: Int

  /// Nil: the policy has not matched.
  func outcome(_ phases: [PhaseExplanation]) -> PolicyExplanation.Outcome? {
    let outcomes = phases.compactMap(outcome)
    guard let first = outcomes.first else { return nil }
    guard outcomes.count > 1, let last = outcomes.last else { return first }
    // As `PolicyOutcome.followed(by:_:)`.
    let isFirst = last.result == .pass || last.result == .error && first.result != .pass
    return PolicyExplanation.Outcome(
      result: isFirst ? first.result : last.result, denied: first.denied || last.denied,
      failures: first.failures + last.failures, exceptions: last.exceptions.isEmpty ? first.exceptions : last.exceptions
    )
  }

  private func outcome(_ phase: PhaseExplanation) -> PolicyExplanation.Outcome? {
    let compiled = set.compiled[policy]
    var hasMatched = false
    var hasMutated = false
    var lifted: [Int] = []
    var open: Set<PolicyExplanation.Failure> = []
    var closed: Set<PolicyExplanation.Failure> = []
    for view in phase.views {
      var failures: [PolicyExplanation.Failure] = []
      func error(_ message: String) {
        failures.append(.init(index: -1, message: message, isError: true, isExcepted: false))
      }
      if view.match.outcome == .failed { error(view.match.reasons.first ?? "") }
      if let problem = view.parameters?.problem { error(problem) }
      for run in view.runs {
        if let failure = conditionFailure(run, compiled) { error(failure) }
        if run.isMatched {
          // What matches only as the object has become is not carried out.
          if !run.isReinvocation { hasMatched = true }
          failures += self.failures(run)
        }
        if run.mutations.contains(where: { if case .changed = $0.change { true } else { false } }) { hasMutated = true }
      }
      if !failures.isEmpty { hasMatched = true }
      let applied = view.exceptions.filter { $0.outcome == .applied }.map(\.exception)
      lifted += applied
      if applied.isEmpty { open.formUnion(failures) } else { closed.formUnion(failures) }
    }
    if !hasMatched { return nil }
    var result = PolicyOutcome.Result.pass
    if !open.isEmpty {
      result = open.contains { !$0.isError } ? .fail : .error
    } else if !lifted.isEmpty {
      result = .excepted
    } else if hasMutated {
      result = .mutated
    }
    let all = open.union(closed).map { failure in
      PolicyExplanation.Failure(
        index: failure.index, message: failure.message, isError: failure.isError, isExcepted: !open.contains(failure))
    }
    return PolicyExplanation.Outcome(
      result: result, denied: false, failures: all, exceptions: Set(lifted).sorted().map { set.exceptions[$0].name })
  }

  /// Why it cannot be told whether the match conditions hold, where that counts.
  private func conditionFailure(_ run: RunExplanation, _ compiled: CompiledPolicy) -> String? {
    guard compiled.failsOnError, !run.isMatched, !run.conditions.contains(where: { $0.expression.value.kind == .no })
    else { return nil }
    return run.conditions.first { $0.expression.value.kind != .yes }?.expression.value.text
      ?? CostBudget.exceeded.string
  }

  private func failures(_ run: RunExplanation) -> [PolicyExplanation.Failure] {
    // Nothing else is said then.
    if run.failures.contains(where: { $0.index < 0 && $0.message == CostBudget.exceeded.string }) {
      return run.failures
    }
    var failures: [PolicyExplanation.Failure] = []
    for validation in run.validations where validation.expression.value.kind != .yes {
      let isError = validation.expression.value.kind != .no
      failures.append(
        .init(index: validation.index, message: validation.message ?? "", isError: isError, isExcepted: false))
    }
    for annotation in run.annotations where annotation.expression.value.kind == .error {
      failures.append(
        .init(index: -1, message: annotation.expression.value.text, isError: true, isExcepted: false))
    }
    for mutation in run.mutations {
      guard case .failed(let message) = mutation.change else { continue }
      failures.append(.init(index: -1, message: message, isError: true, isExcepted: false))
    }
    return failures
  }
}

extension PolicyExplanation {
  /// In what the parts of the explanation do not amount to what the verdict says.
  var disagreements: [String] {
    guard outcome?.result == derived?.result, outcome?.exceptions == derived?.exceptions else {
      return ["whether `\(name)` matched, or with which result"]
    }
    // What is no validation is worded by the verdict in its own way.
    func compared(_ failures: [Failure]?) -> Set<Failure> {
      Set(
        (failures ?? []).map { failure in
          Failure(
            index: failure.index, message: failure.index < 0 ? "" : failure.message, isError: failure.isError,
            isExcepted: failure.isExcepted)
        })
    }
    return compared(outcome?.failures) == compared(derived?.failures) ? [] : ["what `\(name)` found wrong"]
  }
}
