internal import ArgumentParser
internal import JSON
internal import Memory
internal import Policy
internal import Replay
internal import Server

/// `webhook check`.
struct CheckCommand: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, jsonl
  }

  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check policy manifests for mistakes, without judging anything.",
    discussion: """
      Every mistake is listed with file, line and column, and what to write instead where that is known.

      Example:

        webhook check policies

      Exit status: 0 all manifests are accepted (there may be warnings), 1 one or more are not, 2 a path cannot be read or a file is \
      no YAML.
      """)

  @Argument(help: ArgumentHelp("Files, and folders of .yaml, .yml and .json files.", valueName: "path"))
  var paths: [String]

  @Option(name: .shortAndLong, help: "`text` for people, `jsonl` for a line of JSON per manifest.")
  var output = Format.text

  @OptionGroup var exceptions: ExceptionClockOptions

  func run() throws {
    let loaded = LoadedManifests.load(paths, rules: exceptions.rules)
    switch output {
    case .text: writeText(loaded)
    case .jsonl: writeLines(loaded)
    }
    if loaded.problems.contains(where: { $0.severity == .error }) { throw ExitCode.unusableInput }
    if loaded.manifests.contains(where: { !$0.isAccepted }) { throw ExitCode.checkFailed }
  }

  private func writeText(_ loaded: LoadedManifests) {
    var output = StandardOutput()
    for problem in loaded.allProblems { output.buffer.append(problem.rendered + "\n") }
    let errors = loaded.allProblems.count { $0.severity == .error }
    let warnings = loaded.allProblems.count - errors
    output.buffer.append(
      """
      \(Quantity.text(loaded.manifests.count, "manifest")): \(Quantity.text(errors, "mistake")), \
      \(Quantity.text(warnings, "warning"))

      """)
    output.flush()
  }

  /// A line per manifest, and one for each file whose problems belong to none.
  private func writeLines(_ loaded: LoadedManifests) {
    var output = StandardOutput()
    var files: [String] = []
    for problem in loaded.problems where !files.contains(problem.file) { files.append(problem.file) }
    for file in files {
      writeLine(file, "", "", loaded.problems.filter { $0.file == file }, to: &output.buffer)
    }
    for manifest in loaded.manifests {
      writeLine(manifest.file, manifest.kind, manifest.name, manifest.problems, to: &output.buffer)
      output.flush(above: 64 << 10)
    }
    output.flush()
  }

  private func writeLine(
    _ file: String, _ kind: String, _ name: String, _ problems: [Problem], to buffer: inout ByteBuffer
  ) {
    buffer.writeObjectStart()
    buffer.writeKey("file")
    buffer.writeString(file)
    buffer.writeKey("kind")
    buffer.writeString(kind)
    buffer.writeKey("name")
    buffer.writeString(name)
    buffer.writeKey("accepted")
    buffer.writeBool(!problems.contains { $0.severity == .error })
    buffer.writeKey("problems")
    buffer.writeArrayStart()
    for problem in problems {
      buffer.writeObjectStart()
      buffer.writeKey("severity")
      buffer.writeString(problem.severity.rawValue)
      buffer.writeKey("field")
      buffer.writeString(problem.field)
      buffer.writeKey("line")
      buffer.writeInteger(Int64(problem.line))
      buffer.writeKey("column")
      buffer.writeInteger(Int64(problem.column))
      buffer.writeKey("message")
      buffer.writeString(problem.message)
      buffer.writeObjectEnd()
    }
    buffer.writeArrayEnd()
    buffer.writeObjectEnd()
    buffer.append("\n")
  }
}
