import Foundation
import Policy
import TestSupport
import Testing

/// The fuzz entry point of manifests: whatever the text, loading ends, and either there is a set or a problem says why not.
func fuzzManifests(_ input: [UInt8]) throws {
  let loaded = LoadedManifests.load(texts: [("fuzz.yaml", String(decoding: input, as: UTF8.self))])
  try #require((loaded.set == nil) == loaded.hasErrors)
  for problem in loaded.allProblems {
    try #require(problem.line >= 1 && problem.column >= 1 && !problem.message.isEmpty)
    _ = problem.rendered
  }
}

@Suite("Manifests, fuzzed,")
struct FuzzTests {
  static let corpus = [
    EvaluatorTests.hostNetwork, PodTemplateTests.policy,
    podPolicy(
      """
      matchConditions: [{name: a, expression: "has(object.spec)"}]
      variables: [{name: x, expression: "object.spec.containers.filter(c, c.name.startsWith('a'))"}]
      validations:
      - expression: |
          variables.x.all(c,
            c.image.matches('^a+$'))
        message: "m"
        messageExpression: >-
          'x: ' +
          string(size(variables.x))
        reason: Invalid
      auditAnnotations: [{key: k, valueExpression: "null"}]
      validationActions: [Warn, Audit]
      failurePolicy: Ignore
      """),
    "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Namespace, metadata: {name: a, labels: {b: &x c, d: *x}}}\n",
  ].map { Array($0.utf8) }

  @Test("load or are refused, without a crash", arguments: 0..<4 as Range<UInt64>)
  func mutations(seed: UInt64) throws {
    var mutator = Mutator(
      corpus: Self.corpus,
      dictionary: [
        "- ", ": ", "\n  ", "[", "{", "|\n", ">-\n", "&a ", "*a", "!!str ", "---\n", "'", "\"", "~", "0x1", "é", "has(",
        ".?",
      ],
      seed: seed)
    for _ in 0..<500 { try fuzzManifests(mutator.next()) }
  }

  @Test("with aliases of aliases stay small")
  func aliases() throws {
    var text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...9 {
      text += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", "))]\n"
    }
    let loaded = LoadedManifests.load(texts: [("bomb.yaml", text)])
    #expect(loaded.allProblems.map(\.message) == ["is too large or nested too deep"])
  }
}
