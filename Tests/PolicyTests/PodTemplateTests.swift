import Policy
import Testing

@Suite("Pod templates")
struct PodTemplateTests {
  static let policy = podPolicy(
    """
    validations:
    - expression: "allContainers.all(c, c.name != 'bad')"
      messageExpression: "object.kind + ' ' + object.apiVersion + ' in ' + object.metadata.namespace + ' labelled ' + object.metadata.?labels.?a.orValue('-')"
    """)
  static let template =
    #"{"metadata":{"labels":{"a":"b"},"namespace":"elsewhere"},"spec":{"containers":[{"name":"good"}],"initContainers":[{"name":"bad"}]}}"#

  @Test(
    "in every workload kind are judged as the Pods that they make",
    arguments: [
      ("apps", "deployments", #"{"spec":{"template":@}}"#), ("apps", "statefulsets", #"{"spec":{"template":@}}"#),
      ("apps", "daemonsets", #"{"spec":{"template":@}}"#), ("apps", "replicasets", #"{"spec":{"template":@}}"#),
      ("", "replicationcontrollers", #"{"spec":{"template":@}}"#), ("batch", "jobs", #"{"spec":{"template":@}}"#),
      ("batch", "cronjobs", #"{"spec":{"jobTemplate":{"spec":{"template":@}}}}"#),
      ("", "podtemplates", #"{"template":@}"#),
    ])
  func kinds(group: String, resource: String, object: String) throws {
    let object = object.replacing("@", with: Self.template)
    let judged = try judge(
      request(group: group, resource: resource, kind: "Workload", object: object), under: policySet(Self.policy))
    #expect(judged.message == "p: Pod v1 in shop labelled b")
    let update = try judge(
      request("UPDATE", group: group, resource: resource, kind: "Workload", object: object, oldObject: object),
      under: policySet(Self.policy))
    #expect(update.message == judged.message)
  }

  @Test("of other groups' resources of the same name are none")
  func otherGroups() throws {
    let object = #"{"spec":{"template":@}}"#.replacing("@", with: Self.template)
    for group in ["", "example.com", "batch"] {
      let judged = try judge(
        request(group: group, resource: "deployments", object: object), under: policySet(Self.policy))
      #expect(judged.results.isEmpty)
    }
  }

  @Test("are not judged with podTemplates Ignore, nor for a subresource, nor where there is none")
  func exclusions() throws {
    let object = #"{"spec":{"template":@}}"#.replacing("@", with: Self.template)
    let ignore = try policySet(Self.policy + "  podTemplates: Ignore\n")
    #expect(try judge(request(group: "apps", resource: "deployments", object: object), under: ignore).results.isEmpty)
    let set = try policySet(Self.policy)
    let status = request("UPDATE", group: "apps", resource: "deployments", subresource: "status", object: object)
    #expect(try judge(status, under: set).results.isEmpty)
    for object in [#"{"spec":{}}"#, "{}", #"{"spec":{"template":null}}"#, #"{"spec":null}"#] {
      #expect(try judge(request(group: "apps", resource: "deployments", object: object), under: set).results.isEmpty)
    }
  }

  @Test(
    "and containers of a wrong shape are errors, never nothing to judge",
    arguments: [
      (#"{"spec":{"template":[]}}"#, "`spec.template` is not an object"),
      (#"{"spec":"x"}"#, "`spec.template` is not an object"),
      (#"{"spec":{"template":{"spec":{"containers":{}}}}}"#, "`spec.containers` is not a list"),
      (#"{"spec":{"template":{"spec":[]}}}"#, "`spec` is not an object"),
    ])
  func wrongShapes(object: String, problem: String) throws {
    let judged = try judge(
      request(group: "apps", resource: "deployments", object: object), under: policySet(Self.policy))
    #expect(!judged.allowed && judged.results == ["p": "error"])
    #expect(judged.message.hasSuffix("resulted in error: \(problem)"))
  }

  @Test("are compared with the object selector by their own labels")
  func objectSelector() throws {
    let set = try policySet(
      """
      apiVersion: policy.example.com/v1
      kind: Policy
      metadata: {name: p}
      spec:
        matchConstraints:
          resourceRules: [{apiGroups: [""], apiVersions: [v1], resources: [pods], operations: [CREATE]}]
          objectSelector: {matchLabels: {a: b}}
        validations: [{expression: "false"}]
      """)
    func denied(_ workload: String, _ template: String) throws -> Bool {
      let object =
        #"{"metadata":{"labels":\#(workload)},"spec":{"template":{"metadata":{"labels":\#(template)},"spec":{}}}}"#
      return try !judge(request(group: "apps", resource: "deployments", object: object), under: set).allowed
    }
    #expect(try denied("{}", #"{"a":"b"}"#))
    #expect(try !denied(#"{"a":"b"}"#, "{}"))
  }

  @Test("are judged besides the workload itself where a policy matches both, and the same finding is said once")
  func bothViews() throws {
    let set = try policySet(
      """
      apiVersion: policy.example.com/v1
      kind: Policy
      metadata: {name: p}
      spec:
        matchConstraints:
          resourceRules: [{apiGroups: ["*"], apiVersions: ["*"], resources: ["*"], operations: [CREATE]}]
        validations:
        - {expression: "object.metadata.?labels.?owner.hasValue()", messageExpression: "'no owner on ' + object.kind"}
        - {expression: "false", message: always}
      """)
    let object = #"{"kind":"Deployment","metadata":{"name":"w"},"spec":{"template":{"spec":{}}}}"#
    let judged = try judge(request(group: "apps", resource: "deployments", object: object), under: set)
    #expect(judged.failures["p"] == ["0: no owner on Deployment", "1: always", "0: no owner on Pod"])
  }

  @Test("see the old template as oldObject")
  func oldObject() throws {
    let set = try policySet(
      podPolicy(
        "validations:\n- expression: \"oldObject != null && oldObject.kind == 'Pod' && oldObject.spec.x == 1\"\n"))
    let old = #"{"spec":{"template":{"spec":{"x":1}}}}"#
    let update = request(
      "UPDATE", group: "apps", resource: "deployments", object: #"{"spec":{"template":{"spec":{}}}}"#, oldObject: old)
    #expect(try judge(update, under: set).allowed)
    #expect(try judge(request("DELETE", group: "apps", resource: "deployments", oldObject: old), under: set).allowed)
  }
}
