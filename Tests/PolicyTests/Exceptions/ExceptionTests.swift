import Policy
import Testing

/// One exception, one request, one moment, and whether the exception lifts the denial.
struct ExceptionCase: CustomTestStringConvertible {
  let name: String
  /// Lines under `spec` of the exception `x`.
  var spec = Self.labels
  var request = Self.pod()
  var now = "2026-09-01T00:00:00Z"
  /// Whether the policy `net` is excepted.
  let isExcepted: Bool

  static let labels = "namespace: monitoring\nresourceSelector: {matchLabels: {app: exporter}}"

  var testDescription: String { name }

  /// An object that shares the network of its node.
  static func object(_ labels: String?, name: String? = "web", generateName: String? = nil) -> String {
    var metadata: [String] = []
    if let name { metadata.append("\"name\":\"\(name)\"") }
    if let generateName { metadata.append("\"generateName\":\"\(generateName)\"") }
    if let labels { metadata.append("\"labels\":\(labels)") }
    return "{\"metadata\":{\(metadata.joined(separator: ","))},\"spec\":{\"hostNetwork\":true}}"
  }

  static let exporter = "{\"app\":\"exporter\"}"

  static func pod(
    _ labels: String? = exporter, namespace: String = "monitoring", name: String? = "web", generateName: String? = nil
  ) -> String {
    PolicyTests.request(
      namespace: namespace, name: name ?? "",
      object: object(labels, name: name, generateName: generateName))
  }

  static func workload(
    labels: String = "{}", template: String = exporter, kind: String = "DaemonSet", name: String = "web"
  ) -> String {
    let object =
      "{\"metadata\":{\"name\":\"\(name)\",\"labels\":\(labels)},\"spec\":{\"template\":\(object(template, name: nil))}}"
    return PolicyTests.request(
      group: "apps", resource: kind.lowercased() + "s", kind: kind, namespace: "monitoring", name: name, object: object)
  }

  static func update(_ labels: String, from old: String) -> String {
    PolicyTests.request("UPDATE", namespace: "monitoring", object: object(labels), oldObject: object(old))
  }
}

@Suite("An exception")
struct ExceptionTests {
  private typealias Case = ExceptionCase

  static let scopes: [ExceptionCase] = [
    Case(name: "lifts the denial of an object in its namespace with its labels", isExcepted: true),
    Case(name: "does not help another namespace", request: Case.pod(namespace: "shop"), isExcepted: false),
    Case(name: "… nor one whose name starts alike", request: Case.pod(namespace: "monitoring2"), isExcepted: false),
    Case(name: "… nor one in another case", request: Case.pod(namespace: "Monitoring"), isExcepted: false),
    Case(name: "does not help an object without a namespace", request: Case.pod(namespace: ""), isExcepted: false),
    Case(
      name: "without a namespace does not help an object that has one",
      spec: "resourceSelector: {matchLabels: {app: exporter}}", isExcepted: false),
    Case(
      name: "without a namespace helps an object that has none",
      spec: "resourceSelector: {matchLabels: {app: exporter}}", request: Case.pod(namespace: ""), isExcepted: true),
    Case(name: "from another policy does not help", spec: "policy: other\n" + Case.labels, isExcepted: false),
    Case(name: "from several policies helps", spec: "policies: [other, net]\n" + Case.labels, isExcepted: true),
    Case(name: "does not help an object without labels", request: Case.pod(nil), isExcepted: false),
    Case(name: "does not help an object with another label", request: Case.pod("{\"app\":\"web\"}"), isExcepted: false),
    Case(name: "does not help a label in another case", request: Case.pod("{\"app\":\"Exporter\"}"), isExcepted: false),
    Case(
      name: "does not help a label's key in another case", request: Case.pod("{\"App\":\"exporter\"}"),
      isExcepted: false),
    Case(name: "does not help a label that is no string", request: Case.pod("{\"app\":1}"), isExcepted: false),
    Case(name: "does not help labels that are no object", request: Case.pod("[\"app\"]"), isExcepted: false),
    Case(
      name: "helps a label that is written with escapes", request: Case.pod("{\"app\":\"exp\\u006frter\"}"),
      isExcepted: true),
    Case(
      name: "does not help an object with one label of two",
      spec: "namespace: monitoring\nresourceSelector: {matchLabels: {app: exporter, tier: node}}", isExcepted: false),
    Case(
      name: "helps an object with both labels and another",
      spec: "namespace: monitoring\nresourceSelector: {matchLabels: {app: exporter, tier: node}}",
      request: Case.pod("{\"tier\":\"node\",\"x\":\"y\",\"app\":\"exporter\"}"), isExcepted: true),
  ]

