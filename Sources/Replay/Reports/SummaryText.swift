/// The end of a table: the numbers, what changed, and a line for every policy, so that nobody takes a policy that matched
/// nothing for one that was passed.
package enum SummaryText {
  package static func text(_ outcome: RunOutcome, _ rules: FailureRules, _ palette: Palette) -> String {
    let summary = outcome.summary
    var text = """
      \(Quantity.text(summary.reviews, "review")): \(summary.allowed) allowed, \(summary.denied) denied, \
      \(summary.errors) with errors, \(summary.unreadable) unreadable

      """
    if outcome.isInterrupted {
      text += palette.paint("interrupted: the rest of the input was not judged", .red) + "\n"
    }
    if summary.expected > 0 {
      let line = "\(summary.expected - summary.unmet) as expected, \(summary.unmet) not"
      text += palette.paint(line, summary.unmet > 0 ? .red : .green) + "\n"
    }
    if let source = outcome.comparison, summary.compared > 0 { text += comparison(outcome, source, palette) }
    if outcome.impact.allowlisted > 0 { text += allowlist(outcome.impact, palette) }
    if summary.policies.isEmpty { return text + "no policies\n" }
    let rows = summary.policies.map { [$0.name, "\($0.matched)", "\($0.denied)", "\($0.errors)"] }
    text += "\n" + columns([["POLICY", "MATCHED", "DENIED", "ERRORS"]] + rows)
    guard let coverage = outcome.coverage else { return text }
    if coverage.items.isEmpty { return text + "\neverything is covered\n" }
    text += "\n" + palette.paint("NOT COVERED", .bold) + "\n"
    for item in coverage.items { text += Printable.text("  " + item.text) + "\n" }
    return text
  }

  private static func comparison(_ outcome: RunOutcome, _ source: Difference.Source, _ palette: Palette) -> String {
    let summary = outcome.summary
    let with: String =
      switch source {
      case .recorded: "the recorded answers"
      case .baseline: "the baseline"
      case .expected: "the earlier run"
      }
    var text = """
      compared with \(with): \(summary.changed) of \(summary.compared) differ \
      (\(Quantity.share(summary.changed, of: summary.compared)))

      """
    for section in outcome.impact.sorted {
      text += "\n" + palette.paint(section.kind.title.uppercased(), .bold)
      text += ": \(section.count) (\(Quantity.share(section.count, of: summary.compared)))\n"
      for dimension in Impact.Dimension.allCases {
        let groups = section.sorted(dimension)
        let shown = groups.prefix(5).map { "\(Printable.text($0.name)) \($0.count)" }.joined(separator: ", ")
        let name = dimension.rawValue + String(repeating: " ", count: 9 - dimension.rawValue.count)
        text += "  by \(name)  \(shown)\(groups.count > 5 ? ", and \(groups.count - 5) more" : "")\n"
      }
    }
    return text
  }

  private static func allowlist(_ impact: Impact, _ palette: Palette) -> String {
    let share = Quantity.share(impact.falsePositiveCount, of: impact.allowlisted)
    var text = "false positives: \(impact.falsePositiveCount) of \(impact.allowlisted) on the allowlist (\(share))\n"
    for example in impact.falsePositives {
      let message = example.after.split(separator: "\n").first.map(String.init) ?? ""
      text += palette.paint("  \(Printable.text(example.id))", .red) + Printable.text("  \(message)") + "\n"
    }
    return text
  }

  /// The first column to the left, the numbers to the right.
  static func columns(_ rows: [[String]]) -> String {
    guard let first = rows.first else { return "" }
    let widths = first.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      row.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - row[column].count)
        return column == 0 ? row[column] + space : space + row[column]
      }.joined(separator: "  ") + "\n"
    }.joined()
  }
}
