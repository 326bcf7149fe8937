public import Memory

/// An exception as reports, metrics and logs see it.
public struct ExceptionSummary: Sendable {
  public let name: String
  /// Where it was read: file and line.
  public let file: String
  public let line: Int
  public let policies: [String]
  /// nil: objects without a namespace.
  public let namespace: String?
  /// `app=web,tier in (a,b)`; empty: any labels.
  public let selector: String
  public let kinds: [String]
  public let names: [String]
  /// How many conditions in CEL it has besides.
  public let conditions: Int
  public let reason: String
  public let owner: String
  public let approvedBy: String
  public let riskAcceptance: String
  public let compensatingControls: [String]
  public let approvals: [Approval]
  public let startsAt: Instant?
  public let expiresAt: Instant
  public let reviewBy: Instant?

  public struct Approval: Sendable {
    public let by: String
    public let at: Instant
    public let ticket: String
  }

  /// What it is at a moment.
  public enum State: String, Sendable, CaseIterable {
    /// It has not started yet.
    case pending
    case active
    /// It has ended, and has no effect any more.
    case expired
  }

  public func state(at now: Instant) -> State {
    if expiresAt <= now { return .expired }
    if let startsAt, startsAt > now { return .pending }
    return .active
  }

  init(_ manifest: ExceptionManifest) {
    name = manifest.name
    file = manifest.source.name
    line = manifest.nameNode.place.line
    policies = manifest.policies.map(\.name)
    namespace = manifest.namespace
    selector = manifest.selector.text
    kinds = manifest.kinds.map(\.text)
    names = manifest.names
    conditions = manifest.matchConditions.count
    reason = manifest.reason
    owner = manifest.owner
    approvedBy = manifest.approvedBy
    riskAcceptance = manifest.riskAcceptance
    compensatingControls = manifest.compensatingControls
    approvals = manifest.approvals.map { Approval(by: $0.by, at: $0.at, ticket: $0.ticket) }
    startsAt = manifest.startsAt
    expiresAt = manifest.expiresAt
    reviewBy = manifest.reviewBy
  }
}

/// The texts of an exception that go into answers, made when it is loaded.
public struct ExceptionTexts: BitwiseCopyable, @unchecked Sendable {
  public let name: ByteSlice
  public let approvedBy: ByteSlice
  /// `2026-10-01T00:00:00Z`
  public let expiresAt: ByteSlice
  /// `on 2026-10-01`
  let end: ByteSlice
  let expiresAtNanoseconds: Int64
}

extension PolicySet {
  /// The name of a policy, for logs.
  public func policyName(_ policy: Int) -> ByteSlice { compiled[policy].name }
}

extension LabelSelector {
  /// As `kubectl` takes it: `app=web,tier in (a,b),!old`.
  var text: String {
    let labels = matchLabels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let expressions = matchExpressions.map { requirement in
      switch requirement.comparison {
      case .isIn: "\(requirement.key) in (\(requirement.values.joined(separator: ",")))"
      case .notIn: "\(requirement.key) notin (\(requirement.values.joined(separator: ",")))"
      case .exists: requirement.key
      case .doesNotExist: "!\(requirement.key)"
      }
    }
    return (labels + expressions).joined(separator: ",")
  }
}
