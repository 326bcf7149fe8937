import Policy
import Testing

@Suite("The admission of exceptions")
struct ExceptionAdmissionTests {
  static func object(_ change: (String, String)? = nil, more: String = "") -> String {
    let text = """
      {"apiVersion":"policy.example.com/v1","kind":"PolicyException","metadata":{"name":"x"},"spec":{"namespace":"monitoring",\
      "policy":"net","resourceSelector":{"matchLabels":{"app":"exporter"}},"reason":"metrics","expiresAt":"2026-10-01",\
      "approvedBy":"security"\(more)}}
      """
    return change.map { text.replacing($0.0, with: $0.1) } ?? text
  }

  private func ask(
    _ object: String, old: String? = nil, operation: String? = nil, now: String = "2026-09-01",
    _ change: (inout ExceptionRules) -> Void = { _ in }
  ) throws -> Judged {
    let fixture = try ExceptionFixture(ExceptionFixture.policies, now: now)
    var settings = ExceptionSettings()
    change(&settings.rules)
    return try fixture.judge(
      request(
        operation ?? (old == nil ? "CREATE" : "UPDATE"), group: "policy.example.com", resource: "policyexceptions",
        kind: "PolicyException", namespace: "", name: "x", object: object, oldObject: old ?? "null"), settings: settings
    )
  }

