/// One thing that is not as it was.
package struct Difference: Sendable, Equatable {
  /// What the verdict is compared with.
  package enum Source: String, Sendable, CaseIterable {
    /// The answer in the record.
    case recorded
    /// The verdict under the policies of `--baseline`.
    case baseline
    /// The line of an earlier run.
    case expected
  }

  package enum Kind: String, Sendable, CaseIterable {
    case newlyDenied, newlyAllowed, otherMessage, otherPatch, otherWarnings

    /// As headings have it.
    package var title: String {
      switch self {
      case .newlyDenied: "newly denied"
      case .newlyAllowed: "newly allowed"
      case .otherMessage: "other message"
      case .otherPatch: "other patch"
      case .otherWarnings: "other warnings or annotations"
      }
    }
  }

  package var source: Source
  package var kind: Kind
  /// The policies that make the difference, as far as they are known.
  package var policies: [String]
  package var before: String
  package var after: String
}
