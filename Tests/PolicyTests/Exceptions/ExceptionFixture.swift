import Admission
import JSON
import Memory
import Policy
import Testing

/// Policies and exceptions, compiled together, and judged at a moment of the test's own.
struct ExceptionFixture {
  /// Two policies for Pods and templates that refuse the same thing, one for everything that has a namespace or none, and
  /// one that only warns.
  static let policies = """
    \(podPolicy("validations: [{expression: '!object.spec.?hostNetwork.orValue(false)', message: no host network}]", name: "net"))---
    \(podPolicy("validations: [{expression: '!object.spec.?hostNetwork.orValue(false)', message: no second}]", name: "other"))---
    """

  let set: PolicySet
  let clock: DecisionClock

  init(_ manifests: String, now: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    clock = DecisionClock(at: try Instant(parsing: now))
    var rules = ExceptionRules()
    rules.clock = clock
    let loaded = LoadedManifests.load(texts: [("policy.yaml", manifests)], rules: rules)
    set = try #require(
      loaded.set, Comment(rawValue: loaded.allProblems.map(\.rendered).joined(separator: "\n")),
      sourceLocation: sourceLocation)
  }

  /// What is said of a request, given as JSON.
  func judge(_ request: String, now: String? = nil, settings: ExceptionSettings = ExceptionSettings()) throws -> Judged
  {
    if let now { clock.set(to: try Instant(parsing: now)) }
    var settings = settings
    settings.rules.clock = clock
    return try PolicyTests.judge(request, under: set, settings: settings)
  }
}

/// A manifest of an exception with the given lines under `spec`; what every exception needs is there unless it is given.
func exception(_ spec: String, name: String = "x") -> String {
  var lines = spec.split(separator: "\n").map(String.init)
  for (field, value) in [
    ("policy", "net"), ("reason", "metrics"), ("expiresAt", "\"2026-10-01\""), ("approvedBy", "security"),
  ] where !lines.contains(where: { $0.hasPrefix("\(field):") || ($0.hasPrefix("policies:") && field == "policy") }) {
    lines.append("\(field): \(value)")
  }
  return """
    apiVersion: policy.example.com/v1
    kind: PolicyException
    metadata:
      name: \(name)
    spec:
    \(lines.map { "  \($0)" }.joined(separator: "\n"))
    ---

    """
}