  private static func selecting(_ expression: String, and more: String = "") -> String {
    "namespace: monitoring\nresourceSelector: {matchExpressions: [\(expression)]\(more)}"
  }

  static let operators: [ExceptionCase] = [
    Case(
      name: "In helps one of its values", spec: selecting("{key: app, operator: In, values: [a, exporter]}"),
      isExcepted: true),
    Case(
      name: "In does not help another value", spec: selecting("{key: app, operator: In, values: [a, b]}"),
      isExcepted: false),
    Case(
      name: "In does not help an object without the label", spec: selecting("{key: tier, operator: In, values: [a]}"),
      isExcepted: false),
    Case(
      name: "NotIn helps another value", spec: selecting("{key: app, operator: NotIn, values: [a]}"), isExcepted: true),
    Case(
      name: "NotIn does not help its value", spec: selecting("{key: app, operator: NotIn, values: [exporter]}"),
      isExcepted: false),
    Case(
      name: "NotIn helps an object without the label, as in Kubernetes",
      spec: selecting("{key: tier, operator: NotIn, values: [a]}"), isExcepted: true),
    Case(name: "Exists helps any value", spec: selecting("{key: app, operator: Exists}"), isExcepted: true),
    Case(
      name: "Exists helps an empty value", spec: selecting("{key: app, operator: Exists}"),
      request: Case.pod("{\"app\":\"\"}"), isExcepted: true),
    Case(
      name: "Exists does not help where the label is missing", spec: selecting("{key: tier, operator: Exists}"),
      isExcepted: false),
    Case(
      name: "DoesNotExist helps where it is missing", spec: selecting("{key: tier, operator: DoesNotExist}"),
      isExcepted: true),
    Case(
      name: "DoesNotExist does not help where it is", spec: selecting("{key: app, operator: DoesNotExist}"),
      isExcepted: false),
    Case(
      name: "labels and expressions must all hold",
      spec: selecting("{key: tier, operator: Exists}", and: ", matchLabels: {app: exporter}"), isExcepted: false),
  ]

  private static let named = "namespace: monitoring\nnames: [web, node-*]"

  static let kindsAndNames: [ExceptionCase] = [
    Case(name: "of a kind helps it", spec: Case.labels + "\nkinds: [Pod]", isExcepted: true),
    Case(name: "of another kind does not", spec: Case.labels + "\nkinds: [DaemonSet]", isExcepted: false),
    Case(name: "of a kind of another group does not", spec: Case.labels + "\nkinds: [Pod.apps]", isExcepted: false),
    Case(
      name: "of a kind with its group helps it", spec: Case.labels + "\nkinds: [DaemonSet.apps]",
      request: Case.workload(), isExcepted: true),
    Case(name: "of kinds alone, without labels, helps", spec: "namespace: monitoring\nkinds: [Pod]", isExcepted: true),
    Case(name: "of a name helps it", spec: named, isExcepted: true),
    Case(
      name: "of a name does not help one that starts alike", spec: named, request: Case.pod(name: "web2"),
      isExcepted: false),
    Case(name: "of a pattern helps what it matches", spec: named, request: Case.pod(name: "node-7"), isExcepted: true),
    Case(
      name: "of a pattern does not help another", spec: named, request: Case.pod(name: "anode-7"), isExcepted: false),
    Case(
      name: "of a pattern helps a name that will be generated from what it starts with", spec: named,
      request: Case.pod(name: nil, generateName: "node-exporter-"), isExcepted: true),
    Case(
      name: "of an exact name never helps one that will be generated", spec: named,
      request: Case.pod(name: nil, generateName: "web"), isExcepted: false),
    Case(
      name: "of names does not help an object that has none", spec: named, request: Case.pod(name: nil),
      isExcepted: false),
    Case(
      name: "of names and kinds does not help the same name of another kind",
      spec: "namespace: monitoring\nnames: [web]\nkinds: [DaemonSet]", request: Case.workload(kind: "Deployment"),
      isExcepted: false),
    Case(
      name: "of names and the kind Pod does not help a workload of the name",
      spec: "namespace: monitoring\nnames: [web]\nkinds: [Pod]", request: Case.workload(), isExcepted: false),
    Case(
      name: "of names and a workload's kind helps it",
      spec: "namespace: monitoring\nnames: [web]\nkinds: [DaemonSet]", request: Case.workload(), isExcepted: true),
  ]

