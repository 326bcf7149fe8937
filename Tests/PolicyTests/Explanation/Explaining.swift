import Admission
import Foundation
import JSON
import Memory
import Policy
import TestSupport
import Testing

/// The explanation of one review, copied out of the request's memory.
struct Explained {
  var allowed: Bool
  /// By policy, as the verdict says.
  var results: [String: String]
  var explanation: ReviewExplanation

  /// Why the first view of a policy matched or not.
  func match(_ policy: String = "p", view: Int = 0) throws -> MatchExplanation {
    try #require(self.policy(policy).phases.last?.views.dropFirst(view).first).match
  }

  func policy(_ name: String = "p") throws -> PolicyExplanation {
    try #require(explanation.policies.first { $0.name == name })
  }

  /// What was evaluated of a policy, in the first view in which anything was.
  func run(_ name: String = "p") throws -> RunExplanation {
    try #require(policy(name).phases.flatMap(\.views).flatMap(\.runs).first)
  }
}

extension Explainer {
  /// Explains what a folder's or a text's policies say.
  init(_ manifests: [(name: String, text: String)], settings: ExceptionSettings = ExceptionSettings()) throws {
    let plain = LoadedManifests.load(texts: manifests, rules: settings.rules)
    let traced = LoadedManifests.load(texts: manifests, rules: settings.rules, isTraced: true)
    let problems = plain.allProblems.map(\.rendered).joined(separator: "\n")
    try self.init(
      #require(plain.set, Comment(rawValue: problems)), traced: #require(traced.set), settings: settings, limit: 200,
      timedRuns: 1)
  }

  mutating func explain(_ review: Cursor, phase: Phase, namespace: Cursor?) throws -> Explained {
    try explain(review, in: phase, namespace: namespace) { _, verdict, explanation in
      var results: [String: String] = [:]
      for policy in explanation.policies {
        guard let outcome = verdict.outcomes.first(where: { $0.policy == policy.policy }) else { continue }
        results[policy.name] = outcome.result.name.description
      }
      return Explained(allowed: verdict.allowed, results: results, explanation: explanation)
    }
  }
}

/// Explains a review whose `request` is given as JSON.
func explain(
  _ request: String, under manifests: String, phase: Phase = .both, namespace: String? = nil,
  settings: ExceptionSettings = ExceptionSettings()
) throws -> Explained {
  var body = ByteBuffer()
  body.append("{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":\(request)}")
  var tape = Tape()
  try tape.parse(body.bytes)
  let namespaceObject = try namespace.map { text in
    var bytes = ByteBuffer()
    bytes.append(text)
    return try ParsedDocument(bytes)
  }
  var explainer = try Explainer([("policy.yaml", manifests)], settings: settings)
  let explained = try explainer.explain(tape.root, phase: phase, namespace: namespaceObject?.root)
  #expect(explained.explanation.disagreements.isEmpty)
  return explained
}
