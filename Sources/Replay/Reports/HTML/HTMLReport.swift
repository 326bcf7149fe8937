internal import Admission
internal import Mustache
internal import Policy

/// `-o html`: one page that needs nothing but itself: the numbers, what changes, and the reviews with what was said of them.
///
/// The page holds a bounded number of reviews, those first that fail, change or are denied; its numbers count all.
package final class HTMLReport: Report {
  /// Reviews on the page that fail, change, have errors or are denied, and others.
  package static let maximumNotable = 2_000
  package static let maximumOthers = 500

  package let output: ReportOutput
  package var needsResults: Bool { true }
  package var needsDiffs: Bool { true }
  private let rules: FailureRules
  private var notable: [ReviewResult] = []
  private var others: [ReviewResult] = []
  private var unreadable: [UnreadableReview] = []

  package init(_ output: ReportOutput, _ rules: FailureRules) {
    self.output = output
    self.rules = rules
  }

  package func add(_ batch: ReplayBatch) {
    for event in batch.events {
      switch event {
      case .review(let result):
        let verdict = result.verdict
        if !verdict.allowed || verdict.hasError || result.isUnmet || !result.differences.isEmpty
          || !verdict.patch.isEmpty
        {
          if notable.count < Self.maximumNotable { notable.append(result) }
        } else if others.count < Self.maximumOthers {
          others.append(result)
        }
      case .unreadable(let problem):
        if unreadable.count < Self.maximumOthers { unreadable.append(problem) }
      }
    }
  }

  package func finish(_ outcome: RunOutcome) {
    output.append(HTMLPage(rules).render(outcome, notable + others, unreadable))
    output.flush()
  }
}

/// The values that the page shows.
struct HTMLPage {
  private let rules: FailureRules

  init(_ rules: FailureRules) {
    self.rules = rules
  }

  func render(_ outcome: RunOutcome, _ results: [ReviewResult], _ unreadable: [UnreadableReview]) -> String {
    let failures = rules.failures(of: outcome)
    let summary = outcome.summary
    let isBad = !failures.isEmpty || summary.unreadable > 0
    let policyNames = Set(results.flatMap { $0.verdict.policies.map(\.name) }).sorted()
    var values: [String: Any] = [
      "policy": Self.contentSecurityPolicy, "style": HTMLTemplate.style, "script": HTMLTemplate.script,
      "title": "Policy test", "verdictClass": isBad ? "bad" : "good",
      "verdict": text(
        isBad ? (failures.isEmpty ? "Some of the input cannot be read" : failures.joined(separator: "; ")) : "Passed"),
      "cards": cards(outcome), "policies": policies(summary),
      "reviews": results.map(review), "names": policyNames.map(text),
      "kinds": Set(results.map(\.subject.kind)).sorted().map(text),
      "decisions": Set(results.map(Self.state)).sorted().map { ["value": $0, "text": $0] },
      "shownText":
        "\(results.count) of \(Quantity.text(summary.reviews, "review")), those first that fail, change or are denied.",
      "hasUnreadable": !unreadable.isEmpty,
      "unreadable": unreadable.map { ["place": text($0.place), "message": text($0.message)] },
      "hasImpact": outcome.comparison != nil, "hasFalsePositives": outcome.impact.allowlisted > 0,
      "hasLatency": summary.latency.total > 0, "hasCoverage": outcome.coverage.map { !$0.items.isEmpty } ?? false,
      "uncovered": (outcome.coverage?.items ?? []).map { text($0.text) },
    ]
    if outcome.comparison != nil { addImpact(outcome, to: &values) }
    if outcome.impact.allowlisted > 0 {
      let impact = outcome.impact
      values["falsePositives"] =
        "\(impact.falsePositiveCount) of \(impact.allowlisted) reviews that are known to be safe are denied "
        + "(\(Quantity.share(impact.falsePositiveCount, of: impact.allowlisted)))."
    }
    if summary.latency.total > 0 { addLatency(summary.latency, to: &values) }
    guard let template = try? MustacheTemplate(string: HTMLTemplate.page) else {
      preconditionFailure("the page's template is part of the program")
    }
    return template.render(values)
  }

  /// Only the page's own style and script, named by their digests; nothing from elsewhere.
  static let contentSecurityPolicy =
    "default-src &#39;none&#39;; style-src &#39;sha256-\(base64(HTMLTemplate.style))&#39;; "
    + "script-src &#39;sha256-\(base64(HTMLTemplate.script))&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;"

  private static func base64(_ text: String) -> String { Base64Text.encode(SHA256.digest(text.utf8)) }

  private func text(_ text: String) -> String { HTMLText.escape(text) }

