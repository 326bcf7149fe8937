package import Admission
package import JSON
internal import Memory

/// What becomes of a review: mutation, validation, or both one after the other, as in a cluster.
package enum Phase: String, CaseIterable, Sendable {
  case mutate, validate, both
}

extension Evaluator {
  /// Judges `request` in one phase or in both: then the object is judged as the mutations have left it, unless they have denied the
  /// request.
  ///
  /// Parameters are those of ``validate(_:under:namespace:deadline:)``.
  package mutating func review(
    _ request: AdmissionRequest, in phase: Phase, under set: PolicySet, namespace: Cursor?, deadline: UInt64?
  ) -> Verdict {
    switch phase {
    case .validate: return validate(request, under: set, namespace: namespace, deadline: deadline)
    case .mutate: return mutate(request, under: set, namespace: namespace, deadline: deadline).verdict
    case .both:
      let (mutation, object) = mutate(request, under: set, namespace: namespace, deadline: deadline)
      guard mutation.allowed else { return mutation }
      let changed = object.map { request.replacingObject($0) } ?? request
      let validation = validate(changed, under: set, namespace: namespace, deadline: deadline)
      return mutation.followed(by: validation, arena)
    }
  }
}

extension Verdict {
  /// What both phases say together, of which the first has let the request pass.
  func followed(by validation: Verdict, _ arena: Arena.Handle) -> Verdict {
    if outcomes.isEmpty { return validation }
    var verdict = validation
    verdict.patch = validation.allowed ? patch : nil
    verdict.warnings = arena.joined(warnings, validation.warnings)
    verdict.auditAnnotations = arena.joined(auditAnnotations(without: validation, arena), validation.auditAnnotations)
    // Both are in the order of policies; one that speaks in both phases gets one line.
    let merged = arena.allocate(PolicyOutcome.self, count: outcomes.count + validation.outcomes.count)
    var (count, first, second) = (0, 0, 0)
    while first < outcomes.count || second < validation.outcomes.count {
      if second == validation.outcomes.count
        || first < outcomes.count && outcomes[first].policy < validation.outcomes[second].policy
      {
        merged[count] = outcomes[first]
        first += 1
      } else if first == outcomes.count || validation.outcomes[second].policy < outcomes[first].policy {
        merged[count] = validation.outcomes[second]
        second += 1
      } else {
        merged[count] = outcomes[first].followed(by: validation.outcomes[second], arena)
        first += 1
        second += 1
      }
      count += 1
    }
    verdict.outcomes = UnsafeBufferPointer(start: merged, count: count)
    return verdict
  }
}

extension Verdict {
  /// Those that the validation does not have as well: a key stands once.
  fileprivate func auditAnnotations(
    without validation: Verdict, _ arena: Arena.Handle
  ) -> UnsafeBufferPointer<AdmissionResponse.AuditAnnotation> {
    if auditAnnotations.isEmpty || validation.auditAnnotations.isEmpty { return auditAnnotations }
    let kept = arena.allocate(AdmissionResponse.AuditAnnotation.self, count: auditAnnotations.count)
    var count = 0
    for annotation in auditAnnotations where !validation.auditAnnotations.contains(where: { $0.key == annotation.key })
    {
      kept[count] = annotation
      count += 1
    }
    return UnsafeBufferPointer(start: kept, count: count)
  }
}

extension PolicyOutcome {
  fileprivate func followed(by validation: PolicyOutcome, _ arena: Arena.Handle) -> PolicyOutcome {
    var outcome = validation
    if validation.result == .pass || validation.result == .error && result != .pass { outcome.result = result }
    outcome.denied = denied || validation.denied
    outcome.exceededDeadline = exceededDeadline || validation.exceededDeadline
    outcome.failures = arena.joined(failures, validation.failures)
    if validation.exceptions.isEmpty {
      outcome.exceptions = exceptions
      outcome.exceptionName = exceptionName
    }
    return outcome
  }
}

extension Arena.Handle {
  /// Both lists as one, copied where neither is empty.
  fileprivate func joined<Element: BitwiseCopyable>(
    _ first: UnsafeBufferPointer<Element>, _ second: UnsafeBufferPointer<Element>
  ) -> UnsafeBufferPointer<Element> {
    if first.isEmpty { return second }
    if second.isEmpty { return first }
    let place = allocate(Element.self, count: first.count + second.count)
    for index in 0..<first.count { place[index] = first[index] }
    for index in 0..<second.count { place[first.count + index] = second[index] }
    return UnsafeBufferPointer(start: place, count: first.count + second.count)
  }
}
