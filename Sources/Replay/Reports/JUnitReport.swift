internal import Memory

/// `-o junit`: a test suite for each file, a test case for each review.
///
/// The totals stand at the beginning, so the cases wait in a temporary file. What fails is what ``FailureRules`` say; what cannot be
/// read is an error.
package final class JUnitReport: Report {
  package let output: ReportOutput
  package var needsResults: Bool { true }
  private let rules: FailureRules
  private let suites = Spool()
  private var cases = Spool()
  private var total = Counts()
  private var suite = Counts()
  private var file: String?

  private struct Counts {
    var tests = 0
    var failures = 0
    var errors = 0
    var nanoseconds: UInt64 = 0

    mutating func add(_ other: Counts) {
      tests += other.tests
      failures += other.failures
      errors += other.errors
      nanoseconds += other.nanoseconds
    }

    var attributes: String {
      "tests=\"\(tests)\" failures=\"\(failures)\" errors=\"\(errors)\" skipped=\"0\" time=\"\(seconds(nanoseconds))\""
    }
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
    endSuite()
    output.append(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"webhook test\" \(total.attributes)>\n")
    suites.copy(to: output)
    output.append("</testsuites>\n")
    output.flush()
  }

  private func begin(_ name: String) {
    if name == file { return }
    endSuite()
    file = name
  }

  private func endSuite() {
    guard let file else { return }
    suites.append("  <testsuite name=\"\(XMLText.attribute(file))\" \(suite.attributes)>\n")
    cases.copy(to: suites)
    suites.append("  </testsuite>\n")
    total.add(suite)
    suite = Counts()
    cases = Spool()
  }

  private func add(_ result: ReviewResult) {
    begin(result.file)
    suite.tests += 1
    suite.nanoseconds += result.nanoseconds
    let problems = rules.problems(of: result)
    let name = XMLText.attribute("\(result.subject.text) (\(result.id))")
    cases.append(
      "    <testcase name=\"\(name)\" classname=\"\(XMLText.attribute(result.file))\" time=\"\(seconds(result.nanoseconds))\""
    )
    if problems.isEmpty, result.verdict.message.isEmpty, result.verdict.warnings.isEmpty { return cases.append("/>\n") }
    cases.append(">\n")
    if let first = problems.first {
      suite.failures += 1
      let message = first.split(separator: "\n").first.map(String.init) ?? ""
      cases.append(
        "      <failure message=\"\(XMLText.attribute(message))\" type=\"\(result.isUnmet ? "expectation" : "verdict")\">"
          + XMLText.content("\(result.file):\(result.line)\n" + problems.joined(separator: "\n")) + "</failure>\n")
    }
    let said =
      result.verdict.message.split(separator: "\n").map(String.init) + result.verdict.warnings.map { "warning: \($0)" }
    if !said.isEmpty {
      cases.append("      <system-out>\(XMLText.content(said.joined(separator: "\n")))</system-out>\n")
    }
    cases.append("    </testcase>\n")
  }

  private func add(_ problem: UnreadableReview) {
    begin(String(problem.place.split(separator: ":").first ?? ""))
    suite.tests += 1
    suite.errors += 1
    cases.append(
      """
          <testcase name="\(XMLText.attribute(problem.place))" classname="\(XMLText.attribute(file ?? ""))" time="0.000000">
            <error message="\(XMLText.attribute(problem.message))" type="unreadable">\
      \(XMLText.content("\(problem.place): \(problem.message)"))</error>
          </testcase>

      """)
  }
}

/// With six decimals, as XML schema's decimals are written.
private func seconds(_ nanoseconds: UInt64) -> String {
  let micros = nanoseconds / 1000
  let digits = String(micros % 1_000_000)
  return "\(micros / 1_000_000).\(String(repeating: "0", count: 6 - digits.count))\(digits)"
}

/// Text in XML 1.0 (https://www.w3.org/TR/xml/#charsets).
package enum XMLText {
  package static func content(_ text: String) -> String { escape(text, lines: false) }

  /// Line ends as references, since a reader of attributes turns them into spaces.
  package static func attribute(_ text: String) -> String { escape(text, lines: true) }

  private static func escape(_ text: String, lines: Bool) -> String {
    var escaped = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
      case "<": escaped.append(contentsOf: "&lt;".unicodeScalars)
      case ">": escaped.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": escaped.append(contentsOf: "&quot;".unicodeScalars)
      case "\n" where lines: escaped.append(contentsOf: "&#10;".unicodeScalars)
      case "\t" where lines: escaped.append(contentsOf: "&#9;".unicodeScalars)
      case "\r": escaped.append(contentsOf: "&#13;".unicodeScalars)
      case "\n", "\t": escaped.append(scalar)
      // What no XML text may hold, not even as a reference.
      case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: escaped.append("\u{FFFD}")
      default: escaped.append(scalar)
      }
    }
    return String(escaped)
  }
}
