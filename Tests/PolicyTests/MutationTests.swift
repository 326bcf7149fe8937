import Dispatch
import Memory
import Policy
import TestSupport
import Testing

/// Manifests of mutations for tests.
enum Mutations {
  /// A MutatingAdmissionPolicy for Pods with a binding of the same name.
  static func policy(
    _ name: String, _ mutations: [String], spec: String = "reinvocationPolicy: Never", annotations: String = "{}",
    resources: String = "[pods]", operations: String = "['*']", binding: String = ""
  ) -> String {
    """
    apiVersion: admissionregistration.k8s.io/v1
    kind: MutatingAdmissionPolicy
    metadata: {name: \(name), annotations: \(annotations)}
    spec:
      matchConstraints:
        resourceRules:
        - {apiGroups: ["*"], apiVersions: ["*"], resources: \(resources), operations: \(operations)}
    \(spec.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n"))
      mutations:
    \(mutations.map { "  - \($0)" }.joined(separator: "\n"))
    ---
    apiVersion: admissionregistration.k8s.io/v1
    kind: MutatingAdmissionPolicyBinding
    metadata: {name: \(name)}
    spec:
      policyName: \(name)
    \(binding.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n"))
    ---

    """
  }

  /// A mutation by operations, `path: value` for `add`.
  static func patch(_ expression: String) -> String {
    "patchType: JSONPatch\n    jsonPatch: {expression: \(quoted(expression))}"
  }

  static func apply(_ expression: String) -> String {
    "patchType: ApplyConfiguration\n    applyConfiguration: {expression: \(quoted(expression))}"
  }

  /// An `add` of a label's value.
  static func label(_ key: String, _ value: String) -> String {
    patch("[JSONPatch{op: 'add', path: '/metadata/labels/\(key)', value: \(value)}]")
  }

  private static func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "''"))'" }

  static let pod = #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","labels":{"app":"web"}},"spec":{}}"#
}

@Suite("Mutations")
struct MutationTests {
  private typealias M = Mutations

  /// The value of a label in the object as it was left.
  private func label(_ key: String, _ mutated: Mutated) -> String? {
    guard let object = mutated.object, let start = object.firstRange(of: "\"\(key)\":\"") else { return nil }
    return String(object[start.upperBound...].prefix { $0 != "\"" })
  }

  @Test("are carried out in the order of the policies' names, each on the object as the one before has left it")
  func order() throws {
    let set = try policySet(
      M.policy("c", [M.label("app", "object.metadata.labels.app + 'c'")])
        + M.policy(
          "a", [M.label("app", "object.metadata.labels.app + 'a'"), M.label("app", "object.metadata.labels.app + 'A'")])
        + M.policy("b", [M.label("app", "object.metadata.labels.app + 'b'")]))
    let mutated = try mutate(request(object: M.pod), under: set)
    #expect(mutated.patch == #"[{"op":"replace","path":"/metadata/labels/app","value":"webaAbc"}]"#)
    #expect(mutated.results == ["a": "mutated", "b": "mutated", "c": "mutated"])
  }

  @Test("compute variables anew for each")
  func variables() throws {
    let set = try policySet(
      M.policy(
        "a", [M.label("app", "variables.next"), M.label("app", "variables.next")],
        spec: "reinvocationPolicy: Never\nvariables: [{name: next, expression: 'object.metadata.labels.app + \"+\"'}]"))
    #expect(label("app", try mutate(request(object: M.pod), under: set)) == "web++")
  }

  @Test("give no patch where nothing changes, and say so of the policy")
  func unchanged() throws {
    let set = try policySet(
      M.policy("a", [M.patch("object.kind == 'Pod' ? [] : [JSONPatch{op: 'remove', path: '/spec'}]")])
        + M.policy("b", [M.label("app", "'web'")]))
    let mutated = try mutate(request(object: M.pod), under: set)
    #expect(mutated.allowed && mutated.patch.isEmpty && mutated.object == nil)
    #expect(mutated.results == ["a": "pass", "b": "pass"])
  }

