internal import Admission
internal import JSON
internal import Memory

/// Makes one verdict of what the policies found.
struct VerdictComposer {
  let arena: Arena.Handle
  let exceptions: ExceptionAnswers

  /// Audit annotation with the failures of policies whose action is `Audit`, as JSON.
  static let failureAnnotation = ByteSlice("validation_failure")

  /// Audit annotation with the names of policies that did not finish in time.
  static let deadlineAnnotation = ByteSlice("deadline_exceeded")

  func compose(
    _ runs: UnsafeMutableBufferPointer<PolicyRun>, _ policies: UnsafeBufferPointer<CompiledPolicy>,
    _ text: inout ByteBuffer
  ) -> Verdict {
    let outcomes = outcomes(runs, policies)
    var verdict = Verdict(
      allowed: true, code: 200, reason: .empty, message: .empty, warnings: warnings(outcomes, policies),
      auditAnnotations: annotations(runs, outcomes, policies, &text), outcomes: outcomes)
    deny(&verdict, policies, &text)
    return verdict
  }

  private func outcomes(
    _ runs: UnsafeMutableBufferPointer<PolicyRun>, _ policies: UnsafeBufferPointer<CompiledPolicy>
  ) -> UnsafeBufferPointer<PolicyOutcome> {
    let outcomes = arena.allocate(PolicyOutcome.self, count: runs.count)
    var count = 0
    for run in runs where run.hasMatched {
      let policy = policies[run.policy]
      var result = PolicyOutcome.Result.pass
      var denied = false
      run.markExcepted()
      for failure in run.failures where !failure.isExcepted {
        if !failure.isError { result = .fail } else if result == .pass { result = .error }
        if policy.denies(failure) { denied = true }
      }
      let lifted = exceptions.applied(run, arena)
      if result == .pass, !lifted.isEmpty { result = .excepted }
      if result == .pass, run.hasMutated { result = .mutated }
      outcomes[count] = PolicyOutcome(
        policy: run.policy, result: result, denied: denied, exceededDeadline: run.exceededDeadline,
        failures: run.failures, exceptions: lifted, exceptionName: exceptions.name(of: lifted),
        missedException: run.missedException)
      count += 1
    }
    return UnsafeBufferPointer(start: outcomes, count: count)
  }

  /// All messages of all policies that deny, a line each, the policy's name first; code and reason of the first.
  private func deny(_ verdict: inout Verdict, _ policies: UnsafeBufferPointer<CompiledPolicy>, _ text: inout ByteBuffer)
  {
    text.removeAll()
    for outcome in verdict.outcomes where outcome.denied {
      let policy = policies[outcome.policy]
      for failure in outcome.failures where policy.denies(failure) {
        if verdict.allowed {
          verdict.allowed = false
          verdict.code = failure.code
          verdict.reason = failure.reason
        } else {
          text.append("\n")
        }
        text.append(policy.name)
        text.append(": ")
        text.append(failure.message)
      }
      exceptions.writeNote(outcome, policy, &text)
    }
    verdict.message = arena.copy(text.bytes)
  }

  private func warnings(
    _ outcomes: UnsafeBufferPointer<PolicyOutcome>, _ policies: UnsafeBufferPointer<CompiledPolicy>
  ) -> UnsafeBufferPointer<ByteSlice> {
    var total = 0
    for outcome in outcomes {
      total += outcome.exceptions.count
      if policies[outcome.policy].actions.contains(.warn) { total += outcome.failures.count }
    }
    if total == 0 { return UnsafeBufferPointer(start: nil, count: 0) }
    let warnings = arena.allocate(ByteSlice.self, count: total)
    var count = 0
    for outcome in outcomes {
      let policy = policies[outcome.policy]
      guard policy.actions.contains(.warn) else { continue }
      for failure in outcome.failures where policy.reports(failure) {
        warnings[count] = arena.concatenate(policy.warningStart, failure.message)
        count += 1
      }
    }
    exceptions.warn(outcomes, policies, warnings, &count, arena)
    return UnsafeBufferPointer(start: warnings, count: count)
  }

  // MARK: Audit annotations

  private func annotations(
    _ runs: UnsafeMutableBufferPointer<PolicyRun>, _ outcomes: UnsafeBufferPointer<PolicyOutcome>,
    _ policies: UnsafeBufferPointer<CompiledPolicy>, _ text: inout ByteBuffer
  ) -> UnsafeBufferPointer<AdmissionResponse.AuditAnnotation> {
    var total = 3
    for run in runs { total += run.annotations.count }
    let annotations = arena.allocate(AdmissionResponse.AuditAnnotation.self, count: total)
    var count = joinValues(runs, annotations)
    if let failures = auditedFailures(outcomes, policies, &text) {
      annotations[count] = AdmissionResponse.AuditAnnotation(key: Self.failureAnnotation, value: failures)
      count += 1
    }
    if let names = namesOverDeadline(outcomes, policies, &text) {
      annotations[count] = AdmissionResponse.AuditAnnotation(key: Self.deadlineAnnotation, value: names)
      count += 1
    }
    if let used = exceptions.annotation(outcomes, policies, &text, arena) {
      annotations[count] = AdmissionResponse.AuditAnnotation(key: ExceptionAnswers.annotation, value: used)
      count += 1
    }
    return UnsafeBufferPointer(start: annotations, count: count)
  }

