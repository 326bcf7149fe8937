/// A policy and the binding that puts it into force as their manifests say them, for explanations.
package struct PolicySource: Sendable {
  /// An expression and where it stands.
  package struct Expression: Sendable {
    /// Of a match condition, a variable or an audit annotation; of a mutation its patch type; of a validation empty.
    package let name: String
    package let text: String
    /// From 1.
    package let line: Int
    package let column: Int
  }

  /// `Policy`, `ValidatingAdmissionPolicy` or `MutatingAdmissionPolicy`.
  package let kind: String
  package let file: String
  package let line: Int
  /// Where its binding stands; nil for a `Policy`.
  package let binding: (file: String, line: Int)?
  package let actions: [String]
  package let conditions: [Expression]
  package let variables: [Expression]
  package let validations: [Expression]
  /// Of each validation the `messageExpression`.
  package let messages: [Expression?]
  package let annotations: [Expression]
  package let mutations: [Expression]
  /// `ConfigMap of v1`; nil where the policy has no parameters.
  package let parameterKind: String?
  /// `named `limits``; nil where nothing refers to parameters.
  package let parameterReference: String?
  package let isWithoutParametersDenied: Bool

  init(_ manifest: PolicyManifest, _ binding: BindingManifest?) {
    func expression(_ source: ExpressionSource, _ name: String = "") -> Expression {
      Expression(source, name, in: manifest.source)
    }
    kind =
      switch manifest.dialect {
      case .policy: PolicyManifest.kind
      case .validatingAdmissionPolicy: "ValidatingAdmissionPolicy"
      case .mutatingAdmissionPolicy: "MutatingAdmissionPolicy"
      }
    file = manifest.source.name
    line = manifest.nameNode.place.line
    self.binding = binding.map { ($0.source.name, $0.nameNode.place.line) }
    let hasOwnActions = manifest.dialect != .validatingAdmissionPolicy
    actions = (hasOwnActions ? manifest.validationActions : binding?.validationActions ?? []).map(\.rawValue)
    conditions = Self.expressions(manifest.matchConditions, manifest.source)
    variables = manifest.variables.map { expression($0.expression, $0.name) }
    validations = manifest.validations.map { expression($0.expression) }
    messages = manifest.validations.map { $0.messageExpression.map { expression($0) } }
    annotations = manifest.auditAnnotations.map { expression($0.valueExpression, $0.key) }
    mutations = manifest.mutations.map { expression($0.expression, $0.patchType.rawValue) }
    let reference = manifest.paramKind == nil ? nil : binding?.paramRef ?? manifest.paramRef
    parameterKind = manifest.paramKind.map { "\($0.kind) of \($0.apiVersion)" }
    parameterReference = reference?.text
    isWithoutParametersDenied = reference?.notFoundAction == .deny
  }

  static func expressions(_ conditions: [PolicyManifest.MatchCondition], _ file: SourceFile) -> [Expression] {
    conditions.map { Expression($0.expression, $0.name, in: file) }
  }
}

extension PolicySource.Expression {
  fileprivate init(_ source: ExpressionSource, _ name: String, in file: SourceFile) {
    let place = source.place(of: 0, in: file)
    self.init(name: name, text: source.text, line: place.line, column: place.column)
  }
}

extension ParameterReference {
  /// What it refers to, in the words of a report.
  fileprivate var text: String {
    let place = namespace.isEmpty ? "" : " in namespace `\(namespace)`"
    switch choice {
    case .name(let name): return "named `\(name)`\(place)"
    case .selector(let selector):
      return selector.isEmpty ? "(all)\(place)" : "with the labels `\(selector.text)`\(place)"
    }
  }
}
