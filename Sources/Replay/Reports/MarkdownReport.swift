/// `-o markdown`: a comment on a pull request.
///
/// What comes from reviews and policies stands in `<code>`, escaped: there it can neither format the comment nor notify anybody.
package final class MarkdownReport: Report {
  /// Reviews that are shown of each kind; the numbers count all.
  package static let maximumReviews = 20

  /// GitHub takes comments of 65,536 characters.
  package static let maximumLength = 60_000

  package let output: ReportOutput
  package var needsResults: Bool { true }
  private let rules: FailureRules
  private var failed: [ReviewResult] = []
  private var failedCount = 0
  private var denied: [ReviewResult] = []
  private var deniedCount = 0
  private var unreadable: [UnreadableReview] = []

  package init(_ output: ReportOutput, _ rules: FailureRules) {
    self.output = output
    self.rules = rules
  }

  package func add(_ batch: ReplayBatch) {
    for event in batch.events {
      switch event {
      case .review(let result):
        if !rules.problems(of: result).isEmpty {
          failedCount += 1
          if failed.count < Self.maximumReviews { failed.append(result) }
        } else if !result.verdict.allowed, result.unmet == nil {
          deniedCount += 1
          if denied.count < Self.maximumReviews { denied.append(result) }
        }
      case .unreadable(let problem):
        if unreadable.count < Self.maximumReviews { unreadable.append(problem) }
      }
    }
  }

  package func finish(_ outcome: RunOutcome) {
    let failures = rules.failures(of: outcome)
    let isBad = !failures.isEmpty || outcome.summary.unreadable > 0
    var text = "## \(isBad ? "❌" : "✅") Policy test\n\n"
    text += head(outcome, failures)
    var parts: [String] = []
    if outcome.comparison != nil { parts.append(impact(outcome)) }
    if !failed.isEmpty {
      parts.append(reviews("Failed", failed, failedCount) { rules.problems(of: $0).joined(separator: "\n") })
    }
    if !unreadable.isEmpty {
      let rows = unreadable.map { "- \(Self.code($0.place)): \(Self.code($0.message))\n" }.joined()
      parts.append("### Unreadable (\(outcome.summary.unreadable))\n\n\(rows)\n")
    }
    parts.append(policies(outcome.summary))
    if let coverage = outcome.coverage, !coverage.items.isEmpty {
      let items = coverage.items.prefix(50).map { "- \(Self.code($0.text))\n" }.joined()
      parts.append("### Not covered (\(coverage.items.count))\n\n\(items)\n")
    }
    if !denied.isEmpty, outcome.comparison != .baseline {
      parts.append(reviews("Denied", denied, deniedCount) { $0.verdict.message })
    }
    var isCut = false
    for part in parts {
      if text.count + part.count > Self.maximumLength { isCut = true } else { text += part }
    }
    if isCut { text += "_Cut to the length of a comment; the other reports hold everything._\n" }
    output.append(text)
    output.flush()
  }

  private func head(_ outcome: RunOutcome, _ failures: [String]) -> String {
    let summary = outcome.summary
    var text = failures.map { "**\($0)**\n\n" }.joined()
    text += "| reviews | allowed | denied | errors | unreadable |\n|---:|---:|---:|---:|---:|\n"
    text +=
      "| \(summary.reviews) | \(summary.allowed) | \(summary.denied) | \(summary.errors) | \(summary.unreadable) |\n\n"
    if summary.expected > 0 {
      text += "\(summary.expected - summary.unmet) as expected, \(summary.unmet) not.\n\n"
    }
    if outcome.impact.allowlisted > 0 {
      let impact = outcome.impact
      text += "False positives: \(impact.falsePositiveCount) of \(impact.allowlisted) on the allowlist "
      text += "(\(Quantity.share(impact.falsePositiveCount, of: impact.allowlisted))).\n\n"
    }
    return text
  }

  private func impact(_ outcome: RunOutcome) -> String {
    let summary = outcome.summary
    let share = Quantity.share(summary.changed, of: summary.compared)
    var text = "### Impact\n\n\(summary.changed) of \(summary.compared) verdicts change (\(share)).\n\n"
    for section in outcome.impact.sorted {
      text += "#### \(section.kind.title): \(section.count)\n\n| by | |\n|---|---|\n"
      for dimension in Impact.Dimension.allCases {
        let groups = section.sorted(dimension)
        let shown = groups.prefix(8).map { "\(Self.code($0.name)) \($0.count)" }.joined(separator: ", ")
        text += "| \(dimension.rawValue) | \(shown)\(groups.count > 8 ? ", and \(groups.count - 8) more" : "") |\n"
      }
      text += "\n<details><summary>Examples</summary>\n\n"
      for example in section.examples {
        text += "- \(Self.code(example.object)) in \(Self.code(example.id))\n"
        text += "  - before: \(Self.code(example.before.isEmpty ? "nothing" : example.before))\n"
        text += "  - after: \(Self.code(example.after.isEmpty ? "nothing" : example.after))\n"
      }
      text += "\n</details>\n\n"
    }
    return text
  }

  private func policies(_ summary: TestSummary) -> String {
    var text = "### Policies\n\n| policy | matched | denied | errors |\n|---|---:|---:|---:|\n"
    for policy in summary.policies {
      let matched = policy.matched == 0 ? "**0**" : "\(policy.matched)"
      text += "| \(Self.code(policy.name)) | \(matched) | \(policy.denied) | \(policy.errors) |\n"
    }
    return text + "\n"
  }

  private func reviews(
    _ title: String, _ results: [ReviewResult], _ count: Int, _ message: (ReviewResult) -> String
  ) -> String {
    var text = "### \(title) (\(count))\n\n"
    for result in results {
      text += "- \(Self.code(result.subject.text)) in \(Self.code("\(result.file):\(result.line)"))"
      text += "<br>\(message(result).split(separator: "\n").map { Self.code(String($0)) }.joined(separator: "<br>"))\n"
    }
    if count > results.count { text += "- and \(count - results.count) more\n" }
    return text + "\n"
  }

  /// Characters of one text; what is longer is cut.
  private static let maximumTextLength = 600

  static func code(_ text: String) -> String {
    var escaped = ""
    for scalar in Printable.text(text.replacing("\n", with: " ")).prefix(maximumTextLength).unicodeScalars {
      switch scalar {
      case "&", "<", ">", "|", "`", "*", "_", "[", "]", "\\", "~", "@", "#", "\"": escaped += "&#\(scalar.value);"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    if text.count > maximumTextLength { escaped += "…" }
    return "<code>\(escaped)</code>"
  }
}
