internal import Admission
internal import JSON
internal import Memory

/// Match constraints as requests are compared with them, in the order and with the rules of the API server
/// (`pkg/admission/plugin/policy/matching`).
struct CompiledConstraints: BitwiseCopyable {
  let rules: UnsafeBufferPointer<CompiledRule>
  let excludedRules: UnsafeBufferPointer<CompiledRule>
  let namespaceSelector: CompiledSelector
  let objectSelector: CompiledSelector
  /// `matchPolicy: Equivalent`: rules are also about other versions of what they name.
  let isEquivalent: Bool

  init(_ constraints: MatchConstraints, _ arena: Arena.Handle) {
    let isEquivalent = constraints.matchPolicy == .equivalent
    func compile(_ rules: [ResourceRule]) -> UnsafeBufferPointer<CompiledRule> {
      arena.buffer(rules.map { CompiledRule($0, isEquivalent: isEquivalent, arena) })
    }
    rules = compile(constraints.resourceRules)
    excludedRules = compile(constraints.excludeResourceRules)
    namespaceSelector = CompiledSelector(constraints.namespaceSelector, arena)
    objectSelector = CompiledSelector(constraints.objectSelector, arena)
    self.isEquivalent = isEquivalent
  }

  /// The version of the resource that a rule is about, where one is and no exclusion is: the one that was requested if a rule names
  /// it, else an equivalent one. Without rules, as a binding may be, everything matches.
  func matchedResource(_ target: MatchTarget) -> GroupVersionResource? {
    for rule in excludedRules where rule.matchesAnyVersion(target, isEquivalent: isEquivalent, anyName: false) {
      return nil
    }
    if rules.isEmpty { return target.requested }
    for rule in rules where rule.matches(target, as: target.requested, anyName: false) { return target.requested }
    guard isEquivalent else { return nil }
    for rule in rules {
      if let resource = rule.equivalent(target, anyName: false) { return resource }
    }
    return nil
  }

  /// Whether requests like `target` can match, whatever their names: false only where none does.
  func canMatch(_ target: MatchTarget) -> Bool {
    if target.operation == .connect, !objectSelector.isEmpty { return false }
    for rule in excludedRules
    where rule.names.isEmpty && rule.matchesAnyVersion(target, isEquivalent: isEquivalent, anyName: true) {
      return false
    }
    return rules.isEmpty
      || rules.contains { $0.matchesAnyVersion(target, isEquivalent: isEquivalent, anyName: true) }
  }

  /// The names that objects in requests like `target` must have one of; nil for any name.
  func requiredNames(_ target: MatchTarget) -> [ByteSlice]? {
    let matching = rules.filter { $0.matchesAnyVersion(target, isEquivalent: isEquivalent, anyName: true) }
    return matching.isEmpty || matching.contains { $0.names.isEmpty } ? nil : matching.flatMap { Array($0.names) }
  }

  /// Whether the object selector accepts the labels of the object or, where there is one, of the old object.
  func matchesObject(_ request: AdmissionRequest, _ metadata: (new: Cursor?, old: Cursor?)) -> Bool {
    if objectSelector.isEmpty { return true }
    // What is connected with has options, which have no metadata and so no labels, not even none.
    if request.operation == .connect { return false }
    if request.object != nil, objectSelector.matches(labelsOf: metadata.new) { return true }
    return request.oldObject != nil && objectSelector.matches(labelsOf: metadata.old)
  }

  func matchesNamespace(_ labels: NamespaceLabels) -> NamespaceLabels.Match { labels.match(namespaceSelector) }
}
