internal import Memory

/// `-o junit`: a test suite for each file, a test case for each review.
///
/// Valid by the schema of Jenkins' xunit plugin, which others read too (`Tests/JUnitSchema` tries it).
/// The totals stand at the beginning, so the cases wait in a temporary file. What fails is what ``FailureRules`` say; what cannot be
/// read is an error; a review that no policy matched, and of which nothing was expected, is skipped: it has passed nothing.
package final class JUnitReport: Report {
  package let output: ReportOutput
  package var needsResults: Bool { true }
  private let rules: FailureRules
  private let suites = Spool()
  private var text = ByteBuffer()
  private var total = Counts()
  private var suite = Counts()
  /// The suite that is open, and where its numbers belong.
  private var file: String?
  private var numbersPlace = 0
  /// The file's name as an attribute.
  private var className = ByteBuffer()

  private struct Counts {
    var tests = 0
    var failures = 0
    var errors = 0
    var skipped = 0
    var nanoseconds: UInt64 = 0

    mutating func add(_ other: Counts) {
      tests += other.tests
      failures += other.failures
      errors += other.errors
      skipped += other.skipped
      nanoseconds += other.nanoseconds
    }

    /// The attributes, filled up with spaces to ``length``.
    /// - Parameter isTotal: of all suites, for which the schema has no `skipped`.
    func write(isTotal: Bool = false, to buffer: inout ByteBuffer) {
      let start = buffer.count
      buffer.append(" tests=\"")
      buffer.append(decimal: UInt64(tests))
      buffer.append("\" failures=\"")
      buffer.append(decimal: UInt64(failures))
      buffer.append("\" errors=\"")
      buffer.append(decimal: UInt64(errors))
      if !isTotal {
        buffer.append("\" skipped=\"")
        buffer.append(decimal: UInt64(skipped))
      }
      buffer.append("\" time=\"")
      buffer.append(seconds: nanoseconds)
      buffer.append("\"")
      buffer.append(spaces: Self.length - (buffer.count - start))
    }

    /// Bytes that are kept free for them: five numbers of twenty digits, and their names.
    static let length = 5 * 20 + 64
  }

  package init(_ output: ReportOutput, _ rules: FailureRules) {
    self.output = output
    self.rules = rules
  }

  package func add(_ batch: ReplayBatch) {
    for event in batch.events {
      switch event {
      case .review(let result): add(result)
      case .unreadable(let problem): add(problem)
      }
    }
  }

  package func finish(_ outcome: RunOutcome) {
    if let coverage = outcome.coverage, !coverage.items.isEmpty { add(coverage) }
    if outcome.isInterrupted {
      add(UnreadableReview(place: "webhook test", message: "interrupted: the rest of the input was not judged"))
    }
    endSuite()
    output.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"webhook test\"")
    total.write(isTotal: true, to: &output.buffer)
    output.append(">\n")
    suites.copy(to: output)
    output.append("</testsuites>\n")
    output.flush()
  }

  // MARK: Suites

  private func begin(_ name: String) {
    if name == file { return }
    endSuite()
    file = name
    className.removeAll()
    XMLText.writeAttribute(name, to: &className)
    text.append("  <testsuite name=\"")
    text.append(className.bytes)
    text.append("\"")
    endText()
    numbersPlace = suites.count
    // The numbers come when they are known.
    text.append(spaces: Counts.length)
    text.append(">\n")
    endText()
  }

  private func endSuite() {
    guard file != nil else { return }
    text.append("  </testsuite>\n")
    endText()
    suite.write(to: &text)
    suites.replace(at: numbersPlace, with: text.bytes)
    text.removeAll()
    total.add(suite)
    suite = Counts()
    file = nil
  }

  private func endText() {
    suites.append(text.bytes)
    text.removeAll(keepingCapacity: 1 << 20)
  }

  // MARK: Cases

  private func add(_ result: ReviewResult) {
    begin(result.file)
    suite.tests += 1
    suite.nanoseconds += result.nanoseconds
    let problems = rules.problems(of: result)
    let verdict = result.verdict
    let isSkipped = problems.isEmpty && result.unmet == nil && verdict.policies.isEmpty
    beginCase(nanoseconds: result.nanoseconds) { name in
      result.subject.writePlainly(to: &name)
      name.append(" (")
      name.append(result.id)
      name.append(")")
    }
    if problems.isEmpty, !isSkipped, verdict.message.isEmpty, verdict.warnings.isEmpty {
      text.append("/>\n")
      return endText()
    }
    text.append(">\n")
    if let first = problems.first {
      suite.failures += 1
      writeFailure(
        first, type: result.isUnmet ? "expectation" : "verdict",
        "\(result.file):\(result.line)\n" + problems.joined(separator: "\n"))
    }
    if isSkipped {
      suite.skipped += 1
      text.append("      <skipped message=\"no policy matched\"/>\n")
    }
    if !verdict.message.isEmpty || !verdict.warnings.isEmpty {
      text.append("      <system-out>")
      XMLText.write(verdict.message, to: &text)
      for (index, warning) in verdict.warnings.enumerated() {
        text.append(index == 0 && verdict.message.isEmpty ? "warning: " : "\nwarning: ")
        XMLText.write(warning, to: &text)
      }
      text.append("</system-out>\n")
    }
    text.append("    </testcase>\n")
    endText()
  }

  private func add(_ problem: UnreadableReview) {
    begin(String(problem.place.split(separator: ":").first ?? ""))
    suite.tests += 1
    suite.errors += 1
    beginCase { $0.append(problem.place) }
    text.append(">\n      <error message=\"")
    XMLText.writeAttribute(problem.message, to: &text)
    text.append("\" type=\"unreadable\">")
    XMLText.write("\(problem.place): \(problem.message)", to: &text)
    text.append("</error>\n    </testcase>\n")
    endText()
  }

  /// What nothing has put to the test: skipped, unless it is a failure.
  private func add(_ coverage: Coverage) {
    begin("coverage")
    for item in coverage.items {
      suite.tests += 1
      beginCase { $0.append(item.text) }
      text.append(">\n")
      if rules.kinds.contains(.uncovered) {
        suite.failures += 1
        writeFailure(item.text, type: "uncovered", item.text)
      } else {
        suite.skipped += 1
        text.append("      <skipped message=\"not covered\"/>\n")
      }
      text.append("    </testcase>\n")
      endText()
    }
  }

  private var name = ByteBuffer()

  private func beginCase(nanoseconds: UInt64 = 0, _ writeName: (inout ByteBuffer) -> Void) {
    text.append("    <testcase name=\"")
    name.removeAll()
    writeName(&name)
    XMLText.write(name.bytes, keepsLines: false, to: &text)
    text.append("\" classname=\"")
    text.append(className.bytes)
    text.append("\" time=\"")
    text.append(seconds: nanoseconds)
    text.append("\"")
  }

  /// - Parameter problem: its first line is what lists of failures show.
  private func writeFailure(_ problem: String, type: StaticString, _ details: String) {
    text.append("      <failure message=\"")
    XMLText.writeAttribute(problem.split(separator: "\n").first.map(String.init) ?? "", to: &text)
    text.append("\" type=\"")
    text.append(type)
    text.append("\">")
    XMLText.write(details, to: &text)
    text.append("</failure>\n")
  }
}

extension ByteBuffer {
  /// With three decimals, the most that the schema has.
  fileprivate mutating func append(seconds nanoseconds: UInt64) {
    let milliseconds = (nanoseconds + 500_000) / 1_000_000
    append(decimal: milliseconds / 1000)
    append(UInt8(ascii: "."))
    for unit in [100, 10, 1] as [UInt64] { append(UInt8(ascii: "0") + UInt8(milliseconds / unit % 10)) }
  }
}
