internal import Yams

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
    let metadata = root["metadata"]
    let name = ObjectMetadata.name(of: document.root, metadata, &diagnostics)
    self.name = name?.name ?? ""
    nameNode = name?.node ?? document.root
    decode(root["spec"] ?? document.root.empty("spec"), &diagnostics)
    if name == nil { return nil }
    guard dialect != .policy else { return }
    let annotation = metadata?.member("annotations")?.member(Self.podTemplatesAnnotation)
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
      diagnostics.required(spec.absent("matchConstraints"))
    }
    matchConditions =
      fields["matchConditions"]?.list(&diagnostics).compactMap { MatchCondition($0, &diagnostics) } ?? []
    variables = fields["variables"]?.list(&diagnostics).compactMap { Variable($0, &diagnostics) } ?? []
    validations = fields["validations"]?.list(&diagnostics).compactMap { Validation($0, &diagnostics) } ?? []
    auditAnnotations =
      fields["auditAnnotations"]?.list(&diagnostics).compactMap {
        AuditAnnotation($0, policy: name, &diagnostics)
      } ?? []
    failurePolicy = fields["failurePolicy"]?.choice(FailurePolicy.self, &diagnostics) ?? .fail
    podTemplates = fields["podTemplates"]?.choice(PodTemplates.self, &diagnostics) ?? .include
    paramKind = fields["paramKind"].flatMap { ParameterKind($0, &diagnostics) }
    paramRef = fields["paramRef"].flatMap { ParameterReference($0, &diagnostics) }
    if let field = fields["paramRef"], fields["paramKind"] == nil {
      diagnostics.required(
        spec.absent("paramKind"), "it says of which kind the parameters are that \(field.path) refers to")
    }
    if let field = fields["validationActions"] {
      validationActions = ValidationAction.list(field, field, &diagnostics)
    }

    decodeMutations(spec, fields, &diagnostics)
    if dialect != .mutatingAdmissionPolicy, fields["mutations"]?.isEmptyList ?? true,
      fields["validations"]?.isEmptyList ?? true, fields["auditAnnotations"]?.isEmptyList ?? true
    {
      let all = dialect == .policy ? "validations, mutations or" : "validations or"
      for name in dialect == .policy ? ["validations"] : ["validations", "auditAnnotations"] {
        diagnostics.required(
          fields[name] ?? spec.absent(name), "\(all) auditAnnotations must contain at least one item")
      }
    }
    checkLimits(fields, &diagnostics)
  }

  /// Audit annotations of a policy; the API server's limit.
  static let maximumAuditAnnotations = 20

  /// How many entries the lists may have, and that none is named twice.
  private func checkLimits(_ fields: [String: ManifestNode], _ diagnostics: inout Diagnostics) {
    if let field = fields["matchConditions"], matchConditions.count > Self.maximumMatchConditions {
      diagnostics.tooMany(field, matchConditions.count, maximum: Self.maximumMatchConditions)
    }
    if let field = fields["auditAnnotations"], auditAnnotations.count > Self.maximumAuditAnnotations {
      let list = auditAnnotations.map {
        "{\"Key\":\($0.key.goQuoted),\"ValueExpression\":\($0.valueExpression.text.goQuoted)}"
      }
      diagnostics.error(
        field,
        "Invalid value: [\(list.joined(separator: ","))]: must not have more than \(Self.maximumAuditAnnotations) auditAnnotations"
      )
    }
    reportRepeated("name", in: fields["matchConditions"], &diagnostics)
    reportRepeated("name", in: fields["variables"], &diagnostics)
    reportRepeated("key", in: fields["auditAnnotations"], &diagnostics)
  }

  private func reportRepeated(_ key: String, in list: ManifestNode?, _ diagnostics: inout Diagnostics) {
    guard let list, case .sequence(let sequence) = list.yaml else { return }
    var seen: Set<String> = []
    for (index, element) in sequence.enumerated() {
      guard let node = ManifestNode(yaml: element, path: "\(list.path)[\(index)]").member(key), let name = node.text
      else { continue }
      if !name.isEmpty, !seen.insert(name).inserted { diagnostics.duplicate(node, name) }
    }
  }
}

extension ValidationAction {
  /// - Parameter place: where the list should stand, if it is missing.
  static func list(
    _ field: ManifestNode?, _ place: ManifestNode, _ diagnostics: inout Diagnostics
  ) -> [ValidationAction] {
    var names: [String] = []
    for node in field?.list(&diagnostics) ?? [] {
      guard let name = node.string(&diagnostics) else { continue }
      if ValidationAction(rawValue: name) == nil { diagnostics.notSupported(node, name, ["Audit", "Deny", "Warn"]) }
      if names.contains(name) { diagnostics.duplicate(node, name) }
      names.append(name)
    }
    if names.contains("Deny"), names.contains("Warn") {
      diagnostics.invalid(
        field ?? place, names,
        "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)"
      )
    }
    if names.isEmpty { diagnostics.required(field ?? place, "at least one validation action is required") }
    return names.compactMap(ValidationAction.init)
  }
}

