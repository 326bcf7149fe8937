internal import Admission
internal import JSON
internal import Memory

/// Which rules and selectors of a policy and its binding a request meets.
///
/// What is decided is asked of what decides when requests are served, ``CompiledConstraints``; the clauses beside it are compared
/// one by one with the same functions.
package struct MatchExplanation: Sendable {
  package enum Outcome: String, Sendable {
    case matched
    case notMatched
    /// It cannot be told: the policy's `failurePolicy` decides.
    case failed
  }

  package let outcome: Outcome
  /// Why it is no match, in the order in which an evaluator looks; of a match the rules that it is by.
  package let reasons: [String]
  package let policy: ConstraintExplanation
  /// Nil for a `Policy`, which needs no binding.
  package let binding: ConstraintExplanation?
}

/// Match constraints, clause by clause.
package struct ConstraintExplanation: Sendable {
  package let rules: [RuleExplanation]
  package let excludedRules: [RuleExplanation]
  package let objectSelector: SelectorExplanation
  package let namespaceSelector: SelectorExplanation

  var selectors: [SelectorExplanation] { [objectSelector, namespaceSelector] }
}

/// What is asked: one policy's view of a request.
struct MatchQuestion {
  let policy: CompiledPolicy
  let request: AdmissionRequest
  let target: MatchTarget
  /// Of the objects as the policy sees them; nil where there is no template.
  let metadata: Evaluator.Metadata?
  let labels: NamespaceLabels

  func explain(binding hasBinding: Bool) -> MatchExplanation {
    let policyClauses = clauses(policy.constraints)
    let bindingClauses = hasBinding ? clauses(policy.bindingConstraints) : nil
    let (outcome, reasons) = decide(policyClauses, bindingClauses)
    return MatchExplanation(outcome: outcome, reasons: reasons, policy: policyClauses, binding: bindingClauses)
  }

  /// In the order in which ``Evaluator`` decides.
  private func decide(
    _ own: ConstraintExplanation, _ binding: ConstraintExplanation?
  ) -> (MatchExplanation.Outcome, [String]) {
    if target.isExempt {
      return (
        .notMatched,
        ["no policy is asked about \(target.requested.resource.string): whoever may change it must be able to"]
      )
    }
    guard let matched = policy.matchedResource(target) else {
      if policy.constraints.matchedResource(target) == nil { return (.notMatched, Self.ruleReasons(own, "")) }
      return (.notMatched, Self.ruleReasons(binding ?? own, "its binding's "))
    }
    guard let metadata else { return (.notMatched, ["the object has no pod template"]) }
    for (constraints, clauses, owner) in [
      (policy.constraints, own, ""), (policy.bindingConstraints, binding ?? own, "its binding's "),
    ] where !constraints.matchesObject(request, metadata) {
      return (.notMatched, clauses.objectSelector.reasons(owner))
    }
    switch (policy.constraints.matchesNamespace(labels), policy.bindingConstraints.matchesNamespace(labels)) {
    case (.no, _): return (.notMatched, own.namespaceSelector.reasons(""))
    case (_, .no): return (.notMatched, (binding ?? own).namespaceSelector.reasons("its binding's "))
    case (.yes, .yes): break
    default: return (.failed, [NamespaceLabels.unknownNamespace.string])
    }
    guard matched == target.given else { return (.failed, [Evaluator.unknownVersion.string]) }
    let by =
      own.rules.filter(\.isMatch).map(\.name)
      + (binding?.rules ?? []).filter(\.isMatch).map { "its binding's \($0.name)" }
    return (.matched, by)
  }

  private static func ruleReasons(_ clauses: ConstraintExplanation, _ owner: String) -> [String] {
    let excluded = clauses.excludedRules.filter(\.isMatch)
    if !excluded.isEmpty { return excluded.map { "\(owner)\($0.name) leaves it out: \($0.text)" } }
    return clauses.rules.map { rule in
      "\(owner)\(rule.name): \(rule.mismatches.map(\.text).joined(separator: "; "))"
    }
  }

  private func clauses(_ constraints: CompiledConstraints) -> ConstraintExplanation {
    func explain(_ rules: UnsafeBufferPointer<CompiledRule>, _ name: String) -> [RuleExplanation] {
      rules.enumerated().map { index, rule in
        RuleExplanation(rule, "\(name)[\(index)]", target, isEquivalent: constraints.isEquivalent)
      }
    }
    return ConstraintExplanation(
      rules: explain(constraints.rules, "resourceRules"),
      excludedRules: explain(constraints.excludedRules, "excludeResourceRules"),
      objectSelector: SelectorExplanation(object: constraints, request, metadata),
      namespaceSelector: SelectorExplanation(namespace: constraints, labels, request))
  }
}
