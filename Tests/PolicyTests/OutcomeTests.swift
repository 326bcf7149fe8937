import Policy
import Testing

/// What follows from what a policy found, branch by branch of the API server's `pkg/admission/plugin/policy/validating`.
@Suite("What follows from a failure")
struct OutcomeTests {
  /// A ValidatingAdmissionPolicy `v` for Pods with the given lines of `spec`, and its binding.
  private static func policy(
    _ spec: String, actions: String = "[Deny]", bindings: [String] = ["b"], binding: String = ""
  ) -> String {
    let spec = spec.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }.joined(separator: "\n")
    return """
      apiVersion: admissionregistration.k8s.io/v1
      kind: ValidatingAdmissionPolicy
      metadata: {name: v}
      spec:
        matchConstraints:
          resourceRules: [{apiGroups: ["*"], apiVersions: ["*"], resources: ["*"], operations: ["*"]}]
      \(spec)
      ---

      """
        + bindings.map {
          """
          apiVersion: admissionregistration.k8s.io/v1
          kind: ValidatingAdmissionPolicyBinding
          metadata: {name: \($0)}
          spec: {policyName: v, validationActions: \(actions)\(binding)}
          ---

          """
        }.joined()
  }

  private func judged(_ manifests: String, _ object: String = "{}", namespace: String? = nil) throws -> Judged {
    try judge(request(object: object), under: policySet(manifests), namespace: namespace)
  }

  @Test(
    "a messageExpression's text is used without white space around it, where it is one line of at most 5 KiB",
    arguments: [
      ("'a'", "a"), ("' \\t\\r\\n a b \\u00a0\\u2003\\u3000\\u0085'", "a b"), ("''", "m"), ("' \\u2028 '", "m"),
      ("'a\\nb'", "m"), ("'a\\rb'", "a\rb"), ("'a\\u001b[31mb'", "a\u{1B}[31mb"), ("'a\\u2028b'", "a\u{2028}b"),
      ("'\\u200ba'", "\u{200B}a"), ("object.nosuch", "m"), ("'a' + string(1 / int(object.zero))", "m"),
    ])
  func messageExpressions(expression: String, message: String) throws {
    let policy = Self.policy(
      "validations:\n- {expression: 'false', message: ' m ', messageExpression: \"\(expression.replacing("\\", with: "\\\\"))\"}"
    )
    // The second is no string when it is checked: `string()` makes it one.
    let text = policy.replacing("\"object.nosuch\"", with: "\"string(object.nosuch)\"")
    #expect(try judged(text, #"{"zero":0}"#).failures["v"] == ["0: \(message)"])
  }

  @Test("a messageExpression's text may be 5 KiB without the white space around it", arguments: [5120, 5121])
  func longMessages(length: Int) throws {
    let policy = Self.policy("validations:\n- {expression: 'false', messageExpression: \"'  ' + object.text + '  '\"}")
    let text = String(repeating: "x", count: length)
    let failures = try judged(policy, "{\"text\":\"\(text)\"}").failures["v"]
    #expect(failures == [length == 5120 ? "0: \(text)" : "0: failed expression: false"])
  }

  @Test("without a message the expression is named, without the white space around it")
  func expressionAsMessage() throws {
    let policy = Self.policy("validations:\n- expression: \"  object.x == 1 &&\\n true \"")
    #expect(try judged(policy, #"{"x":2}"#).failures["v"] == ["0: failed expression: object.x == 1 &&\n true"])
  }

  @Test(
    "reasons have the API server's codes",
    arguments: [("Forbidden", 403), ("Invalid", 422), ("RequestEntityTooLarge", 413), ("", 422)])
  func reasons(reason: String, code: Int) throws {
    let policy = Self.policy("validations:\n- {expression: 'false'\(reason.isEmpty ? "" : ", reason: \(reason)")}")
    let judged = try judged(policy)
    #expect(judged.code == code && judged.reason == (reason.isEmpty ? "Invalid" : reason))
  }

  @Test("a failed evaluation is a denial, a warning and an audit entry like any other, unless failurePolicy is Ignore")
  func errors() throws {
    let spec = "validations:\n- {expression: object.x == 1}\n"
    let message = "expression 'object.x == 1' resulted in error: no such key: x"
    let warned = try judged(Self.policy(spec, actions: "[Warn, Audit]"))
    #expect(warned.allowed)
    #expect(warned.warnings == ["Validation failed for ValidatingAdmissionPolicy 'v' with binding 'b': \(message)"])
    #expect(
      warned.annotations["validation_failure"]
        == #"[{"message":"\#(message)","policy":"v","binding":"b","expressionIndex":0,"validationActions":["Warn","Audit"]}]"#
    )
    let ignored = try judged(Self.policy(spec + "failurePolicy: Ignore", actions: "[Deny, Audit]"))
    #expect(ignored.allowed && ignored.annotations.isEmpty && ignored.results == ["v": "error"])
  }

  @Test("what cannot be configured denies whatever the actions are")
  func configurationErrors() throws {
    let params = """
      paramKind: {apiVersion: v1, kind: ConfigMap}
      validations:
      - {expression: 'true'}

      """
    let missing = ", paramRef: {name: a, parameterNotFoundAction: Deny}"
    let denied = try judged(Self.policy(params, actions: "[Warn, Audit]", binding: missing))
    #expect(!denied.allowed && denied.code == 422 && denied.warnings.isEmpty && denied.annotations.isEmpty)
    #expect(
      denied.message
        == "v: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction")
    #expect(try judged(Self.policy(params + "failurePolicy: Ignore", binding: missing)).allowed)
    let passedOver = ", paramRef: {name: a, parameterNotFoundAction: Allow}"
    #expect(try judged(Self.policy(params, binding: passedOver)).results == [:])
  }

  @Test("an audit annotation that cannot be computed denies whatever the actions are, unless failurePolicy is Ignore")
  func annotationErrors() throws {
    let spec = "auditAnnotations:\n- {key: k, valueExpression: string(object.x)}\n"
    let denied = try judged(Self.policy(spec, actions: "[Audit]"))
    #expect(!denied.allowed && denied.annotations.isEmpty)
    #expect(denied.message == "v: expression 'string(object.x)' resulted in error: no such key: x")
    #expect(try judged(Self.policy(spec + "failurePolicy: Ignore", actions: "[Audit]")).allowed)
  }

  @Test("audit annotations are left out where they are null or blank, and listed where bindings or parameters differ")
  func annotations() throws {
    let spec = """
      paramKind: {apiVersion: v1, kind: ConfigMap}
      auditAnnotations:
      - {key: "null", valueExpression: "null"}
      - {key: blank, valueExpression: "' \\u2003 '"}
      - {key: same, valueExpression: "'  s '"}
      - {key: each, valueExpression: string(params.data.x)}
      """
    let maps = ["a", "b", "c"].map {
      """
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: \($0), namespace: shop}
      data: {x: "\($0 == "c" ? "a" : $0)"}
      ---

      """
    }.joined()
    let all = ", paramRef: {selector: {}, parameterNotFoundAction: Deny}"
    let found = try judged(Self.policy(spec, bindings: ["b", "c"], binding: all) + maps)
    #expect(found.allowed && found.annotations == ["v.same": "s", "v.each": "a, b"])
  }

  @Test("an audit annotation whose key would be too long for a webhook has a shorter one")
  func longKeys() throws {
    let key = String(repeating: "k", count: 63)
    let spec =
      "auditAnnotations:\n- {key: \(key), valueExpression: \"'x'\"}\n- {key: \(key.dropLast()), valueExpression: \"'y'\"}"
    let annotations = try judged(Self.policy(spec)).annotations
    #expect(annotations.count == 2 && annotations.keys.allSatisfy { $0.utf8.count == 63 && $0.hasPrefix("v.kkk") })
  }

  @Test("an audit annotation's value is cut at 10 KiB, between characters")
  func longValues() throws {
    let spec = "auditAnnotations:\n- {key: k, valueExpression: object.text}"
    let policy = Self.policy(spec.replacing("object.text", with: "string(object.text)"))
    let value = try judged(policy, "{\"text\":\"x\(String(repeating: "é", count: 6000))\"}").annotations["v.k"]
    #expect(value?.utf8.count == 10239)
  }

  @Test("each parameter's failures are reported, equal ones too")
  func parameters() throws {
    let spec = """
      paramKind: {apiVersion: v1, kind: ConfigMap}
      validations:
      - {expression: 'false', message: m}
      """
    let maps = ["a", "b"].map { "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \($0), namespace: shop}\n---\n" }
    let all = ", paramRef: {selector: {}, parameterNotFoundAction: Deny}"
    #expect(try judged(Self.policy(spec, binding: all) + maps.joined()).failures["v"] == ["0: m", "0: m"])
  }

  @Test("the audit entry has a failed match condition at 0, actions in their order, and Go's escapes")
  func auditEntry() throws {
    let conditions = "matchConditions: [{name: c, expression: object.x == '<&>'}]\nvalidations: [{expression: 'true'}]"
    #expect(
      try judged(Self.policy(conditions, actions: "[Audit, Deny]")).annotations["validation_failure"]
        == #"[{"message":"expression 'object.x == '\u003c\u0026\u003e'' resulted in error: no such key: x","policy":"v","#
        + #""binding":"b","expressionIndex":0,"validationActions":["Audit","Deny"]}]"#)
    let line = "validations: [{expression: 'false', messageExpression: \"'a\\\\u2028\\\"b'\"}]"
    #expect(
      try judged(Self.policy(line, actions: "[Audit]")).annotations["validation_failure"]
        == #"[{"message":"a\u2028\"b","policy":"v","binding":"b","expressionIndex":0,"validationActions":["Audit"]}]"#)
  }

  @Test("the audit entry lists at most 50 failures, and no more than an annotation holds")
  func manyAudited() throws {
    func entries(_ message: String) throws -> String {
      let spec = "validations:\n" + (0..<60).map { _ in "- {expression: 'false', message: \(message)}\n" }.joined()
      return try #require(try judged(Self.policy(spec, actions: "[Audit]")).annotations["validation_failure"])
    }
    let short = try entries("m")
    #expect(short.components(of: "\"message\"") == 50 && short.hasSuffix("}]"))
    let long = try entries(String(repeating: "m", count: 1000))
    #expect(long.components(of: "\"message\"") == 9 && long.hasSuffix("}]") && long.utf8.count <= 10 << 10)
  }

  @Test("match conditions have no namespaceObject, as in an API server; those of a Policy have")
  func namespaceInConditions() throws {
    let shop = #"{"metadata":{"name":"shop","labels":{"tier":"gold"}}}"#
    let conditions = "matchConditions: [{name: c, expression: namespaceObject == null}]"
    let validation = "validations: [{expression: \"namespaceObject.metadata.labels.tier == 'gold'\"}]"
    #expect(try judged(Self.policy("\(conditions)\n\(validation)"), namespace: shop).results == ["v": "pass"])
    #expect(
      try judge(request(object: "{}"), under: policySet(podPolicy("\(conditions)\n\(validation)")), namespace: shop)
        .results == [:])
  }

  @Test("requests for a Namespace have no namespaceObject, although they name a namespace")
  func namespaceItself() throws {
    let shop = #"{"metadata":{"name":"shop"}}"#
    let set = try policySet(Self.policy("validations: [{expression: namespaceObject == null}]"))
    let namespace = request(resource: "namespaces", kind: "Namespace", name: "shop", object: shop)
    #expect(try judge(namespace, under: set, namespace: shop).allowed)
    #expect(try !judge(request(object: "{}"), under: set, namespace: shop).allowed)
  }
}

extension String {
  /// How often `part` stands in it.
  fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}
