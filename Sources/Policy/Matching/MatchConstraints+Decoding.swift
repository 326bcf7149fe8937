extension MatchConstraints {
  /// - Parameter requiresRules: a policy must name what it matches; a binding without rules takes all that its policy matches.
  init(_ node: ManifestNode, requiresRules: Bool = true, _ diagnostics: inout Diagnostics) {
    let fields = node.fields(
      ["resourceRules", "excludeResourceRules", "namespaceSelector", "objectSelector", "matchPolicy"], &diagnostics)
    matchPolicy = fields["matchPolicy"]?.choice(MatchPolicy.self, &diagnostics) ?? .equivalent
    namespaceSelector = fields["namespaceSelector"].map { LabelSelector($0, &diagnostics) } ?? LabelSelector()
    objectSelector = fields["objectSelector"].map { LabelSelector($0, &diagnostics) } ?? LabelSelector()
    resourceRules = fields["resourceRules"]?.list(&diagnostics).map { ResourceRule($0, &diagnostics) } ?? []
    excludeResourceRules =
      fields["excludeResourceRules"]?.list(&diagnostics).map { ResourceRule($0, &diagnostics) } ?? []
    guard requiresRules, fields["resourceRules"]?.isEmptyList ?? true else { return }
    diagnostics.required(fields["resourceRules"] ?? node.absent("resourceRules"))
  }
}

extension ResourceRule {
  init(_ node: ManifestNode, _ diagnostics: inout Diagnostics) {
    let fields = node.fields(
      ["apiGroups", "apiVersions", "resources", "operations", "resourceNames", "scope"], &diagnostics)
    resourceNames = fields["resourceNames"].map { Self.names($0, &diagnostics) } ?? []
    operations = Self.required("operations", "operations", fields, node, &diagnostics)
    apiGroups = Self.required("apiGroups", "API groups", fields, node, &diagnostics)
    apiVersions = Self.required("apiVersions", "API versions", fields, node, &diagnostics)
    resources = fields["resources"]?.strings(&diagnostics) ?? []
    scope = fields["scope"]?.choice(Scope.self, &diagnostics) ?? .all
    if let field = fields["operations"] {
      for node in field.list(&diagnostics) {
        guard let text = node.text, !Self.operationNames.contains(text) else { continue }
        diagnostics.notSupported(node, text, Self.operationNames)
      }
    }
    if let field = fields["apiVersions"] {
      for node in field.list(&diagnostics) where node.text?.isEmpty == true { diagnostics.required(node) }
    }
    if let field = fields["resources"] {
      Self.checkResources(field, resources, &diagnostics)
    } else {
      diagnostics.required(node.absent("resources"))
    }
  }

  private static let operationNames = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"]

  private static func names(_ field: ManifestNode, _ diagnostics: inout Diagnostics) -> [String] {
    var names: [String] = []
    for node in field.list(&diagnostics) {
      guard let name = node.string(&diagnostics) else { continue }
      diagnostics.invalid(node, name, each: Names.pathSegmentProblems(name))
      if names.contains(name) { diagnostics.duplicate(node, name) }
      names.append(name)
    }
    return names
  }

  /// - Parameter plural: what the values are, for a message.
  private static func required(
    _ name: String, _ plural: String, _ fields: [String: ManifestNode], _ node: ManifestNode,
    _ diagnostics: inout Diagnostics
  ) -> [String] {
    guard let field = fields[name], !field.isEmptyList else {
      diagnostics.required(fields[name] ?? node.absent(name))
      return []
    }
    let values = field.strings(&diagnostics)
    if values.count > 1, values.contains("*") {
      diagnostics.invalid(field, values, "if '*' is present, must not specify other \(plural)")
    }
    return values
  }