  static let times: [ExceptionCase] = [
    Case(name: "helps in the last nanosecond", now: "2026-09-30T23:59:59.999999999Z", isExcepted: true),
    Case(name: "does not help at its end", now: "2026-10-01T00:00:00Z", isExcepted: false),
    Case(name: "does not help after its end", now: "2026-10-01T00:00:00.000000001Z", isExcepted: false),
    Case(
      name: "ends by the instant, whatever the offset it is written with",
      spec: Case.labels + "\nexpiresAt: \"2026-10-01T02:00:00+02:00\"", now: "2026-10-01T00:00:00Z", isExcepted: false),
    Case(
      name: "helps before the instant, whatever the offset",
      spec: Case.labels + "\nexpiresAt: \"2026-10-01T02:00:00+02:00\"", now: "2026-09-30T23:59:59.999999999Z",
      isExcepted: true),
    Case(
      name: "with a fraction ends at it", spec: Case.labels + "\nexpiresAt: \"2026-09-01T00:00:00.5Z\"",
      now: "2026-09-01T00:00:00.5Z", isExcepted: false),
    Case(
      name: "with a fraction helps just before", spec: Case.labels + "\nexpiresAt: \"2026-09-01T00:00:00.5Z\"",
      now: "2026-09-01T00:00:00.499999999Z", isExcepted: true),
    Case(
      name: "does not help before its start", spec: Case.labels + "\nstartsAt: \"2026-09-02\"",
      now: "2026-09-01T23:59:59.999999999Z", isExcepted: false),
    Case(
      name: "helps at its start", spec: Case.labels + "\nstartsAt: \"2026-09-02\"", now: "2026-09-02T00:00:00Z",
      isExcepted: true),
    Case(
      name: "does not end at its review", spec: Case.labels + "\nreviewBy: \"2026-08-01\"", now: "2026-09-02T00:00:00Z",
      isExcepted: true),
  ]

  static let views: [ExceptionCase] = [
    Case(name: "helps a workload whose template has the labels", request: Case.workload(), isExcepted: true),
    Case(
      name: "does not help a workload that has the labels itself, but not its template",
      request: Case.workload(labels: Case.exporter, template: "{}"), isExcepted: false),
    Case(
      name: "of the kind Pod helps the Pod that a template stands for", spec: Case.labels + "\nkinds: [Pod]",
      request: Case.workload(), isExcepted: true),
    Case(
      name: "of a name helps the workload of that name", spec: named, request: Case.workload(), isExcepted: true),
    Case(
      name: "helps an update to labels that it selects", request: Case.update(Case.exporter, from: "{}"),
      isExcepted: true),
    Case(
      name: "does not help an update of which only the old object has the labels",
      request: Case.update("{}", from: Case.exporter), isExcepted: false),
    Case(
      name: "does not help an update to a null object",
      request: PolicyTests.request("UPDATE", namespace: "monitoring", oldObject: Case.object("{}")), isExcepted: false),
  ]

  private static func when(_ expression: String) -> String {
    Case.labels + "\nmatchConditions: [{name: c, expression: \"\(expression)\"}]"
  }

  static let conditions: [ExceptionCase] = [
    Case(name: "helps where its condition is true", spec: when("object.spec.hostNetwork == true"), isExcepted: true),
    Case(
      name: "does not help where its condition is false", spec: when("request.userInfo.username == 'eve'"),
      isExcepted: false),
    Case(
      name: "does not help where its condition is an error", spec: when("object.spec.nothing == 1"), isExcepted: false),
    Case(
      name: "evaluates its condition on the Pod of a template",
      spec: when("object.kind == 'Pod' && size(allContainers) == 0"),
      request: Case.workload(), isExcepted: true),
    Case(
      name: "does not help where one condition of two is false",
      spec: Case.labels
        + "\nmatchConditions: [{name: a, expression: 'true'}, {name: b, expression: \"object.metadata.name != 'web'\"}]",
      isExcepted: false),
  ]

