internal import ArgumentParser
internal import CEL
internal import Policy

/// How `webhook test` goes through its input.
struct ReplayOptions: ParsableArguments {
  @Option(
    help: """
      `mutate`, `validate`, or `both` as in a cluster. (default: what a record's path names, and both for everything else)
      """)
  var phase: Phase?

  @Flag(help: "End at the first thing that cannot be read.")
  var strict = false

  @Flag(
    help: """
      List what no review has put to the test: policies that matched none, validations that never failed, match conditions that were \
      never true or never false, mutations that changed nothing, exceptions that were never used.
      """)
  var coverage = false

  @Option(
    help: ArgumentHelp(
      "Only files whose path, and tests whose path and name (`FILE/NAME`), this finds; RE2.", valueName: "pattern"))
  var run: String?

  /// - Throws: why the pattern is none.
  func chosen() throws -> TextPattern? {
    do throws(TextPatternError) {
      return try run.map { (text) throws(TextPatternError) in try TextPattern(text) }
    } catch {
      throw ValidationError("--run: \(error.message)")
    }
  }

  @Option(help: ArgumentHelp("Threads that judge. (default: the processors it may use)", valueName: "n"))
  var workers: Int?

  mutating func validate() throws {
    _ = try chosen()
    if let workers, !(1...ServingOptions.maximumWorkers).contains(workers) {
      throw ValidationError("--workers \(workers) is not from 1 to \(ServingOptions.maximumWorkers)")
    }
  }
}
