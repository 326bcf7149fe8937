import Policy
import Testing

@Suite("Parameters")
struct ParameterTests {
  static let vap = """
    apiVersion: admissionregistration.k8s.io/v1
    kind: ValidatingAdmissionPolicy
    metadata: {name: v}
    spec:
      paramKind: {apiVersion: v1, kind: ConfigMap}
      matchConstraints:
        resourceRules: [{apiGroups: ["*"], apiVersions: ["*"], resources: ["*"], operations: ["*"]}]
      variables: [{name: limit, expression: "params == null ? 1 : int(params.data.limit)"}]
      validations:
      - expression: object.replicas <= variables.limit
        messageExpression: "'at most ' + string(variables.limit)"
    ---

    """

  static func binding(_ paramRef: String) -> String {
    """
    apiVersion: admissionregistration.k8s.io/v1
    kind: ValidatingAdmissionPolicyBinding
    metadata: {name: b}
    spec: {policyName: v, validationActions: [Deny]\(paramRef.isEmpty ? "" : ", paramRef: \(paramRef)")}
    ---

    """
  }

  static func configMap(_ name: String, _ namespace: String, limit: Int, labels: String = "{}") -> String {
    """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: \(name), namespace: \(namespace), labels: \(labels)}
    data: {limit: "\(limit)"}
    ---

    """
  }

  private func failures(_ manifests: String, replicas: Int, namespace: String = "shop") throws -> [String] {
    let judged = try judge(
      request(namespace: namespace, object: #"{"replicas":\#(replicas)}"#), under: policySet(manifests))
    return judged.failures["v"] ?? []
  }

  @Test("are found by name in the request's namespace, or in the one that is named")
  func byName() throws {
    let objects = Self.configMap("limits", "shop", limit: 3) + Self.configMap("limits", "bank", limit: 7)
    let here = Self.vap + Self.binding("{name: limits, parameterNotFoundAction: Deny}") + objects
    #expect(try failures(here, replicas: 5) == ["0: at most 3"])
    #expect(try failures(here, replicas: 5, namespace: "bank").isEmpty)
    let there = Self.vap + Self.binding("{name: limits, namespace: bank, parameterNotFoundAction: Deny}") + objects
    #expect(try failures(there, replicas: 8) == ["0: at most 7"])
  }

  @Test("are found by labels, and each is judged with")
  func bySelector() throws {
    let manifests =
      Self.vap + Self.binding("{selector: {matchLabels: {for: v}}, parameterNotFoundAction: Deny}")
      + Self.configMap("a", "shop", limit: 3, labels: "{for: v}")
      + Self.configMap("b", "shop", limit: 5, labels: "{for: v}")
      + Self.configMap("c", "shop", limit: 1)
    #expect(try failures(manifests, replicas: 6) == ["0: at most 3", "0: at most 5"])
    #expect(try failures(manifests, replicas: 4) == ["0: at most 3"])
    #expect(try failures(manifests, replicas: 2).isEmpty)
  }

  @Test("that are not there deny or are passed over, as the binding says")
  func notFound() throws {
    let objects = Self.configMap("limits", "bank", limit: 7)
    func manifests(_ action: String) -> String {
      Self.vap + Self.binding("{name: limits, parameterNotFoundAction: \(action)}") + objects
    }
    #expect(
      try failures(manifests("Deny"), replicas: 1)
        == ["-1: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction"])
    #expect(try failures(manifests("Allow"), replicas: 100).isEmpty)
    #expect(
      try failures(manifests("Allow"), replicas: 1, namespace: "").first?.contains("cannot use namespaced paramRef")
        == true)
  }

  @Test("of a kind without namespaces cannot be looked for in one", arguments: ["Deny", "Allow"])
  func clusterScoped(action: String) throws {
    let limits = "apiVersion: example.com/v1\nkind: Limits\nmetadata: {name: l}\ndata: {limit: \"2\"}\n"
    let vap = Self.vap.replacing(
      "{apiVersion: v1, kind: ConfigMap}", with: "{apiVersion: example.com/v1, kind: Limits}")
    func manifests(_ namespace: String) -> String {
      vap + Self.binding("{name: l\(namespace), parameterNotFoundAction: \(action)}") + limits
    }
    #expect(try failures(manifests(""), replicas: 3) == ["0: at most 2"])
    #expect(
      try failures(manifests(", namespace: shop"), replicas: 1) == [
        "-1: failed to configure binding: paramRef.namespace must not be provided for a cluster-scoped `paramKind`"
      ])
  }

  @Test("are null for a binding that names none")
  func none() throws {
    #expect(try failures(Self.vap + Self.binding(""), replicas: 2) == ["0: at most 1"])
  }

  @Test("stand beside `paramKind` in a Policy")
  func policy() throws {
    let policy = podPolicy(
      """
      paramKind: {apiVersion: example.com/v1, kind: Limits}
      paramRef: {name: l, parameterNotFoundAction: Deny}
      validations: [{expression: object.replicas <= params.spec.max, message: too many}]
      """, name: "v")
    let limits = "---\napiVersion: example.com/v1\nkind: Limits\nmetadata: {name: l}\nspec: {max: 2}\n"
    #expect(try failures(policy + limits, replicas: 3) == ["0: too many"])
    #expect(try failures(policy + limits, replicas: 2).isEmpty)
  }

  @Test("do not leak from one policy into another")
  func isolation() throws {
    let other = podPolicy(
      """
      paramKind: {apiVersion: example.com/v1, kind: Limits}
      validations: [{expression: params == null, message: leaked}]
      """, name: "w")
    let manifests =
      Self.vap + Self.binding("{name: limits, parameterNotFoundAction: Deny}")
      + Self.configMap("limits", "shop", limit: 3)
      + other
    let judged = try judge(request(object: #"{"replicas":1}"#), under: policySet(manifests))
    #expect(judged.results == ["v": "pass", "w": "pass"])
  }

  @Test(
    "must be referred to in full",
    arguments: [
      ("{name: a}", "spec.paramRef.parameterNotFoundAction: Required value"),
      ("{parameterNotFoundAction: Deny}", "spec.paramRef: Required value: one of name or selector must be specified"),
      (
        "{name: a, selector: {}, parameterNotFoundAction: Deny}",
        "spec.paramRef.name: Forbidden: name and selector are mutually exclusive"
      ),
      (
        "{name: a, selector: {}, parameterNotFoundAction: Deny}",
        "spec.paramRef.selector: Forbidden: name and selector are mutually exclusive"
      ),
      (
        "{name: a, parameterNotFoundAction: deny}",
        #"spec.paramRef.parameterNotFoundAction: Unsupported value: "deny": supported values: "Deny", "Allow"; did you mean `Deny`?"#
      ),
      (
        "{name: a/b, parameterNotFoundAction: Deny}",
        #"spec.paramRef.name: Invalid value: "a/b": may not contain '/'"#
      ),
    ])
  func mistakes(paramRef: String, problem: String) {
    #expect(problems(Self.vap + Self.binding(paramRef)).contains { $0.hasSuffix(problem) })
  }

  @Test("are unknown to expressions without `paramKind`")
  func undeclared() {
    #expect(
      problems(podPolicy("validations: [{expression: params == null}]")).first?.contains(
        "undeclared reference to 'params'") == true)
  }
}