extension PolicyManifest.MatchCondition {
  init?(_ node: ManifestNode, _ diagnostics: inout Diagnostics) {
    let fields = node.fields(["name", "expression"], &diagnostics)
    let expression = node.expression("expression", fields, &diagnostics)
    let name = fields["name"]?.string(&diagnostics) ?? ""
    let nameNode = fields["name"] ?? node.absent("name")
    if name.isEmpty {
      diagnostics.required(nameNode)
    } else {
      diagnostics.invalid(nameNode, name, each: Names.labelKeyProblems(name))
    }
    guard let expression else { return nil }
    self.init(name: name, expression: expression)
  }
}

extension PolicyManifest.Variable {
  init?(_ node: ManifestNode, _ diagnostics: inout Diagnostics) {
    let fields = node.fields(["name", "expression"], &diagnostics)
    let name = fields["name"]?.string(&diagnostics) ?? ""
    let nameNode = fields["name"] ?? node.absent("name")
    if name.trimmed.isEmpty {
      diagnostics.required(nameNode, "name is not specified")
    } else if !Names.isIdentifier(name) {
      diagnostics.invalid(nameNode, name, "must be a valid CEL identifier")
    }
    guard let expression = node.expression("expression", fields, &diagnostics, "expression is not specified") else {
      return nil
    }
    self.init(name: name, expression: expression)
  }
}

extension PolicyManifest.Validation {
  init?(_ node: ManifestNode, _ diagnostics: inout Diagnostics) {
    let fields = node.fields(["expression", "message", "messageExpression", "reason"], &diagnostics)
    let expression = node.expression("expression", fields, &diagnostics, "expression is not specified")
    let messageExpression = Self.messageExpression(fields["messageExpression"], &diagnostics)
    let message = fields["message"].flatMap { Self.message($0, &diagnostics) }
    let reason = fields["reason"]?.choice(DenialReason.self, &diagnostics)
    guard let expression else { return nil }
    self.init(expression: expression, message: message, messageExpression: messageExpression, reason: reason)
    if message == nil, messageExpression == nil, expression.text.trimmed.contains("\n") {
      diagnostics.warning(
        node, "users see the whole expression, over several lines: write a `message` or a `messageExpression`")
    }
  }

  private static func message(_ field: ManifestNode, _ diagnostics: inout Diagnostics) -> String? {
    guard let message = field.string(&diagnostics), !message.isEmpty else { return nil }
    if message.trimmed.isEmpty {
      diagnostics.invalid(field, message, "must be non-empty if specified")
    } else if message.trimmed.unicodeScalars.contains(where: { $0 == "\n" || $0 == "\r" }) {
      diagnostics.invalid(field, message, "must not contain line breaks")
    }
    return message
  }

  private static func messageExpression(
    _ field: ManifestNode?, _ diagnostics: inout Diagnostics
  ) -> ExpressionSource? {
    guard let field, let text = field.string(&diagnostics), !text.isEmpty else { return nil }
    if text.trimmed.isEmpty {
      diagnostics.invalid(field, text, "must be non-empty if specified")
      return nil
    }
    return ExpressionSource(text: text, node: field)
  }
}

extension PolicyManifest.AuditAnnotation {
  /// Bytes of a `valueExpression`; the API server's limit.
  static let maximumExpressionLength = 5 << 10

  init?(_ node: ManifestNode, policy: String, _ diagnostics: inout Diagnostics) {
    let fields = node.fields(["key", "valueExpression"], &diagnostics)
    let key = fields["key"]?.string(&diagnostics) ?? ""
    let keyNode = fields["key"] ?? node.absent("key")
    if policy.isEmpty {
      diagnostics.invalid(keyNode, key, "requires metadata.name be non-empty")
    } else {
      let name = "\(policy)/\(key)"
      diagnostics.invalid(keyNode, name, each: Names.labelKeyProblems(name))
    }
    guard
      let expression = node.expression(
        "valueExpression", fields, &diagnostics, "valueExpression is not specified")
    else { return nil }
    if expression.text.trimmed.utf8.count > Self.maximumExpressionLength {
      diagnostics.required(expression.node, "must not exceed \(Self.maximumExpressionLength) bytes in length")
    }
    self.init(key: key, valueExpression: expression)
  }
}

extension ManifestNode {
  /// The expression in a member of this mapping; nil where it is missing or blank.
  func expression(
    _ name: String, _ fields: [String: ManifestNode], _ diagnostics: inout Diagnostics, _ detail: String = ""
  ) -> ExpressionSource? {
    guard let field = fields[name] else {
      diagnostics.required(absent(name), detail)
      return nil
    }
    return field.expression(&diagnostics, detail)
  }

  func expression(_ diagnostics: inout Diagnostics, _ detail: String = "") -> ExpressionSource? {
    guard let text = string(&diagnostics) else { return nil }
    if text.trimmed.isEmpty {
      diagnostics.required(self, detail)
      return nil
    }
    return ExpressionSource(text: text, node: self)
  }

  /// A mapping without members in place of one that is missing.
  func empty(_ name: String) -> ManifestNode {
    ManifestNode(yaml: Node.mapping(Node.Mapping([], .implicit, .any, yaml.mark)), path: absent(name).path)
  }
}
