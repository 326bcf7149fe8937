import Foundation
import Memory
import Policy
import Replay
import TestSupport
import Testing

@Suite("Coverage")
struct CoverageTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let policies = """
    apiVersion: policy.example.com/v1
    kind: Policy
    metadata: {name: judging}
    spec:
      matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: [configmaps]}]}
      matchConditions:
      - {name: first, expression: "object.data.n != '1'"}
      - {name: second, expression: "object.data.n != '2'"}
      validations:
      - {expression: "object.data.n != '7'"}
      - {expression: "object.data.n != '99'"}
    ---
    apiVersion: policy.example.com/v1
    kind: Policy
    metadata: {name: changing}
    spec:
      matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: [configmaps]}]}
      mutations:
      - patchType: JSONPatch
        jsonPatch: {expression: "[JSONPatch{op: 'add', path: '/data/m', value: 'x'}]"}
      - patchType: JSONPatch
        jsonPatch: {expression: "object.data.n == '0' ? [JSONPatch{op: 'add', path: '/data/z', value: 'x'}] : []"}
    ---
    apiVersion: policy.example.com/v1
    kind: Policy
    metadata: {name: elsewhere}
    spec:
      matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: [nodes]}]}
      matchConditions: [{name: any, expression: "true"}]
      validations: [{expression: "false"}]
    ---
    apiVersion: policy.example.com/v1
    kind: PolicyException
    metadata: {name: seven}
    spec: {namespace: shop, policy: judging, names: [r7], reason: r, approvedBy: b, startsAt: 2026-09-01T00:00:00Z, expiresAt: 2026-10-01}
    """

  /// What judging ConfigMaps with these numbers does not cover.
  private func uncovered(_ numbers: [String], workers: Int = 2) throws -> [String] {
    var rules = ExceptionRules()
    rules.clock = DecisionClock(at: try Instant(parsing: "2026-09-15"))
    let loaded = LoadedManifests.load(texts: [(name: "policies.yaml", text: Self.policies)], rules: rules)
    let set = try #require(loaded.set, "\(loaded.allProblems.map(\.rendered))")
    let text = numbers.map { Fixture.review(id: "r\($0)", data: #"{"n":"\#($0)"}"#) }.joined(separator: "\n")
    var configuration = ReplayConfiguration(sets: [set], workers: workers)
    configuration.exceptions.rules = rules
    configuration.countsExpressions = true
    let path = try folder.write(text, to: "a.jsonl")
    let summary = ReplayEngine(configuration, [ReplayInput(file: path)]).run { _ in }
    return Coverage(summary, sets: [set]).items.map(\.text)
  }

  @Test(
    "names policies, match conditions, validations, mutations and exceptions that nothing has put to the test",
    arguments: [
      (
        ["1"],
        [
          "changing: mutations[1] never changed anything: object.data.n == '0' ?", "elsewhere: no review was matched",
          "judging: no review was matched", "judging: matchConditions[0] never true: object.data.n != '1'",
          "judging: matchConditions[1] never evaluated: object.data.n != '2'", "exception seven: never used",
        ]
      ),
      (
        ["0", "5"],
        [
          "elsewhere: no review was matched", "judging: matchConditions[0] never false: object.data.n != '1'",
          "judging: matchConditions[1] never false: object.data.n != '2'",
          "judging: validations[0] never failed: object.data.n != '7'",
          "judging: validations[1] never failed: object.data.n != '99'", "exception seven: never used",
        ]
      ), (["0", "1", "2", "7", "99"], ["elsewhere: no review was matched"]),
    ])
  func items(_ numbers: [String], _ expected: [String]) throws {
    let found = try uncovered(numbers)
    #expect(found.count == expected.count, "\(found)")
    for (found, expected) in zip(found, expected) { #expect(found.hasPrefix(expected)) }
  }

  @Test("is the same for many reviews on many threads")
  func threads() throws {
    let many = (0..<3000).map { _ in "5" } + ["0", "1", "2", "7", "99"]
    #expect(try uncovered(many, workers: 4) == ["elsewhere: no review was matched"])
  }
}
