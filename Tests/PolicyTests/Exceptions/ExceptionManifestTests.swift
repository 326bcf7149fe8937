import Policy
import Testing

@Suite("A PolicyException")
struct ExceptionManifestTests {
  static let valid = """
    apiVersion: policy.example.com/v1
    kind: PolicyException
    metadata:
      name: x
    spec:
      namespace: monitoring
      policy: net
      resourceSelector: {matchLabels: {app: exporter}}
      reason: metrics
      expiresAt: "2026-10-01"
      approvedBy: security

    """

  private func problems(
    _ manifest: String, now: String = "2026-09-01", _ change: (inout ExceptionRules) -> Void = { _ in }
  )
    throws -> [String]
  {
    var rules = ExceptionRules()
    rules.clock = DecisionClock(at: try Instant(parsing: now))
    change(&rules)
    let texts = [("policy.yaml", ExceptionFixture.policies), ("x.yaml", manifest)]
    return LoadedManifests.load(texts: texts, rules: rules).allProblems.map {
      "\($0.severity == .warning ? "warning " : "")\($0.file):\($0.line):\($0.column): \($0.field.isEmpty ? "" : "\($0.field): ")\($0.message)"
    }
  }

  @Test("may have every field")
  func everyField() throws {
    let manifest =
      Self.valid
        + """
          owner: monitoring-team
          startsAt: 2026-08-01T00:00:00Z
          kinds: [DaemonSet, Pod, ReplicaSet.apps]
          names: [node-exporter, "node-exporter-*"]
          matchConditions:
          - {name: host, expression: "!has(object.spec.hostPID)"}
          riskAcceptance: RISK-17
          compensatingControls: [NetworkPolicy node-exporter, a firewall]
          approvals:
          - {by: security, at: 2026-08-01, ticket: SEC-1}
          - {by: platform, at: "2026-08-02T12:00:00+02:00"}
          reviewBy: "2026-09-15"
        """.split(separator: "\n").map { "\($0)\n" }.joined()
    #expect(try problems(manifest) == [])
    var rules = ExceptionRules()
    rules.clock = DecisionClock(at: try Instant(parsing: "2026-09-01"))
    let loaded = LoadedManifests.load(
      texts: [("p.yaml", ExceptionFixture.policies), ("x.yaml", manifest)], rules: rules)
    let summary = try #require(loaded.set?.exceptions.first)
    #expect(summary.name == "x")
    #expect(summary.file == "x.yaml" && summary.line == 4)
    #expect(summary.policies == ["net"])
    #expect(summary.namespace == "monitoring")
    #expect(summary.selector == "app=exporter")
    #expect(summary.kinds == ["DaemonSet", "Pod", "ReplicaSet.apps"])
    #expect(summary.names == ["node-exporter", "node-exporter-*"])
    #expect(summary.owner == "monitoring-team" && summary.approvedBy == "security" && summary.reason == "metrics")
    #expect(summary.riskAcceptance == "RISK-17")
    #expect(summary.compensatingControls == ["NetworkPolicy node-exporter", "a firewall"])
    #expect(summary.approvals.map(\.at.description) == ["2026-08-01T00:00:00Z", "2026-08-02T10:00:00Z"])
    #expect(summary.startsAt?.shortText == "2026-08-01")
    #expect(summary.expiresAt.shortText == "2026-10-01")
    #expect(summary.reviewBy?.shortText == "2026-09-15")
    #expect(summary.state(at: try Instant(parsing: "2026-07-31")) == .pending)
    #expect(summary.state(at: try Instant(parsing: "2026-08-01")) == .active)
    #expect(summary.state(at: try Instant(parsing: "2026-10-01")) == .expired)
  }

  /// A line of the valid manifest, what stands there instead, and what is said of it.
  struct Wrong: CustomTestStringConvertible {
    let line: String
    let instead: String
    let problem: String

