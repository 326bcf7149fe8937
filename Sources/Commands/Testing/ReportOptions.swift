internal import ArgumentParser
internal import Replay

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The forms in which `webhook test` reports.
enum ReportFormat: String, ExpressibleByArgument, CaseIterable {
  case table, json, jsonl, junit, markdown, github, html
}

/// `-o` and `--output-file`.
struct ReportOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: """
      `table` for people, `json`, `jsonl` (a line for each review), `junit` (XML), `markdown` (a comment on a pull request), `github` \
      (annotations in a workflow's log), `html` (one page).
      """)
  var output = ReportFormat.table

  @Flag(help: "In a table, show no rows of reviews that do not fail and have not changed.")
  var failOnly = false

  @Option(
    help: ArgumentHelp(
      "Write another report to a file. Can be given several times: `--output-file junit=report.xml`.",
      valueName: "format=path"))
  var outputFile: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      End with 1 where a review is denied of which nothing was expected (`deny`), a verdict differs from the recorded one or \
      from the baseline's (`change`), something could not be evaluated (`error`), or --coverage lists anything (`uncovered`). \
      Can be given several times.
      """, valueName: "deny|change|error|uncovered"))
  var failOn: [FailureKind] = []

  mutating func validate() throws {
    for text in outputFile where Self.parse(text) == nil {
      throw ValidationError(
        "--output-file `\(text)` is not FORMAT=PATH with one of \(ReportFormat.allCases.map(\.rawValue).joined(separator: ", "))"
      )
    }
  }

  var rules: FailureRules { FailureRules(Set(failOn)) }

  /// - Throws: a ``FileError`` for a file that cannot be opened, with its name.
  /// - Parameter comparesSets: whether reviews are judged under two sets: then those that differ are what a table is for.
  func reports(comparesSets: Bool) throws(ReportFileError) -> [any Report] {
    let showsNotableOnly = comparesSets || failOnly
    var reports: [any Report] = []
    for (format, path) in [(output, nil)] + outputFile.compactMap(Self.parse).map({ ($0, Optional($1)) }) {
      do throws(FileError) {
        reports.append(report(format, try ReportOutput(path: path), showsNotableOnly))
      } catch {
        throw ReportFileError(description: "\(path ?? "-"): \(error)")
      }
    }
    return reports
  }

  private func report(_ format: ReportFormat, _ output: ReportOutput, _ showsNotableOnly: Bool) -> any Report {
    switch format {
    case .table:
      TableReport(
        output, rules, isColoured: output.isTerminal && Self.allowsColour, showsNotableOnly: showsNotableOnly)
    case .jsonl: LinesReport(output)
    case .json: JSONReport(output, rules)
    case .junit: JUnitReport(output, rules)
    case .markdown: MarkdownReport(output, rules)
    case .github: GitHubReport(output, rules)
    case .html: HTMLReport(output, rules)
    }
  }

  /// https://no-color.org
  static var allowsColour: Bool {
    if let value = getenv("NO_COLOR"), value.pointee != 0 { return false }
    if let terminal = getenv("TERM"), String(cString: terminal) == "dumb" { return false }
    return true
  }

  private static func parse(_ text: String) -> (ReportFormat, String)? {
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2, let format = ReportFormat(rawValue: parts[0]) else { return nil }
    return (format, parts[1])
  }
}

struct ReportFileError: Error {
  let description: String
}

extension FailureKind: ExpressibleByArgument {}
