public import JSON
public import Memory

/// A compiled set of policies: immutable, shared by all workers, replaced as a whole.
public final class PolicySet: Sendable {
  /// What reports and metrics need to know of each policy, in the order of ``PolicyOutcome/policy``: by name.
  public let policies: [PolicySummary]

  init(policies: [PolicySummary]) {
    self.policies = policies
  }

  /// The Namespace of that name among the manifests, where no cluster supplies it.
  public func namespace(named name: ByteSlice) -> Cursor? { nil }
}

/// A policy as reports, metrics and registration see it.
public struct PolicySummary: Sendable {
  public let name: String
  /// Where it was read, for messages: `policies/x/policy.yaml`.
  public let file: String
  /// `Fail` or `Ignore`.
  public let failurePolicy: FailurePolicy
  public let matchConstraints: MatchConstraints
  /// Whether it also judges the Pod templates of workloads.
  public let includesPodTemplates: Bool
}

public enum FailurePolicy: String, Sendable, CaseIterable {
  case fail = "Fail"
  case ignore = "Ignore"
}
