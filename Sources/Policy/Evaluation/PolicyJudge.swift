internal import Admission
internal import CEL
internal import Memory

/// Evaluates one policy on the view that is bound to the machine.
///
/// The order and the texts are those of the API server (`pkg/admission/plugin/policy/validating/validator.go`).
struct PolicyJudge {
  let policy: CompiledPolicy
  let arena: Arena.Handle
  /// Where match conditions are counted.
  var tally: UnsafeMutablePointer<ExpressionTallies.Tally>?

  func judge(_ machine: inout Machine, _ run: inout PolicyRun) {
    // Policies may have variables in common, which each pays for.
    machine.beginPhase()
    switch matchConditions(&machine) {
    case .notMatched: return
    case .deadlineExceeded:
      run.begin(policy, arena)
      run.exceedDeadline(policy)
      return
    case .failed(let message):
      run.begin(policy, arena)
      run.fail(-1, message, policy.defaultReason, isError: true)
      return
    case .matched: run.begin(policy, arena)
    }
    let before = run.failures.count
    var budget = CostBudget(CostBudget.policy)
    let values = arena.allocate(Value.self, count: policy.validations.count)
    for (index, validation) in policy.validations.enumerated() {
      values[index] = machine.evaluate(validation.entry)
      guard budget.take(machine.cost) else { return run.exceedBudget(policy, keeping: before) }
      if values[index].errorCode == .deadlineExceeded {
        report(UnsafeBufferPointer(start: values, count: index), &budget, &machine, &run)
        return run.exceedDeadline(policy)
      }
    }
    report(UnsafeBufferPointer(start: values, count: policy.validations.count), &budget, &machine, &run)
    guard !policy.auditAnnotations.isEmpty else { return }
    machine.beginPhase()
    // The API server's budget for annotations is not what the validations have left.
    budget = CostBudget(CostBudget.policy)
    for annotation in policy.auditAnnotations {
      let value = machine.evaluate(annotation.entry)
      guard budget.take(machine.cost) else { return run.exceedBudget(policy, keeping: before) }
      guard annotate(annotation, value, &run) else { return }
    }
  }

  // MARK: Match conditions

  enum Match {
    case matched, notMatched, deadlineExceeded
    case failed(ByteSlice)
  }

  /// One that is false decides, whatever errors others have.
  func matchConditions(_ machine: inout Machine) -> Match {
    var errors: ByteSlice?
    var errorCount = 0
    var budget = CostBudget(CostBudget.matchConditions)
    for (index, condition) in policy.matchConditions.enumerated() {
      let value = machine.evaluate(condition.entry)
      guard budget.take(machine.cost) else {
        return policy.failsOnError ? .failed(CostBudget.exceeded) : .notMatched
      }
      if value.isFalse {
        if let tally { tally.pointee.conditions[index].timesFalse += 1 }
        return .notMatched
      }
      if value.isTrue {
        if let tally { tally.pointee.conditions[index].timesTrue += 1 }
        continue
      }
      if value.errorCode == .deadlineExceeded { return .deadlineExceeded }
      let message = failureText(condition.expression, value)
      errors = errors.map { arena.concatenate(arena.concatenate($0, ByteSlice(", ")), message) } ?? message
      errorCount += 1
    }
    guard let errors else { return .matched }
    if !policy.failsOnError { return .notMatched }
    if errorCount == 1 { return .failed(errors) }
    return .failed(arena.concatenate(arena.concatenate(ByteSlice("["), errors), ByteSlice("]")))
  }

  // MARK: Validations

  /// Lists the validations that failed, with their messages.
  private func report(
    _ values: UnsafeBufferPointer<Value>, _ budget: inout CostBudget, _ machine: inout Machine, _ run: inout PolicyRun
  ) {
    // The API server evaluates the messages of all validations, also of those that hold. That shows only where they use up the
    // budget, so that it is done only where they can.
    let evaluatesAll = budget.left < CostBudget.policy / 2
    let texts = arena.allocate(Value.self, count: values.count)
    var isOver = false
    machine.beginPhase()
    for (index, value) in values.enumerated() {
      texts[index] = .null
      guard !isOver, value.isFalse || evaluatesAll, let entry = policy.validations[index].messageEntry else { continue }
      texts[index] = machine.evaluate(entry)
      isOver = !budget.take(machine.cost)
    }
    for (index, value) in values.enumerated() {
      let validation = policy.validations[index]
      if value.isError || value.tag != .bool {
        run.fail(index, failureText(validation.expression, value), policy.defaultReason, isError: true)
      } else if isOver {
        let message = arena.concatenate(ByteSlice("failed messageExpression: "), CostBudget.exceeded)
        run.fail(index, message, policy.defaultReason, isError: true)
      } else if value.isFalse {
        run.fail(index, message(of: validation, texts[index]), validation.reason, isError: false)
      }
    }
  }

  /// Bytes of what a messageExpression gives; the API server's limit. A longer text is not used.
  static let maximumMessageLength = PolicyManifest.maximumMessageLength

  /// What the messageExpression gives where that, without white space around it, is one line of text, else the fixed message.
  /// As in the API server a line ends with a line feed and nothing else.
  func message(of validation: CompiledPolicy.Validation, _ value: Value) -> ByteSlice {
    guard let text = value.asString?.trimmed, !text.isEmpty, text.count <= Self.maximumMessageLength,
      text.firstIndex(of: UInt8(ascii: "\n")) == nil
    else { return validation.message }
    return text
  }

  func failureText(_ expression: ByteSlice, _ value: Value) -> ByteSlice {
    let start = arena.concatenate(ByteSlice("expression '"), expression)
    let end = arena.concatenate(
      ByteSlice("' resulted in error: "), value.errorMessage ?? ByteSlice("the result is not a boolean"))
    return arena.concatenate(start, end)
  }

  // MARK: Audit annotations

  /// - Returns: false where the request's time is over.
  private func annotate(
    _ annotation: CompiledPolicy.AuditAnnotation, _ value: Value, _ run: inout PolicyRun
  ) -> Bool {
    if let text = value.asString {
      let trimmed = text.trimmed
      if !trimmed.isEmpty { run.annotate(AdmissionResponse.AuditAnnotation(key: annotation.key, value: trimmed)) }
      return true
    }
    if value.tag == .null { return true }
    if value.errorCode == .deadlineExceeded {
      run.exceedDeadline(policy)
      return false
    }
    let message =
      value.isError
      ? failureText(annotation.expression, value)
      : arena.concatenate(
        arena.concatenate(ByteSlice("valueExpression '"), annotation.expression),
        ByteSlice("' resulted in unsupported return type: must be a string or null"))
    run.fail(-1, message, policy.defaultReason, isError: true, isUnconditional: true)
    return true
  }
}
