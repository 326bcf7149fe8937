internal import Admission
internal import Memory

/// A resource rule beside a request.
package struct RuleExplanation: Sendable {
  /// `resourceRules[0]`
  package let name: String
  /// `CREATE, UPDATE of v1 pods`
  package let text: String
  package let isMatch: Bool
  /// The version of the resource that the rule is about, where it matches by `matchPolicy: Equivalent`: `apps/v1 deployments`.
  package let equivalent: String?
  /// Everything in which the rule is about something else; empty where it matches.
  package let mismatches: [Mismatch]

  package struct Mismatch: Sendable {
    /// `operations`, `apiGroups`, `apiVersions`, `resources`, `scope` or `resourceNames`.
    package let field: String
    package let wanted: [String]
    package let found: String

    /// `operation DELETE is not CREATE or UPDATE`
    package var text: String {
      let list = wanted.map { $0.isEmpty ? "\"\" (core)" : $0 }
      let shown =
        list.count > Self.shownValues
        ? list.prefix(Self.shownValues) + ["\(list.count - Self.shownValues) more"] : list[...]
      let choice =
        shown.count > 1 ? "none of \(shown.joined(separator: ", "))" : "not \(shown.first ?? "")"
      let value = found.isEmpty ? (field == "apiGroups" ? "\"\" (core)" : "\"\"") : found
      return "\(Self.noun(field)) \(value) is \(choice)"
    }

    private static let shownValues = 12

    private static func noun(_ field: String) -> String {
      switch field {
      case "operations": "operation"
      case "apiGroups": "group"
      case "apiVersions": "version"
      case "resources": "resource"
      case "resourceNames": "name"
      default: field
      }
    }
  }

  init(_ rule: CompiledRule, _ name: String, _ target: MatchTarget, isEquivalent: Bool) {
    self.name = name
    text = rule.text
    isMatch = rule.matchesAnyVersion(target, isEquivalent: isEquivalent, anyName: false)
    let isOther = isMatch && !rule.matches(target, as: target.requested, anyName: false)
    equivalent = isOther ? rule.equivalent(target, anyName: false)?.text : nil
    mismatches = isMatch ? [] : rule.mismatches(target)
    // INVARIANT: a rule that does not match differs in something.
    assert(isMatch != !mismatches.isEmpty)
  }
}

extension CompiledRule {
  /// Everything in which `target`, as the user asked for it, is something else than the rule is about.
  fileprivate func mismatches(_ target: MatchTarget) -> [RuleExplanation.Mismatch] {
    let resource = target.requested
    var mismatches: [RuleExplanation.Mismatch] = []
    func add(_ field: String, _ wanted: [String], _ found: String) {
      mismatches.append(RuleExplanation.Mismatch(field: field, wanted: wanted, found: found))
    }
    if operations & (1 << target.operation.rawValue) == 0 {
      add("operations", operationNames, target.operation.name.description)
    }
    if !contains(groups, resource.group) { add("apiGroups", groups.map(\.string), resource.group.string) }
    if !contains(versions, resource.version) { add("apiVersions", versions.map(\.string), resource.version.string) }
    if !matchesResource(resource, target.subresource) {
      let found = resource.resource.string + (target.subresource.isEmpty ? "" : "/\(target.subresource.string)")
      add("resources", resources.map(\.text), found)
    }
    if !matchesScope(target, resource) {
      add("scope", [scope.name], scope == .namespaced ? "Cluster" : "Namespaced")
    }
    if !names.isEmpty, !names.contains(where: { $0 == target.name }) {
      add("resourceNames", names.map(\.string), target.name.string)
    }
    return mismatches
  }

  private var operationNames: [String] {
    Operation.allCases.filter { operations & (1 << $0.rawValue) != 0 }.map(\.name.description)
  }

  /// `CREATE, UPDATE of apps/v1 deployments`
  fileprivate var text: String {
    let operations = operations == 0xFF ? "*" : operationNames.joined(separator: ", ")
    let groupVersions = groups.flatMap { group in
      versions.map { group.isEmpty ? $0.string : "\(group.string)/\($0.string)" }
    }
    var text =
      "\(operations) of \(groupVersions.joined(separator: ", ")) \(resources.map(\.text).joined(separator: ", "))"
    if scope != .all { text += " (\(scope.name))" }
    if !names.isEmpty { text += " named \(names.map(\.string).joined(separator: ", "))" }
    return text
  }
}

extension CompiledRule.ResourcePattern {
  fileprivate var text: String { subresource.isEmpty ? resource.string : "\(resource.string)/\(subresource.string)" }
}

extension CompiledRule.ScopePattern {
  fileprivate var name: String {
    switch self {
    case .all: "*"
    case .namespaced: "Namespaced"
    case .cluster: "Cluster"
    }
  }
}

extension GroupVersionResource {
  /// `apps/v1 deployments`
  var text: String { "\(group.isEmpty ? "" : group.string + "/")\(version.string) \(resource.string)" }
}
