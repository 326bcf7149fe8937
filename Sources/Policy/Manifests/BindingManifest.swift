/// A ValidatingAdmissionPolicyBinding or MutatingAdmissionPolicyBinding as written: which policy it puts into force, where, and
/// what follows.
///
/// https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/validating-admission-policy-binding-v1/
/// https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/mutating-admission-policy-binding-v1/
struct BindingManifest {
  /// Of the policies that it can put into force.
  let dialect: PolicyManifest.Dialect
  let source: SourceFile
  let name: String
  let nameNode: ManifestNode
  var policyName = ""
  var policyNameNode: ManifestNode
  /// Narrows what the policy matches; nil for everything that it does.
  var matchResources: MatchConstraints?
  var validationActions: [ValidationAction] = []
  /// Counts only where the policy has a `paramKind`.
  var paramRef: ParameterReference?

  init?(
    _ document: ManifestDocument, of dialect: PolicyManifest.Dialect, _ diagnostics: inout Diagnostics
  ) {
    self.dialect = dialect
    let root = document.root.fields(["apiVersion", "kind", "metadata", "spec"], &diagnostics)
    guard let nameNode = root["metadata"]?.member("name"), let name = nameNode.string(&diagnostics),
      let spec = root["spec"]
    else {
      if root["metadata"]?.member("name") == nil { diagnostics.error(document.root, "`metadata.name` is required") }
      if root["spec"] == nil { diagnostics.error(document.root, "`spec` is required") }
      return nil
    }
    source = document.source
    self.name = name
    self.nameNode = nameNode
    let isValidating = dialect == .validatingAdmissionPolicy
    let known = ["policyName", "paramRef", "matchResources"] + (isValidating ? ["validationActions"] : [])
    let fields = spec.fields(known, &diagnostics)
    policyNameNode = fields["policyName"] ?? spec
    paramRef = fields["paramRef"].flatMap { ParameterReference($0, &diagnostics) }
    if let field = fields["policyName"] {
      policyName = field.string(&diagnostics) ?? ""
    } else {
      diagnostics.error(spec, "`policyName` is required")
    }
    if let field = fields["validationActions"] {
      validationActions = ValidationAction.list(field, &diagnostics)
    } else if isValidating {
      diagnostics.error(spec, "`validationActions` is required: `Deny`, `Warn` or `Audit`")
    }
    if !isValidating { fields["matchResources"]?.refuseDeletion(&diagnostics) }
    matchResources = fields["matchResources"].map { MatchConstraints($0, requiresRules: false, &diagnostics) }
  }
}
