package import Policy

/// The rules of a webhook: which requests the API server sends.
///
/// They are the union of what policies match, written in as few rules as say the same: what a wildcard covers is left out, and resources
/// that agree in everything else share a rule. A webhook's rule cannot name objects, and cannot exclude anything, so the
/// server may be asked about requests that no policy matches; it lets them pass.
package struct WebhookRules: Equatable {
  package struct Rule: Equatable {
    package var groups: [String]
    package var versions: [String]
    package var resources: [String]
    package var operations: [String]
    package var scope: ResourceRule.Scope
  }

  package private(set) var rules: [Rule] = []

  /// - Parameters:
  ///   - policies: whose rules are meant.
  ///   - operations: which of them can be asked about.
  ///   - covered: rules of another webhook of the same server: what they send already is left out.
  package init(
    _ policies: [PolicySummary], _ operations: Set<String> = allOperations, excluding covered: [PolicySummary] = []
  ) {
    let atoms = Self.atoms(of: policies).mapValues { $0.intersection(operations) }
    rules = Self.joined(Self.withoutCovered(atoms, by: Self.atoms(of: covered)))
  }

  // MARK: Taking rules apart

  /// A rule about one resource of one version of one group.
  private struct Atom: Hashable {
    var group: String
    var version: String
    var resource: String
    var scope: String

    /// Whether every request that `other` is about is one that this is about.
    func covers(_ other: Atom) -> Bool {
      (group == "*" || group == other.group) && (version == "*" || version == other.version)
        && (scope == "*" || scope == other.scope) && coversResource(other.resource)
    }

    private func coversResource(_ other: String) -> Bool {
      if resource == other || resource == "*/*" { return true }
      let own = resource.split(separator: "/", maxSplits: 1)
      let its = other.split(separator: "/", maxSplits: 1)
      guard own.count == 2 else { return resource == "*" && its.count == 1 }
      // `pods/*` is about pods themselves too.
      if own[1] == "*" { return own[0] == its[0] }
      return own[0] == "*" && its.count == 2 && own[1] == its[1]
    }
  }

  package static let allOperations: Set<String> = ["CREATE", "UPDATE", "DELETE", "CONNECT"]

  /// What a Pod's policy sends besides Pods, on the same operations.
  private static let workloads: [(group: String, resources: [String])] = [
    ("", ["podtemplates", "replicationcontrollers"]),
    ("apps", ["daemonsets", "deployments", "replicasets", "statefulsets"]),
    ("batch", ["cronjobs", "jobs"]),
  ]

  private static func atoms(of policies: [PolicySummary]) -> [Atom: Set<String>] {
    var atoms: [Atom: Set<String>] = [:]
    for policy in policies {
      for rule in policy.matchConstraints.resourceRules {
        add(rule, to: &atoms)
        guard policy.includesPodTemplates, isAboutPods(rule) else { continue }
        for (group, resources) in workloads {
          var template = rule
          template.apiGroups = [group]
          template.apiVersions = ["v1"]
          template.resources = resources
          add(template, to: &atoms)
        }
      }
    }
    return atoms
  }

  private static func add(_ rule: ResourceRule, to atoms: inout [Atom: Set<String>]) {
    let operations = rule.operations.contains("*") ? allOperations : Set(rule.operations)
    for group in rule.apiGroups {
      for version in rule.apiVersions {
        for resource in rule.resources {
          let atom = Atom(group: group, version: version, resource: resource, scope: rule.scope.rawValue)
          atoms[atom, default: []].formUnion(operations)
        }
      }
    }
  }

  private static func isAboutPods(_ rule: ResourceRule) -> Bool {
    (rule.apiGroups.contains("") || rule.apiGroups.contains("*"))
      && (rule.apiVersions.contains("v1") || rule.apiVersions.contains("*")) && rule.scope != .cluster
      && rule.resources.contains { ["pods", "pods/*", "*", "*/*"].contains($0) }
  }

  // MARK: Putting them together

  /// Takes from each atom the operations that another one, or one of `others`, covers.
  private static func withoutCovered(
    _ atoms: [Atom: Set<String>], by others: [Atom: Set<String>]
  ) -> [Atom: Set<String>] {
    var result: [Atom: Set<String>] = [:]
    for (atom, operations) in atoms {
      var left = operations
      for (other, its) in atoms where other != atom && other.covers(atom) { left.subtract(its) }
      for (other, its) in others where other.covers(atom) { left.subtract(its) }
      if !left.isEmpty { result[atom] = left }
    }
    return result
  }

  /// What atoms must share to stand in one rule.
  private struct Key: Hashable {
    var group: String
    var version: String
    var scope: String
    var operations: Set<String>
  }

  private static func joined(_ atoms: [Atom: Set<String>]) -> [Rule] {
    var resources: [Key: [String]] = [:]
    for (atom, operations) in atoms {
      let key = Key(group: atom.group, version: atom.version, scope: atom.scope, operations: operations)
      resources[key, default: []].append(atom.resource)
    }
    let rules = resources.map { key, names in
      Rule(
        groups: [key.group], versions: [key.version], resources: names.sorted(),
        operations: key.operations == allOperations
          ? ["*"] : ["CREATE", "UPDATE", "DELETE", "CONNECT"].filter(key.operations.contains),
        scope: ResourceRule.Scope(rawValue: key.scope) ?? .all)
    }
    return rules.sorted { sortKey($0).lexicographicallyPrecedes(sortKey($1)) }
  }

  private static func sortKey(_ rule: Rule) -> [String] {
    rule.groups + rule.versions + [rule.scope.rawValue, rule.resources.joined(separator: ",")] + rule.operations
  }
}
