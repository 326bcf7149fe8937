extension PolicyManifest {
  static let apiVersion = "policy.example.com/v1"
  static let kind = "Policy"

  /// With this annotation a policy of Kubernetes' kinds for Pods sees the pod templates of workloads too.
  static let podTemplatesAnnotation = "policy.example.com/pod-templates"

  /// Conditions of a policy; the API server's limit.
  static let maximumMatchConditions = 64

  /// Bytes of a message; the API server's limit for what a messageExpression may give.
  static let maximumMessageLength = 5 << 10

  /// Reads the document; everything wrong is reported, and nil is returned only where nothing is left to compile.
  init?(_ document: ManifestDocument, as dialect: Dialect, _ diagnostics: inout Diagnostics) {
    self.dialect = dialect
    let known = ["apiVersion", "kind", "metadata", "spec"] + (dialect == .policy ? [] : ["status"])
    let root = document.root.fields(known, &diagnostics)
    source = document.source
    guard let metadata = root["metadata"], let nameNode = metadata.member("name"),
      let name = nameNode.string(&diagnostics), let spec = root["spec"]
    else {
      if root["metadata"]?.member("name") == nil { diagnostics.error(document.root, "`metadata.name` is required") }
      if root["spec"] == nil { diagnostics.error(document.root, "`spec` is required") }
      return nil
    }
    self.name = name
    self.nameNode = nameNode
    if !Names.isSubdomain(name) {
      diagnostics.error(
        nameNode, "`\(name)` is not a DNS subdomain: lower-case letters, digits, `-` and `.`, at most 253 characters")
    }
    decode(spec, &diagnostics)
    guard dialect != .policy else { return }
    let annotation = metadata.member("annotations")?.member(Self.podTemplatesAnnotation)
    podTemplates = annotation?.choice(PodTemplates.self, &diagnostics) ?? .ignore
  }

  private mutating func decode(_ spec: ManifestNode, _ diagnostics: inout Diagnostics) {
    let shared = ["matchConstraints", "matchConditions", "variables", "failurePolicy", "paramKind"]
    let validating = dialect == .mutatingAdmissionPolicy ? [] : ["validations", "auditAnnotations"]
    let mutating = dialect == .validatingAdmissionPolicy ? [] : ["mutations", "reinvocationPolicy"]
    let own = dialect == .policy ? ["validationActions", "podTemplates", "paramRef"] : []
    let fields = spec.fields(shared + validating + mutating + own, &diagnostics)
    if let field = fields["matchConstraints"] {
      matchConstraints = MatchConstraints(field, &diagnostics)
    } else {
      diagnostics.error(spec, "`matchConstraints` is required: it says which requests the policy is about")
    }
    matchConditions =
      fields["matchConditions"]?.list(&diagnostics).compactMap { MatchCondition($0, &diagnostics) } ?? []
    variables = fields["variables"]?.list(&diagnostics).compactMap { Variable($0, &diagnostics) } ?? []
    validations = fields["validations"]?.list(&diagnostics).compactMap { Validation($0, &diagnostics) } ?? []
    auditAnnotations =
      fields["auditAnnotations"]?.list(&diagnostics).compactMap { AuditAnnotation($0, &diagnostics) } ?? []
    failurePolicy = fields["failurePolicy"]?.choice(FailurePolicy.self, &diagnostics) ?? .fail
    podTemplates = fields["podTemplates"]?.choice(PodTemplates.self, &diagnostics) ?? .include
    paramKind = fields["paramKind"].flatMap { ParameterKind($0, &diagnostics) }
    paramRef = fields["paramRef"].flatMap { ParameterReference($0, &diagnostics) }
    if let field = fields["paramRef"], fields["paramKind"] == nil {
      diagnostics.error(field, "`paramKind` is required with `paramRef`: it says of which kind the parameters are")
    }
    if let field = fields["validationActions"] { validationActions = ValidationAction.list(field, &diagnostics) }

    decodeMutations(spec, fields, &diagnostics)
    if dialect != .mutatingAdmissionPolicy, fields["mutations"]?.isEmptyList ?? true,
      fields["validations"]?.isEmptyList ?? true, fields["auditAnnotations"]?.isEmptyList ?? true
    {
      let field =
        fields["validations"] ?? fields["auditAnnotations"] ?? ManifestNode(yaml: spec.yaml, path: "spec.validations")
      diagnostics.error(field, "`validations` or `auditAnnotations` must contain at least one entry")
    }
    if let field = fields["matchConditions"], matchConditions.count > Self.maximumMatchConditions {
      diagnostics.error(
        field, "has \(matchConditions.count) entries; at most \(Self.maximumMatchConditions) are allowed")
    }
    reportRepeated(matchConditions.map { ($0.name, $0.expression.node) }, "match condition", &diagnostics)
    reportRepeated(variables.map { ($0.name, $0.expression.node) }, "variable", &diagnostics)
    reportRepeated(auditAnnotations.map { ($0.key, $0.valueExpression.node) }, "audit annotation", &diagnostics)
  }

  private func reportRepeated(_ names: [(String, ManifestNode)], _ what: String, _ diagnostics: inout Diagnostics) {
    var seen: Set<String> = []
    for (name, node) in names where !seen.insert(name).inserted {
      diagnostics.error(node, "the \(what) `\(name)` is given more than once")
    }
  }
}

