import Foundation
import Memory
import Policy
import Replay
import TestSupport
import Testing

@Suite("Lists of tests")
struct TestFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let policy = """
    apiVersion: policy.example.com/v1
    kind: Policy
    metadata: {name: small}
    spec:
      matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: [configmaps, configmaps/status]}]}
      validations:
      - expression: "object == null || object.data.n != '7'"
        messageExpression: "'no ' + object.data.n + ' for ' + request.userInfo.username"
      - expression: "request.operation != 'DELETE' || oldObject.data.n != '1'"
        message: keep the first one
      - expression: "request.operation != 'UPDATE' || object.data.n == oldObject.data.n"
        message: n stays
      - expression: "namespaceObject == null || namespaceObject.?metadata.labels.tier.orValue('') != 'gold'"
        message: gold is closed
      - expression: "!request.dryRun"
        message: not dry
      - expression: "request.?subResource.orValue('') != 'status'"
        message: no status
    """

  /// The unmet expectations of each test, in order.
  private func run(_ text: String, policies: String = policy) throws -> [[String]] {
    let path = try folder.write(text, to: "tests/test.yaml")
    let file: TestFile
    do throws(TestFileError) {
      file = try TestFile(path)
    } catch {
      throw Failure(problems: error.problems.map { "\($0.place): \($0.message)".replacing(path, with: "F") })
    }
    let set = try Fixture.set(policies)
    let inputs = file.cases.map {
      ReplayInput(name: path, content: .record($0.record, line: $0.line), expectation: $0.expectation)
    }
    var unmet: [[String]] = []
    _ = ReplayEngine(ReplayConfiguration(sets: [set]), inputs).run { batch in
      for problem in batch.problems { Issue.record("\(problem.place): \(problem.message)") }
      for case .review(let result) in batch.events { unmet.append(result.unmet ?? ["nothing was expected"]) }
    }
    return unmet
  }

  private struct Failure: Error {
    let problems: [String]
  }

  @Test("say what is judged and what must become of it")
  func expectations() throws {
    try folder.write("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata: {n: '1'}\n", to: "tests/one.yaml")
    let unmet = try run(
      """
      tests:
      - name: allowed, from a file
        resource: one.yaml
        expect: allow
      - name: denied, with its text
        resource: &seven {apiVersion: v1, kind: ConfigMap, metadata: {name: seven}, data: {n: '7'}}
        user: ann
        expect: {decision: deny, policy: small, code: 403, reason: Forbidden, message: "no 7 for ann"}
      - name: a pattern, and the whole user
        resource: *seven
        user: {username: "system:node:a", groups: [x]}
        expect: {decision: deny, messagePattern: "^no 7 for system:node:"}
      - name: delete
        resource: one.yaml
        operation: DELETE
        expect: {decision: deny, message: keep the first one}
      - name: update
        resource: {apiVersion: v1, kind: ConfigMap, metadata: {name: one}, data: {n: '2'}}
        oldResource: one.yaml
        operation: UPDATE
        expect: {decision: deny, message: n stays}
      - name: namespace
        resource: one.yaml
        namespaceLabels: {tier: gold}
        expect: {message: gold is closed, warnings: []}
      - name: dry
        resource: one.yaml
        dryRun: true
        expect: {message: not dry}
      - name: subresource
        resource: one.yaml
        subResource: status
        expect: {message: no status}
      - name: a review
        review: {apiVersion: admission.k8s.io/v1, kind: AdmissionReview, request: {uid: u, operation: CREATE,
          kind: {group: "", version: v1, kind: Pod}, resource: {group: "", version: v1, resource: pods}}}
        expect: allow
      - name: the object stays as it is
        resource: one.yaml
        expect: {object: {apiVersion: v1, kind: ConfigMap, metadata: {namespace: default, name: one}, data: {n: '1'}}}
      """)
    #expect(unmet == [[String]](repeating: [], count: 10))
  }

  @Test("tell exactly what is not as expected, and never take `did not match` for a pass")
  func unmet() throws {
    let unmet = try run(
      """
      tests:
      - {name: a, resource: &seven {apiVersion: v1, kind: ConfigMap, metadata: {name: s}, data: {n: '7'}}, expect: allow}
      - {name: b, resource: {apiVersion: v1, kind: Pod, metadata: {name: p}}, expect: deny}
      - {name: c, resource: &one {apiVersion: v1, kind: ConfigMap, metadata: {name: s}, data: {n: '1'}}, expect: deny}
      - {name: d, resource: {apiVersion: v1, kind: Pod, metadata: {name: p}}, expect: {decision: allow, policy: small}}
      - {name: e, resource: *seven, expect: {code: 422, message: other, warnings: [w]}}
      - {name: f, resource: *one, expect: {object: {n: 2}}}
      """)
    #expect(unmet[0] == ["expected to be allowed, but is denied: small: no 7 for webhook-test"])
    #expect(unmet[1] == ["expected to be denied, but no policy matched"])
    #expect(unmet[2] == ["expected to be denied, but is allowed by `small` (pass)"])
    #expect(unmet[3] == ["expected policy `small` to match, but it did not match"])
    #expect(
      unmet[4] == [
        "expected code 422, but it is 403", "expected message `other`, but it is `small: no 7 for webhook-test`",
        "expected a warning `w`, but there are none",
      ])
    #expect(unmet[5].count == 1 && unmet[5][0].contains("\n-   \"n\": 2\n+   \"apiVersion\": \"v1\","))
  }

  @Test("are refused with every mistake and its line")
  func mistakes() throws {
    let error = #expect(throws: Failure.self) {
      _ = try run(
        """
        test: 1
        tests:
        - name: a
          resource: nowhere.yaml
          expect: perhaps
        - resource: {kind: Pod}
        - name: c
          expect: {}
        - name: d
          resource: {apiVersion: v1, kind: Pod}
          operation: UPDATE
          user: ann
          when: now
          expect: {messagePattern: "(", message: 1}
        - now: 2026-02-30
          exceptions: [{kind: Pod}]
          namespaces: gone.yaml
          user: [1]
          dryRun: 1
          name: e
          resource: {apiVersion: v1, kind: Pod}
          expect: allow
        """)
    }
    #expect(
      error?.problems == [
        "F:1:1: unknown field `test`; there are `policies`, `parameters`, `namespaces`, `exceptions`, `now`, `tests`",
        "F:4:3: `tests[0].resource`: \(folder.path)/tests/nowhere.yaml: no such file or directory",
        "F:5:3: `tests[0].expect` is not one of `allow`, `deny`", "F:6:3: `tests[1].name` is required",
        "F:7:3: `tests[2]` must have either `resource` or `review`", "F:8:3: `tests[2].expect` expects nothing",
        "F:9:3: `tests[3].oldResource` is required with UPDATE",
        "F:13:3: unknown field `tests[3].when`; there are `policies`, `parameters`, `namespaces`, `exceptions`, `now`, "
          + "`name`, `resource`, `review`, `namespaceLabels`, `phase`, `expect`, `operation`, `oldResource`, `subResource`, "
          + "`user`, `dryRun`",
        "F:14:12: `tests[3].expect.messagePattern`: error parsing regexp: missing closing ): `(`",
        "F:14:33: `tests[3].expect.message` must be a string", "F:15:3: `tests[4].now` is no day of the calendar",
        "F:16:17: `tests[4].exceptions[0].kind` must be `PolicyException`",
        "F:17:3: `tests[4].namespaces`: \(folder.path)/tests/gone.yaml: there is no such file or folder",
        "F:18:3: `tests[4].user` must be a name, or an object as `userInfo` is one",
        "F:19:3: `tests[4].dryRun` must be `true` or `false`",
      ])
  }
}
