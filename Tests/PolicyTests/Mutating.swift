import Admission
import JSON
import Memory
import Policy
import TestSupport
import Testing

/// What mutations have made of a request, copied out of its memory.
struct Mutated: Equatable {
  var allowed: Bool
  var code: Int
  var reason: String
  var message: String
  /// JSON text; empty where there is none.
  var patch: String
  /// By policy.
  var results: [String: String]
  var failures: [String: [String]]
  /// The object as it was left, as JSON text; nil where it was not changed.
  var object: String?
}

/// Carries out the mutations that a review matches, whose `request` is given as JSON.
func mutate(
  _ request: String, under set: PolicySet, namespace: String? = nil, deadline: UInt64? = nil,
  settings: ExceptionSettings = ExceptionSettings()
) throws -> Mutated {
  let body = try ParsedText(request: request)
  let namespaceObject = try namespace.map { try ParsedText($0) }
  defer { withExtendedLifetime((body, namespaceObject)) {} }
  var evaluator = Evaluator()
  evaluator.exceptionSettings = settings
  evaluator.begin()
  let review = try AdmissionReview(body.root, arena: evaluator.arena)
  let (verdict, object) = evaluator.mutate(
    review.request, under: set, namespace: namespaceObject?.root, deadline: deadline)
  var mutated = Mutated(
    allowed: verdict.allowed, code: verdict.code, reason: verdict.reason.string, message: verdict.message.string,
    patch: verdict.patch?.string ?? "", results: [:], failures: [:], object: object.map(text))
  for outcome in verdict.outcomes {
    let name = set.policies[outcome.policy].name
    mutated.results[name] = outcome.result.name.description
    mutated.failures[name] = outcome.failures.map { "\($0.index): \($0.message.string)" }
  }
  return mutated
}

/// A value of a tape as compact JSON.
func text(_ value: Cursor) -> String {
  var buffer = ByteBuffer()
  buffer.writeValue(value)
  return buffer.bytes.string
}
