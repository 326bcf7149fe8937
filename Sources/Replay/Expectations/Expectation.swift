internal import Admission
package import CEL
internal import Memory
package import Policy

/// What a test says must become of a review.
package struct Expectation: Sendable {
  package enum Decision: String, Sendable, CaseIterable {
    case allow, deny
  }

  /// A text, or what must be found in it.
  package enum Text: Sendable {
    case exactly(String)
    case matching(TextPattern)

    func isMet(by text: String) -> Bool {
      switch self {
      case .exactly(let wanted): text == wanted
      case .matching(let pattern): pattern.isFound(in: text)
      }
    }

    var description: String {
      switch self {
      case .exactly(let text): "`\(text)`"
      case .matching(let pattern): "a text that `\(pattern.text)` matches"
      }
    }
  }

  package var decision: Decision?
  /// The titles of the policies whose verdict it is about; nil for all.
  package var scope: Set<String>?
  /// The policy that denies, warns or changes something.
  package var policy: String?
  /// The exception that lifts what it finds; empty where none may.
  package var exception: String?
  package var code: Int?
  package var reason: String?
  /// Of the whole answer, or of any one failure.
  package var message: Text?
  package var warnings: [Text]?
  /// The patch, as compact JSON, or why it is not known.
  package var patch: Result<String, FileError>?
  /// The object after mutation, as JSON.
  package var object: String?

  package init(decision: Decision? = nil, scope: Set<String>? = nil) {
    self.decision = decision
    self.scope = scope
  }

  /// What is expected and is not so; empty where all is as expected.
  package func unmet(_ judged: JudgedReview, of set: PolicySet) -> [String] {
    let verdict = VerdictRecord(judged.verdict, of: set)
    let policies = verdict.policies.filter { scope?.contains($0.title) ?? true }
    var unmet: [String] = []
    // Where an expectation is about some of the policies, the others do not decide.
    let allowed = scope == nil ? verdict.allowed : !policies.contains { $0.denied }
    if let decision, allowed != (decision == .allow) { unmet.append(wrongDecision(decision, policies)) }
    if let policy { unmet += wrongPolicy(policy, verdict, allowed: allowed) }
    if let exception { unmet += wrongException(exception, policies) }
    if let code, code != verdict.code { unmet.append("expected code \(code), but it is \(verdict.code)") }
    if let reason, reason != verdict.reason {
      unmet.append("expected reason `\(reason)`, but it is `\(verdict.reason)`")
    }
    if let message {
      let texts = [verdict.message] + policies.flatMap { $0.failures.map(\.message) }
      if !texts.contains(where: message.isMet) {
        unmet.append("expected message \(message.description), but it is `\(verdict.message)`")
      }
    }
    if let warnings { unmet += wrongWarnings(warnings, verdict.warnings) }
    switch patch {
    case .none: break
    case .failure(let error): unmet.append("the expected patch cannot be read: \(error)")
    case .success(let text):
      if text != verdict.patch {
        let none = "no patch"
        unmet.append(
          "expected \(text.isEmpty ? none : "patch \(text)"), but there is \(verdict.patch.isEmpty ? none : verdict.patch)"
        )
      }
    }
    if let object { unmet += MutatedObject.unmet(object, judged) }
    return unmet
  }

  private func wrongDecision(_ decision: Decision, _ policies: [VerdictRecord.PolicyRecord]) -> String {
    switch decision {
    case .allow:
      let messages = policies.filter(\.denied).flatMap { policy in
        policy.failures.map { "\(policy.name): \($0.message)" }
      }
      return "expected to be allowed, but is denied: \(messages.joined(separator: "\n"))"
    case .deny where policies.isEmpty:
      let scope = scope.map { " of " + $0.sorted().map { "`\($0)`" }.joined(separator: ", ") } ?? ""
      return "expected to be denied, but no policy\(scope) matched"
    case .deny:
      let names = policies.map { "`\($0.title)` (\($0.result.name))" }.joined(separator: ", ")
      return "expected to be denied, but is allowed by \(names)"
    }
  }

  private func wrongPolicy(_ name: String, _ verdict: VerdictRecord, allowed: Bool) -> [String] {
    let found = verdict.policies.filter { $0.name == name || $0.title == name }
    if found.isEmpty { return ["expected policy `\(name)` to match, but it did not match"] }
    if decision == .deny, !found.contains(where: \.denied) {
      let denying = verdict.policies.filter(\.denied).map { "`\($0.title)`" }.joined(separator: ", ")
      return ["expected policy `\(name)` to deny, but \(denying.isEmpty ? "no policy" : denying) did"]
    }
    if decision == .allow, found.contains(where: \.denied) {
      return [
        "expected policy `\(name)` not to deny, but it did: \(found[0].failures.map(\.message).joined(separator: "\n"))"
      ]
    }
    return []
  }

  private func wrongException(_ name: String, _ policies: [VerdictRecord.PolicyRecord]) -> [String] {
    let used = policies.map(\.exception).filter { !$0.isEmpty }
    if name.isEmpty ? used.isEmpty : used.contains(name) { return [] }
    let found = used.isEmpty ? "none applied" : used.map { "`\($0)`" }.joined(separator: ", ") + " applied"
    return ["expected \(name.isEmpty ? "no exception" : "exception `\(name)`") to apply, but \(found)"]
  }

  private func wrongWarnings(_ wanted: [Text], _ warnings: [String]) -> [String] {
    let found = warnings.isEmpty ? "there are none" : "there are " + warnings.map { "`\($0)`" }.joined(separator: ", ")
    if wanted.isEmpty, !warnings.isEmpty { return ["expected no warnings, but \(found)"] }
    return wanted.filter { text in !warnings.contains(where: text.isMet) }.map {
      "expected a warning \($0.description), but \(found)"
    }
  }
}
