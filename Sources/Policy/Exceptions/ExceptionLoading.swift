internal import CEL

/// The exceptions among the manifests, while they are read.
struct ExceptionLoading {
  private var manifests: [(manifest: ExceptionManifest, report: Int)] = []

  /// What the rules and the other manifests have to say of one, and where that is reported.
  typealias Finding = (report: Int, problems: [Problem])

  /// - Parameter report: the place of its report.
  mutating func add(_ manifest: ExceptionManifest, report: Int) { manifests.append((manifest, report)) }

  /// Compares each with the rules, the policies and the other exceptions, and compiles its conditions.
  /// - Parameter policies: the names of those that were read.
  mutating func compile(
    _ compiler: inout PolicyCompiler, _ rules: ExceptionRules, policies: [String]
  ) -> (exceptions: [PolicyCompiler.ConditionedException], findings: [Finding]) {
    let now = rules.clock.now()
    let known = Set(policies)
    var byName: [String: ExceptionManifest] = [:]
    var byScope: [ExceptionScope: ExceptionManifest] = [:]
    var exceptions: [PolicyCompiler.ConditionedException] = []
    var findings: [Finding] = []
    for (manifest, report) in manifests {
      var diagnostics = Diagnostics(manifest.source)
      manifest.check(rules, now: now, isNew: false, &diagnostics)
      manifest.checkPolicies(known: known, &diagnostics)
      if let first = byName[manifest.name] {
        diagnostics.error(
          manifest.nameNode,
          "the name `\(manifest.name)` is taken by the exception at \(first.source.name):\(first.nameNode.place.line)")
      }
      byName[manifest.name] = manifest
      let scope = ExceptionScope(manifest)
      if manifest.expiresAt > now {
        if let first = byScope[scope], manifest.overlaps(first) {
          diagnostics.warning(
            manifest.nameNode, "is for the same objects and policies as the exception `\(first.name)`")
        }
        byScope[scope] = manifest
      }
      exceptions.append((manifest, compiler.conditions(of: manifest, &diagnostics)))
      findings.append((report, diagnostics.problems))
    }
    return (exceptions, findings)
  }
}

/// What an exception is for, in one order, so that two that say the same are equal.
private struct ExceptionScope: Hashable {
  let policies: [String]
  let namespace: String?
  let selector: String
  let kinds: [String]
  let names: [String]
  let conditions: [String]

  init(_ manifest: ExceptionManifest) {
    policies = manifest.policies.map(\.name).sorted()
    namespace = manifest.namespace
    selector = manifest.selector.text
    kinds = manifest.kinds.map(\.text).sorted()
    names = manifest.names.sorted()
    conditions = manifest.matchConditions.map(\.expression.text).sorted()
  }
}

extension ExceptionManifest {
  /// Reports policies that nobody knows: the exception would never apply.
  func checkPolicies(known: Set<String>, _ diagnostics: inout Diagnostics) {
    // Exceptions can be checked by themselves.
    if known.isEmpty { return }
    for (policy, node) in policies where !known.contains(policy) {
      diagnostics.warning(
        node, "there is no policy `\(policy)` to except from\(suggestion(for: policy, among: known.sorted()))")
    }
  }

  /// Whether there is a moment at which both apply.
  fileprivate func overlaps(_ other: ExceptionManifest) -> Bool {
    let start = max(startsAt?.nanoseconds ?? .min, other.startsAt?.nanoseconds ?? .min)
    return start < min(expiresAt, other.expiresAt).nanoseconds
  }
}
