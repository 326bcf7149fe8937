import Policy
import Testing

@Suite("Judging")
struct EvaluatorTests {
  static let hostNetwork = podPolicy(
    """
    validations:
    - expression: "!object.spec.?hostNetwork.orValue(false)"
      message: no host network
    """)

  @Test("a validation that holds passes, one that does not denies with its message")
  func passAndFail() throws {
    let set = try policySet(Self.hostNetwork)
    let pass = try judge(request(object: #"{"spec":{}}"#), under: set)
    #expect(pass.allowed && pass.results == ["p": "pass"])
    let fail = try judge(request(object: #"{"spec":{"hostNetwork":true}}"#), under: set)
    #expect(!fail.allowed && fail.code == 403 && fail.reason == "Forbidden")
    #expect(fail.message == "p: no host network")
    #expect(fail.results == ["p": "fail"] && fail.failures == ["p": ["0: no host network"]])
  }

  @Test("what does not match is not listed")
  func noMatch() throws {
    let judged = try judge(
      request(resource: "services", kind: "Service", object: "{}"), under: policySet(Self.hostNetwork))
    #expect(judged.allowed && judged.results.isEmpty)
  }

  @Test("all failures of all policies are reported, in the order of names; the first decides code and reason")
  func severalPolicies() throws {
    let set = try policySet(
      podPolicy(
        """
        validations:
        - {expression: "false", message: second, reason: Forbidden}
        """, name: "b") + "---\n"
        + podPolicy(
          """
          validations:
          - {expression: "false", message: first, reason: Invalid}
          - {expression: "true"}
          - {expression: "1 == 2"}
          """, name: "a"))
    let judged = try judge(request(object: "{}"), under: set)
    #expect(judged.message == "a: first\na: failed expression: 1 == 2\nb: second")
    #expect(judged.code == 422 && judged.reason == "Invalid")
    #expect(judged.failures["a"] == ["0: first", "2: failed expression: 1 == 2"])
  }

  @Test(
    "a messageExpression speaks where it gives one line of text, else the message",
    arguments: [
      ("'name ' + object.name", "name x"), ("'  trimmed  '", "trimmed"), ("''", "fixed"), ("'a\\nb'", "fixed"),
      ("string(object.missing)", "fixed"),
      ("string(object.long + object.long)", "fixed"),
    ])
  func messageExpression(expression: String, message: String) throws {
    let set = try policySet(
      podPolicy(
        """
        validations:
        - expression: "false"
          message: fixed
          messageExpression: "\(expression.replacing("\\", with: "\\\\"))"
        """))
    let long = String(repeating: "x", count: 3000)
    let judged = try judge(request(object: #"{"name":"x","long":"\#(long)"}"#), under: set)
    #expect(judged.message == "p: \(message)")
  }

  @Test("a failed evaluation denies with failurePolicy Fail, and is only listed with Ignore")
  func failurePolicy() throws {
    let validation = "validations:\n- expression: object.spec.replicas > 0\n"
    let text = "expression 'object.spec.replicas > 0' resulted in error: no such key: replicas"
    let fail = try judge(request(object: #"{"spec":{}}"#), under: policySet(podPolicy(validation)))
    #expect(!fail.allowed && fail.message == "p: \(text)" && fail.results == ["p": "error"])
    let ignore = try judge(
      request(object: #"{"spec":{}}"#), under: policySet(podPolicy(validation + "failurePolicy: Ignore\n")))
    #expect(ignore.allowed && ignore.results == ["p": "error"] && ignore.failures == ["p": ["0: \(text)"]])
  }

  @Test(
    "a match condition that is false excludes, whatever errors others have; errors alone are decided by failurePolicy")
  func matchConditions() throws {
    func judged(_ conditions: String, _ failurePolicy: String = "Fail") throws -> Judged {
      let lines = conditions.split(separator: ";").enumerated().map { "- {name: c\($0), expression: \"\($1)\"}" }
      return try judge(
        request(object: "{}"),
        under: policySet(
          podPolicy(
            """
            matchConditions:
            \(lines.joined(separator: "\n"))
            validations: [{expression: "false", message: refused}]
            failurePolicy: \(failurePolicy)
            """
          )))
    }
    #expect(try judged("true").message == "p: refused")
    #expect(try judged("true;false").results.isEmpty)
    #expect(try judged("object.x == 1;false").results.isEmpty)
    #expect(
      try judged("object.x == 1;true").message == "p: expression 'object.x == 1' resulted in error: no such key: x")
    #expect(
      try judged("object.x == 1;object.y == 1").message
        == "p: [expression 'object.x == 1' resulted in error: no such key: x, expression 'object.y == 1' resulted in error: no such key: y]"
    )
    #expect(try judged("object.x == 1;object.y == 1").failures["p"]?.first?.hasPrefix("-1: ") == true)
    #expect(try judged("object.x == 1", "Ignore").results.isEmpty)
  }

  @Test("variables are computed when needed, in terms of those before them")
  func variables() throws {
    let set = try policySet(
      podPolicy(
        """
        variables:
        - {name: spec, expression: object.spec}
        - {name: names, expression: "variables.spec.containers.map(c, c.name)"}
        - {name: broken, expression: object.nothing}
        validations:
        - expression: "!('bad' in variables.names)"
          messageExpression: "'names: ' + variables.names[0]"
        - expression: "has(object.nothing) ? variables.broken == 1 : true"
        """))
    let judged = try judge(request(object: #"{"spec":{"containers":[{"name":"bad"}]}}"#), under: set)
    #expect(judged.failures == ["p": ["0: names: bad"]])
  }

  @Test("Warn warns, Audit annotates, and neither denies")
  func actions() throws {
    let spec = "validations:\n- {expression: \"false\", message: hm}\nvalidationActions:"
    let warn = try judge(request(object: "{}"), under: policySet(podPolicy("\(spec) [Warn]")))
    #expect(warn.allowed && warn.warnings == ["p: hm"] && warn.results == ["p": "fail"])
    let audit = try judge(request(object: "{}"), under: policySet(podPolicy("\(spec) [Audit]")))
    #expect(audit.allowed && audit.warnings.isEmpty)
    #expect(
      audit.annotations["validation_failure"]
        == #"[{"message":"hm","policy":"p","expressionIndex":0,"validationActions":["Audit"]}]"#)
    let both = try judge(request(object: "{}"), under: policySet(podPolicy("\(spec) [Deny, Audit]")))
    #expect(!both.allowed && both.annotations.count == 1)
  }

  @Test("audit annotations carry what their expressions give, and nothing for null")
  func auditAnnotations() throws {
    let set = try policySet(
      podPolicy(
        """
        auditAnnotations:
        - {key: who, valueExpression: request.userInfo.username}
        - {key: none, valueExpression: "null"}
        - {key: blank, valueExpression: "' '"}
        """))
    let judged = try judge(request(object: "{}"), under: set)
    #expect(judged.allowed && judged.annotations == ["p.who": "ada"])
  }

  @Test("a deadline that has passed leaves the decision to failurePolicy, and says so")
  func deadline() throws {
    let fail = try judge(request(object: "{}"), under: policySet(Self.hostNetwork), deadline: 1)
    #expect(fail.message == "p: not evaluated within the request's latency budget")
    #expect(fail.annotations == ["deadline_exceeded": "p"])
    let ignore = try judge(
      request(object: "{}"), under: policySet(Self.hostNetwork + "  failurePolicy: Ignore\n"), deadline: 1)
    #expect(ignore.allowed && ignore.annotations == ["deadline_exceeded": "p"])
  }

  @Test("object and oldObject are null where the request has none")
  func nullObjects() throws {
    let set = try policySet(
      podPolicy(
        "validations:\n- expression: \"object == null && oldObject != null\"\n- expression: allContainers.size() == 0\n"
      ))
    #expect(try judge(request("DELETE", oldObject: "{}"), under: set).allowed)
    #expect(try judge(request("CREATE", object: "{}"), under: set).failures["p"]?.count == 1)
  }

  @Test("namespaceObject is the Namespace, and null for objects without one")
  func namespaceObject() throws {
    let set = try policySet(
      podPolicy("validations:\n- expression: namespaceObject.metadata.labels.team == 'a'\n", resources: "['*']"))
    let namespace = #"{"metadata":{"name":"shop","labels":{"team":"a"}}}"#
    #expect(try judge(request(object: "{}"), under: set, namespace: namespace).allowed)
    #expect(try !judge(request(object: "{}"), under: set).allowed)
  }
}
