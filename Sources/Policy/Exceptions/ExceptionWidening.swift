internal import Memory

/// What an exception allows that the one before it did not.
///
/// A change is a widening unless it can be seen not to be one: a selector that is only worded differently counts as another.
struct ExceptionWidening {
  let old: ExceptionManifest
  let new: ExceptionManifest

  /// Each thing that is wider, with the field that makes it so.
  var findings: [(field: String, message: String)] {
    var findings: [(String, String)] = []
    if new.expiresAt > old.expiresAt {
      findings.append(("spec.expiresAt", "it would end \(new.expiresAt.phrase) instead of \(old.expiresAt.phrase)"))
    }
    if startsEarlier { findings.append(("spec.startsAt", "it would start earlier")) }
    if new.namespace != old.namespace { findings.append(("spec.namespace", "it would be for \(place) instead")) }
    let added = new.policies.map(\.name).filter { name in !old.policies.contains { $0.name == name } }
    for policy in added { findings.append(("spec.policies", "it would be from the policy `\(policy)` too")) }
    if !isSelectorNarrower { findings.append(("spec.resourceSelector", "it would select other objects")) }
    if !old.kinds.isEmpty,
      new.kinds.isEmpty || !new.kinds.allSatisfy({ kind in old.kinds.contains { $0.covers(kind) } })
    {
      findings.append(("spec.kinds", "it would be for other kinds"))
    }
    if !old.names.isEmpty, new.names.isEmpty || !new.names.allSatisfy(isNamed) {
      findings.append(("spec.names", "it would be for other names"))
    }
    let conditions = Set(new.matchConditions.map(\.expression.text))
    if !old.matchConditions.allSatisfy({ conditions.contains($0.expression.text) }) {
      findings.append(("spec.matchConditions", "a condition would be gone or another"))
    }
    return findings
  }

  /// Whether somebody has said yes since: an entry of `approvals` that the old one does not have and that is newer than all of its.
  var hasNewApproval: Bool { !newApprovals.isEmpty }

  var newApprovals: [ExceptionManifest.Approval] {
    let newest = old.approvals.map(\.at).max()
    return new.approvals.filter { approval in newest.map { approval.at > $0 } ?? true }
  }

  private var startsEarlier: Bool {
    guard let oldStart = old.startsAt else { return false }
    return new.startsAt.map { $0 < oldStart } ?? true
  }

  private var place: String { new.namespace.map { "the namespace `\($0)`" } ?? "objects without a namespace" }

  private func isNamed(_ pattern: String) -> Bool { old.names.contains { NamePattern.matches($0, pattern) } }

  // MARK: Selectors

  /// Whether whatever the new selector selects was selected by the old one: each requirement of the old one follows from one of the
  /// new.
  private var isSelectorNarrower: Bool {
    let requirements = Self.requirements(new.selector)
    return Self.requirements(old.selector).allSatisfy { wanted in
      requirements.contains { Self.requirement($0, implies: wanted) }
    }
  }

  private static func requirements(_ selector: LabelSelector) -> [LabelSelector.Requirement] {
    selector.matchLabels.map { LabelSelector.Requirement(key: $0.key, comparison: .isIn, values: [$0.value]) }
      + selector.matchExpressions
  }

  private static func requirement(
    _ given: LabelSelector.Requirement, implies wanted: LabelSelector.Requirement
  ) -> Bool {
    guard given.key == wanted.key else { return false }
    let (has, wants) = (Set(given.values), Set(wanted.values))
    return switch (given.comparison, wanted.comparison) {
    case (.isIn, .isIn): has.isSubset(of: wants)
    case (.isIn, .notIn): has.isDisjoint(with: wants)
    case (.isIn, .exists), (.exists, .exists), (.doesNotExist, .doesNotExist), (.doesNotExist, .notIn): true
    case (.notIn, .notIn): wants.isSubset(of: has)
    default: false
    }
  }
}
