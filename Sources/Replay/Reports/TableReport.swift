internal import Memory
internal import Policy

/// `-o table`: a row for each review, in columns, and then the numbers.
///
/// The first rows are held back to find out how wide the columns are; later rows that are wider stand out. So memory does not
/// grow with the number of reviews.
package final class TableReport: Report {
  private struct Row {
    let id: String
    let object: String
    let decision: String
    let colour: Colour?
    let lines: [String]
  }

  /// Rows that are held back.
  private static let sampleSize = 1000

  /// Characters of a column; what is longer pushes the rest of its row to the right.
  private static let maximumWidth = 80

  package let output: ReportOutput
  package var needsResults: Bool { !showsNotableOnly }
  /// Whether reviews that are as expected and as before have no row.
  private let showsNotableOnly: Bool
  private let palette: Palette
  private let rules: FailureRules
  private var sample: [Row] = []
  private var widths: [Int] = []
  private var hasRows = false

  package init(
    _ output: ReportOutput, _ rules: FailureRules, isColoured: Bool = false, showsNotableOnly: Bool = false
  ) {
    self.output = output
    self.rules = rules
    self.showsNotableOnly = showsNotableOnly
    palette = Palette(isOn: isColoured)
  }

  package func add(_ batch: ReplayBatch) {
    for case .review(let result) in batch.events {
      if showsNotableOnly, result.differences.isEmpty, !result.isUnmet { continue }
      add(result)
    }
    output.flush(above: 64 << 10)
  }

  package func finish(_ outcome: RunOutcome) {
    if widths.isEmpty, !sample.isEmpty { writeSample() }
    if hasRows { output.append("\n") }
    output.append(SummaryText.text(outcome, rules, palette))
    output.flush()
  }

  private func add(_ result: ReviewResult) {
    hasRows = true
    let row = Row(
      id: Printable.text(result.id), object: Printable.text(result.subject.text),
      decision: result.verdict.allowed ? "allowed" : "denied",
      colour: result.isUnmet ? .red : result.verdict.allowed ? .green : result.unmet == nil ? .red : .yellow,
      lines: lines(result))
    if !widths.isEmpty { return write(row) }
    sample.append(row)
    if sample.count == Self.sampleSize { writeSample() }
  }

  private func writeSample() {
    let heading = Row(id: "REVIEW", object: "OBJECT", decision: "DECISION", colour: nil, lines: ["POLICIES"])
    let rows = [heading] + sample
    widths = [
      min(rows.map(\.id.count).max() ?? 0, Self.maximumWidth),
      min(rows.map(\.object.count).max() ?? 0, Self.maximumWidth), heading.decision.count,
    ]
    for row in rows { write(row) }
    sample = []
  }

  private func write(_ row: Row) {
    var head = ""
    for (index, text) in [row.id, row.object, row.decision].enumerated() {
      let space = String(repeating: " ", count: max(widths[index] - text.count, 0) + 2)
      head += (index == 2 ? palette.paint(text, row.colour) : text) + space
    }
    let indent = String(repeating: " ", count: widths.reduce(0) { $0 + $1 + 2 })
    for (index, line) in (row.lines.isEmpty ? [""] : row.lines).enumerated() {
      output.append((index == 0 ? head : indent) + line + "\n")
    }
  }

  /// What is not as expected or not as before; then what each policy that found something said, or otherwise which ones matched.
  private func lines(_ result: ReviewResult) -> [String] {
    var lines: [String] = []
    for text in result.unmet ?? [] { lines += wrapped("NOT AS EXPECTED: ", text).map { palette.paint($0, .red) } }
    for difference in result.differences {
      let policies = difference.policies.isEmpty ? "" : " by \(difference.policies.joined(separator: ", "))"
      let head = "\(difference.kind.title.uppercased())\(Printable.text(policies))"
      lines.append(palette.paint(head, difference.kind == .newlyDenied ? .red : .yellow))
      lines += wrapped("  before: ", difference.before.isEmpty ? "nothing" : difference.before)
      lines += wrapped("  after:  ", difference.after.isEmpty ? "nothing" : difference.after)
    }
    if !result.differences.isEmpty { return lines }
    let verdict = result.verdict
    for policy in verdict.policies {
      let mark = policy.denied ? "" : " (not enforced)"
      for failure in policy.failures { lines += wrapped("\(policy.name)\(mark): ", failure.message) }
      if !policy.exception.isEmpty { lines.append(Printable.text("\(policy.name): excepted by \(policy.exception)")) }
    }
    if !verdict.patch.isEmpty {
      let names = verdict.policies.filter { $0.result == .mutated }.map(\.name).joined(separator: ", ")
      lines.append(Printable.text("changed by \(names): \(verdict.patch)"))
    }
    if !lines.isEmpty { return lines }
    if verdict.policies.isEmpty { return ["no policy matched"] }
    let passed = verdict.policies.filter { $0.result == .pass }.map(\.name)
    return passed.isEmpty ? [] : ["passed " + Printable.text(passed.joined(separator: ", "))]
  }

  /// A text may have several lines.
  private func wrapped(_ start: String, _ text: String) -> [String] {
    text.split(separator: "\n").enumerated().map { index, line in
      Printable.text(index == 0 ? start + line : "  " + line)
    }
  }
}

/// Colours of a terminal.
package enum Colour: String, Sendable {
  case red = "31"
  case green = "32"
  case yellow = "33"
  case bold = "1"
  case dim = "2"
}

/// Colours text, or leaves it as it is.
package struct Palette: Sendable {
  package let isOn: Bool

  package init(isOn: Bool) {
    self.isOn = isOn
  }

  package func paint(_ text: String, _ colour: Colour?) -> String {
    guard isOn, let colour else { return text }
    return "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m"
  }
}

/// Text from reviews on a terminal.
package enum Printable {
  /// Control characters, which could move a terminal's cursor or set its colours, become U+FFFD.
  package static func text(_ text: String) -> String {
    // Nearly all text is plain ASCII, which bytes tell.
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "\u{FFFD}" : $0 }))
  }

  /// Besides the control characters: line and paragraph separators, and what turns the direction of text around.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