  @Test("that take back what others did give no patch")
  func back() throws {
    let set = try policySet(M.policy("a", [M.label("app", "'x'")]) + M.policy("b", [M.label("app", "'web'")]))
    let mutated = try mutate(request(object: M.pod), under: set)
    #expect(mutated.patch.isEmpty && mutated.allowed)
  }

  @Test("leave the object as it was where a test does not hold, and go on")
  func guards() throws {
    let set = try policySet(
      M.policy(
        "a",
        [
          M.patch(
            """
            [JSONPatch{op: 'add', path: '/metadata/labels/x', value: 'y'}, \
            JSONPatch{op: 'test', path: '/metadata/labels/app', value: 'other'}]
            """), M.label("app", "'next'"),
        ]))
    let mutated = try mutate(request(object: M.pod), under: set)
    #expect(mutated.patch == #"[{"op":"replace","path":"/metadata/labels/app","value":"next"}]"#)
    #expect(mutated.failures == ["a": []])
  }

  @Test("that fail deny in an API server's words, and the ones behind them are still carried out")
  func failures() throws {
    let set = try policySet(
      M.policy("a", [M.label("app", "object.metadata.labels.none"), M.patch("[JSONPatch{op: 'remove', path: '/x'}]")])
        + M.policy("b", [M.label("app", "'b'")]))
    let mutated = try mutate(request(object: M.pod), under: set)
    #expect(!mutated.allowed && mutated.code == 403 && mutated.reason == "Invalid")
    #expect(mutated.patch.isEmpty)
    #expect(mutated.results == ["a": "error", "b": "mutated"])
    let start = "policy 'a' with binding 'a' denied request: "
    let expression = "[JSONPatch{op: 'add', path: '/metadata/labels/app', value: object.metadata.labels.none}]"
    #expect(
      mutated.failures["a"]?.first == "-1: \(start)expression '\(expression)' resulted in error: no such key: none")
    #expect(
      mutated.failures["a"]?.last
        == "-1: \(start)JSON Patch: error in remove for path: '/x': Unable to remove nonexistent key: x: missing value")
    #expect(mutated.message.hasPrefix("a: \(start)expression "))
    #expect(mutated.message.split(separator: "\n").count == 2)
  }

  @Test("that fail are passed over with failurePolicy Ignore, and what the policy did before stays")
  func ignored() throws {
    let set = try policySet(
      M.policy(
        "a", [M.label("x", "'1'"), M.label("y", "object.none"), M.label("z", "'3'")],
        spec: "reinvocationPolicy: Never\nfailurePolicy: Ignore"))
    let mutated = try mutate(request(object: M.pod), under: set)
    #expect(mutated.allowed && mutated.results == ["a": "error"])
    #expect(
      mutated.patch == """
        [{"op":"replace","path":"/metadata/labels","value":{"app":"web","x":"1","z":"3"}}]
        """)
  }

  @Test("of a `Policy` word their errors without a binding, and deny as forbidden")
  func ownKind() throws {
    let set = try policySet(
      podPolicy(
        "mutations:\n- patchType: JSONPatch\n  jsonPatch: {expression: '[JSONPatch{op: object.none}]'}", name: "own"))
    let mutated = try mutate(request(object: M.pod), under: set)
    #expect(mutated.code == 403 && mutated.reason == "Forbidden")
    #expect(mutated.message.hasPrefix("own: expression '") && mutated.message.hasSuffix("no such key: none"))
  }

  // MARK: Matching

  @Test("match what comes in, and look at their conditions when it is their turn")
  func matching() throws {
    let set = try policySet(
      M.policy("a", [M.label("color", "'blue'")])
        + M.policy(
          "by-condition", [M.label("condition", "'met'")],
          spec: """
            reinvocationPolicy: Never
            matchConditions: [{name: blue, expression: "object.metadata.labels.color == 'blue'"}]
            """)
        + M.policy(
          "by-selector", [M.label("selector", "'met'")],
          binding: "matchResources: {objectSelector: {matchLabels: {color: blue}}}"))
    let mutated = try mutate(request(object: M.pod), under: set)
    #expect(mutated.results == ["a": "mutated", "by-condition": "mutated"])
    #expect(label("condition", mutated) == "met" && label("selector", mutated) == nil)
  }

  @Test("have a condition that fails as their error, worded as theirs")
  func conditions() throws {
    let condition = "matchConditions: [{name: c, expression: 'object.none == 1'}]"
    let set = try policySet(
      M.policy("a", [M.label("x", "'1'")], spec: "reinvocationPolicy: Never\n\(condition)"))
    let mutated = try mutate(request(object: M.pod), under: set)
    #expect(
      mutated.failures == [
        "a": [
          "-1: policy 'a' with binding 'a' denied request: expression 'object.none == 1' resulted in error: no such key: none"
        ]
      ])
    let open = try policySet(
      M.policy("a", [M.label("x", "'1'")], spec: "reinvocationPolicy: Never\nfailurePolicy: Ignore\n\(condition)"))
    #expect(try mutate(request(object: M.pod), under: open).results == [:])
  }

  @Test("see no namespace in their conditions, as an API server has it, but in their expressions")
  func namespace() throws {
    let set = try policySet(
      M.policy(
        "a", [M.label("team", "namespaceObject.metadata.labels.team")],
        spec: "reinvocationPolicy: Never\nmatchConditions: [{name: c, expression: 'namespaceObject == null'}]"))
    let namespace = #"{"metadata":{"name":"shop","labels":{"team":"red"}}}"#
    #expect(label("team", try mutate(request(object: M.pod), under: set, namespace: namespace)) == "red")
  }

  @Test("never touch what is deleted, and nothing where there is no object")
  func operations() throws {
    let set = try policySet(M.policy("a", [M.label("x", "'1'")]))
    let deletion = try mutate(request("DELETE", oldObject: M.pod), under: set)
    #expect(deletion.allowed && deletion.results == [:])
    let connection = try mutate(request("CONNECT", object: "null"), under: set)
    #expect(connection.allowed && connection.patch.isEmpty && connection.results == ["a": "pass"])
  }

  // MARK: Once more

  @Test("are carried out once more where they want to be, when anything has changed")
  func reinvocation() throws {
    let again = "reinvocationPolicy: IfNeeded"
    let set = try policySet(
      M.policy("a", [M.label("a", "object.metadata.labels.?a.orValue('') + object.metadata.labels.app")], spec: again)
        + M.policy("b", [M.label("app", "'new'")]))
    // The second time it sees what `b` has done.
    #expect(label("a", try mutate(request(object: M.pod), under: set)) == "webnew")

    let never = try policySet(
      M.policy("a", [M.label("a", "object.metadata.labels.?a.orValue('') + object.metadata.labels.app")])
        + M.policy("b", [M.label("app", "'new'")]))
    #expect(label("a", try mutate(request(object: M.pod), under: never)) == "web")
  }

  @Test("are not carried out a second time where they were not a first time")
  func firstTime() throws {
    let set = try policySet(
      M.policy(
        "a", [M.label("a", "'1'")],
        spec: """
          reinvocationPolicy: IfNeeded
          matchConditions: [{name: c, expression: "object.metadata.labels.app == 'new'"}]
          """) + M.policy("b", [M.label("app", "'new'")]))
    let mutated = try mutate(request(object: M.pod), under: set)
    #expect(mutated.results == ["b": "mutated"])
  }

  @Test("have their conditions looked at again where only what others have changed makes them match")
  func conditionsOfThoseThatMatchLater() throws {
    let set = try policySet(
      M.policy("a", [M.label("app", "'new'")])
        + ["b", "c", "d"].map {
          M.policy(
            $0, [M.label("x", "'1'")],
            spec: "reinvocationPolicy: Never\nmatchConditions: [{name: c, expression: 'object.spec.absent == 1'}]",
            binding: "matchResources: {objectSelector: {matchLabels: {app: \($0 == "d" ? "other" : "new")}}}")
        }.joined())
    let mutated = try mutate(request(object: M.pod), under: set)
    #expect(mutated.results == ["a": "mutated", "b": "error", "c": "error"])
    #expect(!mutated.allowed)
  }

  // MARK: Parameters

  static let parameters = """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: one, namespace: shop, labels: {for: test}}
    data: {key: first, value: "1"}
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: two, namespace: shop, labels: {for: test}}
    data: {key: second, value: "2"}
    ---

    """

  @Test("are carried out once with each parameter")
  func parameters() throws {
    let set = try policySet(
      Self.parameters
        + M.policy(
          "a",
          [M.patch("[JSONPatch{op: 'add', path: '/metadata/labels/' + params.data.key, value: params.data.value}]")],
          spec: "reinvocationPolicy: IfNeeded\nparamKind: {apiVersion: v1, kind: ConfigMap}",
          binding: "paramRef: {selector: {matchLabels: {for: test}}, parameterNotFoundAction: Deny}"))
    let mutated = try mutate(request(object: M.pod), under: set)
    #expect(label("first", mutated) == "1" && label("second", mutated) == "2")

    let elsewhere = try mutate(request(namespace: "other", object: M.pod), under: set)
    #expect(elsewhere.code == 403 && elsewhere.reason == "Forbidden")
    #expect(
      elsewhere.message == """
        a: policy 'a' with binding 'a' denied request: failed to configure binding: no params found for policy binding \
        with `Deny` parameterNotFoundAction
        """)
  }

  @Test(
    "are not carried out where there is no parameter and that is allowed, by an evaluator that has done nothing yet")
  func noParameters() throws {
    let set = try policySet(
      M.policy(
        "a", [M.label("x", "params.data.key")],
        spec: "reinvocationPolicy: Never\nparamKind: {apiVersion: v1, kind: ConfigMap}",
        binding: "paramRef: {name: none, parameterNotFoundAction: Allow}"))
    let mutated = try mutate(request(object: M.pod), under: set)
    #expect(mutated.allowed && mutated.results == [:])
  }

  // MARK: Limits

  @Test("each have a cost budget of their own")
  func budget() throws {
    // Of a cost of some 300,000, where a budget is 10,000,000.
    let costly = "[1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, \(dear))))"
    let expression = "\(costly) ? [JSONPatch{op: 'add', path: '/metadata/labels/x', value: 'y'}] : []"
    let set = try policySet(M.policy("a", Array(repeating: M.patch(expression), count: 40)))
    let mutated = try mutate(request(object: M.pod), under: set)
    #expect(mutated.allowed, "\(mutated.message)")
    let variables = (0..<40).map { "{name: v\($0), expression: \"\(costly)\"}" }.joined(separator: ", ")
    let sum = (0..<40).map { "variables.v\($0)" }.joined(separator: " && ")
    let together = try policySet(
      M.policy(
        "a", [M.patch("\(sum) ? [JSONPatch{op: 'add', path: '/metadata/labels/x', value: 'y'}] : []")],
        spec: "reinvocationPolicy: Never\nvariables: [\(variables)]"))
    #expect(
      try mutate(request(object: M.pod), under: together).message == """
        a: policy 'a' with binding 'a' denied request: validation failed due to running out of cost budget, no further \
        validation rules will be run
        """)
  }

  private let dear = "[1,2,3,4,5,6,7,8,9,10].all(d, [1,2,3,4,5,6,7,8].all(e, d + e > 0))"

  @Test("that are late are decided by the failurePolicy")
  func deadline() throws {
    let set = try policySet(M.policy("a", [M.label("x", "'1'")]))
    let mutated = try mutate(request(object: M.pod), under: set, deadline: 1)
    #expect(!mutated.allowed && mutated.message == "a: not evaluated within the request's latency budget")
    let open = try policySet(
      M.policy("a", [M.label("x", "'1'")], spec: "reinvocationPolicy: Never\nfailurePolicy: Ignore"))
    #expect(try mutate(request(object: M.pod), under: open, deadline: 1).allowed)
  }

  @Test("do not begin a change of a large object that could not be made, and answered, in time")
  func largeObject() throws {
    let set = try policySet(M.policy("a", [M.label("x", "'1'")]))
    let count = 20_000
    let labels = (0..<count).map { "\"k\($0)\":\"\"" }.joined(separator: ",")
    let pod = #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","labels":{\#(labels)}},"spec":{}}"#
    // Each label takes two words of the tape. What is kept for the answer is as much as for the change.
    let kept = UInt64(2 * count) * 100
    func isInTime(_ nanoseconds: UInt64) throws -> Bool {
      let deadline = DispatchTime.now().uptimeNanoseconds + nanoseconds
      return try mutate(request(object: pod), under: set, deadline: deadline).results["a"] == "mutated"
    }
    #expect(try !isInTime(kept))
    #expect(try !isInTime(2 * kept))
    #expect(try isInTime(600_000_000_000))
  }

  // MARK: Values

  @Test(
    "become JSON as an API server makes it",
    arguments: [
      ("9007199254740993", #""9007199254740993""#), ("-3", "-3"), ("3.0", "3"), ("0.5", "0.5"), ("null", nil),
      ("b'ab'", #""YWI=""#), ("duration('90s')", #""90s""#),
      ("timestamp('2026-01-01T00:00:00Z')", #""2026-01-01T00:00:00Z""#),
      ("[1, 2]", "[1,2]"), ("{'a': [true]}", #"{"a":[true]}"#), ("object.metadata.labels", #"{"app":"web"}"#),
      ("object.kind", #""Widget""#), ("Object.spec{x: 1}", #"{"x":1}"#), ("7u", "7"),
    ] as [(String, String?)])
  func values(expression: String, json: String?) throws {
    // Of a kind that is not built in, so that no types are in the way.
    let set = try policySet(
      M.policy(
        "a", [M.patch("[JSONPatch{op: 'add', path: '/spec', value: \(expression)}]")], resources: "[widgets]"))
    let object = M.pod.replacing("Pod", with: "Widget").replacing(#""v1""#, with: #""example.com/v1""#)
    let mutated = try mutate(
      request(group: "example.com", resource: "widgets", kind: "Widget", object: object), under: set)
    #expect(mutated.object?.contains("\"spec\":\(json ?? "null")}") == true, "\(mutated)")
  }

  @Test(
    "that cannot become JSON are errors",
    arguments: [
      (
        "[JSONPatch{op: 'add', path: '/spec', value: {1: 2}}]",
        "JSONPath valueExpression evaluated to a type that could not marshal to JSON: unsupported type conversion from 'int' to string"
      ),
      (
        "[JSONPatch{op: 'add', path: '/spec', value: Object.spec{a: Object.spec.b{}}}]",
        "type mismatch: unexpected type name \"Object.spec.b\", expected \"Object.spec.a\", which matches field name path from root Object type"
      ),
      ("[JSONPatch{op: 'put', path: '/spec'}]", "JSON Patch: Unexpected kind: put"),
    ])
  func badValues(expression: String, problem: String) throws {
    let set = try policySet(M.policy("a", [M.patch(expression)]))
    let mutated = try mutate(request(object: M.pod), under: set)
    #expect(mutated.failures == ["a": ["-1: policy 'a' with binding 'a' denied request: \(problem)"]])
  }

  @Test("must leave the object what it is: another kind is refused whatever the failurePolicy")
  func kinds() throws {
    for field in ["apiVersion", "kind"] {
      let set = try policySet(
        M.policy(
          "a", [M.patch("[JSONPatch{op: 'replace', path: '/\(field)', value: 'Other'}]")],
          spec: "reinvocationPolicy: Never\nfailurePolicy: Ignore"))
      let mutated = try mutate(request(object: M.pod), under: set)
      #expect(!mutated.allowed && mutated.code == 500 && mutated.reason == "InternalError")
    }
  }
}
