import Admission
import JSON
import Memory
import Policy
import Testing

/// How many policies of a large set a request is compared with. What that costs is measured by `benchmarks/Matching/run`.
@Suite("Policies that cannot match")
struct CandidateTests {
  private static let shapes: [(name: String, constraints: @Sendable (Int) -> String)] = [
    ("other resources", { "resourceRules: [\(rule(resources: "[things\($0)]"))]" }),
    ("other groups, any resource", { "resourceRules: [\(rule(groups: "[g\($0).example.com]", resources: "['*']"))]" }),
    ("other versions", { "resourceRules: [\(rule(versions: "[v\($0 + 2)]"))]" }),
    ("subresources", { _ in "resourceRules: [\(rule(resources: "[pods/status, '*/scale']"))]" }),
    ("other operations", { _ in "resourceRules: [\(rule(operations: "[DELETE, CONNECT]"))]" }),
    ("cluster scope", { _ in "resourceRules: [\(rule(resources: "['*']", more: ", scope: Cluster"))]" }),
    ("other names", { "resourceRules: [\(rule(more: ", resourceNames: [n\($0), m\($0)]"))]" }),
    (
      "an exclusion",
      { _ in "resourceRules: [\(rule(resources: "['*']"))]\n    excludeResourceRules: [\(rule(versions: "['*']"))]" }
    ),
    (
      "other namespaces",
      { "resourceRules: [\(rule())]\n    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: team-\($0)}}" }
    ),
    ("other labels", { "resourceRules: [\(rule())]\n    objectSelector: {matchLabels: {app: a\($0)}}" }),
    (
      "other namespaces, each of several",
      {
        "resourceRules: [\(rule())]\n    namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, "
          + "operator: In, values: [a\($0), b\($0), c]}]}"
      }
    ),
    (
      "namespaces left out",
      {
        "resourceRules: [\(rule())]\n    namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, "
          + "operator: NotIn, values: [kube-system, shop, a\($0)]}]}"
      }
    ),
    (
      "labels left out",
      { _ in
        "resourceRules: [\(rule())]\n    objectSelector: {matchExpressions: [{key: tier, operator: NotIn, values: [gold]}]}"
      }
    ),
    (
      "labels that are present",
      { _ in "resourceRules: [\(rule())]\n    objectSelector: {matchExpressions: [{key: app, operator: DoesNotExist}]}"
      }
    ),
    (
      "labels of which one is not there",
      { "resourceRules: [\(rule())]\n    objectSelector: {matchLabels: {app: web, tier: gold, l\($0): x}}" }
    ),
    (
      "labels that are absent",
      { "resourceRules: [\(rule())]\n    objectSelector: {matchExpressions: [{key: l\($0), operator: Exists}]}" }
    ),
  ]

  private static func rule(
    groups: String = "['']", versions: String = "[v1]", resources: String = "[pods]",
    operations: String = "[CREATE, UPDATE]", more: String = ""
  ) -> String {
    "{apiGroups: \(groups), apiVersions: \(versions), resources: \(resources), operations: \(operations)\(more)}"
  }

  private static func policy(_ name: String, _ constraints: String) -> String {
    """
    apiVersion: policy.example.com/v1
    kind: Policy
    metadata: {name: \(name)}
    spec:
      podTemplates: Ignore
      matchConstraints:
        \(constraints)
      validations: [{expression: "true"}]
    ---

    """
  }

