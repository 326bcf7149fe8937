/// The kind of a policy's parameters: `paramKind`.
struct ParameterKind: Hashable {
  var apiVersion: String
  var kind: String

  init?(_ node: ManifestNode, _ diagnostics: inout Diagnostics) {
    let fields = node.fields(["apiVersion", "kind"], &diagnostics)
    let apiVersion = fields["apiVersion"]?.string(&diagnostics) ?? ""
    let kind = fields["kind"]?.string(&diagnostics) ?? ""
    Self.check(apiVersion: apiVersion, fields["apiVersion"] ?? node.absent("apiVersion"), &diagnostics)
    let kindNode = fields["kind"] ?? node.absent("kind")
    let problems = Names.dns1035LabelProblems(kind.lowercased())
    if kind.isEmpty {
      diagnostics.required(kindNode)
    } else if !problems.isEmpty {
      let form = problems.joined(separator: ",")
      diagnostics.invalid(kindNode, kind, "may have mixed case, but should otherwise match: \(form)")
    }
    if apiVersion.isEmpty || kind.isEmpty { return nil }
    self.init(apiVersion: apiVersion, kind: kind)
  }

  private static func check(apiVersion: String, _ node: ManifestNode, _ diagnostics: inout Diagnostics) {
    if apiVersion.isEmpty { return diagnostics.required(node) }
    let parts = apiVersion.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    if parts.count > 2 {
      return diagnostics.invalid(node, apiVersion, "unexpected GroupVersion string: \(apiVersion)")
    }
    let group = parts.count == 2 ? parts[0] : ""
    let version = parts.last ?? ""
    let groupProblems = group.isEmpty ? [] : Names.subdomainProblems(group)
    if !groupProblems.isEmpty { diagnostics.invalid(node, group, groupProblems.joined(separator: ",")) }
    if version.isEmpty { return diagnostics.invalid(node, apiVersion, "version must be specified") }
    let problems = Names.dns1035LabelProblems(version)
    if !problems.isEmpty { diagnostics.invalid(node, version, problems.joined(separator: ",")) }
  }

  init(apiVersion: String, kind: String) {
    self.apiVersion = apiVersion
    self.kind = kind
  }
}

/// Which objects of that kind are the parameters: `paramRef`.
///
/// https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#parameter-resources
struct ParameterReference {
  enum Choice {
    case name(String)
    case selector(LabelSelector)
  }

  enum NotFoundAction: String, CaseIterable {
    case allow = "Allow"
    case deny = "Deny"
  }

  var choice: Choice
  /// Empty: the request's namespace, for a namespaced kind.
  var namespace: String
  var notFoundAction: NotFoundAction

  init?(_ node: ManifestNode, _ diagnostics: inout Diagnostics) {
    let fields = node.fields(["name", "namespace", "selector", "parameterNotFoundAction"], &diagnostics)
    namespace = fields["namespace"]?.string(&diagnostics) ?? ""
    let name = fields["name"]?.string(&diagnostics) ?? ""
    let selector = fields["selector"].map { LabelSelector($0, &diagnostics) }
    if let field = fields["name"], !name.isEmpty {
      diagnostics.invalid(field, name, each: Names.pathSegmentProblems(name))
      if selector != nil { diagnostics.forbidden(field, Self.exclusion) }
    }
    if let field = fields["selector"], !name.isEmpty { diagnostics.forbidden(field, Self.exclusion) }
    if name.isEmpty, selector == nil { diagnostics.required(node, "one of name or selector must be specified") }
    let action = fields["parameterNotFoundAction"]
    let text = action?.string(&diagnostics) ?? ""
    if text.isEmpty {
      diagnostics.required(action ?? node.absent("parameterNotFoundAction"))
    } else if let action, NotFoundAction(rawValue: text) == nil {
      diagnostics.notSupported(action, text, ["Deny", "Allow"])
    }
    notFoundAction = NotFoundAction(rawValue: text) ?? .deny
    if !name.isEmpty {
      choice = .name(name)
    } else if let selector {
      choice = .selector(selector)
    } else {
      return nil
    }
  }

  private static let exclusion = "name and selector are mutually exclusive"
}

/// An object among the manifests that can be a parameter.
struct ParameterObject {
  let name: String
  /// Empty for objects without one.
  let namespace: String
  let document: ParsedDocument
}
