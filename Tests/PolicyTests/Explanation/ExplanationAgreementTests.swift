import Admission
import Foundation
import JSON
import Memory
import Policy
import TestSupport
import Testing

/// An explanation never disagrees with the decision: over all recorded reviews, its parts amount to the verdict of the evaluator that
/// serves.
@Suite("An explanation", .enabled(if: SharedData.isPresent, "needs the recorded reviews"))
struct ExplanationAgreementTests {
  /// Exceptions from the checkout's policies in every state, so wide that the recorded objects meet them.
  private static let exceptions = [
    ("runs", "disallow-host-network", "monitoring", "2027-01-01", "kinds: [DaemonSet, Deployment, Pod]"),
    ("ended", "require-owner-label", "monitoring", "2026-05-25", "kinds: [DaemonSet, Deployment, Pod]"),
    (
      "later", "require-run-as-non-root", "istio-system", "2027-01-01",
      "kinds: [Deployment]\n  startsAt: \"2026-12-01\""
    ),
    ("names", "require-image-digest", "monitoring", "2027-01-01", "names: [\"prometheus-*\", \"grafana*\"]"),
    ("kinds", "require-run-as-non-root", "monitoring", "2027-01-01", "kinds: [DaemonSet]"),
    (
      "cel", "require-image-digest", "istio-system", "2027-01-01",
      "kinds: [Deployment]\n  matchConditions: [{name: c, expression: \"object.spec.replicas > 1\"}]"
    ), ("mutation", "default-run-as-non-root", "monitoring", "2027-01-01", "kinds: [Deployment, Pod]"),
  ].map { name, policy, namespace, end, more in
    """
    apiVersion: policy.example.com/v1
    kind: PolicyException
    metadata: {name: \(name)}
    spec:
      namespace: \(namespace)
      policy: \(policy)
      reason: a test of explanations
      expiresAt: "\(end)"
      approvedBy: tests
      \(more)
    """
  }.joined(separator: "\n---\n")

  private static func texts(_ name: String) throws -> [(name: String, text: String)] {
    if name != "policies" {
      return [(name, try String(contentsOf: SharedData.folder.appending(path: name), encoding: .utf8))]
    }
    let sources = ManifestSources(at: [SharedData.checkout.appending(path: name).path])
    return sources.files.map { ($0.name, $0.text) } + [("exceptions.yaml", exceptions)]
  }

  @Test(
    "of every recorded review amounts to the verdict, for every policy",
    arguments: ["vap/policies.yaml", "vap/requests-policies.yaml", "map/policies.yaml", "policies"],
    ["reviews.jsonl", "operations.jsonl", "vap/requests.jsonl", "map/reviews.jsonl"])
  func agrees(policies: String, reviews: String) throws {
    var settings = ExceptionSettings()
    settings.rules.maximumLifetime = .days(10_000)
    settings.rules.clock = DecisionClock(at: try Instant(parsing: "2026-06-01"))
    var explainer = try Explainer(Self.texts(policies), settings: settings)
    var tape = Tape()
    var different = 0
    var seen: [String: Int] = [:]
    for line in try SharedData.lines(reviews) {
      try line.withUnsafeBytes { bytes in
        try tape.parse(ByteSlice(bytes))
        let root = tape.root
        let namespace = root.member("namespaceObject").flatMap { $0.isNull ? nil : $0 }
        for phase in [Phase.both, .mutate] {
          let explained = try explainer.explain(#require(root.member("review")), phase: phase, namespace: namespace)
          var problems = explained.explanation.disagreements
          for policy in explained.explanation.policies {
            let result = policy.derived?.result.name.description
            if result != explained.results[policy.name], policies != "map/policies.yaml" {
              problems.append("\(policy.name): \(result ?? "no match")")
            }
            let hasMatch = policy.phases.flatMap(\.views).contains { view in
              view.match.outcome != .notMatched || view.runs.contains(where: \.isReinvocation)
            }
            if policy.outcome != nil, !hasMatch { problems.append("\(policy.name) has no match") }
            seen[result ?? "none", default: 0] += 1
          }
          if !problems.isEmpty {
            different += 1
            if different <= 5 { Issue.record("\(root.member("id")?.stringValue ?? ""): \(problems)") }
          }
        }
      }
    }
    #expect(different == 0)
    #expect(seen["none", default: 0] > 0)
    if policies == "policies", reviews == "reviews.jsonl" {
      for result in ["pass", "fail", "excepted", "mutated"] { #expect(seen[result, default: 0] > 0, "\(result)") }
    }
    if policies == "vap/policies.yaml", reviews == "reviews.jsonl" { #expect(seen["error", default: 0] > 0) }
  }
}
