internal import Admission
internal import Memory
package import Policy

/// What changed from one verdict to another.
package enum VerdictComparison {
  /// Whether a user and the audit log would see the same. Allocates nothing.
  package static func isSame(_ before: Verdict, _ after: Verdict) -> Bool {
    guard before.allowed == after.allowed, before.code == after.code, before.reason == after.reason,
      before.message == after.message, before.patchText == after.patchText,
      before.warnings.count == after.warnings.count, before.auditAnnotations.count == after.auditAnnotations.count
    else { return false }
    for index in before.warnings.indices where before.warnings[index] != after.warnings[index] { return false }
    for index in before.auditAnnotations.indices {
      let (left, right) = (before.auditAnnotations[index], after.auditAnnotations[index])
      if left.key != right.key || left.value != right.value { return false }
    }
    return true
  }

  /// Every kind of difference once: where the decision changed, only that.
  package static func differences(
    _ before: VerdictRecord, _ after: VerdictRecord, _ source: Difference.Source
  ) -> [Difference] {
    if before.allowed != after.allowed {
      let kind: Difference.Kind = after.allowed ? .newlyAllowed : .newlyDenied
      let policies = policies(before, after) { $0.denied }
      return [
        Difference(
          source: source, kind: kind, policies: policies, before: decision(before), after: decision(after))
      ]
    }
    var found: [Difference] = []
    if !after.allowed, decision(before) != decision(after) {
      let policies = policies(before, after) { $0.denied ? $0.failures.map(\.message) : [] }
      found.append(
        Difference(
          source: source, kind: .otherMessage, policies: policies, before: decision(before), after: decision(after)))
    }
    if before.patch != after.patch {
      let policies = policies(before, after) { $0.result == .mutated }
      found.append(
        Difference(
          source: source, kind: .otherPatch, policies: policies, before: before.patch, after: after.patch))
    }
    if before.warnings != after.warnings || before.annotations != after.annotations {
      let policies = policies(before, after) { $0.failures.map(\.message) }
      found.append(
        Difference(
          source: source, kind: .otherWarnings, policies: policies, before: notes(before), after: notes(after)))
    }
    return found
  }

  /// The names of the policies of which `property` is not what it was.
  private static func policies<Property: Equatable>(
    _ before: VerdictRecord, _ after: VerdictRecord, _ property: (VerdictRecord.PolicyRecord) -> Property
  ) -> [String] {
    var names: [String] = []
    for policy in before.policies + after.policies where !names.contains(policy.title) {
      let old = before.policies.first { $0.title == policy.title }.map(property)
      let new = after.policies.first { $0.title == policy.title }.map(property)
      if old != new { names.append(policy.title) }
    }
    return names.sorted()
  }

  /// `allowed`, or the code, the reason and the message of the denial.
  private static func decision(_ verdict: VerdictRecord) -> String {
    verdict.allowed ? "allowed" : "denied with \(verdict.code) \(verdict.reason): \(verdict.message)"
  }

  private static func notes(_ verdict: VerdictRecord) -> String {
    (verdict.warnings.map { "warning: \($0)" } + verdict.annotations.map { "annotation \($0.key): \($0.value)" })
      .joined(separator: "\n")
  }
}
