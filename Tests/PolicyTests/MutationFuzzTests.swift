import Admission
import Foundation
import JSON
import Memory
import Policy
import TestSupport
import Testing

/// The fuzz entry point of mutations: whatever the review, it is answered, and a patch that is given applies.
func fuzzMutations(_ input: [UInt8], under set: PolicySet, _ evaluator: inout Evaluator) throws {
  var tape = Tape()
  try input.withUnsafeBytes { bytes in
    guard (try? tape.parse(ByteSlice(bytes))) != nil else { return }
    evaluator.begin()
    guard let review = try? AdmissionReview(tape.root, arena: evaluator.arena) else { return }
    let (verdict, object) = evaluator.mutate(review.request, under: set, namespace: nil, deadline: nil)
    try #require((verdict.patch == nil) == (object == nil))
    try #require(verdict.reason.string != "InternalError" || !verdict.outcomes.isEmpty)
    guard let patch = verdict.patch, let original = review.request.object else { return }
    var operations = Tape()
    var text = ByteBuffer()
    try operations.parse(patch)
    guard case .applied = JSONPatch.apply(operations.root, to: original, into: &text, arena: evaluator.arena) else {
      Issue.record("a patch does not apply: \(patch.string)")
      return
    }
    var result = Tape()
    try result.parse(text.bytes)
  }
}

@Suite("Mutations, fuzzed,", .enabled(if: SharedData.isPresent, "needs the recorded reviews"))
struct MutationFuzzTests {
  private static func set() throws -> PolicySet {
    let manifests = try String(contentsOf: SharedData.folder.appending(path: "map/policies.yaml"), encoding: .utf8)
    // Templates too, and everything that comes.
    return try policySet(
      manifests.replacing(
        "metadata:\n  name: m0",
        with: "metadata:\n  annotations: {policy.example.com/pod-templates: Include}\n  name: m0"))
  }

  @Test("answer whatever comes, with patches that apply", arguments: 0..<4 as Range<UInt64>)
  func reviews(seed: UInt64) throws {
    let set = try Self.set()
    let recorded = try RecordedBodies()
    let corpus = recorded.slices.filter { $0.count < 12_000 }.map { Array($0.buffer) }
    var mutator = Mutator(
      corpus: corpus,
      dictionary: [
        "null", "{}", "[]", "\"name\":", "\"labels\":", "\"annotations\":", "\"containers\":", "\"spec\":", "1e999",
        "-",
        "\\u0000", "\\ud800", "\"~0~1\"", "\"template\":", "\"namespace\":",
      ], seed: seed)
    var evaluator = Evaluator()
    for _ in 0..<500 { try fuzzMutations(mutator.next(), under: set, &evaluator) }
  }
}
