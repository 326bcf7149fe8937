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
    let name = ObjectMetadata.name(of: document.root, root["metadata"], &diagnostics)
    let spec = root["spec"] ?? document.root.empty("spec")
    source = document.source
    self.name = name?.name ?? ""
    nameNode = name?.node ?? document.root
    let isValidating = dialect == .validatingAdmissionPolicy
    let known = ["policyName", "paramRef", "matchResources"] + (isValidating ? ["validationActions"] : [])
    let fields = spec.fields(known, &diagnostics)
    policyNameNode = fields["policyName"] ?? spec.absent("policyName")
    policyName = fields["policyName"]?.string(&diagnostics) ?? ""
    if policyName.isEmpty {
      diagnostics.required(policyNameNode)
    } else {
      diagnostics.invalid(policyNameNode, policyName, each: Names.subdomainProblems(policyName))
    }
    paramRef = fields["paramRef"].flatMap { ParameterReference($0, &diagnostics) }
    if isValidating {
      validationActions = ValidationAction.list(
        fields["validationActions"], spec.absent("validationActions"), &diagnostics)
    }
    if !isValidating { fields["matchResources"]?.refuseDeletion(&diagnostics) }
    matchResources = fields["matchResources"].map { MatchConstraints($0, requiresRules: false, &diagnostics) }
    if name == nil { return nil }
  }
}
