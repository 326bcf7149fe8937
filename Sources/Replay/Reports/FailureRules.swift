/// What makes a run fail, besides tests that are not as expected.
package enum FailureKind: String, Sendable, CaseIterable {
  /// A review is denied of which nothing was expected.
  case deny
  /// A verdict differs from the recorded one or from the baseline's.
  case change
  /// Something could not be evaluated.
  case error
  /// Something is listed by ``Coverage``.
  case uncovered
}

/// Decides which reviews fail.
package struct FailureRules: Sendable {
  package let kinds: Set<FailureKind>
  /// The same, for each review.
  private let onDenial: Bool
  private let onChange: Bool
  private let onError: Bool

  package init(_ kinds: Set<FailureKind> = []) {
    self.kinds = kinds
    onDenial = kinds.contains(.deny)
    onChange = kinds.contains(.change)
    onError = kinds.contains(.error)
  }

  /// Whether a review can fail by itself, with nothing expected of it.
  var failsOnVerdicts: Bool { onDenial || onError }

  /// Why the review makes the run fail; empty where it does not.
  package func problems(of result: ReviewResult) -> [String] {
    var problems = result.unmet ?? []
    if onDenial, result.unmet == nil, !result.verdict.allowed {
      problems.append("denied: \(result.verdict.message)")
    }
    if onChange { problems += result.differences.map { Self.text($0) } }
    if onError, result.verdict.hasError {
      problems += result.verdict.policies.flatMap { policy in
        policy.failures.filter(\.isError).map { "\(policy.name): \($0.message)" }
      }
    }
    return problems
  }

  package static func text(_ difference: Difference) -> String {
    """
    \(difference.kind.title)\(difference.policies.isEmpty ? "" : " by " + difference.policies.joined(separator: ", "))
    before: \(difference.before.isEmpty ? "nothing" : difference.before)
    after: \(difference.after.isEmpty ? "nothing" : difference.after)
    """
  }

  /// Whether the run as a whole fails, and why: a line for each reason.
  package func failures(of outcome: RunOutcome) -> [String] {
    let summary = outcome.summary
    var reasons: [String] = []
    if outcome.isInterrupted { reasons.append("interrupted: the rest of the input was not judged") }
    if summary.unmet > 0 { reasons.append("\(Quantity.text(summary.unmet, "review")) not as expected") }
    if kinds.contains(.deny), summary.plainDenials > 0 {
      reasons.append("\(Quantity.text(summary.plainDenials, "review")) denied")
    }
    if kinds.contains(.change), summary.changed > 0 {
      reasons.append("\(Quantity.text(summary.changed, "review")) changed")
    }
    if kinds.contains(.error), summary.errors > 0 {
      reasons.append("\(Quantity.text(summary.errors, "review")) with errors")
    }
    if kinds.contains(.uncovered), let coverage = outcome.coverage, !coverage.items.isEmpty {
      reasons.append("not covered: \(coverage.counts)")
    }
    return reasons
  }
}
