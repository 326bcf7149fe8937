/// Questions to the cluster about what somebody may do. They are type-checked as in an API server; to answer them takes
/// its authorizers, which are not here: reading `authorizer` is an error that says so.
///
/// https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-authorizer-library
enum AuthorizerLibrary {
  private static let authorizer = CELType.object("kubernetes.authorization.Authorizer")
  private static let pathCheck = CELType.object("kubernetes.authorization.PathCheck")
  private static let groupCheck = CELType.object("kubernetes.authorization.GroupCheck")
  private static let resourceCheck = CELType.object("kubernetes.authorization.ResourceCheck")
  private static let decision = CELType.object("kubernetes.authorization.Decision")

  /// The variables of expressions that may ask.
  static let variables = ["authorizer": authorizer, "authorizer.requestResource": resourceCheck]

  static let functions = [
    member("path", "authorizer_path", [authorizer, .string], pathCheck),
    member("group", "authorizer_group", [authorizer, .string], groupCheck),
    member("serviceAccount", "authorizer_serviceaccount", [authorizer, .string, .string], authorizer),
    member("resource", "groupcheck_resource", [groupCheck, .string], resourceCheck),
    member("subresource", "resourcecheck_subresource", [resourceCheck, .string], resourceCheck),
    member("namespace", "resourcecheck_namespace", [resourceCheck, .string], resourceCheck),
    member("name", "resourcecheck_name", [resourceCheck, .string], resourceCheck),
    FunctionDeclaration(
      "check",
      [
        .init("pathcheck_check", isMember: true, [pathCheck, .string], decision),
        .init("resourcecheck_check", isMember: true, [resourceCheck, .string], decision),
      ]),
    member("errored", "decision_errored", [decision], .bool),
    member("error", "decision_error", [decision], .string),
    member("allowed", "decision_allowed", [decision], .bool),
    member("reason", "decision_reason", [decision], .string),
  ]

  static let selectors = [
    member("fieldSelector", "authorizer_fieldselector", [resourceCheck, .string], resourceCheck),
    member("labelSelector", "authorizer_labelselector", [resourceCheck, .string], resourceCheck),
  ]

  private static func member(
    _ name: String, _ id: String, _ parameters: [CELType], _ result: CELType
  ) -> FunctionDeclaration {
    FunctionDeclaration(name, [.init(id, isMember: true, parameters, result)])
  }

  /// Why a variable that nothing is bound to has no value, if it is one of the library.
  static func missing(_ variable: String) -> String? {
    variables[variable] == nil
      ? nil : "`\(variable)` needs a cluster: only an API server can answer authorization checks"
  }
}

extension Environment {
  /// Declares `authorizer` and `authorizer.requestResource`, as for the expressions of admission policies.
  public mutating func declareAuthorizer() {
    for (name, type) in AuthorizerLibrary.variables { declare(name, type) }
  }

  /// The same environment for expressions that may not ask, such as those of messages.
  public var withoutAuthorizer: Environment {
    var environment = self
    for name in AuthorizerLibrary.variables.keys { environment.undeclare(name) }
    return environment
  }
}
