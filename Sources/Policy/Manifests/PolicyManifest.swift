/// A `Policy`, a ValidatingAdmissionPolicy or a MutatingAdmissionPolicy as written, its fields read and checked, its expressions
/// not yet compiled.
///
/// The fields are those of Kubernetes' two kinds together; a `Policy` has `podTemplates` and `validationActions` besides.
struct PolicyManifest {
  let dialect: Dialect
  let source: SourceFile
  let name: String
  let nameNode: ManifestNode
  var matchConstraints = MatchConstraints()
  var matchConditions: [MatchCondition] = []
  var variables: [Variable] = []
  var validations: [Validation] = []
  var auditAnnotations: [AuditAnnotation] = []
  var mutations: [Mutation] = []
  var reinvocationPolicy = ReinvocationPolicy.never
  var failurePolicy = FailurePolicy.fail
  var validationActions: [ValidationAction] = [.deny]
  var podTemplates = PodTemplates.include
  var paramKind: ParameterKind?
  /// Of a `Policy`; those of Kubernetes' kinds stand in their bindings.
  var paramRef: ParameterReference?

  /// Whose manifest it is.
  enum Dialect {
    /// Our own: acts by itself, judges pod templates, knows `allContainers`.
    case policy
    /// Kubernetes': acts through its bindings, and differs in nothing from what the API server makes of it.
    case validatingAdmissionPolicy
    /// The same of mutations.
    case mutatingAdmissionPolicy

    /// Of a validation that names none.
    var defaultReason: DenialReason { self == .policy ? .forbidden : .invalid }
  }

  struct MatchCondition {
    var name: String
    var expression: ExpressionSource
  }

  struct Variable {
    var name: String
    var expression: ExpressionSource
  }

  struct Validation {
    var expression: ExpressionSource
    var message: String?
    var messageExpression: ExpressionSource?
    var reason: DenialReason?
  }

  struct AuditAnnotation {
    var key: String
    var valueExpression: ExpressionSource
  }

  /// Whether the Pod templates inside workloads are judged as Pods too.
  enum PodTemplates: String, CaseIterable {
    case include = "Include"
    case ignore = "Ignore"
  }
}

/// What follows from a validation that does not hold.
public enum ValidationAction: String, Sendable, CaseIterable {
  case deny = "Deny"
  case warn = "Warn"
  case audit = "Audit"
}

/// The reason of a denial and, with it, the HTTP code that the user gets. Those that the API server takes in a policy.
public enum DenialReason: String, Sendable, CaseIterable {
  case forbidden = "Forbidden"
  case invalid = "Invalid"
  case requestEntityTooLarge = "RequestEntityTooLarge"

  public var code: Int {
    switch self {
    case .forbidden: 403
    case .invalid: 422
    case .requestEntityTooLarge: 413
    }
  }
}
