import Policy
import Testing

@Suite("Matching")
struct MatchingTests {
  private func matches(_ rule: String, _ request: String, _ more: String = "", namespace: String? = nil) throws -> Bool
  {
    let set = try policySet(
      """
      apiVersion: policy.example.com/v1
      kind: Policy
      metadata: {name: p}
      spec:
        podTemplates: Ignore
        validations: [{expression: "true"}]
        matchConstraints:
          resourceRules: [{\(rule)}]
      \(more)
      """)
    return try judge(request, under: set, namespace: namespace).results == ["p": "pass"]
  }

  private static func rule(
    _ resources: String, groups: String = "['*']", versions: String = "['*']", operations: String = "['*']"
  ) -> String {
    "apiGroups: \(groups), apiVersions: \(versions), resources: \(resources), operations: \(operations)"
  }

  @Test(
    "by resource and subresource, as the API server's rules do",
    arguments: [
      ("[pods]", "", true), ("[pods]", "status", false), ("[pods/status]", "status", true),
      ("[pods/status]", "", false),
      ("[pods/*]", "", true), ("[pods/*]", "exec", true), ("['*']", "", true), ("['*']", "status", false),
      ("['*/*']", "", true), ("['*/*']", "status", true), ("['*/status']", "status", true), ("['*/status']", "", false),
      ("[services, pods]", "", true), ("[services]", "", false), ("[pod]", "", false),
    ])
  func resources(resources: String, subresource: String, expected: Bool) throws {
    #expect(try matches(Self.rule(resources), request(subresource: subresource, object: "{}")) == expected)
  }

  @Test("by group, version and operation")
  func groupsAndOperations() throws {
    let request = request("UPDATE", group: "apps", version: "v1", resource: "deployments", object: "{}")
    #expect(
      try matches(Self.rule("[deployments]", groups: "[apps]", versions: "[v1]", operations: "[UPDATE]"), request))
    #expect(try !matches(Self.rule("[deployments]", groups: "['']"), request))
    #expect(try !matches(Self.rule("[deployments]", versions: "[v1beta1]"), request))
    #expect(try !matches(Self.rule("[deployments]", operations: "[CREATE, DELETE, CONNECT]"), request))
  }

  @Test("by scope, a Namespace counting as cluster-scoped")
  func scope() throws {
    let namespaced = Self.rule("['*']") + ", scope: Namespaced"
    let cluster = Self.rule("['*']") + ", scope: Cluster"
    let pod = request(object: "{}")
    let node = request(resource: "nodes", kind: "Node", namespace: "", object: "{}")
    let namespace = request(resource: "namespaces", kind: "Namespace", namespace: "shop", name: "shop", object: "{}")
    #expect(try matches(namespaced, pod) && !matches(cluster, pod))
    #expect(try !matches(namespaced, node) && matches(cluster, node))
    #expect(try !matches(namespaced, namespace) && matches(cluster, namespace))
  }

  @Test("by name, which a request with generateName has not yet")
  func names() throws {
    let rule = Self.rule("[pods]") + ", resourceNames: [web]"
    #expect(try matches(rule, request(name: "web", object: "{}")))
    #expect(try !matches(rule, request(name: "other", object: "{}")))
    #expect(try !matches(rule, request(name: "", object: "{}")))
  }

  @Test("leaves out what an exclusion names")
  func exclusions() throws {
    let exclude = "    excludeResourceRules: [{\(Self.rule("[pods]")), resourceNames: [web]}]"
    #expect(try !matches(Self.rule("['*']"), request(name: "web", object: "{}"), exclude))
    #expect(try matches(Self.rule("['*']"), request(name: "other", object: "{}"), exclude))
  }

  @Test(
    "by the labels of the object or of the old object",
    arguments: [
      (#"{"a":"b"}"#, "{}", true), ("{}", #"{"a":"b"}"#, true), ("{}", "{}", false), (#"{"a":"c"}"#, "{}", false),
      (#"{"A":"b"}"#, "{}", false),
    ])
  func objectSelector(new: String, old: String, expected: Bool) throws {
    let selector = "    objectSelector: {matchLabels: {a: b}}"
    let update = request(
      "UPDATE", object: #"{"metadata":{"labels":\#(new)}}"#, oldObject: #"{"metadata":{"labels":\#(old)}}"#)
    #expect(try matches(Self.rule("[pods]"), update, selector) == expected)
  }

  @Test(
    "with each operator of a selector",
    arguments: [
      ("{key: a, operator: In, values: [x, z]}", #"{"a":"z"}"#, true),
      ("{key: a, operator: In, values: [x]}", "{}", false),
      ("{key: a, operator: NotIn, values: [x]}", #"{"a":"x"}"#, false),
      ("{key: a, operator: NotIn, values: [x]}", "{}", true),
      ("{key: a, operator: Exists}", #"{"a":""}"#, true), ("{key: a, operator: Exists}", "{}", false),
      ("{key: a, operator: DoesNotExist}", "{}", true), ("{key: a, operator: DoesNotExist}", #"{"a":"x"}"#, false),
    ])
  func operators(expression: String, labels: String, expected: Bool) throws {
    let selector = "    objectSelector: {matchExpressions: [\(expression)]}"
    #expect(
      try matches(Self.rule("[pods]"), request(object: #"{"metadata":{"labels":\#(labels)}}"#), selector) == expected)
  }

  @Test("by the labels of the namespace, of a Namespace itself, and not at all for cluster-scoped objects")
  func namespaceSelector() throws {
    let selector = "    namespaceSelector: {matchLabels: {tier: gold}}"
    let rule = Self.rule("['*']")
    let gold = #"{"metadata":{"name":"shop","labels":{"tier":"gold"}}}"#
    let plain = #"{"metadata":{"name":"shop"}}"#
    #expect(try matches(rule, request(object: "{}"), selector, namespace: gold))
    #expect(try !matches(rule, request(object: "{}"), selector, namespace: plain))
    #expect(try matches(rule, request(resource: "nodes", kind: "Node", namespace: "", object: "{}"), selector))
    let namespace = request(resource: "namespaces", kind: "Namespace", name: "shop", object: gold)
    #expect(try matches(rule, namespace, selector, namespace: plain))
  }

  @Test("cannot tell without the Namespace, and leaves it to failurePolicy, unless only its name is asked for")
  func unknownNamespace() throws {
    func verdict(_ selector: String) throws -> Judged {
      try judge(
        request(object: "{}"),
        under: policySet(
          """
          apiVersion: policy.example.com/v1
          kind: Policy
          metadata: {name: p}
          spec:
            validations: [{expression: "true"}]
            matchConstraints:
              resourceRules: [{\(Self.rule("[pods]"))}]
              namespaceSelector: \(selector)
          """))
    }
    #expect(try verdict("{matchLabels: {tier: gold}}").results == ["p": "error"])
    #expect(try !verdict("{matchLabels: {tier: gold}}").allowed)
    #expect(try verdict("{matchLabels: {kubernetes.io/metadata.name: shop}}").results == ["p": "pass"])
    let systems = "{matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [shop]}]}"
    #expect(try verdict(systems).results.isEmpty)
  }
}
