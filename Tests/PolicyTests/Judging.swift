import Admission
import JSON
import Memory
import Policy
import TestSupport
import Testing

/// A verdict copied out of the request's memory.
struct Judged: Equatable {
  var allowed: Bool
  var code: Int
  var reason: String
  var message: String
  var warnings: [String]
  var annotations: [String: String]
  /// By policy.
  var results: [String: String]
  var failures: [String: [String]]
  /// By policy, the exceptions that lifted failures.
  var exceptions: [String: [String]] = [:]
}

/// Compiles the manifests; mistakes are the test's own.
func policySet(_ manifests: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> PolicySet {
  let loaded = LoadedManifests.load(texts: [("policy.yaml", manifests)])
  return try #require(
    loaded.set, Comment(rawValue: loaded.allProblems.map(\.rendered).joined(separator: "\n")),
    sourceLocation: sourceLocation)
}

/// The problems of manifests, as `line:column: field: message`.
func problems(_ manifests: String) -> [String] {
  LoadedManifests.load(texts: [("policy.yaml", manifests)]).allProblems.map {
    "\($0.line):\($0.column): \($0.field.isEmpty ? "" : "\($0.field): ")\($0.message)"
  }
}

/// Judges a review whose `request` is given as JSON.
func judge(
  _ request: String, under set: PolicySet, namespace: String? = nil, deadline: UInt64? = nil,
  settings: ExceptionSettings = ExceptionSettings()
) throws -> Judged {
  let body = try ParsedText(request: request)
  let namespaceObject = try namespace.map { try ParsedText($0) }
  defer { withExtendedLifetime((body, namespaceObject)) {} }
  var evaluator = Evaluator()
  evaluator.exceptionSettings = settings
  evaluator.begin()
  let review = try AdmissionReview(body.root, arena: evaluator.arena)
  let verdict = evaluator.validate(review.request, under: set, namespace: namespaceObject?.root, deadline: deadline)
  var judged = Judged(
    allowed: verdict.allowed, code: verdict.code, reason: verdict.reason.string, message: verdict.message.string,
    warnings: verdict.warnings.map(\.string), annotations: [:], results: [:], failures: [:])
  for annotation in verdict.auditAnnotations { judged.annotations[annotation.key.string] = annotation.value.string }
  for outcome in verdict.outcomes {
    let name = set.policies[outcome.policy].name
    judged.results[name] = outcome.result.name.description
    judged.exceptions[name] = outcome.exceptions.map { set.exceptions[Int($0)].name }
    judged.failures[name] = outcome.failures.map { "\($0.index): \($0.message.string)" }
  }
  return judged
}

/// A request of the API server.
func request(
  _ operation: String = "CREATE", group: String = "", version: String = "v1", resource: String = "pods",
  kind: String = "Pod", subresource: String = "", namespace: String = "shop", name: String = "web",
  object: String = "null", oldObject: String = "null"
) -> String {
  """
  {"uid":"u","kind":{"group":"\(group)","version":"\(version)","kind":"\(kind)"},
  "resource":{"group":"\(group)","version":"\(version)","resource":"\(resource)"},
  "subResource":"\(subresource)","namespace":"\(namespace)","name":"\(name)","operation":"\(operation)",
  "userInfo":{"username":"ada"},"object":\(object),"oldObject":\(oldObject)}
  """
}

/// A policy for Pods with the given lines under `spec`, indented by two spaces.
func podPolicy(_ spec: String, name: String = "p", resources: String = "[pods]") -> String {
  """
  apiVersion: policy.example.com/v1
  kind: Policy
  metadata:
    name: \(name)
  spec:
    matchConstraints:
      resourceRules:
      - {apiGroups: [""], apiVersions: [v1], resources: \(resources), operations: ["*"]}
  \(spec.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n"))

  """
}
