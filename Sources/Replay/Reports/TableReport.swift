internal import Memory
internal import Policy

/// `-o table`: a row for each review, in columns, and then the numbers.
///
/// The first reviews are held back to find out how wide the columns are; later rows that are wider stand out. So memory does not
/// grow with the number of reviews.
package final class TableReport: Report {
  /// Reviews that are held back.
  private static let sampleSize = 1000

  /// Characters of a column; what is longer pushes the rest of its row to the right.
  private static let maximumWidth = 80

  package let output: ReportOutput
  /// What differs or is not as expected comes in any case.
  package var needsResults: Bool { !showsNotableOnly || rules.failsOnVerdicts }
  /// Whether reviews that do not fail and are as before have no row.
  private let showsNotableOnly: Bool
  private let palette: Palette
  private let rules: FailureRules
  private var sample: [ReviewResult] = []
  private var widths: Widths?
  private var hasRows = false

  private struct Widths {
    var id: Int
    var object: Int
    let decision = "DECISION".utf8.count
    /// Of all columns before the last.
    var total: Int { id + object + decision + 6 }
  }

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
      if showsNotableOnly, result.differences.isEmpty, rules.problems(of: result).isEmpty { continue }
      hasRows = true
      if let widths {
        write(result, widths)
      } else {
        sample.append(result)
        if sample.count == Self.sampleSize { writeSample() }
      }
    }
    output.flush(above: 64 << 10)
  }

  package func finish(_ outcome: RunOutcome) {
    if widths == nil, !sample.isEmpty { writeSample() }
    if hasRows { output.append("\n") }
    output.append(SummaryText.text(outcome, rules, palette))
    output.flush()
  }

  private func writeSample() {
    var (id, object) = ("REVIEW".utf8.count, "OBJECT".utf8.count)
    for result in sample {
      id = max(id, Printable.text(result.id).count)
      object = max(object, Printable.text(result.subject.text).count)
    }
    let widths = Widths(id: min(id, Self.maximumWidth), object: min(object, Self.maximumWidth))
    self.widths = widths
    for (heading, width) in [("REVIEW", widths.id), ("OBJECT", widths.object), ("DECISION", widths.decision)] {
      output.append(heading)
      output.buffer.append(spaces: width - heading.utf8.count + 2)
    }
    output.append("POLICIES\n")
    for result in sample { write(result, widths) }
    sample = []
  }

  private func write(_ result: ReviewResult, _ widths: Widths) {
    let idWidth = output.buffer.append(printable: result.id)
    output.buffer.append(spaces: max(widths.id - idWidth, 0) + 2)
    let objectWidth = result.subject.write(to: &output.buffer)
    output.buffer.append(spaces: max(widths.object - objectWidth, 0) + 2)
    let allowed = result.verdict.allowed
    let colour: Colour = result.isUnmet ? .red : allowed ? .green : result.unmet == nil ? .red : .yellow
    palette.begin(colour, to: &output.buffer)
    output.buffer.append(allowed ? "allowed" : "denied")
    palette.end(colour, to: &output.buffer)
    output.buffer.append(spaces: widths.decision - (allowed ? 7 : 6) + 2)
    var lines = TableLines(indent: widths.total, palette: palette)
    lines.write(result, to: &output.buffer)
    if lines.isFirst { output.buffer.append("\n") }
  }
}

/// The last column of a row, which may have several lines.
private struct TableLines {
  let indent: Int
  let palette: Palette
  private(set) var isFirst = true

  init(indent: Int, palette: Palette) {
    self.indent = indent
    self.palette = palette
  }

  /// What is not as expected or not as before; then what each policy that found something said, or otherwise which ones matched.
  mutating func write(_ result: ReviewResult, to buffer: inout ByteBuffer) {
    for text in result.unmet ?? [] { write("NOT AS EXPECTED", "", text, .red, to: &buffer) }
    for difference in result.differences { write(difference, to: &buffer) }
    if !result.differences.isEmpty { return }
    let verdict = result.verdict
    for policy in verdict.policies {
      let mark: StaticString = policy.denied ? "" : " (not enforced)"
      for failure in policy.failures { write(policy.name, mark, failure.message, nil, to: &buffer) }
      if !policy.exception.isEmpty { write(policy.name, ": excepted by ", policy.exception, to: &buffer) }
    }
    if !verdict.patch.isEmpty {
      write("changed by ", verdict.policies, { $0.result == .mutated }, to: &buffer)
      buffer.append(": ")
      buffer.append(printable: verdict.patch)
      buffer.append("\n")
    }
    guard isFirst else { return }
    if verdict.policies.isEmpty {
      begin(to: &buffer)
      buffer.append("no policy matched\n")
    } else if verdict.policies.contains(where: { $0.result == .pass }) {
      write("passed ", verdict.policies, { $0.result == .pass }, to: &buffer)
      buffer.append("\n")
    }
  }

  private mutating func write(_ difference: Difference, to buffer: inout ByteBuffer) {
    let colour: Colour = difference.kind == .newlyDenied ? .red : .yellow
    begin(to: &buffer)
    palette.begin(colour, to: &buffer)
    buffer.append(difference.kind.title.uppercased())
    if !difference.policies.isEmpty {
      buffer.append(printable: " by \(difference.policies.joined(separator: ", "))")
    }
    palette.end(colour, to: &buffer)
    buffer.append("\n")
    write("  before", "", difference.before.isEmpty ? "nothing" : difference.before, nil, to: &buffer)
    write("  after", "", difference.after.isEmpty ? " nothing" : " " + difference.after, nil, to: &buffer)
  }

  /// A text that may have several lines, of which the first begins with `start`, `mark` and a colon.
  private mutating func write(
    _ start: String, _ mark: StaticString, _ text: String, _ colour: Colour?, to buffer: inout ByteBuffer
  ) {
    var isStart = true
    func line(_ bytes: ByteSlice, _ lines: inout TableLines) {
      lines.begin(to: &buffer)
      lines.palette.begin(colour, to: &buffer)
      if isStart {
        buffer.append(printable: start)
        buffer.append(mark)
        buffer.append(": ")
      } else {
        buffer.append("  ")
      }
      isStart = false
      if Printable.isPlain(bytes) { buffer.append(bytes) } else { buffer.append(printable: bytes.string) }
      lines.palette.end(colour, to: &buffer)
      buffer.append("\n")
    }
    text.withByteSlice { bytes in
      var rest = bytes
      while !rest.isEmpty {
        let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.count
        if end > 0 { line(rest.prefix(end), &self) }
        rest = rest.dropFirst(min(end + 1, rest.count))
      }
    }
  }

  private mutating func write(_ name: String, _ between: StaticString, _ text: String, to buffer: inout ByteBuffer) {
    begin(to: &buffer)
    buffer.append(printable: name)
    buffer.append(between)
    buffer.append(printable: text)
    buffer.append("\n")
  }

  /// Begins a line with the names of some policies.
  private mutating func write(
    _ start: StaticString, _ policies: [VerdictRecord.PolicyRecord], _ isMeant: (VerdictRecord.PolicyRecord) -> Bool,
    to buffer: inout ByteBuffer
  ) {
    begin(to: &buffer)
    buffer.append(start)
    var isFirst = true
    for policy in policies where isMeant(policy) {
      if !isFirst { buffer.append(", ") }
      isFirst = false
      buffer.append(printable: policy.name)
    }
  }

  /// The first line stands behind the other columns, those after it below.
  private mutating func begin(to buffer: inout ByteBuffer) {
    if !isFirst { buffer.append(spaces: indent) }
    isFirst = false
  }
}
