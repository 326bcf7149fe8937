internal import Admission
internal import CEL
internal import JSON
internal import Memory

/// An exception from a policy beside what the policy found.
package struct ExceptionExplanation: Sendable {
  package enum Outcome: String, Sendable {
    /// It lifted what the policy found.
    case applied
    /// It would have, had the policy found anything.
    case notNeeded
    /// Another one that ends later did.
    case notAsked
    case notApplied
  }

  /// An index into ``PolicySet/exceptions``.
  package let exception: Int
  package let name: String
  package let file: String
  package let line: Int
  package let expiresAt: String
  package let outcome: Outcome
  /// Everything that keeps it from applying; empty where nothing does.
  package let reasons: [String]
  /// Its match conditions, where they were evaluated.
  package let conditions: [EvaluationExplanation]
}

/// Compares the exceptions from one policy with one object, clause by clause, with the functions by which
/// ``ExceptionSearch`` decides.
struct ExceptionQuestion {
  let set: PolicySet
  let policy: Int
  let request: AdmissionRequest
  let object: ExceptedObject
  let now: Instant
  /// What the evaluator asked of the exceptions; nil where it did not ask.
  let search: EvaluationNotes.Search?

  /// Those that apply first, then those that nearly would.
  func explain(_ conditions: (CompiledException) -> [EvaluationExplanation]) -> [ExceptionExplanation] {
    let inScope = Set(set.compiledExceptions.index.exceptions(from: policy, request).map(\.position))
    let applied = search?.applied
    return set.compiledExceptions.index.all(from: policy).map { namespace, exception in
      let evaluated = search == nil ? [] : conditions(exception)
      let reasons = reasons(exception, namespace, isInScope: inScope.contains(exception.position), evaluated)
      var outcome = ExceptionExplanation.Outcome.notApplied
      if applied == exception.position {
        outcome = .applied
      } else if reasons.isEmpty {
        outcome = search == nil ? .notNeeded : .notAsked
      }
      let summary = set.exceptions[Int(exception.position)]
      return ExceptionExplanation(
        exception: Int(exception.position), name: summary.name, file: summary.file, line: summary.line,
        expiresAt: summary.expiresAt.description, outcome: outcome, reasons: reasons, conditions: evaluated)
    }
    .sorted {
      ($0.outcome == .applied ? 0 : 1, $0.reasons.count, $0.exception) < (
        $1.outcome == .applied ? 0 : 1, $1.reasons.count, $1.exception
      )
    }
  }

  private func reasons(
    _ exception: CompiledException, _ namespace: ByteSlice, isInScope: Bool, _ conditions: [EvaluationExplanation]
  ) -> [String] {
    var reasons: [String] = []
    if !isInScope {
      let own = request.namespace.isEmpty ? "no namespace" : "namespace `\(request.namespace.string)`"
      let meant = namespace.isEmpty ? "for objects without a namespace" : "for namespace `\(namespace.string)`"
      reasons.append("it is \(meant), and the object is in \(own)")
    }
    let summary = set.exceptions[Int(exception.position)]
    if exception.expiresAt <= now.nanoseconds { reasons.append("it ended \(summary.expiresAt.phrase)") }
    if exception.startsAt > now.nanoseconds {
      reasons.append("it has not begun: it starts \(summary.startsAt.map(\.phrase) ?? "later")")
    }
    let labels = object.metadata?.member("labels")
    for requirement in exception.selector.explain("the object", { key in labels?.member(key).map { .json($0) } })
    where !requirement.isMet {
      let value = requirement.found.map { "`\($0)`" } ?? "missing"
      reasons.append("its resourceSelector wants `\(requirement.text)`, but label `\(requirement.key)` is \(value)")
    }
    if !exception.covers(object), exception.selector.matches(labelsOf: object.metadata) {
      if !exception.hasKind(object.kind, object.group) {
        reasons.append("it is for the kinds \(summary.kinds.joined(separator: ", ")), not \(object.kind.string)")
      }
      if !exception.hasName(object.name, generatedFrom: object.generateName) {
        let name = object.name.isEmpty ? "generated from `\(object.generateName.string)`" : "`\(object.name.string)`"
        reasons.append("it is for the names \(summary.names.joined(separator: ", ")), and this name is \(name)")
      }
    }
    for condition in conditions where condition.expression.value.kind != .yes {
      let value = condition.expression.value
      let name = condition.source.name
      reasons.append(
        value.kind == .error
          ? "its condition `\(name)` cannot be evaluated: \(value.text)" : "its condition `\(name)` is false")
    }
    return reasons
  }
}
