/// The kind of a policy's parameters: `paramKind`.
struct ParameterKind: Hashable {
  var apiVersion: String
  var kind: String

  init?(_ node: ManifestNode, _ diagnostics: inout Diagnostics) {
    let fields = node.fields(["apiVersion", "kind"], &diagnostics)
    for name in ["apiVersion", "kind"] where fields[name] == nil { diagnostics.error(node, "`\(name)` is required") }
    guard let apiVersion = fields["apiVersion"]?.string(&diagnostics), let kind = fields["kind"]?.string(&diagnostics)
    else { return nil }
    self.init(apiVersion: apiVersion, kind: kind)
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
    if fields["parameterNotFoundAction"] == nil {
      diagnostics.error(node, "`parameterNotFoundAction` is required: `Allow` or `Deny`")
    }
    notFoundAction = fields["parameterNotFoundAction"]?.choice(NotFoundAction.self, &diagnostics) ?? .deny
    switch (fields["name"], fields["selector"]) {
    case (let name?, nil): choice = .name(name.string(&diagnostics) ?? "")
    case (nil, let selector?): choice = .selector(LabelSelector(selector, &diagnostics))
    case (nil, nil), (.some, .some):
      diagnostics.error(node, "exactly one of `name` and `selector` must be given")
      return nil
    }
  }
}

/// An object among the manifests that can be a parameter.
struct ParameterObject {
  let name: String
  /// Empty for objects without one.
  let namespace: String
  let document: ParsedDocument
}