    init(_ line: String, _ instead: String, _ problem: String) {
      self.line = line
      self.instead = instead
      self.problem = problem
    }

    var testDescription: String { instead.isEmpty ? "no \(line)" : instead }
  }

  static let wrong: [Wrong] = [
    Wrong("  name: x", "  labels: {}", "4:3: metadata: `metadata.name` is required"),
    Wrong(
      "  name: x", "  name: X_1",
      "4:9: metadata.name: `X_1` is not a DNS subdomain: lower-case letters, digits, `-` and `.`, at most 253 characters"
    ),
    Wrong(
      "  name: x", "  name: x\n  namespace: shop",
      "5:14: metadata.namespace: an exception lives in no namespace; the one that it is for stands at `spec.namespace`: write `shop` there"
    ),
    Wrong(
      "  namespace: monitoring", "  namespaces: [monitoring]",
      "6:3: spec.namespaces: strict decoding error: unknown field \"spec.namespaces\"; did you mean `namespace`?"),
    Wrong(
      "  namespace: monitoring", "  namespace: '*'",
      "6:14: spec.namespace: `*` is not a namespace: an exception is for one namespace, named in full"),
    Wrong(
      "  namespace: monitoring", "  namespace: team-*",
      "6:14: spec.namespace: `team-*` is not a namespace: an exception is for one namespace, named in full"),
    Wrong(
      "  namespace: monitoring", "  namespace: Shop", "6:14: spec.namespace: `Shop` is not the name of a namespace"),
    Wrong("  namespace: monitoring", "  namespace: ''", "6:14: spec.namespace: `` is not the name of a namespace"),
    Wrong("  namespace: monitoring", "  namespace: [shop]", "6:14: spec.namespace: must be a string, but is a list"),
    Wrong("  policy: net", "", "6:3: spec: `policy` is required, or `policies`: what it is an exception from"),
    Wrong(
      "  policy: net", "  policy: '*'",
      "7:11: spec.policy: `*` is not the name of a policy: an exception names each policy it is from"),
    Wrong("  policy: net", "  policy: Net", "7:11: spec.policy: `Net` is not the name of a policy"),
    Wrong("  policy: net", "  policies: []", "7:13: spec.policies: names no policy"),
    Wrong(
      "  policy: net", "  policies: [net, other, net]",
      "7:26: spec.policies[2]: the policy `net` is named more than once"),
    Wrong(
      "  policy: net", "  policy: net\n  policies: [other]",
      "8:13: spec.policies: give either `policy` or `policies`, not both"),
    Wrong(
      "  resourceSelector: {matchLabels: {app: exporter}}", "",
      "6:3: spec: `resourceSelector`, `kinds` or `names` is required: an exception is for some objects, never for all"),
    Wrong(
      "  resourceSelector: {matchLabels: {app: exporter}}", "  resourceSelector: {}",
      "8:21: spec.resourceSelector: is empty and would select everything; name labels, or leave it out and give `kinds`"
    ),
    Wrong(
      "  resourceSelector: {matchLabels: {app: exporter}}", "  resourceSelector: {matchLabels: {}}",
      "8:21: spec.resourceSelector: is empty and would select everything; name labels, or leave it out and give `kinds`"
    ),
    Wrong(
      "  resourceSelector: {matchLabels: {app: exporter}}", "  resourceSelector: {labels: {app: a}}",
      "8:22: spec.resourceSelector.labels: strict decoding error: unknown field \"spec.resourceSelector.labels\""),
    Wrong(
      "  resourceSelector: {matchLabels: {app: exporter}}", "  kinds: []",
      "8:10: spec.kinds: names no kind; leave it out for any kind"),
    Wrong(
      "  resourceSelector: {matchLabels: {app: exporter}}", "  kinds: ['*']",
      "8:11: spec.kinds[0]: `*` is not a kind; leave `kinds` out for any kind"),
    Wrong(
      "  resourceSelector: {matchLabels: {app: exporter}}", "  kinds: [pods]",
      "8:11: spec.kinds[0]: `pods` is not a kind, which starts with a capital letter: write `Pod` where the resource is `pods`"
    ),
    Wrong(
      "  resourceSelector: {matchLabels: {app: exporter}}", "  kinds: [apps/DaemonSet]",
      "8:11: spec.kinds[0]: `apps/DaemonSet` is not a kind; write `DaemonSet`, or with its group `DaemonSet.apps`"),
    Wrong(
      "  resourceSelector: {matchLabels: {app: exporter}}", "  names: []",
      "8:10: spec.names: names nothing; leave it out for any name"),
    Wrong(
      "  resourceSelector: {matchLabels: {app: exporter}}", "  names: ['*']",
      "8:11: spec.names[0]: `*` is every name; leave `names` out, and say by labels or kinds what is meant"),
    Wrong(
      "  resourceSelector: {matchLabels: {app: exporter}}", "  names: ['a b']",
      "8:11: spec.names[0]: `a b` is not a name, or the pattern of one with `*`"),
    Wrong(
      "  resourceSelector: {matchLabels: {app: exporter}}", "  names: node",
      "8:10: spec.names: must be a list, but is a string"),
    Wrong("  reason: metrics", "", "6:3: spec: `reason` is required: why the object cannot do without it"),
    Wrong("  reason: metrics", "  reason: ' '", "9:11: spec.reason: is empty"),
    Wrong(
      "  expiresAt: \"2026-10-01\"", "",
      "6:3: spec: `expiresAt` is required: an exception without an end is a hole in the policy"),
    Wrong(
      "  expiresAt: \"2026-10-01\"", "  expiresAt: null",
      "6:3: spec: `expiresAt` is required: an exception without an end is a hole in the policy"),
    Wrong(
      "  expiresAt: \"2026-10-01\"", "  expiresAt: never",
      "10:14: spec.expiresAt: `never` is no point in time; write `2026-10-01T12:00:00Z`, or `2026-10-01` for 00:00 UTC at the start of that day"
    ),
    Wrong(
      "  expiresAt: \"2026-10-01\"", "  expiresAt: 2026-02-30",
      "10:14: spec.expiresAt: `2026-02-30` is no day of the calendar"),
    Wrong(
      "  expiresAt: \"2026-10-01\"", "  expiresAt: 2026-10-01T12:00:00",
      "10:14: spec.expiresAt: `2026-10-01T12:00:00` names no offset from UTC; end it with `Z`, or with one such as `+02:00`"
    ),
    Wrong(
      "  expiresAt: \"2026-10-01\"", "  expiresAt: 20261001",
      "10:14: spec.expiresAt: must be a string, but is a number; write \"20261001\" with quotes"),
    Wrong(
      "  expiresAt: \"2026-10-01\"", "  expiresAt: 2027-03-01",
      "10:14: spec.expiresAt: 2027-03-01 is 181 days from now; the longest life of an exception is 180 days"),
    Wrong(
      "  expiresAt: \"2026-10-01\"", "  expiresAt: 2026-10-01\n  startsAt: 2026-10-01",
      "11:13: spec.startsAt: 2026-10-01 is not before the end, 2026-10-01"),
    Wrong(
      "  expiresAt: \"2026-10-01\"", "  expiresAt: 2026-10-01\n  startsAt: 2026-03-01",
      "10:14: spec.expiresAt: 2026-10-01 is 214 days from 2026-03-01; the longest life of an exception is 180 days"),
    Wrong(
      "  expiresAt: \"2026-10-01\"", "  expiresAt: 2026-10-01\n  reviewBy: 2026-10-02",
      "11:13: spec.reviewBy: 2026-10-02 is after the end, 2026-10-01: nothing is left to review"),
    Wrong("  approvedBy: security", "", "6:3: spec: `approvedBy` is required: who answers for it"),
    Wrong("  approvedBy: security", "  approvedBy: ''", "11:15: spec.approvedBy: is empty"),
    Wrong("  approvedBy: security", "  approvedBy: [a, b]", "11:15: spec.approvedBy: must be a string, but is a list"),
    Wrong(
      "  approvedBy: security", "  approvedBy: \"a\\nb\"",
      "11:15: spec.approvedBy: must not contain line breaks or other control characters"),
    Wrong(
      "  approvedBy: security", "  approvedBy: security\n  approvals: [{by: a}]",
      "12:15: spec.approvals[0]: `at` is required"),
    Wrong(
      "  approvedBy: security", "  approvedBy: security\n  approvals: [{by: a, at: 2026-08-01, why: x}]",
      "12:39: spec.approvals[0].why: strict decoding error: unknown field \"spec.approvals[0].why\""),
    Wrong(
      "  approvedBy: security", "  approvedBy: security\n  approvals: [{by: a, at: 2026-09-02}]",
      "12:15: spec.approvals[0]: the approval of 2026-09-02 lies in the future"),
    Wrong(
      "  approvedBy: security", "  approvedBy: security\n  matchConditions: [{name: a, expression: 'object.x'}]",
      "12:43: spec.matchConditions[0].expression: must evaluate to bool but got dyn; compare it, for example with `== true`"
    ),
    Wrong(
      "  approvedBy: security", "  approvedBy: security\n  matchConditions: [{name: a, expression: 'objekt.x == 1'}]",
      "12:44: spec.matchConditions[0].expression: undeclared reference to 'objekt' (in container ''); did you mean `object`?"
    ),
    Wrong(
      "  approvedBy: security", "  approvedBy: security\n  ttl: 14d",
      "12:3: spec.ttl: strict decoding error: unknown field \"spec.ttl\""),
    Wrong(
      "  approvedBy: security", "  approvedBy: \(String(repeating: "a", count: 129))",
      "11:15: spec.approvedBy: is longer than 128 bytes"),
    Wrong(
      "kind: PolicyException", "kind: PolicyExeption",
      "2:7: kind: the kind `PolicyExeption` of `policy.example.com/v1` is unknown; did you mean `PolicyException`?"),
    Wrong(
      "apiVersion: policy.example.com/v1", "apiVersion: policy.example.com/v2",
      "1:13: apiVersion: `policy.example.com/v2` is not served; write `policy.example.com/v1`"),
  ]

