extension MatchConstraints {
  /// - Parameter requiresRules: a policy must name what it matches; a binding without rules takes all that its policy matches.
  init(_ node: ManifestNode, requiresRules: Bool = true, _ diagnostics: inout Diagnostics) {
    let fields = node.fields(
      ["resourceRules", "excludeResourceRules", "namespaceSelector", "objectSelector", "matchPolicy"], &diagnostics)
    resourceRules = fields["resourceRules"]?.list(&diagnostics).map { ResourceRule($0, &diagnostics) } ?? []
    excludeResourceRules =
      fields["excludeResourceRules"]?.list(&diagnostics).map { ResourceRule($0, &diagnostics) } ?? []
    namespaceSelector = fields["namespaceSelector"].map { LabelSelector($0, &diagnostics) } ?? LabelSelector()
    objectSelector = fields["objectSelector"].map { LabelSelector($0, &diagnostics) } ?? LabelSelector()
    matchPolicy = fields["matchPolicy"]?.choice(MatchPolicy.self, &diagnostics) ?? .equivalent
    guard requiresRules else { return }
    if fields["resourceRules"] == nil || (resourceRules.isEmpty && fields["resourceRules"]?.kindName == "a list") {
      diagnostics.error(node, "`resourceRules` is required: without a rule the policy matches nothing")
    }
  }
}

extension ResourceRule {
  init(_ node: ManifestNode, _ diagnostics: inout Diagnostics) {
    let fields = node.fields(
      ["apiGroups", "apiVersions", "resources", "operations", "resourceNames", "scope"], &diagnostics)
    apiGroups = Self.required("apiGroups", fields, node, &diagnostics)
    apiVersions = Self.required("apiVersions", fields, node, &diagnostics)
    resources = Self.required("resources", fields, node, &diagnostics)
    operations = Self.required("operations", fields, node, &diagnostics)
    resourceNames = fields["resourceNames"]?.strings(&diagnostics) ?? []
    scope = fields["scope"]?.choice(Scope.self, &diagnostics) ?? .all

    for (name, values) in [("apiGroups", apiGroups), ("apiVersions", apiVersions), ("operations", operations)]
    where values.contains("*") && values.count > 1 {
      diagnostics.error(fields[name] ?? node, "`*` stands for all: it must be the only value")
    }
    if let field = fields["operations"] {
      for node in field.list(&diagnostics) {
        guard let text = node.text, !Self.operationNames.contains(text) else { continue }
        diagnostics.error(
          node,
          "`\(text)` is not one of `CREATE`, `UPDATE`, `DELETE`, `CONNECT`, `*`\(suggestion(for: text, among: Self.operationNames))"
        )
      }
    }
    if let field = fields["apiVersions"] {
      for node in field.list(&diagnostics) where node.text?.isEmpty == true { diagnostics.error(node, "is empty") }
    }
    if let field = fields["resources"] { Self.checkResources(field, resources, &diagnostics) }
  }

  private static let operationNames = ["CREATE", "UPDATE", "DELETE", "CONNECT", "*"]

  private static func required(
    _ name: String, _ fields: [String: ManifestNode], _ node: ManifestNode, _ diagnostics: inout Diagnostics
  ) -> [String] {
    guard let field = fields[name] else {
      diagnostics.error(node, "`\(name)` is required")
      return []
    }
    let values = field.strings(&diagnostics)
    if values.isEmpty, field.kindName == "a list" { diagnostics.error(field, "must name at least one value") }
    return values
  }

  private static func checkResources(
    _ field: ManifestNode, _ resources: [String], _ diagnostics: inout Diagnostics
  ) {
    for node in field.list(&diagnostics) {
      guard let text = node.text else { continue }
      let parts = text.split(separator: "/", omittingEmptySubsequences: false)
      if parts.count > 2 || parts.contains(where: \.isEmpty) {
        diagnostics.error(node, "`\(text)` is not a resource; write `pods`, `pods/status`, `pods/*`, `*` or `*/*`")
      } else if text != text.lowercased() {
        diagnostics.error(node, "`\(text)` can match nothing: resources are the lower-case plural names, like `pods`")
      }
    }
    if resources.contains("*/*"), resources.count > 1 {
      diagnostics.error(field, "`*/*` stands for all resources and subresources: it must be the only value")
    }
    if resources.contains("*"), resources.contains(where: { $0 != "*" && !$0.contains("/") }) {
      diagnostics.error(field, "`*` stands for all resources: no resource without a subresource may stand beside it")
    }
  }
}

extension LabelSelector {
  init(_ node: ManifestNode, _ diagnostics: inout Diagnostics) {
    let fields = node.fields(["matchLabels", "matchExpressions"], &diagnostics)
    matchLabels = fields["matchLabels"]?.stringMap(&diagnostics) ?? [:]
    matchExpressions =
      fields["matchExpressions"]?.list(&diagnostics).compactMap { Requirement($0, &diagnostics) } ?? []
    for (key, value) in matchLabels.sorted(by: { $0.key < $1.key }) {
      if !Names.isQualifiedName(key) { diagnostics.error(node, "`\(key)` is not a label's key") }
      if !Names.isLabelValue(value) { diagnostics.error(node, "`\(value)` is not a label's value") }
    }
  }
}

extension LabelSelector.Requirement {
  init?(_ node: ManifestNode, _ diagnostics: inout Diagnostics) {
    let fields = node.fields(["key", "operator", "values"], &diagnostics)
    for name in ["key", "operator"] where fields[name] == nil { diagnostics.error(node, "`\(name)` is required") }
    guard let keyNode = fields["key"], let key = keyNode.string(&diagnostics),
      let comparison = fields["operator"]?.choice(LabelSelector.Comparison.self, &diagnostics)
    else { return nil }
    let values = fields["values"]?.strings(&diagnostics) ?? []
    self.init(key: key, comparison: comparison, values: values)
    if !Names.isQualifiedName(key) { diagnostics.error(keyNode, "`\(key)` is not a label's key") }
    switch comparison {
    case .isIn, .notIn:
      if values.isEmpty { diagnostics.error(node, "`values` is required with `\(comparison.rawValue)`") }
    case .exists, .doesNotExist:
      if !values.isEmpty { diagnostics.error(node, "`values` must be left out with `\(comparison.rawValue)`") }
    }
    for value in values where !Names.isLabelValue(value) {
      diagnostics.error(node, "`\(value)` is not a label's value")
    }
  }
}
