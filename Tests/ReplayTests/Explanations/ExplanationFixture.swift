import Admission
import Foundation
import Memory
import Policy
import Replay
import TestSupport
import Testing

/// Explains reviews that a test writes down, without times.
struct ExplanationFixture {
  var manifests: String
  /// Lines of records.
  var records: String
  var now = "2026-06-01"
  var phase: Phase? = .both
  var options = ExplanationOptions()

  func reviews() throws -> [ExplainedReview] {
    let folder = try TemporaryFolder()
    let path = try folder.write(records, to: "reviews.jsonl")
    var settings = ExceptionSettings()
    settings.rules.maximumLifetime = .days(10_000)
    settings.rules.clock = DecisionClock(at: try Instant(parsing: now))
    let texts = [(name: "policy.yaml", text: manifests)]
    let plain = LoadedManifests.load(texts: texts, rules: settings.rules)
    let traced = LoadedManifests.load(texts: texts, rules: settings.rules, isTraced: true)
    let set = try #require(plain.set, Comment(rawValue: plain.allProblems.map(\.rendered).joined(separator: "\n")))
    var explainer = try Explainer(
      set, traced: #require(traced.set), settings: settings, limit: options.limit, timedRuns: 0)
    var explained: [ExplainedReview] = []
    var problems: [String] = []
    var source = ReviewSource()
    source.read(path, clock: { 0 }) { event, _ in
      switch event {
      case .unreadable(let place, let message): problems.append("\(place): \(message)")
      case .item(let item):
        do throws(AdmissionReviewError) {
          explained.append(
            try explainer.explain(item.review, in: phase ?? .both, namespace: item.namespaceObject) {
              ExplainedReview(
                id: (item.id ?? $0.uid).string, file: "reviews.jsonl", line: item.line, $0, $1, of: set, $2)
            })
        } catch {
          problems.append(error.message)
        }
      }
    }
    #expect(problems == [])
    for review in explained { #expect(review.explanation.disagreements == []) }
    return explained
  }

  func text(width: Int = ExplanationText.defaultWidth, isColoured: Bool = false) throws -> String {
    let report = TextExplanationReport(ReportOutput(), options, width: width, isColoured: isColoured)
    return try write(report)
  }

  func write(_ report: any ExplanationReport) throws -> String {
    for review in try reviews() { report.add(review) }
    report.finish()
    return report.output.buffer.bytes.string
  }

  /// A record of a request; `object` and `oldObject` are JSON.
  static func record(
    _ operation: String = "CREATE", resource: String = "pods", group: String = "", kind: String = "Pod",
    name: String = "web", namespace: String = "shop", object: String = "null", oldObject: String = "null",
    namespaceLabels: String? = nil
  ) -> String {
    let labels = namespaceLabels.map {
      #","namespaceObject":{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"\#(namespace)","labels":\#($0)}}"#
    }
    return """
      {"id":"1","review":{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u1",\
      "kind":{"group":"\(group)","version":"v1","kind":"\(kind)"},\
      "resource":{"group":"\(group)","version":"v1","resource":"\(resource)"},"name":"\(name)",\
      "namespace":"\(namespace)","operation":"\(operation)","userInfo":{"username":"ada"},\
      "object":\(object),"oldObject":\(oldObject)}}\(labels ?? "")}
      """
  }

  /// A policy for Pods with the given lines under `spec`.
  static func policy(_ spec: String, name: String = "p", rule: String = "") -> String {
    """
    apiVersion: policy.example.com/v1
    kind: Policy
    metadata:
      name: \(name)
    spec:
      matchConstraints:
        resourceRules:
        - {apiGroups: [""], apiVersions: [v1], resources: [pods], operations: [CREATE, UPDATE]\(rule)}
    \(spec.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }.joined(separator: "\n"))

    """
  }

  static let pod = """
    {"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"shop","labels":{"app":"web","tier":"front"}},\
    "spec":{"containers":[{"name":"app","image":"app@sha256:1"},{"name":"side","image":"nginx:1.27"},\
    {"name":"log","image":"log@sha256:2"}]}}
    """
}