  private func cards(_ outcome: RunOutcome) -> [[String: String]] {
    let summary = outcome.summary
    var cards = [
      card("reviews", "\(ProgressBar.grouped(summary.reviews))", ""), card("allowed", "\(summary.allowed)", "good"),
      card("denied", "\(summary.denied)", summary.denied > 0 ? "bad" : ""),
      card("errors", "\(summary.errors)", summary.errors > 0 ? "bad" : ""),
    ]
    if summary.unreadable > 0 { cards.append(card("unreadable", "\(summary.unreadable)", "bad")) }
    if summary.expected > 0 {
      cards.append(card("as expected", "\(summary.expected - summary.unmet)", "good"))
      cards.append(card("not as expected", "\(summary.unmet)", summary.unmet > 0 ? "bad" : ""))
    }
    if outcome.comparison != nil {
      cards.append(card("changed", "\(summary.changed)", summary.changed > 0 ? "odd" : ""))
    }
    return cards
  }

  private func card(_ name: String, _ value: String, _ style: String) -> [String: String] {
    ["name": name, "value": value, "class": style]
  }

  private func policies(_ summary: TestSummary) -> [[String: String]] {
    summary.policies.map {
      [
        "name": text($0.name), "matched": "\($0.matched)", "denied": "\($0.denied)", "errors": "\($0.errors)",
        "class": $0.matched == 0 ? "unused" : "",
      ]
    }
  }

  private func addImpact(_ outcome: RunOutcome, to values: inout [String: Any]) {
    let summary = outcome.summary
    values["impactText"] =
      "\(summary.changed) of \(summary.compared) verdicts differ (\(Quantity.share(summary.changed, of: summary.compared)))."
    values["sections"] = outcome.impact.sorted.map { section -> [String: Any] in
      [
        "title": text(section.kind.title), "count": "\(section.count)",
        "groups": Impact.Dimension.allCases.map { dimension in
          let groups = section.sorted(dimension)
          let shown = groups.prefix(20).map { "\($0.name) (\($0.count))" }.joined(separator: ", ")
          return [
            "by": dimension.rawValue,
            "text": text(groups.count > 20 ? "\(shown), and \(groups.count - 20) more" : shown),
          ]
        },
      ]
    }
  }

  private func addLatency(_ latency: LatencyHistogram, to values: inout [String: Any]) {
    values["latencyText"] =
      "median \(Quantity.duration(latency.percentile(0.5))), 99% within \(Quantity.duration(latency.percentile(0.99))), "
      + "longest \(Quantity.duration(latency.maximum))"
    guard let first = latency.counts.firstIndex(where: { $0 > 0 }),
      let last = latency.counts.lastIndex(where: { $0 > 0 })
    else { return }
    let highest = latency.counts.max() ?? 1
    let width = 44
    values["chartWidth"] = "\((last - first + 1) * width)"
    values["bars"] = (first...last).map { index -> [String: Any] in
      let count = latency.counts[index]
      let height = count == 0 ? 0 : max(Int(count * 125 / highest), 1)
      let x = (index - first) * width
      var bar: [String: Any] = [
        "x": "\(x + 2)", "y": "\(130 - height)", "width": "\(width - 4)", "height": "\(height)",
        "middle": "\(x + width / 2)",
        "title": "below \(Quantity.duration(LatencyHistogram.upperBound(of: index))): \(count)",
      ]
      if index % 2 == 1 { bar["label"] = "\u{2264}" + Quantity.duration(LatencyHistogram.upperBound(of: index)) }
      return bar
    }
  }

  static func state(_ result: ReviewResult) -> String {
    if result.isUnmet { return "unexpected" }
    if !result.differences.isEmpty { return "changed" }
    return result.verdict.allowed ? "allowed" : "denied"
  }

  private func review(_ result: ReviewResult) -> [String: Any] {
    let verdict = result.verdict
    return [
      "state": Self.state(result), "kind": text(result.subject.kind),
      "policies": text(verdict.policies.map(\.name).joined(separator: " ")), "object": text(result.subject.text),
      "id": text(result.id), "time": Quantity.duration(result.nanoseconds),
      "place": text("\(result.file):\(result.line)"), "user": text(result.subject.user),
      "owner": text(result.subject.owner), "unmet": (result.unmet ?? []).map(text),
      "differences": result.differences.map {
        [
          "title": text($0.kind.title + ($0.policies.isEmpty ? "" : " by " + $0.policies.joined(separator: ", "))),
          "before": text($0.before.isEmpty ? "nothing" : $0.before),
          "after": text($0.after.isEmpty ? "nothing" : $0.after),
        ]
      },
      "outcomes": verdict.policies.map { policy -> [String: Any] in
        [
          "name": text(policy.title), "result": policy.result.name.description, "exception": text(policy.exception),
          "hasFailures": !policy.failures.isEmpty, "failures": policy.failures.map { text($0.message) },
        ]
      },
      "noOutcome": verdict.policies.isEmpty, "hasDiff": !result.diff.isEmpty,
      "diff": result.diff.map { line -> [String: String] in
        ["class": line.mark.name, "mark": line.mark.rawValue, "text": text(line.text)]
      },
      "hasWarnings": !verdict.warnings.isEmpty, "warnings": verdict.warnings.map(text),
      "hasAnnotations": !verdict.annotations.isEmpty,
      "annotations": verdict.annotations.map { ["key": text($0.key), "value": text($0.value)] },
    ]
  }
}
