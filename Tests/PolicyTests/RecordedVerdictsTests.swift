import Admission
import Foundation
import JSON
import Memory
import Policy
import TestSupport
import Testing

/// An API server's own verdicts on recorded reviews under its own ValidatingAdmissionPolicies: what is found here must be the
/// same to the letter.
@Suite("An API server's verdicts", .enabled(if: SharedData.isPresent, "needs the recorded verdicts"))
struct RecordedVerdictsTests {
  @Test(
    "are reached on every recorded review",
    arguments: [
      ("vap/policies.yaml", "reviews.jsonl", "vap/verdicts.jsonl"),
      ("vap/requests-policies.yaml", "vap/requests.jsonl", "vap/requests-verdicts.jsonl"),
    ])
  func verdicts(policies file: String, reviews: String, verdicts: String) throws {
    let set = try policySet(String(contentsOf: SharedData.folder.appending(path: file), encoding: .utf8))
    var expected: [String: [String: [String]]] = [:]
    for line in try SharedData.lines(verdicts) {
      let verdict = try JSONDecoder().decode(RecordedVerdict.self, from: line)
      expected[verdict.id] = verdict.failures
    }
    var evaluator = Evaluator()
    var tape = Tape()
    var different = 0
    for line in try SharedData.lines(reviews) {
      try line.withUnsafeBytes { bytes in
        try tape.parse(ByteSlice(bytes))
        let root = tape.root
        let id = try #require(root.member("id")?.stringValue)
        evaluator.begin()
        let review = try AdmissionReview(#require(root.member("review")), arena: evaluator.arena)
        let namespace = root.member("namespaceObject").flatMap { $0.isNull ? nil : $0 }
        let verdict = evaluator.validate(review.request, under: set, namespace: namespace, deadline: nil)
        var found: [String: [String]] = [:]
        for outcome in verdict.outcomes {
          let policy = set.policies[outcome.policy]
          let failures = outcome.failures.filter { policy.failurePolicy == .fail || !$0.isError }
          if !failures.isEmpty { found[policy.name] = failures.map(\.message.string) }
        }
        let wanted = expected[id] ?? [:]
        if found != wanted {
          different += 1
          if different <= 5 { Issue.record("\(id): found \(found), expected \(wanted)") }
        }
      }
    }
    #expect(different == 0)
  }

  private struct RecordedVerdict: Decodable {
    var id: String
    var failures: [String: [String]]
  }
}