extension ValidationAction {
  static func list(_ field: ManifestNode, _ diagnostics: inout Diagnostics) -> [ValidationAction] {
    let actions = field.list(&diagnostics).compactMap { $0.choice(ValidationAction.self, &diagnostics) }
    if Set(actions).count != actions.count { diagnostics.error(field, "names an action more than once") }
    if actions.isEmpty { diagnostics.error(field, "names no action; write `Deny`, `Warn` or `Audit`") }
    if actions.contains(.deny), actions.contains(.warn) {
      diagnostics.error(field, "`Deny` and `Warn` together would say the same thing twice to the user; choose one")
    }
    return actions
  }
}

extension PolicyManifest.MatchCondition {
  init?(_ node: ManifestNode, _ diagnostics: inout Diagnostics) {
    let fields = node.fields(["name", "expression"], &diagnostics)
    guard let name = fields["name"]?.string(&diagnostics),
      let expression = fields["expression"]?.expression(&diagnostics)
    else {
      diagnostics.requireFields(["name", "expression"], of: node, fields)
      return nil
    }
    self.init(name: name, expression: expression)
  }
}

extension PolicyManifest.Variable {
  init?(_ node: ManifestNode, _ diagnostics: inout Diagnostics) {
    let fields = node.fields(["name", "expression"], &diagnostics)
    guard let nameNode = fields["name"], let name = nameNode.string(&diagnostics),
      let expression = fields["expression"]?.expression(&diagnostics)
    else {
      diagnostics.requireFields(["name", "expression"], of: node, fields)
      return nil
    }
    if !Names.isIdentifier(name) {
      diagnostics.error(nameNode, "`\(name)` is not a CEL identifier: a letter or `_`, then letters, digits and `_`")
    }
    self.init(name: name, expression: expression)
  }
}

extension PolicyManifest.Validation {
  init?(_ node: ManifestNode, _ diagnostics: inout Diagnostics) {
    let fields = node.fields(["expression", "message", "messageExpression", "reason"], &diagnostics)
    guard let expression = fields["expression"]?.expression(&diagnostics) else {
      diagnostics.requireFields(["expression"], of: node, fields)
      return nil
    }
    let message = fields["message"]?.string(&diagnostics)
    self.init(
      expression: expression, message: message,
      messageExpression: fields["messageExpression"]?.expression(&diagnostics),
      reason: fields["reason"]?.choice(DenialReason.self, &diagnostics))
    if let message, let field = fields["message"] { Self.check(message, field, &diagnostics) }
    if message == nil, messageExpression == nil, expression.text.trimmed.contains("\n") {
      diagnostics.warning(
        node, "users see the whole expression, over several lines: write a `message` or a `messageExpression`")
    }
  }

  private static func check(_ message: String, _ field: ManifestNode, _ diagnostics: inout Diagnostics) {
    if message.trimmed.isEmpty { diagnostics.error(field, "is empty") }
    if message.trimmed.contains(where: \.isNewline) { diagnostics.error(field, "must not contain line breaks") }
    if message.utf8.count > PolicyManifest.maximumMessageLength {
      diagnostics.error(field, "is longer than \(PolicyManifest.maximumMessageLength) bytes")
    }
  }
}

extension PolicyManifest.AuditAnnotation {
  init?(_ node: ManifestNode, _ diagnostics: inout Diagnostics) {
    let fields = node.fields(["key", "valueExpression"], &diagnostics)
    guard let keyNode = fields["key"], let key = keyNode.string(&diagnostics),
      let expression = fields["valueExpression"]?.expression(&diagnostics)
    else {
      diagnostics.requireFields(["key", "valueExpression"], of: node, fields)
      return nil
    }
    if !Names.isQualifiedNamePart(key) {
      diagnostics.error(
        keyNode, "`\(key)` is not the name of an annotation: at most 63 letters, digits, `-`, `_` and `.`")
    }
    self.init(key: key, valueExpression: expression)
  }
}

extension ManifestNode {
  func expression(_ diagnostics: inout Diagnostics) -> ExpressionSource? {
    guard let text = string(&diagnostics) else { return nil }
    if text.trimmed.isEmpty {
      diagnostics.error(self, "is empty; write a CEL expression")
      return nil
    }
    return ExpressionSource(text: text, node: self)
  }
}

extension Diagnostics {
  mutating func requireFields(
    _ required: [String], of node: ManifestNode, _ fields: [String: ManifestNode]
  ) {
    for name in required where fields[name] == nil { error(node, "`\(name)` is required") }
  }
}
