internal import Policy

/// What reports of an explanation have in common: their words.
enum ExplanationWords {
  /// What became of a policy: `denies`, `does not match`.
  static func result(_ policy: PolicyExplanation) -> String {
    guard let outcome = policy.outcome else { return policy.notAsked == nil ? "does not match" : "not asked" }
    switch outcome.result {
    case .pass: return "passes"
    case .mutated: return "changes the object"
    case .excepted: return "excepted by \(outcome.exceptions.joined(separator: ", "))"
    case .fail: return outcome.denied ? "denies" : "fails, but does not deny"
    case .error: return outcome.denied ? "denies: it cannot be evaluated" : "cannot be evaluated"
    }
  }

  static func colour(_ policy: PolicyExplanation) -> Colour? {
    guard let outcome = policy.outcome else { return .dim }
    switch outcome.result {
    case .pass: return .green
    case .mutated, .excepted: return .yellow
    case .fail, .error: return outcome.denied ? .red : .yellow
    }
  }

  /// What follows from a failure, where that is not clear.
  static func consequence(_ policy: PolicyExplanation) -> String? {
    guard let outcome = policy.outcome, !outcome.denied else { return nil }
    switch outcome.result {
    case .fail: return "validationActions are \(policy.source.actions.joined(separator: ", "))"
    case .error where policy.failurePolicy == .ignore: return "failurePolicy is Ignore"
    case .error: return "validationActions are \(policy.source.actions.joined(separator: ", "))"
    default: return nil
    }
  }

  static func title(_ policy: PolicyExplanation) -> String {
    policy.binding.isEmpty ? policy.name : "\(policy.name) (binding \(policy.binding))"
  }

  /// Views that say something: the object, unless only its template can be meant, and the template, unless only the object can.
  static func views(_ phase: PhaseExplanation) -> [ViewExplanation] {
    let meant = phase.views.filter { $0.match.isAboutResource }
    return meant.isEmpty ? Array(phase.views.prefix(1)) : meant
  }

  static func heading(_ view: ViewExplanation) -> String {
    guard let template = view.template else { return "the object" }
    return "the template at \(template), seen as a Pod,"
  }

  static func match(_ view: ViewExplanation) -> String {
    switch view.match.outcome {
    case .matched:
      "matches" + (view.match.reasons.isEmpty ? "" : " by \(view.match.reasons.joined(separator: " and "))")
    case .notMatched: "does not match"
    case .failed: "cannot be matched"
    }
  }

  /// Which selectors let it pass.
  static func selectors(_ match: MatchExplanation) -> [String] {
    func lines(_ clauses: ConstraintExplanation?, _ owner: String) -> [String] {
      guard let clauses else { return [] }
      return [clauses.objectSelector, clauses.namespaceSelector].filter { !$0.isEmpty && $0.outcome == .matched }.map {
        selector in
        let met = selector.requirements.filter(\.isMet).map { requirement in
          "`\(requirement.text)` is met by \(requirement.owner)"
            + (requirement.found.map { " with `\($0)`" } ?? ", which has no such label")
        }
        return "\(owner)\(selector.name): \(selector.note ?? met.joined(separator: "; "))"
      }
    }
    let equivalents = (match.policy.rules + (match.binding?.rules ?? [])).compactMap { rule in
      rule.equivalent.map { "\(rule.name) is about \($0), which is the same (matchPolicy: Equivalent)" }
    }
    return equivalents + lines(match.policy, "") + lines(match.binding, "its binding's ")
  }

  static func parameters(_ parameters: ParameterExplanation, _ source: PolicySource) -> String {
    if let problem = parameters.problem { return "parameters: \(parameters.reference): \(problem)" }
    guard source.parameterReference != nil else {
      return "parameters: \(parameters.reference), but nothing refers to any: params is null"
    }
    if parameters.found.isEmpty {
      return
        "parameters: \(parameters.reference): not found, so that the policy says nothing (parameterNotFoundAction: Allow)"
    }
    return "parameters: \(parameters.reference): \(parameters.found.joined(separator: ", "))"
  }

  static func exception(_ exception: ExceptionExplanation) -> String {
    switch exception.outcome {
    case .applied: "exception `\(exception.name)` applies until \(exception.expiresAt)"
    case .notNeeded:
      "exception `\(exception.name)` would apply until \(exception.expiresAt), but there is nothing to except"
    case .notAsked: "exception `\(exception.name)` would apply too, but ends earlier"
    case .notApplied: "exception `\(exception.name)` does not apply: \(exception.reasons.joined(separator: "; "))"
    }
  }

  static func change(_ change: MutationExplanation.Change) -> String {
    switch change {
    case .unchanged: "changes nothing"
    case .changed(let patch): "changes the object: \(patch)"
    case .excepted(let patch): "would change the object, but for an exception: \(patch)"
    case .failed(let message): "fails: \(message)"
    }
  }

  /// `containers[1] (name `app`)`
  static func element(_ element: ExplainedExpression.Element) -> String {
    let place =
      element.list.isEmpty || element.list.count > 60
      ? "[\(element.index)]" : "\(element.list)[\(element.key ?? "\(element.index)")]"
    return element.name.map { "\(place) (name `\($0)`)" } ?? place
  }

  static func shortElement(_ element: ExplainedExpression.Element) -> String {
    "[\(element.key ?? "\(element.index)")]" + (element.name.map { " `\($0)`" } ?? "")
  }

  /// What there is to say of a macro's turns.
  static func loop(_ loop: ExplainedExpression.Loop) -> [String] {
    if let deciding = loop.deciding {
      let result = loop.turns.first.map { ": \($0.value.text)" } ?? ""
      let ends = loop.macro == "all" || loop.macro == "exists" ? "ends at" : "has only"
      return ["`\(loop.macro)` \(ends) `\(loop.variable)` = \(element(deciding))\(result)"]
    }
    if loop.turns.isEmpty { return ["`\(loop.macro)` has nothing to walk over"] }
    let list = loop.turns[0].element.list
    var lines = ["`\(loop.macro)` gives for `\(loop.variable)`\(list.isEmpty || list.count > 60 ? "" : " in \(list)"):"]
    lines += loop.turns.map { "  \(shortElement($0.element)): \($0.value.text)" }
    if loop.omitted > 0 { lines.append("  and \(loop.omitted) more") }
    if let drawn = loop.drawn, loop.turns.count > 1 {
      lines.append("  the values above are those for \(shortElement(drawn))")
    }
    return lines
  }

  /// Where something stands: the file without its folders, since the policy's place is said before.
  static func place(_ expression: PolicySource.Expression) -> String { "line \(expression.line)" }
}

extension MatchExplanation {
  /// Whether the rules are about such an object at all.
  var isAboutResource: Bool {
    outcome != .notMatched || policy.rules.contains(where: \.isMatch) || policy.rules.isEmpty
  }
}
