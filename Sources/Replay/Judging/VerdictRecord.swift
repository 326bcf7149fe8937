internal import Admission
package import Memory
package import Policy

/// A verdict that outlives its request: what reports show and comparisons compare.
package struct VerdictRecord: Sendable, Equatable {
  package struct Annotation: Sendable, Equatable {
    package var key: String
    package var value: String
  }

  package struct Failure: Sendable, Equatable {
    /// Which validation, from 0; -1 for a match condition or a mutation.
    package var index: Int
    package var message: String
    package var reason: String
    /// Whether it could not be evaluated.
    package var isError: Bool
  }

  /// What one policy that matched said.
  package struct PolicyRecord: Sendable, Equatable {
    package var name: String
    /// Empty where the policy acts by itself.
    package var binding: String
    package var result: PolicyOutcome.Result
    /// Whether the request is refused because of it.
    package var denied: Bool
    package var failures: [Failure]
    /// The exception that lifted the denial; empty where there was none.
    package var exception: String

    package var title: String { binding.isEmpty ? name : "\(name) (\(binding))" }

    /// Whether something could not be evaluated.
    package var hasError: Bool { result == .error || failures.contains { $0.isError } }
  }

  package var allowed: Bool
  package var code: Int
  package var reason: String
  package var message: String
  package var warnings: [String]
  package var annotations: [Annotation]
  /// An RFC 6902 patch as JSON text; empty where nothing is changed.
  package var patch: String
  package var policies: [PolicyRecord]

  package var hasError: Bool { policies.contains { $0.hasError } }

  package init(
    allowed: Bool, code: Int, reason: String, message: String, warnings: [String], annotations: [Annotation],
    patch: String, policies: [PolicyRecord]
  ) {
    self.allowed = allowed
    self.code = code
    self.reason = reason
    self.message = message
    self.warnings = warnings
    self.annotations = annotations
    self.patch = patch
    self.policies = policies
  }

  package init(_ verdict: Verdict, of set: PolicySet) {
    allowed = verdict.allowed
    code = verdict.code
    reason = verdict.reason.string
    message = verdict.message.string
    warnings = verdict.warnings.map(\.string)
    annotations = verdict.auditAnnotations.map { Annotation(key: $0.key.string, value: $0.value.string) }
    patch = verdict.patchText.string
    policies = verdict.outcomes.map { outcome in
      let summary = set.policies[outcome.policy]
      return PolicyRecord(
        name: summary.name, binding: summary.binding, result: outcome.result, denied: outcome.denied,
        failures: outcome.failures.map {
          Failure(index: $0.index, message: $0.message.string, reason: $0.reason.string, isError: $0.isError)
        }, exception: outcome.exceptionName.string)
    }
  }
}

extension Verdict {
  /// The patch as JSON text, or nothing.
  package var patchText: ByteSlice { patch ?? .empty }
}
