/// A PolicyException as written, its fields read and checked, its conditions not yet compiled.
struct ExceptionManifest {
  static let kind = "PolicyException"

  let source: SourceFile
  let name: String
  let nameNode: ManifestNode
  /// nil: objects without a namespace.
  var namespace: String?
  /// Each policy that it is an exception from, and where that is said.
  var policies: [(name: String, node: ManifestNode)] = []
  var selector = LabelSelector()
  /// Empty: any kind.
  var kinds: [KindReference] = []
  /// Names and patterns with `*`; empty: any name, and none.
  var names: [String] = []
  var matchConditions: [PolicyManifest.MatchCondition] = []
  var startsAt: Instant?
  var expiresAt: Instant
  /// Where the end is said.
  var endNode: ManifestNode
  var reason = ""
  var approvedBy = ""
  var owner = ""
  var riskAcceptance = ""
  var compensatingControls: [String] = []
  var approvals: [Approval] = []
  var reviewBy: Instant?
  var reviewNode: ManifestNode?

  /// `DaemonSet`, or with its group `DaemonSet.apps`.
  struct KindReference: Hashable {
    var kind: String
    /// nil: of any group.
    var group: String?

    var text: String { group.map { "\(kind).\($0)" } ?? kind }

    /// Whether every kind that `other` means is one that this means.
    func covers(_ other: KindReference) -> Bool { kind == other.kind && (group == nil || group == other.group) }
  }

  /// Somebody's yes.
  struct Approval {
    var by: String
    var at: Instant
    var ticket: String
    let node: ManifestNode

    func isSame(as other: Approval) -> Bool { by == other.by && at == other.at && ticket == other.ticket }
  }

  /// When its life starts: where it does not say, when it was last approved; `now` where it does not say that either.
  func start(now: Instant) -> Instant { startsAt ?? approvals.map(\.at).max() ?? now }

  // Limits, so that what is read once cannot make each request slow, nor a report unreadable.

  /// Entries of a list.
  static let maximumEntries = 64
  /// Bytes of a text that people read.
  static let maximumTextLength = 4096
  /// Bytes of the name of a person or a team, which goes out in warnings.
  static let maximumPersonLength = 128
}
