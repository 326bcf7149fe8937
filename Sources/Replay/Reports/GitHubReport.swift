/// `-o github`: annotations as a workflow's log has them, and a line with the numbers.
///
/// https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
package final class GitHubReport: Report {
  /// Annotations of each level; GitHub shows ten of a step.
  package static let maximumAnnotations = 50

  package let output: ReportOutput
  package var needsResults: Bool { true }
  private let rules: FailureRules
  private var counts: [String: Int] = [:]

  package init(_ output: ReportOutput, _ rules: FailureRules) {
    self.output = output
    self.rules = rules
  }

  package func add(_ batch: ReplayBatch) {
    for event in batch.events {
      switch event {
      case .review(let result): add(result)
      case .unreadable(let problem):
        let parts = problem.place.split(separator: ":", maxSplits: 2).map(String.init)
        annotate(
          "error", file: parts[0], line: parts.count > 1 ? Int(parts[1]) : nil, title: "cannot be read", problem.message
        )
      }
    }
    output.flush(above: 64 << 10)
  }

  package func finish(_ outcome: RunOutcome) {
    for item in outcome.coverage?.items ?? [] {
      let level = rules.kinds.contains(.uncovered) ? "error" : "notice"
      annotate(level, title: "not covered", item.text)
    }
    for (level, count) in counts.sorted(by: { $0.key < $1.key }) where count > Self.maximumAnnotations {
      output.append("::\(level) title=webhook test::\(count - Self.maximumAnnotations) more\n")
    }
    let text = SummaryText.text(outcome, rules, Palette(isOn: false))
    output.append(text)
    output.flush()
  }

  private func add(_ result: ReviewResult) {
    let problems = rules.problems(of: result)
    if !problems.isEmpty {
      let title = result.isUnmet ? "not as expected: \(result.subject.text)" : result.subject.text
      annotate("error", file: result.file, line: result.line, title: title, problems.joined(separator: "\n"))
    } else if !result.differences.isEmpty {
      annotate(
        "warning", file: result.file, line: result.line, title: "changed: \(result.subject.text)",
        result.differences.map { FailureRules.text($0) }.joined(separator: "\n"))
    } else if !result.verdict.allowed, result.unmet == nil {
      annotate(
        "warning", file: result.file, line: result.line, title: "denied: \(result.subject.text)", result.verdict.message
      )
    }
  }

  private func annotate(_ level: String, file: String? = nil, line: Int? = nil, title: String, _ message: String) {
    counts[level, default: 0] += 1
    guard counts[level, default: 0] <= Self.maximumAnnotations else { return }
    let place = (file.map { "file=\(Self.property($0))," } ?? "") + (line.map { "line=\($0)," } ?? "")
    output.append("::\(level) \(place)title=\(Self.property(title))::\(Self.data(message))\n")
  }

  /// Line ends and percent signs are written as a URL has them; nothing from a review starts a command of its own.
  static func data(_ text: String) -> String {
    text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
  }

  static func property(_ text: String) -> String {
    data(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
  }
}
