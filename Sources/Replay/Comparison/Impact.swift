/// What would change, summed up: for the reviewer of a policy's change.
package struct Impact: Sendable {
  /// What changes are counted by.
  package enum Dimension: String, Sendable, CaseIterable {
    case policy, namespace, kind, owner
  }

  /// One kind of change.
  package struct Section: Sendable {
    package var kind: Difference.Kind
    package var count = 0
    package var groups: [Dimension: [String: Int]] = [:]
    package var examples: [Example] = []

    /// The groups of a dimension, the largest first, equal ones by name.
    package func sorted(_ dimension: Dimension) -> [(name: String, count: Int)] {
      (groups[dimension] ?? [:]).map { (name: $0.key, count: $0.value) }
        .sorted { $0.count != $1.count ? $0.count > $1.count : $0.name < $1.name }
    }
  }

  /// A review that changes.
  package struct Example: Sendable, Equatable {
    package var id: String
    package var place: String
    package var object: String
    package var policies: [String]
    package var before: String
    package var after: String
  }

  /// Examples that are kept of each kind of change: the first ones.
  package static let maximumExamples = 10

  /// Names that are counted in a dimension; what comes after them counts as `(others)`, so that memory stays bounded.
  package static let maximumGroups = 10_000

  package private(set) var sections: [Difference.Kind: Section] = [:]
  /// Reviews on the allowlist that are denied, of those on it.
  package private(set) var allowlisted = 0
  package private(set) var falsePositives: [Example] = []
  package private(set) var falsePositiveCount = 0

  package init() {}

  package var isEmpty: Bool { sections.isEmpty }

  /// In the order of ``Difference/Kind``.
  package var sorted: [Section] { Difference.Kind.allCases.compactMap { sections[$0] } }

  package mutating func add(_ result: ReviewResult) {
    for difference in result.differences {
      var section = sections.removeValue(forKey: difference.kind) ?? Section(kind: difference.kind)
      section.count += 1
      let policies = difference.policies.isEmpty ? ["(unknown)"] : difference.policies
      for policy in policies { Self.count(policy, .policy, &section) }
      let subject = result.subject
      Self.count(subject.namespace.isEmpty ? "(none)" : subject.namespace, .namespace, &section)
      Self.count(subject.kind, .kind, &section)
      Self.count(subject.owner.isEmpty ? "(none)" : subject.owner, .owner, &section)
      if section.examples.count < Self.maximumExamples {
        section.examples.append(Self.example(result, difference))
      }
      sections[difference.kind] = section
    }
  }

  /// A review that is known to be safe.
  package mutating func addAllowlisted(_ result: ReviewResult) {
    allowlisted += 1
    if result.verdict.allowed { return }
    falsePositiveCount += 1
    guard falsePositives.count < Self.maximumExamples else { return }
    falsePositives.append(
      Example(
        id: result.id, place: "\(result.file):\(result.line)", object: result.subject.text,
        policies: result.verdict.policies.filter(\.denied).map(\.title), before: "known to be safe",
        after: result.verdict.message))
  }

  private static func count(_ name: String, _ dimension: Dimension, _ section: inout Section) {
    let known = section.groups[dimension]?[name] != nil
    let isFull = (section.groups[dimension]?.count ?? 0) >= maximumGroups
    section.groups[dimension, default: [:]][known || !isFull ? name : "(others)", default: 0] += 1
  }

  private static func example(_ result: ReviewResult, _ difference: Difference) -> Example {
    Example(
      id: result.id, place: "\(result.file):\(result.line)", object: result.subject.text,
      policies: difference.policies, before: difference.before, after: difference.after)
  }
}
