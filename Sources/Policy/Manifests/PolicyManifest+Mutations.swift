internal import Yams

/// The mutating half of a manifest: `mutations` and `reinvocationPolicy`, as a MutatingAdmissionPolicy and a `Policy` have them.
///
/// https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/mutating-admission-policy-v1/
extension PolicyManifest {
  /// One change: an expression, and what its value is.
  struct Mutation {
    var patchType: PatchType
    var expression: ExpressionSource
  }

  enum PatchType: String, CaseIterable {
    /// The value is an `Object{…}`, merged into the object as server-side apply does.
    case applyConfiguration = "ApplyConfiguration"
    /// The value is a list of `JSONPatch{…}`.
    case jsonPatch = "JSONPatch"

    /// The field that holds the expression.
    var field: String {
      switch self {
      case .applyConfiguration: "applyConfiguration"
      case .jsonPatch: "jsonPatch"
      }
    }
  }

  /// Whether a policy is carried out once more when others have changed the object after it.
  enum ReinvocationPolicy: String, CaseIterable {
    case never = "Never"
    case ifNeeded = "IfNeeded"
  }

  mutating func decodeMutations(
    _ spec: ManifestNode, _ fields: [String: ManifestNode], _ diagnostics: inout Diagnostics
  ) {
    mutations = fields["mutations"]?.list(&diagnostics).compactMap { Mutation($0, &diagnostics) } ?? []
    let reinvocation = fields["reinvocationPolicy"]?.choice(ReinvocationPolicy.self, &diagnostics)
    reinvocationPolicy = reinvocation ?? .never
    guard dialect == .mutatingAdmissionPolicy else { return }
    if fields["mutations"]?.isEmptyList ?? true {
      diagnostics.error(
        fields["mutations"] ?? spec.absent("mutations"), "Required value: mutations must contain at least one item")
    }
    if fields["reinvocationPolicy"] == nil {
      diagnostics.error(spec.absent("reinvocationPolicy"), "Required value: write `Never` or `IfNeeded`")
    }
    fields["matchConstraints"]?.refuseDeletion(&diagnostics)
  }
}

extension PolicyManifest.Mutation {
  init?(_ node: ManifestNode, _ diagnostics: inout Diagnostics) {
    let fields = node.fields(["patchType"] + PolicyManifest.PatchType.allCases.map(\.field), &diagnostics)
    guard let field = fields["patchType"] else {
      diagnostics.error(node.absent("patchType"), "Required value: write `ApplyConfiguration` or `JSONPatch`")
      return nil
    }
    guard let type = field.choice(PolicyManifest.PatchType.self, &diagnostics) else { return nil }
    for other in PolicyManifest.PatchType.allCases where other != type {
      guard let unused = fields[other.field] else { continue }
      diagnostics.error(unused, "must not be specified when patchType is \(type.rawValue)")
    }
    guard let patch = fields[type.field] else {
      diagnostics.error(
        node.absent(type.field), "Required value: must be specified when patchType is \(type.rawValue)")
      return nil
    }
    guard let source = patch.fields(["expression"], &diagnostics)["expression"] else {
      diagnostics.error(patch.absent("expression"), "Required value: write a CEL expression")
      return nil
    }
    guard let expression = source.expression(&diagnostics) else { return nil }
    self.init(patchType: type, expression: expression)
  }
}

extension ManifestNode {
  /// A field of this mapping that is not there: its path, and the mapping's place.
  func absent(_ name: String) -> ManifestNode {
    ManifestNode(yaml: yaml, path: path.isEmpty ? name : "\(path).\(name)")
  }

  /// There is nothing to change in what is deleted: match constraints of mutations must not name `DELETE`. (`*` may stand; deletions
  /// pass by.)
  func refuseDeletion(_ diagnostics: inout Diagnostics) {
    for rule in member("resourceRules")?.yaml.sequence ?? [] {
      let operations = ManifestNode(yaml: rule, path: "").member("operations")?.yaml.sequence ?? []
      // As the API server names the field: without the rule's number.
      for operation in operations where operation.scalar?.string == "DELETE" {
        diagnostics.error(
          ManifestNode(yaml: operation, path: "\(path).resourceRules.operations"),
          "Unsupported value: \"DELETE\": supported values: \"*\", \"CONNECT\", \"CREATE\", \"UPDATE\"")
      }
    }
  }
}
