internal import ArgumentParser
internal import Replay
internal import Server

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The forms in which `webhook explain` writes.
enum ExplanationFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json, html
}

/// `-o`, `--output-file` and `--full`.
struct ExplanationOutputOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: "`text` for people, `json` (one object), `html` (one page).")
  var output = ExplanationFormat.text

  @Option(
    help: ArgumentHelp(
      "Write another report to a file. Can be given several times: `--output-file html=why.html`.",
      valueName: "format=path"))
  var outputFile: [String] = []

  @Flag(help: "Cut no value, and list all elements and exceptions.")
  var full = false

  mutating func validate() throws {
    for text in outputFile where Self.parse(text) == nil {
      throw ValidationError(
        "--output-file `\(text)` is not FORMAT=PATH with one of \(ExplanationFormat.allCases.map(\.rawValue).joined(separator: ", "))"
      )
    }
  }

  var options: ExplanationOptions { ExplanationOptions(isFull: full) }

  func reports() throws -> [any ExplanationReport] {
    try ([(output, nil)] + outputFile.compactMap(Self.parse).map { ($0, Optional($1)) }).map { format, path in
      do throws(FileError) {
        return report(format, try ReportOutput(path: path))
      } catch {
        Log.line("\(path ?? "-"): \(error)")
        throw ExitCode.unusableInput
      }
    }
  }

  private func report(_ format: ExplanationFormat, _ output: ReportOutput) -> any ExplanationReport {
    switch format {
    case .text:
      TextExplanationReport(
        output, options,
        width: output.isTerminal ? TerminalWidth.columns ?? ExplanationText.defaultWidth : ExplanationText.defaultWidth,
        isColoured: output.isTerminal && ReportOptions.allowsColour)
    case .json: JSONExplanationReport(output)
    case .html: HTMLExplanationReport(output)
    }
  }

  private static func parse(_ text: String) -> (ExplanationFormat, String)? {
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2, let format = ExplanationFormat(rawValue: parts[0]) else { return nil }
    return (format, parts[1])
  }
}

/// How wide the terminal is that standard output goes to.
enum TerminalWidth {
  /// Nil where nobody says: `COLUMNS` is asked first, then the terminal.
  static var columns: Int? {
    if let text = getenv("COLUMNS"), let columns = Int(String(cString: text)), columns > 0 { return columns }
    var size = winsize()
    guard ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }
}
