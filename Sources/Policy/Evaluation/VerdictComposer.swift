internal import Admission
internal import JSON
internal import Memory

/// Makes one verdict of what the policies found.
struct VerdictComposer {
  let arena: Arena.Handle

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
      for failure in run.failures {
        if !failure.isError { result = .fail } else if result == .pass { result = .error }
        if policy.actions.contains(.deny), policy.enforces(failure) { denied = true }
      }
      if result == .pass, run.hasMutated { result = .mutated }
      outcomes[count] = PolicyOutcome(
        policy: run.policy, result: result, denied: denied, exceededDeadline: run.exceededDeadline,
        failures: run.failures)
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
      for failure in outcome.failures where policy.enforces(failure) {
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
    }
    verdict.message = arena.copy(text.bytes)
  }

  private func warnings(
    _ outcomes: UnsafeBufferPointer<PolicyOutcome>, _ policies: UnsafeBufferPointer<CompiledPolicy>
  ) -> UnsafeBufferPointer<ByteSlice> {
    var total = 0
    for outcome in outcomes where policies[outcome.policy].actions.contains(.warn) { total += outcome.failures.count }
    if total == 0 { return UnsafeBufferPointer(start: nil, count: 0) }
    let warnings = arena.allocate(ByteSlice.self, count: total)
    var count = 0
    for outcome in outcomes {
      let policy = policies[outcome.policy]
      guard policy.actions.contains(.warn) else { continue }
      for failure in outcome.failures where policy.enforces(failure) {
        warnings[count] = arena.concatenate(policy.warningStart, failure.message)
        count += 1
      }
    }
    return UnsafeBufferPointer(start: warnings, count: count)
  }

  // MARK: Audit annotations

  private func annotations(
    _ runs: UnsafeMutableBufferPointer<PolicyRun>, _ outcomes: UnsafeBufferPointer<PolicyOutcome>,
    _ policies: UnsafeBufferPointer<CompiledPolicy>, _ text: inout ByteBuffer
  ) -> UnsafeBufferPointer<AdmissionResponse.AuditAnnotation> {
    var total = 2
    for run in runs { total += run.annotationCount }
    let annotations = arena.allocate(AdmissionResponse.AuditAnnotation.self, count: total)
    var count = 0
    for run in runs {
      guard let own = run.annotations else { continue }
      for index in 0..<run.annotationCount {
        annotations[count] = own[index]
        count += 1
      }
    }
    if let failures = auditedFailures(outcomes, policies, &text) {
      annotations[count] = AdmissionResponse.AuditAnnotation(key: Self.failureAnnotation, value: failures)
      count += 1
    }
    if let names = namesOverDeadline(outcomes, policies, &text) {
      annotations[count] = AdmissionResponse.AuditAnnotation(key: Self.deadlineAnnotation, value: names)
      count += 1
    }
    return UnsafeBufferPointer(start: annotations, count: count)
  }

  /// `[{"message":"…","policy":"…","binding":"…","expressionIndex":0,"validationActions":["Audit"]}]`, the fields of the API server's own annotation.
  private func auditedFailures(
    _ outcomes: UnsafeBufferPointer<PolicyOutcome>, _ policies: UnsafeBufferPointer<CompiledPolicy>,
    _ text: inout ByteBuffer
  ) -> ByteSlice? {
    text.removeAll()
    for outcome in outcomes {
      let policy = policies[outcome.policy]
      guard policy.actions.contains(.audit) else { continue }
      for failure in outcome.failures where policy.enforces(failure) {
        if text.isEmpty { text.writeArrayStart() }
        text.writeObjectStart()
        text.writeKey("message")
        text.writeString(failure.message)
        text.writeKey("policy")
        text.writeString(policy.name)
        if !policy.binding.isEmpty {
          text.writeKey("binding")
          text.writeString(policy.binding)
        }
        text.writeKey("expressionIndex")
        text.writeInteger(Int64(failure.index))
        text.writeKey("validationActions")
        text.writeArrayStart()
        if policy.actions.contains(.deny) { text.writeString("Deny") }
        if policy.actions.contains(.warn) { text.writeString("Warn") }
        text.writeString("Audit")
        text.writeArrayEnd()
        text.writeObjectEnd()
      }
    }
    if text.isEmpty { return nil }
    text.writeArrayEnd()
    return arena.copy(text.bytes)
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
  /// policy's own but the request's.
  func enforces(_ failure: PolicyFailure) -> Bool {
    !failure.isError || failsOnError || failure.code == MutationRun.refusal.code
  }
}