  @Test("that is wrong is refused with its place, its field, and what to do", arguments: wrong)
  func refusing(_ wrong: Wrong) throws {
    var lines = Self.valid.split(separator: "\n").map(String.init)
    let index = try #require(lines.firstIndex(of: wrong.line))
    if wrong.instead.isEmpty { lines.remove(at: index) } else { lines[index] = wrong.instead }
    #expect(try problems(lines.joined(separator: "\n") + "\n") == ["x.yaml:\(wrong.problem)"])
  }

  @Test("is refused where the operator allows none of its kind")
  func rules() throws {
    #expect(try problems(Self.valid) { $0.maximumLifetime = .days(30) } == [])
    #expect(
      try problems(Self.valid, now: "2026-08-31T23:59:59Z") { $0.maximumLifetime = .days(30) } == [
        "x.yaml:10:14: spec.expiresAt: 2026-10-01 is 30 days from now; the longest life of an exception is 30 days"
      ])
    #expect(try problems(Self.valid) { $0.namespaces = ["shop", "mon*"] } == [])
    #expect(
      try problems(Self.valid) { $0.namespaces = ["shop", "/"] } == [
        "x.yaml:4:9: metadata.name: there may be no exceptions for the namespace `monitoring`"
      ])
    let cluster = Self.valid.replacing("  namespace: monitoring\n", with: "")
    #expect(try problems(cluster) { $0.namespaces = ["/"] } == [])
    #expect(
      try problems(cluster) { $0.namespaces = ["*"] } == [
        "x.yaml:4:9: metadata.name: there may be no exceptions for objects without a namespace"
      ])
    #expect(
      try problems(Self.valid) { $0.neverExcept = ["net"] } == [
        "x.yaml:6:11: spec.policy: nothing may be excepted from `net`".replacing("6:11", with: "7:11")
      ])
  }

  @Test("lives from its start, else from its newest approval, else from now")
  func life() throws {
    let end = Self.valid.replacing("2026-10-01", with: "2027-03-01")
    #expect(try problems(end).count == 1)
    #expect(try problems(end + "  startsAt: 2026-09-02\n") == [])
    let approved = end + "  approvals: [{by: a, at: 2026-01-01}, {by: b, at: 2026-09-01}]\n"
    #expect(try problems(approved).count == 1)
    #expect(try problems(approved.replacing("2027-03-01", with: "2027-02-28")) == [])
  }

  @Test("that has ended is accepted, listed, and has no effect")
  func ended() throws {
    #expect(
      try problems(Self.valid, now: "2026-10-01") == [
        "warning x.yaml:10:14: spec.expiresAt: it ended on 2026-10-01 and has no effect; remove it, or have it approved anew"
      ])
    #expect(try problems(Self.valid, now: "2026-09-30T23:59:59.999999999Z") == [])
  }

  @Test("that does nothing, or more than it seems to, is warned of")
  func warnings() throws {
    #expect(
      try problems(Self.valid.replacing("policy: net", with: "policy: nett")) == [
        "warning x.yaml:7:11: spec.policy: there is no policy `nett` to except from; did you mean `net`?"
      ])
    #expect(
      try problems(
        Self.valid.replacing(
          "{matchLabels: {app: exporter}}", with: "{matchExpressions: [{key: a, operator: DoesNotExist}]}")
      ) == [
        "warning x.yaml:8:21: spec.resourceSelector: selects every object without these labels, also those that have none at all"
      ])
    #expect(
      try problems(Self.valid + "  reviewBy: 2026-08-31\n") == [
        "warning x.yaml:12:13: spec.reviewBy: its review has been due since 2026-08-31"
      ])
    let second = "---\n" + Self.valid.replacing("name: x", with: "name: second")
    #expect(
      try problems(Self.valid + second) == [
        "warning x.yaml:16:9: metadata.name: is for the same objects and policies as the exception `x`"
      ])
    // One begins when the other ends.
    let later = second.replacing("expiresAt: \"2026-10-01\"", with: "startsAt: 2026-10-01\n  expiresAt: 2026-10-31")
    #expect(try problems(Self.valid + later) == [])
  }

  @Test("has a name that no other has")
  func names() throws {
    #expect(
      try problems(Self.valid + "---\n" + Self.valid.replacing("app: exporter", with: "app: web")) == [
        "x.yaml:16:9: metadata.name: the name `x` is taken by the exception at x.yaml:4"
      ])
  }

  @Test("has at most 64 entries in a list")
  func limits() throws {
    let names = (0..<64).map { "n\($0)" }
    #expect(try problems(Self.valid + "  names: [\(names.joined(separator: ", "))]\n") == [])
    #expect(
      try problems(Self.valid + "  names: [\((names + ["n64"]).joined(separator: ", "))]\n") == [
        "x.yaml:12:10: spec.names: has 65 entries; at most 64 are allowed"
      ])
  }

  @Test("can be checked without the policies that it is from")
  func alone() throws {
    var rules = ExceptionRules()
    rules.clock = DecisionClock(at: try Instant(parsing: "2026-09-01"))
    let loaded = LoadedManifests.load(texts: [("x.yaml", Self.valid)], rules: rules)
    #expect(loaded.allProblems == [])
    #expect(loaded.set?.exceptions.map(\.name) == ["x"])
  }
}