  /// The policies' own annotations. Where bindings, parameters or views give one several values, they are listed, each once, as in
  /// the API server.
  /// - Returns: how many keys there are.
  private func joinValues(
    _ runs: UnsafeMutableBufferPointer<PolicyRun>,
    _ annotations: UnsafeMutablePointer<AdmissionResponse.AuditAnnotation>
  ) -> Int {
    var count = 0
    for (position, run) in runs.enumerated() {
      for (index, annotation) in run.annotations.enumerated() {
        if isKnown(annotation, runs, before: position, index) { continue }
        let value = annotation.value.prefixOfCharacters(maximumBytes: AuditAnnotationLimits.maximumValueLength)
        var place = 0
        while place < count, annotations[place].key != annotation.key { place += 1 }
        if place == count {
          annotations[count] = AdmissionResponse.AuditAnnotation(key: annotation.key, value: value)
          count += 1
        } else if annotations[place].value.count < AuditAnnotationLimits.maximumValueLength {
          // What would be cut anyhow is not put together.
          let values = arena.concatenate(annotations[place].value, ByteSlice(", "))
          annotations[place].value = arena.concatenate(values, value)
        }
      }
    }
    return count
  }

  /// Whether the same key has got the same value before.
  private func isKnown(
    _ annotation: AdmissionResponse.AuditAnnotation, _ runs: UnsafeMutableBufferPointer<PolicyRun>,
    before position: Int, _ index: Int
  ) -> Bool {
    func isSame(_ other: AdmissionResponse.AuditAnnotation) -> Bool {
      other.key == annotation.key && other.value == annotation.value
    }
    for earlier in 0..<position {
      for other in runs[earlier].annotations where isSame(other) { return true }
    }
    for other in runs[position].annotations.prefix(index) where isSame(other) { return true }
    return false
  }

  /// Failures that one annotation lists; the API server's limit.
  static let maximumAuditedFailures = 50

  /// `[{"message":"…","policy":"…","binding":"…","expressionIndex":0,"validationActions":["Audit"]}]`, the fields of the API server's own
  /// annotation, and its text to the letter. What would make it longer than an annotation may be is left out.
  private func auditedFailures(
    _ outcomes: UnsafeBufferPointer<PolicyOutcome>, _ policies: UnsafeBufferPointer<CompiledPolicy>,
    _ text: inout ByteBuffer
  ) -> ByteSlice? {
    text.removeAll()
    text.append("[")
    var count = 0
    for outcome in outcomes {
      let policy = policies[outcome.policy]
      guard policy.actions.contains(.audit) else { continue }
      for failure in outcome.failures where policy.reports(failure) && count < Self.maximumAuditedFailures {
        let end = text.count
        if count > 0 { text.append(",") }
        append(failure, policy, &text)
        guard text.count < AuditAnnotationLimits.maximumValueLength else {
          text.truncate(to: end)
          continue
        }
        count += 1
      }
    }
    if count == 0 { return nil }
    text.append("]")
    return arena.copy(text.bytes)
  }

  private func append(_ failure: PolicyFailure, _ policy: CompiledPolicy, _ text: inout ByteBuffer) {
    text.append("{\"message\":")
    text.appendGoString(failure.message)
    text.append(",\"policy\":")
    text.appendGoString(policy.name)
    if !policy.binding.isEmpty {
      text.append(",\"binding\":")
      text.appendGoString(policy.binding)
    }
    text.append(",\"expressionIndex\":")
    // A match condition has no index of its own: the API server counts what it has decided.
    text.writeInteger(Int64(max(failure.index, 0)))
    text.append(",\"validationActions\":")
    text.append(policy.actionList)
    text.append("}")
  }

  private func namesOverDeadline(
    _ outcomes: UnsafeBufferPointer<PolicyOutcome>, _ policies: UnsafeBufferPointer<CompiledPolicy>,
    _ text: inout ByteBuffer
  ) -> ByteSlice? {
    text.removeAll()
    for outcome in outcomes where outcome.exceededDeadline {
      if !text.isEmpty { text.append(", ") }
      text.append(policies[outcome.policy].name)
    }
    return text.isEmpty ? nil : arena.copy(text.bytes)
  }
}

extension CompiledPolicy {
  /// Whether something follows from a failure: from an error only where `failurePolicy` is `Fail`, or where it is none of the
  /// policy's own but the request's; from one that an exception lifted never.
  func enforces(_ failure: PolicyFailure) -> Bool {
    !failure.isExcepted && (!failure.isError || failsOnError || failure.code == MutationRun.refusal.code)
  }

  /// Whether the request is refused for it.
  func denies(_ failure: PolicyFailure) -> Bool {
    enforces(failure) && (failure.isUnconditional || actions.contains(.deny))
  }

  /// Whether it is a warning or an entry of the audit log, where the policy has those actions.
  func reports(_ failure: PolicyFailure) -> Bool { enforces(failure) && !failure.isUnconditional }
}