  /// As the API server goes through the list: what it finds wrong depends on the order.
  private static func checkResources(
    _ field: ManifestNode, _ resources: [String], _ diagnostics: inout Diagnostics
  ) {
    if field.isEmptyList { return diagnostics.required(field) }
    var allSubresourcesOf: Set<String> = []
    var subresourcesOfAll: Set<String> = []
    var lastIsPlain = false
    for node in field.list(&diagnostics) {
      guard let text = node.text else { continue }
      if text.isEmpty {
        diagnostics.required(node)
        continue
      }
      let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      warnIfUseless(node, text, parts, &diagnostics)
      guard parts.count == 2 else {
        lastIsPlain = text != "*"
        continue
      }
      if allSubresourcesOf.contains(parts[0]) {
        diagnostics.invalid(node, text, "if '\(parts[0])/*' is present, must not specify \(text)")
      }
      if subresourcesOfAll.contains(parts[1]) {
        diagnostics.invalid(node, text, "if '*/\(parts[1])' is present, must not specify \(text)")
      }
      if parts[1] == "*" { allSubresourcesOf.insert(parts[0]) }
      if parts[0] == "*" { subresourcesOfAll.insert(parts[1]) }
    }
    if resources.count > 1, resources.contains("*/*") {
      diagnostics.invalid(field, resources, "if '*/*' is present, must not specify other resources")
    }
    if lastIsPlain, resources.contains("*") {
      diagnostics.invalid(
        field, resources, "if '*' is present, must not specify other resources without subresources")
    }
  }

  /// The API server takes it, and nothing ever matches.
  private static func warnIfUseless(
    _ node: ManifestNode, _ text: String, _ parts: [String], _ diagnostics: inout Diagnostics
  ) {
    if text != text.lowercased() {
      diagnostics.warning(node, "`\(text)` can match nothing: resources are the lower-case plural names, like `pods`")
    } else if parts.contains(where: \.isEmpty) || parts.last?.contains("/") == true {
      diagnostics.warning(
        node, "`\(text)` can match nothing; write `pods`, `pods/status`, `pods/*`, `*/scale`, `*` or `*/*`")
    }
  }
}

extension LabelSelector {
  init(_ node: ManifestNode, _ diagnostics: inout Diagnostics) {
    let fields = node.fields(["matchLabels", "matchExpressions"], &diagnostics)
    matchLabels = fields["matchLabels"]?.stringMap(&diagnostics) ?? [:]
    if let field = fields["matchLabels"] { Self.checkLabels(field, &diagnostics) }
    matchExpressions =
      fields["matchExpressions"]?.list(&diagnostics).compactMap { Requirement($0, &diagnostics) } ?? []
  }

  /// Keys and values of labels; what is wrong is reported of the whole mapping, as the API server does.
  static func checkLabels(_ node: ManifestNode, _ diagnostics: inout Diagnostics) {
    // Values of another type are reported where they are read.
    var unread = diagnostics
    for (key, value) in node.stringMap(&unread).sorted(by: { $0.key < $1.key }) {
      diagnostics.invalid(node, key, each: Names.labelKeyProblems(key))
      diagnostics.invalid(node, value, each: Names.labelValueProblems(value))
    }
  }
}

extension LabelSelector.Requirement {
  init?(_ node: ManifestNode, _ diagnostics: inout Diagnostics) {
    let fields = node.fields(["key", "operator", "values"], &diagnostics)
    let key = fields["key"]?.string(&diagnostics) ?? ""
    let name = fields["operator"]?.string(&diagnostics) ?? ""
    let comparison = LabelSelector.Comparison(rawValue: name)
    let values = fields["values"]?.strings(&diagnostics) ?? []
    switch comparison {
    case .isIn, .notIn:
      if values.isEmpty {
        diagnostics.required(
          fields["values"] ?? node.absent("values"), "must be specified when `operator` is 'In' or 'NotIn'")
      }
    case .exists, .doesNotExist:
      if let field = fields["values"], !values.isEmpty {
        diagnostics.forbidden(field, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
      }
    case nil:
      let names = LabelSelector.Comparison.allCases.map(\.rawValue)
      diagnostics.invalid(
        fields["operator"] ?? node.absent("operator"), name,
        "not a valid selector operator\(suggestion(for: name, among: names))")
    }
    diagnostics.invalid(fields["key"] ?? node.absent("key"), key, each: Names.labelKeyProblems(key))
    // What is no list of strings has been reported.
    var unread = diagnostics
    for (node, value) in zip(fields["values"]?.list(&unread) ?? [], values) {
      diagnostics.invalid(node, value, each: Names.labelValueProblems(value))
    }
    guard let comparison else { return nil }
    self.init(key: key, comparison: comparison, values: values)
  }
}
