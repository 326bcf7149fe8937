import Policy
import Testing

@Suite("ValidatingAdmissionPolicies")
struct BindingTests {
  static func policy(_ spec: String = "", annotations: String = "{}") -> String {
    """
    apiVersion: admissionregistration.k8s.io/v1
    kind: ValidatingAdmissionPolicy
    metadata: {name: v, annotations: \(annotations)}
    spec:
      matchConstraints:
        resourceRules: [{apiGroups: [""], apiVersions: [v1], resources: [pods], operations: ["*"]}]
      validations: [{expression: "false", message: refused}]
    \(spec)
    ---

    """
  }

  static func binding(_ spec: String) -> String { binding("b", spec) }

  static func binding(_ name: String, _ spec: String, policy: String = "v") -> String {
    """
    apiVersion: admissionregistration.k8s.io/v1
    kind: ValidatingAdmissionPolicyBinding
    metadata: {name: \(name)}
    spec:
      policyName: \(policy)
    \(spec)
    ---

    """
  }

  @Test("deny through a binding, with Invalid where no reason is given")
  func deny() throws {
    let set = try policySet(Self.policy() + Self.binding("  validationActions: [Deny]"))
    let judged = try judge(request(object: "{}"), under: set)
    #expect(!judged.allowed && judged.code == 422 && judged.reason == "Invalid" && judged.message == "v: refused")
    #expect(set.policies.map(\.binding) == ["b"])
  }

  @Test("do nothing without one, and `webhook check` says so")
  func unbound() throws {
    let set = try policySet(Self.policy())
    #expect(try judge(request(object: "{}"), under: set).results.isEmpty)
    #expect(problems(Self.policy()) == ["3:18: metadata.name: no binding puts `v` into force: it does nothing"])
    #expect(
      problems(
        Self.policy() + Self.binding("  validationActions: [Deny]")
          + Self.binding("c", "  validationActions: [Deny]", policy: "w"))
        == ["21:15: spec.policyName: there is no policy `w` to put into force; did you mean `v`?"])
  }

  @Test("warn and annotate in an API server's words")
  func actions() throws {
    let set = try policySet(Self.policy() + Self.binding("  validationActions: [Warn, Audit]"))
    let judged = try judge(request(object: "{}"), under: set)
    #expect(judged.allowed)
    #expect(judged.warnings == ["Validation failed for ValidatingAdmissionPolicy 'v' with binding 'b': refused"])
    #expect(
      judged.annotations["validation_failure"]
        == #"[{"message":"refused","policy":"v","binding":"b","expressionIndex":0,"validationActions":["Warn","Audit"]}]"#
    )
  }

  @Test("are narrowed by what their binding matches")
  func matchResources() throws {
    let set = try policySet(
      Self.policy()
        + Self.binding(
          """
            validationActions: [Deny]
            matchResources:
              namespaceSelector: {matchLabels: {tier: gold}}
              objectSelector: {matchExpressions: [{key: skip, operator: DoesNotExist}]}
              excludeResourceRules: [{apiGroups: ["*"], apiVersions: ["*"], resources: ["*"], operations: [DELETE]}]
          """))
    let gold = #"{"metadata":{"name":"shop","labels":{"tier":"gold"}}}"#
    let plain = #"{"metadata":{"name":"shop"}}"#
    #expect(try !judge(request(object: "{}"), under: set, namespace: gold).allowed)
    #expect(try judge(request(object: "{}"), under: set, namespace: plain).allowed)
    #expect(try judge(request(object: #"{"metadata":{"labels":{"skip":""}}}"#), under: set, namespace: gold).allowed)
    #expect(try judge(request("DELETE", oldObject: "{}"), under: set, namespace: gold).allowed)
  }

  @Test("with two bindings act twice, each in its own place")
  func twoBindings() throws {
    let set = try policySet(
      Self.policy() + Self.binding("b1", "  validationActions: [Warn]")
        + Self.binding("b2", "  validationActions: [Deny]"))
    let judged = try judge(request(object: "{}"), under: set)
    #expect(!judged.allowed && judged.message == "v: refused" && judged.warnings.count == 1)
    #expect(set.policies.map(\.binding) == ["b1", "b2"])
  }

  @Test("see no pod templates unless an annotation says so, and never `allContainers`")
  func podTemplates() throws {
    let bound = Self.binding("  validationActions: [Deny]")
    let deployment = request(
      group: "apps", resource: "deployments", kind: "Deployment", object: #"{"spec":{"template":{"spec":{}}}}"#)
    #expect(try judge(deployment, under: policySet(Self.policy() + bound)).results.isEmpty)
    let annotated = Self.policy(annotations: "{policy.example.com/pod-templates: Include}")
    #expect(try !judge(deployment, under: policySet(annotated + bound)).allowed)
    let containers = Self.policy("  variables: [{name: x, expression: allContainers}]") + bound
    #expect(
      problems(containers) == [
        "8:37: spec.variables[0].expression: undeclared reference to 'allContainers' (in container '')"
      ])
  }

  @Test("are refused with unknown fields, as kubectl has the API server do")
  func unknownFields() {
    let bound = Self.binding("  validationActions: [Deny]")
    #expect(
      problems(Self.policy("  colour: blue") + bound)
        == [#"8:3: spec.colour: strict decoding error: unknown field "spec.colour""#])
  }
}
