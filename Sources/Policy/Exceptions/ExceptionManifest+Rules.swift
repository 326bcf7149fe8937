extension ExceptionManifest {
  /// Compares it with what the operator allows.
  /// - Parameter isNew: whether it is about to be made or changed, so that an end in the past is a mistake; one that lies among files
  ///   has ended, is listed, and does nothing.
  func check(_ rules: ExceptionRules, now: Instant, isNew: Bool, _ diagnostics: inout Diagnostics) {
    let life = expiresAt - start(now: now)
    if expiresAt <= now {
      let text = "it ended \(expiresAt.phrase)"
      if isNew {
        diagnostics.error(endNode, "\(text); an exception must end in the future")
      } else if rules.warnsOfTime {
        diagnostics.warning(endNode, "\(text) and has no effect; remove it, or have it approved anew")
      }
    } else if life > rules.maximumLifetime {
      let from = startsAt == nil && approvals.isEmpty ? "now" : start(now: now).shortText
      diagnostics.error(
        endNode,
        "\(expiresAt.shortText) is \(life.phrase) from \(from); the longest life of an exception is \(rules.maximumLifetime.phrase)"
      )
    }
    for approval in approvals where approval.at > now.advanced(by: Self.clockSkew) {
      diagnostics.error(approval.node, "the approval of \(approval.at.shortText) lies in the future")
    }
    for (policy, node) in policies where rules.neverExcept.contains(policy) {
      diagnostics.error(node, "nothing may be excepted from `\(policy)`")
    }
    if let allowed = rules.namespaces {
      if let namespace {
        if !allowed.contains(where: { NamePattern.matches($0, namespace) }) {
          diagnostics.error(nameNode, "there may be no exceptions for the namespace `\(namespace)`")
        }
      } else if !allowed.contains(ExceptionRules.clusterScope) {
        diagnostics.error(nameNode, "there may be no exceptions for objects without a namespace")
      }
    }
    if let reviewBy, let reviewNode, reviewBy <= now, expiresAt > now, !isNew, rules.warnsOfTime {
      diagnostics.warning(reviewNode, "its review has been due since \(reviewBy.shortText)")
    }
  }

  /// How far the clocks of people and machines may be apart.
  static let clockSkew = Timespan(nanoseconds: 5 * 60 * 1_000_000_000)
}

extension Instant {
  public func advanced(by span: Timespan) -> Instant {
    let (sum, overflow) = nanoseconds.addingReportingOverflow(span.nanoseconds)
    return Instant(nanoseconds: overflow ? (span.nanoseconds < 0 ? .min : .max) : sum)
  }

  /// Without its fraction of a second.
  public var wholeSecond: Instant { Instant(nanoseconds: nanoseconds - nanoseconds % 1_000_000_000) }
}