  @Test("allows what is complete, and what only ends, narrows or words one differently")
  func allowed() throws {
    #expect(try ask(Self.object()).allowed)
    let old = Self.object()
    for change in [
      ("2026-10-01", "2026-09-15"), ("2026-10-01", "2026-08-31"),
      ("\"app\":\"exporter\"", "\"app\":\"exporter\",\"a\":\"b\""),
      ("metrics", "metrics of the node"), ("\"reason\"", "\"kinds\":[\"Pod\"],\"reason\""),
      ("\"reason\"", "\"names\":[\"web\"],\"reason\""), ("\"reason\"", "\"startsAt\":\"2026-09-10\",\"reason\""),
      (
        "\"matchLabels\":{\"app\":\"exporter\"}",
        "\"matchExpressions\":[{\"key\":\"app\",\"operator\":\"In\",\"values\":[\"exporter\"]}]"
      ),
    ] {
      let judged = try ask(Self.object(change), old: old)
      #expect(judged.allowed, "\(change): \(judged.message)")
    }
    #expect(try ask(old, operation: "DELETE").allowed)
    // What has ended can still be labelled, and lose its finalizers.
    #expect(
      try ask(Self.object(("\"name\":\"x\"", "\"name\":\"x\",\"labels\":{\"a\":\"b\"}")), old: old, now: "2026-12-01")
        .allowed)
  }

  @Test(
    "refuses what is wrong, with the field and why",
    arguments: [
      (
        ("\"expiresAt\":\"2026-10-01\",", ""), 422,
        "policy-exceptions: spec: `expiresAt` is required: an exception without an end is a hole in the policy"
      ),
      (
        ("\"reason\":\"metrics\",", ""), 422,
        "policy-exceptions: spec: `reason` is required: why the object cannot do without it"
      ),
      (
        ("\"approvedBy\":\"security\"", "\"approvedBy\":3"), 422,
        "policy-exceptions: spec.approvedBy: must be a string, but is a number; write \"3\" with quotes"
      ),
      (
        ("\"policy\"", "\"polcy\""), 422,
        "policy-exceptions: spec.polcy: strict decoding error: unknown field \"spec.polcy\"; did you mean `policy`?\npolicy-exceptions: spec: `policy` is required, or `policies`: what it is an exception from"
      ),
      (
        ("2026-10-01", "2026-09-01"), 403,
        "policy-exceptions: spec.expiresAt: it ended on 2026-09-01; an exception must end in the future"
      ),
      (
        ("2026-10-01", "2027-10-01"), 403,
        "policy-exceptions: spec.expiresAt: 2027-10-01 is 395 days from now; the longest life of an exception is 180 days"
      ),
      (
        ("\"reason\"", "\"matchConditions\":[{\"name\":\"a\",\"expression\":\"objekt.x\"}],\"reason\""), 403,
        "policy-exceptions: spec.matchConditions[0].expression: undeclared reference to 'objekt' (in container ''); did you mean `object`?"
      ),
    ])
  func refused(_ change: (String, String), _ code: Int, _ message: String) throws {
    let judged = try ask(Self.object(change))
    #expect(!judged.allowed)
    #expect(judged.code == code)
    #expect(judged.message == message)
  }

  @Test("refuses what the operator does not allow")
  func rules() throws {
    #expect(
      try ask(Self.object()) { $0.namespaces = ["shop"] }.message
        == "policy-exceptions: metadata.name: there may be no exceptions for the namespace `monitoring`")
    #expect(
      try ask(Self.object()) { $0.neverExcept = ["net"] }.message
        == "policy-exceptions: spec.policy: nothing may be excepted from `net`")
    #expect(try !ask(Self.object()) { $0.maximumLifetime = .days(29) }.allowed)
    let own = Self.object(("\"security\"", "\"ada\""))
    #expect(try ask(own).allowed)
    #expect(
      try ask(own) { $0.allowsSelfApproval = false }.message
        == "policy-exceptions: spec.approvedBy: `ada` cannot approve an exception of their own; somebody else must")
    let approved = Self.object(more: ",\"approvals\":[{\"by\":\"ada\",\"at\":\"2026-08-31\"}]")
    #expect(try !ask(approved) { $0.allowsSelfApproval = false }.allowed)
    #expect(try !ask(approved, old: Self.object()) { $0.allowsSelfApproval = false }.allowed)
  }

  @Test(
    "lets nothing be widened without a new approval",
    arguments: [
      (("2026-10-01", "2026-10-02"), "spec.expiresAt: it would end on 2026-10-02 instead of on 2026-10-01"),
      (("\"monitoring\"", "\"shop\""), "spec.namespace: it would be for the namespace `shop` instead"),
      (("\"namespace\":\"monitoring\",", ""), "spec.namespace: it would be for objects without a namespace instead"),
      (
        ("\"policy\":\"net\"", "\"policies\":[\"net\",\"other\"]"),
        "spec.policies: it would be from the policy `other` too"
      ),
      (("\"app\":\"exporter\"", "\"app\":\"web\""), "spec.resourceSelector: it would select other objects"),
      (("\"app\":\"exporter\"", "\"a\":\"b\""), "spec.resourceSelector: it would select other objects"),
      (
        ("\"matchLabels\":{\"app\":\"exporter\"}", "\"matchExpressions\":[{\"key\":\"app\",\"operator\":\"Exists\"}]"),
        "spec.resourceSelector: it would select other objects"
      ),
      (("\"kinds\":[\"Pod.apps\"]", "\"kinds\":[\"Pod\"]"), "spec.kinds: it would be for other kinds"),
      (("\"kinds\":[\"Pod.apps\"],", ""), "spec.kinds: it would be for other kinds"),
      (("\"names\":[\"web-*\"],", ""), "spec.names: it would be for other names"),
      (("\"web-*\"", "\"web*\""), "spec.names: it would be for other names"),
      (("\"startsAt\":\"2026-08-15\",", ""), "spec.startsAt: it would start earlier"),
      (
        ("\"expression\":\"true\"", "\"expression\":\"1 == 1\""),
        "spec.matchConditions: a condition would be gone or another"
      ),
    ])
  func widening(_ change: (String, String), _ message: String) throws {
    let scope =
      ",\"kinds\":[\"Pod.apps\"],\"names\":[\"web-*\"],\"startsAt\":\"2026-08-15\",\"matchConditions\":[{\"name\":\"a\",\"expression\":\"true\"}],"
    func object(_ approvals: String, _ change: (String, String)? = nil) -> String {
      Self.object(change, more: "\(scope)\"approvals\":[\(approvals)]")
    }
    let first = "{\"by\":\"a\",\"at\":\"2026-08-15\"}"
    let refused = try ask(object(first, change), old: object(first))
    #expect(
      refused.message
        == "policy-exceptions: \(message), which needs a new approval: add an entry to `spec.approvals`, newer than those there are"
    )
    #expect(refused.code == 403)
    #expect(try ask(object("\(first),{\"by\":\"b\",\"at\":\"2026-08-31\"}", change), old: object(first)).allowed)
    // An approval that is not newer is none.
    #expect(try !ask(object("\(first),{\"by\":\"b\",\"at\":\"2026-08-15\"}", change), old: object(first)).allowed)
    #expect(try !ask(object("\(first),{\"by\":\"b\",\"at\":\"2026-09-02\"}", change), old: object(first)).allowed)
  }

  @Test("warns of what will have no effect")
  func warnings() throws {
    #expect(
      try ask(Self.object(("\"net\"", "\"nett\""))).warnings == [
        "spec.policy: there is no policy `nett` to except from; did you mean `net`?"
      ])
  }

  @Test("never crashes on what is no exception at all")
  func hostile() throws {
    for object in ["{}", "{\"spec\":null}", "{\"spec\":[]}", "{\"metadata\":[],\"spec\":{\"policies\":{}}}"] {
      #expect(try !ask(object).allowed)
      _ = try ask(object, old: Self.object())
      _ = try ask(Self.object(), old: object)
    }
  }
}
