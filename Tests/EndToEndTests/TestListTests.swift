import Foundation
import TestSupport
import Testing

/// Lists of tests, run as their authors run them.
@Suite("Tests of policies on the command line")
struct TestListTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(Self.policies, to: "p/policy.yaml")
    try folder.write(Self.exception(expiresAt: "2026-10-01"), to: "p/tests/exception.yaml")
    try folder.write(
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\ndata: {n: '3'}\n",
      to: "p/tests/three.yaml")
  }

  private func test(_ list: String, _ options: [String] = []) throws -> TestProcess.Result {
    try folder.write(list, to: "p/tests/test.yaml")
    return try WebhookProgram.run(["test", "\(folder.path)/p"] + options)
  }

  private static let policies = """
    apiVersion: policy.example.com/v1
    kind: Policy
    metadata: {name: circumstances}
    spec:
      matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: [configmaps]}]}
      validations:
      - {expression: "request.operation != 'UPDATE' || object.data.n == oldObject.data.n", message: n stays}
      - {expression: "request.operation != 'DELETE'", message: nothing goes}
      - {expression: "request.userInfo.username != 'mallory'", message: not mallory}
      - {expression: "namespaceObject == null || namespaceObject.metadata.?labels.tier.orValue('') != 'gold'", message: gold is closed}
    ---
    apiVersion: policy.example.com/v1
    kind: Policy
    metadata: {name: limited}
    spec:
      paramKind: {apiVersion: example.com/v1, kind: Limit}
      paramRef: {name: limit, parameterNotFoundAction: Allow}
      matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]}
      validations: [{expression: "int(object.data.n) <= params.max", messageExpression: "'at most ' + string(params.max)"}]
    ---
    apiVersion: policy.example.com/v1
    kind: Policy
    metadata: {name: no-seven}
    spec:
      matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]}
      validations: [{expression: "object.data.n != '7'", message: no seven}]

    """

  private static func exception(name: String = "seven", expiresAt: String) -> String {
    """
    apiVersion: policy.example.com/v1
    kind: PolicyException
    metadata: {name: \(name)}
    spec: {namespace: shop, policy: no-seven, names: [a], reason: r, approvedBy: b, startsAt: 2026-09-01T00:00:00Z, expiresAt: \(expiresAt)}

    """
  }

  /// Each circumstance decides: what is denied with it is allowed without it, or the other way round.
  private static let circumstances = """
    now: 2026-09-15T12:00:00Z
    tests:
    - {name: create, resource: three.yaml, expect: allow}
    - name: update
      operation: UPDATE
      resource: {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: shop}, data: {n: "4"}}
      oldResource: three.yaml
      expect: {decision: deny, message: n stays}
    - {name: delete, operation: DELETE, resource: three.yaml, expect: {decision: deny, message: nothing goes}}
    - {name: user, resource: three.yaml, user: mallory, expect: {decision: deny, message: not mallory}}
    - {name: the whole user, resource: three.yaml, user: {username: mallory, groups: [g]}, expect: {decision: deny, message: not mallory}}
    - {name: labels of the namespace, resource: three.yaml, namespaceLabels: {tier: gold}, expect: {decision: deny, message: gold is closed}}
    - name: the whole namespace
      resource: three.yaml
      namespaces: {apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {tier: gold}}}
      expect: {decision: deny, message: gold is closed}
    - name: a parameter as it stands
      resource: three.yaml
      parameters: [{apiVersion: example.com/v1, kind: Limit, metadata: {name: limit, namespace: shop}, max: 2}]
      expect: {decision: deny, policy: limited, message: at most 2}
    - {name: denied, resource: &seven {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: shop}, data: {n: "7"}}, expect: deny}
    - {name: an exception in a file, resource: *seven, exceptions: exception.yaml, expect: {decision: allow, policy: no-seven, exception: seven}}
    - {name: an exception that has ended, resource: *seven, exceptions: [exception.yaml], now: 2026-10-01, expect: {decision: deny, exception: ""}}
    - {name: one that has not started, resource: *seven, exceptions: [exception.yaml], now: "2026-08-31T23:59:59Z", expect: deny}
    - name: an exception as it stands
      resource: *seven
      exceptions:
      - apiVersion: policy.example.com/v1
        kind: PolicyException
        metadata: {name: here}
        spec: {namespace: shop, policy: no-seven, names: [a], reason: r, approvedBy: b, expiresAt: 2026-09-20}
      expect: {decision: allow, exception: here, warningPatterns: ["exception `here`.*ends"]}

    """

  @Test("state UPDATE, DELETE, the user, labels of the namespace, parameters, exceptions and the time")
  func circumstances() throws {
    let result = try test(Self.circumstances)
    #expect(result.status == 0, "\(result.text)\(result.errors)")
    #expect(result.text.contains("13 as expected, 0 not\n"))
    // That an exception has ended is what the test is about.
    #expect(result.errors.isEmpty, "\(result.errors)")
  }

  @Test("tell what is wrong with an exception by the rules of loading, at its place in the list")
  func wrongException() throws {
    let result = try test(
      """
      tests:
      - name: a
        resource: three.yaml
        exceptions:
        - apiVersion: policy.example.com/v1
          kind: PolicyException
          metadata: {name: here}
          spec:
            namespace: shop
            policy: no-sevn
            names: [a]
            reason: r
            approvedBy: b
            expiresAt: 2026-09-31
        expect: deny

      """)
    #expect(result.status == 2)
    let file = "\(folder.path)/p/tests/test.yaml"
    #expect(
      result.errors.hasPrefix(
        "\(file):14:18: error: tests[0].exceptions[0].spec.expiresAt: `2026-09-31` is no day of the calendar\n"),
      "\(result.errors)")

    let tooLong = try test(
      """
      now: 2026-09-10
      tests:
      - {name: a, resource: three.yaml, exceptions: [exception.yaml], expect: allow}
      """, ["--max-exception-lifetime", "7d"])
    #expect(tooLong.status == 2)
    #expect(
      tooLong.errors.contains("/p/tests/exception.yaml:4:")
        && tooLong.errors.contains("the longest life of an exception is"),
      "\(tooLong.errors)")
  }

  @Test("count what the tests cover, conditions and exceptions as well")
  func coverage() throws {
    let result = try test(Self.circumstances, ["--coverage", "--fail-on", "uncovered"])
    #expect(result.status == 0, "\(result.text)\(result.errors)")
    #expect(result.text.hasSuffix("\neverything is covered\n"))

    let less = try test(
      """
      exceptions: exception.yaml
      now: 2026-09-15
      tests:
      - {name: create, resource: three.yaml, expect: allow}
      """, ["--fail-on", "uncovered"])
    #expect(less.status == 1)
    #expect(
      less.text.hasSuffix(
        """

        NOT COVERED
          circumstances: validations[0] never failed: request.operation != 'UPDATE' || object.data.n == oldObject.data.n
          circumstances: validations[1] never failed: request.operation != 'DELETE'
          circumstances: validations[2] never failed: request.userInfo.username != 'mallory'
          circumstances: validations[3] never failed: namespaceObject == null || namespaceObject.metadata.?labels.tier.orValue('') != 'gold'
          limited: no review was matched
          no-seven: validations[0] never failed: object.data.n != '7'
          exception seven: never used

        """), "\(less.text)")
    #expect(less.errors == "webhook: not covered: 1 policy, 5 validations, 1 exception\n")
  }
}