  @Test(
    "applies exactly where it says",
    arguments: scopes + operators + kindsAndNames + times + views + conditions)
  func table(_ test: ExceptionCase) throws {
    let fixture = try ExceptionFixture(ExceptionFixture.policies + "\n" + exception(test.spec), now: test.now)
    let judged = try fixture.judge(test.request)
    // Before anything is said of the exception: without it the policy denies.
    let without = try ExceptionFixture(ExceptionFixture.policies, now: test.now).judge(test.request)
    let denies = test.request.contains("\"object\":null") ? "error" : "fail"
    #expect(without.results["net"] == denies)
    #expect(judged.results["net"] == (test.isExcepted ? "excepted" : denies))
    #expect(judged.exceptions["net"] == (test.isExcepted ? ["x"] : []))
    #expect(judged.message.contains("net: no host network") == (denies == "fail" && !test.isExcepted))
    #expect((judged.annotations["exception"] != nil) == judged.results.values.contains("excepted"))
    // The other policy finds the same, and is lifted only where it is named.
    #expect(judged.results["other"] == (test.spec.contains("other") ? "excepted" : denies))
    #expect(judged.allowed == (judged.results["net"] == "excepted" && judged.results["other"] == "excepted"))
  }

  @Test("the table has at least sixty cases")
  func size() {
    #expect(
      Self.scopes.count + Self.operators.count + Self.kindsAndNames.count + Self.times.count
        + Self.views.count + Self.conditions.count >= 60)
  }

  // MARK: Several

  @Test("that ends last is named, of several that apply")
  func several() throws {
    let manifests = [("b", "2026-10-05"), ("a", "2026-10-05"), ("c", "2026-10-01")].map { name, end in
      exception(Case.labels + "\nexpiresAt: \"\(end)\"", name: name)
    }
    let fixture = try ExceptionFixture(ExceptionFixture.policies + "\n" + manifests.joined(), now: "2026-09-01")
    #expect(try fixture.judge(Case.pod()).exceptions["net"] == ["a"])
    // One of them has ended, another applies.
    #expect(try fixture.judge(Case.pod(), now: "2026-10-02").exceptions["net"] == ["a"])
    #expect(try fixture.judge(Case.pod(), now: "2026-10-05").exceptions["net"] == [])
  }

  @Test("that does not cover the object gives way to one that ends earlier and does")
  func fallingBack() throws {
    let later = exception(
      "namespace: monitoring\nresourceSelector: {matchLabels: {app: web}}\nexpiresAt: \"2026-11-01\"", name: "later")
    let fixture = try ExceptionFixture(
      ExceptionFixture.policies + "\n" + later + exception(Case.labels, name: "x"), now: "2026-09-01")
    #expect(try fixture.judge(Case.pod()).exceptions["net"] == ["x"])
  }

  @Test("for the object and another for the Pod in its template are both needed where both are found wanting")
  func twoViews() throws {
    let policy = """
      apiVersion: policy.example.com/v1
      kind: Policy
      metadata: {name: net}
      spec:
        matchConstraints:
          resourceRules:
          - {apiGroups: ["", apps], apiVersions: [v1], resources: [pods, daemonsets], operations: ["*"]}
        validations: [{expression: "has(object.metadata.annotations)", message: annotate it}]
      ---

      """
    let own = exception(
      "namespace: monitoring\nresourceSelector: {matchLabels: {own: a}}\nexpiresAt: \"2026-10-02\"", name: "own")
    let template = exception(Case.labels, name: "template")
    let request = Case.workload(labels: "{\"own\":\"a\"}")
    for (manifests, expected) in [(own, "fail"), (template, "fail"), (own + template, "excepted")] {
      let judged = try ExceptionFixture(policy + manifests, now: "2026-09-01").judge(request)
      #expect(judged.results["net"] == expected)
      #expect(judged.allowed == (expected == "excepted"))
    }
    let judged = try ExceptionFixture(policy + own + template, now: "2026-09-01").judge(request)
    #expect(judged.exceptions["net"] == ["own", "template"])
  }

  @Test("is looked for by the object that was, where it is deleted")
  func deletion() throws {
    let policy =
      podPolicy("validations: [{expression: '!oldObject.spec.hostNetwork', message: keep it}]", name: "net") + "---\n"
    let request = PolicyTests.request("DELETE", namespace: "monitoring", oldObject: Case.object(Case.exporter))
    let fixture = try ExceptionFixture(policy + exception(Case.labels), now: "2026-09-01")
    #expect(try fixture.judge(request).exceptions["net"] == ["x"])
  }

  @Test(
    "for objects without a namespace helps a Namespace, and one for a namespace does not help that Namespace itself")
  func namespaces() throws {
    let policy = """
      apiVersion: policy.example.com/v1
      kind: Policy
      metadata: {name: net}
      spec:
        matchConstraints:
          resourceRules: [{apiGroups: [""], apiVersions: [v1], resources: [namespaces], operations: ["*"]}]
        validations: [{expression: "false", message: "no"}]
      ---

      """
    let request = PolicyTests.request(
      resource: "namespaces", kind: "Namespace", namespace: "monitoring", name: "monitoring",
      object: Case.object(Case.exporter))
    let own = try ExceptionFixture(policy + exception(Case.labels), now: "2026-09-01").judge(request)
    #expect(own.results["net"] == "fail")
    let cluster = try ExceptionFixture(
      policy + exception("resourceSelector: {matchLabels: {app: exporter}}"), now: "2026-09-01"
    ).judge(request)
    #expect(cluster.results["net"] == "excepted")
  }

  // MARK: What follows from findings

  @Test("lifts an evaluation that fails, since the policy is not for the object at all")
  func errors() throws {
    for failurePolicy in ["Fail", "Ignore"] {
      let policy =
        podPolicy(
          "failurePolicy: \(failurePolicy)\nvalidations: [{expression: 'object.spec.nothing == 1', message: x}]",
          name: "net") + "---\n"
      let judged = try ExceptionFixture(policy + exception(Case.labels), now: "2026-09-01").judge(Case.pod())
      #expect(judged.allowed)
      // Where nothing follows from the error there is nothing to lift.
      #expect(judged.results["net"] == (failurePolicy == "Fail" ? "excepted" : "error"))
    }
  }

  @Test("lifts warnings and audit findings")
  func warningsAndFindings() throws {
    for action in ["Warn", "Audit"] {
      let policy =
        podPolicy(
          "validationActions: [\(action)]\nvalidations: [{expression: '!object.spec.hostNetwork', message: x}]",
          name: "net") + "---\n"
      let without = try ExceptionFixture(policy, now: "2026-09-01").judge(Case.pod())
      #expect(without.warnings.count + without.annotations.count == 1)
      let judged = try ExceptionFixture(policy + exception(Case.labels), now: "2026-09-01").judge(Case.pod())
      #expect(judged.results["net"] == "excepted")
      #expect(judged.warnings == [])
      #expect(Array(judged.annotations.keys) == ["exception"])
    }
  }

  @Test("from a ValidatingAdmissionPolicy applies whatever its bindings")
  func bindings() throws {
    let policy = """
      apiVersion: admissionregistration.k8s.io/v1
      kind: ValidatingAdmissionPolicy
      metadata: {name: net}
      spec:
        matchConstraints:
          resourceRules: [{apiGroups: [""], apiVersions: [v1], resources: [pods], operations: ["*"]}]
        validations: [{expression: "!object.spec.hostNetwork"}]
      ---
      apiVersion: admissionregistration.k8s.io/v1
      kind: ValidatingAdmissionPolicyBinding
      metadata: {name: b1}
      spec: {policyName: net, validationActions: [Deny]}
      ---
      apiVersion: admissionregistration.k8s.io/v1
      kind: ValidatingAdmissionPolicyBinding
      metadata: {name: b2}
      spec: {policyName: net, validationActions: [Warn]}
      ---

      """
    let judged = try ExceptionFixture(policy + exception(Case.labels), now: "2026-09-01").judge(Case.pod())
    #expect(judged.allowed)
    #expect(judged.warnings == [])
  }

  // MARK: What is said

  @Test("is named in an audit annotation, with policy, approver and end")
  func annotation() throws {
    let fixture = try ExceptionFixture(
      ExceptionFixture.policies + "\n" + exception("policies: [net, other]\n" + Case.labels), now: "2026-09-01")
    let judged = try fixture.judge(Case.pod())
    #expect(judged.allowed)
    #expect(
      judged.annotations["exception"] == """
        [{"exception":"x","policy":"net","approvedBy":"security","expiresAt":"2026-10-01T00:00:00Z"},\
        {"exception":"x","policy":"other","approvedBy":"security","expiresAt":"2026-10-01T00:00:00Z"}]
        """)
  }

  @Test(
    "warns its users when the end is near",
    arguments: [
      ("2026-09-16T23:59:59.999999999Z", nil), ("2026-09-17T00:00:00Z", "14 days"), ("2026-09-29T12:00:00Z", "1 day"),
      ("2026-09-30T00:00:00.5Z", "23 hours"), ("2026-09-30T22:59:00Z", "1 hour"),
      ("2026-09-30T23:30:00Z", "30 minutes"),
      ("2026-09-30T23:59:30Z", "0 minutes"),
    ])
  func warning(_ now: String, _ left: String?) throws {
    let fixture = try ExceptionFixture(
      podPolicy("validations: [{expression: '!object.spec.hostNetwork', message: x}]", name: "net") + "---\n"
        + exception(Case.labels), now: now)
    let warning = left.map { "exception `x` from policy `net` ends on 2026-10-01 (\($0) left); approved by security" }
    #expect(try fixture.judge(Case.pod()).warnings == [warning].compactMap { $0 })
    var never = ExceptionSettings()
    never.expiryWarning = .days(0)
    #expect(try fixture.judge(Case.pod(), settings: never).warnings == [])
  }

  @Test("that has ended is named in the denial that it would have lifted, for thirty days")
  func ended() throws {
    let fixture = try ExceptionFixture(
      ExceptionFixture.policies + "\n" + exception(Case.labels)
        + exception(Case.labels + "\nexpiresAt: \"2026-09-30\"", name: "z"),
      now: "2026-09-01")
    let denial = "net: no host network\nother: no second"
    let noted = "net: no host network\nnet: exception `x` ended on 2026-10-01\nother: no second"
    #expect(try fixture.judge(Case.pod(), now: "2026-10-01").message == noted)
    #expect(try fixture.judge(Case.pod(), now: "2026-10-31").message == noted)
    #expect(try fixture.judge(Case.pod(), now: "2026-10-31T00:00:00.000000001Z").message == denial)
    // It would not have lifted this one.
    #expect(try fixture.judge(Case.pod("{}"), now: "2026-10-01").message == denial)
    let timed = try ExceptionFixture(
      ExceptionFixture.policies + "\n" + exception(Case.labels + "\nexpiresAt: \"2026-10-01T12:00:00+02:00\""),
      now: "2026-10-02")
    #expect(try timed.judge(Case.pod()).message.contains("net: exception `x` ended at 2026-10-01T10:00:00Z\n"))
  }

  @Test("whose condition cannot be evaluated is named in the denial")
  func failedCondition() throws {
    let fixture = try ExceptionFixture(
      ExceptionFixture.policies + "\n" + exception(Self.when("object.spec.nothing == 1")), now: "2026-09-01")
    let message = try fixture.judge(Case.pod()).message
    #expect(message.contains("net: exception `x` does not apply: its conditions cannot be evaluated\n"))
  }

  @Test("never helps what is done to exceptions")
  func exceptionsThemselves() throws {
    let policy = """
      apiVersion: policy.example.com/v1
      kind: Policy
      metadata: {name: net}
      spec:
        matchConstraints:
          resourceRules: [{apiGroups: ["*"], apiVersions: ["*"], resources: ["*"], operations: ["*"]}]
        validations: [{expression: "false", message: "no"}]
      ---

      """
    let fixture = try ExceptionFixture(policy + exception("kinds: [PolicyException, ClusterRole]"), now: "2026-09-01")
    func ask(_ group: String, _ resource: String, _ kind: String) throws -> Judged {
      try fixture.judge(
        PolicyTests.request("DELETE", group: group, resource: resource, kind: kind, namespace: "", oldObject: "{}"))
    }
    #expect(try ask("rbac.authorization.k8s.io", "clusterroles", "ClusterRole").allowed)
    #expect(try !ask("policy.example.com", "policyexceptions", "PolicyException").allowed)
  }
}