  private static let pod = request(object: #"{"metadata":{"labels":{"app":"web","tier":"gold"}}}"#)

  @Test("are found by the labels of the namespace too, and all compared where those are not known")
  func namespaceLabels() throws {
    let set = try policySet(
      ["gold", "silver"].map {
        Self.policy($0, "resourceRules: [\(Self.rule())]\n    namespaceSelector: {matchLabels: {tier: \($0)}}")
      }.joined()
        + Self.policy(
          "any",
          """
          resourceRules: [\(Self.rule())]
              namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: Exists}]}
          """))
    #expect(try candidates(Self.pod, under: set) == [3, 3])
    let shop = #"{"metadata":{"name":"shop","labels":{"tier":"gold"}}}"#
    #expect(try judge(Self.pod, under: set, namespace: shop).results == ["gold": "pass", "any": "pass"])
    #expect(try candidates(Self.pod, under: set, namespace: shop) == [2, 2])
    let node = request(resource: "nodes", kind: "Node", namespace: "", object: "{}")
    let cluster = try policySet(
      Self.policy(
        "nodes",
        "resourceRules: [\(Self.rule(resources: "[nodes]"))]\n    namespaceSelector: {matchLabels: {tier: gold}}"))
    #expect(try candidates(node, under: cluster) == [1, 1])
  }

  private func candidates(_ request: String, under set: PolicySet, namespace: String? = nil) throws -> [Int] {
    var body = ByteBuffer()
    body.append("{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":\(request)}")
    var tape = Tape()
    try tape.parse(body.bytes)
    let namespaceObject = try namespace.map { text in
      var bytes = ByteBuffer()
      bytes.append(text)
      return try ParsedDocument(bytes)
    }
    var evaluator = Evaluator()
    // The kind of request is new the first time, and known the second.
    return try (0..<2).map { _ in
      evaluator.begin()
      let review = try AdmissionReview(tape.root, arena: evaluator.arena)
      return evaluator.candidateCount(review.request, under: set, namespace: namespaceObject?.root)
    }
  }

  @Test("are not compared with a request, however many there are", arguments: shapes.map(\.name))
  func others(shape: String) throws {
    let constraints = try #require(Self.shapes.first { $0.name == shape }).constraints
    let matching = (0..<4).map { Self.policy("match\($0)", "resourceRules: [\(Self.rule())]") }
    let others = (0..<96).map { Self.policy("other\($0)", constraints($0)) }
    let set = try policySet((matching + others).joined())
    #expect(try candidates(Self.pod, under: set) == [4, 4])
    #expect(try judge(Self.pod, under: set).results.count == 4)
  }

  @Test("are found by each of several names, namespaces and labels, and once by several")
  func severalKeys() throws {
    let selector =
      "objectSelector: {matchExpressions: [{key: app, operator: In, values: [web, api]}, {key: tier, operator: Exists}]}"
    let set = try policySet(
      Self.policy("names", "resourceRules: [\(Self.rule(more: ", resourceNames: [a, web]"))]")
        + Self.policy("labels", "resourceRules: [\(Self.rule())]\n    \(selector)")
        + Self.policy(
          "namespaces",
          """
          resourceRules: [\(Self.rule())]
              namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: [a, shop]}]}
          """)
        // So many that they are not compared one by one.
        + (0..<3).map {
          Self.policy("other\($0)", "resourceRules: [\(Self.rule())]\n    objectSelector: {matchLabels: {app: x}}")
        }.joined())
    #expect(try judge(Self.pod, under: set).results.count == 3)
    #expect(try candidates(Self.pod, under: set) == [3, 3])
    #expect(try candidates(request(name: "b", object: "{}"), under: set) == [1, 1])
    #expect(try candidates(request(namespace: "b", name: "b", object: "{}"), under: set) == [0, 0])
    let old = request("UPDATE", name: "b", object: "{}", oldObject: #"{"metadata":{"labels":{"a\u0070p":"api"}}}"#)
    #expect(try candidates(old, under: set) == [1, 1])
    let both = #"{"metadata":{"labels":{"a\u0070p":"api","tier":""}}}"#
    #expect(try candidates(request("UPDATE", name: "b", object: "{}", oldObject: both), under: set) == [2, 2])
  }

  @Test("are compared all with an object of very many labels, which would be looked up one by one otherwise")
  func manyLabels() throws {
    let labels = (0..<1000).map { "\"l\($0)\":\"\"" }.joined(separator: ",")
    let set = try policySet(
      (0..<10).map {
        Self.policy("p\($0)", "resourceRules: [\(Self.rule())]\n    objectSelector: {matchLabels: {app: a\($0)}}")
      }.joined())
    #expect(
      try candidates(request(object: "{\"metadata\":{\"labels\":{\(labels)}}}"), under: set) == [10, 10])
  }

  @Test("stay unfound after thousands of kinds of request, whose memory is bounded")
  func manyKinds() throws {
    let set = try policySet(
      Self.policy("any", "resourceRules: [\(Self.rule(groups: "['*']", versions: "['*']", resources: "['*']"))]")
        + Self.policy("pods", "resourceRules: [\(Self.rule())]"))
    var evaluator = Evaluator()
    var tape = Tape()
    for number in 0..<5000 {
      var body = ByteBuffer()
      let request = request(resource: number % 3 == 0 ? "pods" : "r\(number)", object: "{}")
      body.append("{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":\(request)}")
      try tape.parse(body.bytes)
      evaluator.begin()
      let review = try AdmissionReview(tape.root, arena: evaluator.arena)
      #expect(evaluator.candidateCount(review.request, under: set, namespace: nil) == (number % 3 == 0 ? 2 : 1))
    }
  }

  @Test("are those of the set that is asked, when one evaluator asks several")
  func severalSets() throws {
    let first = try policySet(Self.policy("a", "resourceRules: [\(Self.rule())]"))
    let second = try policySet(Self.policy("a", "resourceRules: [\(Self.rule(operations: "[DELETE]"))]"))
    var body = ByteBuffer()
    body.append("{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":\(Self.pod)}")
    var tape = Tape()
    try tape.parse(body.bytes)
    var evaluator = Evaluator()
    for _ in 0..<3 {
      for (set, count) in [(first, 1), (second, 0)] {
        evaluator.begin()
        let review = try AdmissionReview(tape.root, arena: evaluator.arena)
        #expect(evaluator.candidateCount(review.request, under: set, namespace: nil) == count)
      }
    }
  }
}
