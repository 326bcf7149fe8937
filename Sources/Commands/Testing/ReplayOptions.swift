internal import ArgumentParser

/// How `webhook test` goes through its input.
struct ReplayOptions: ParsableArguments {
  @Flag(help: "End at the first thing that cannot be read.")
  var strict = false

  @Flag(
    help: """
      List what no review has put to the test: policies that matched none, validations that never failed, match conditions that were \
      never true or never false, mutations that changed nothing, exceptions that were never used.
      """)
  var coverage = false

  @Option(help: ArgumentHelp("Threads that judge. (default: the processors it may use)", valueName: "n"))
  var workers: Int?

  mutating func validate() throws {
    if let workers, !(1...ServingOptions.maximumWorkers).contains(workers) {
      throw ValidationError("--workers \(workers) is not from 1 to \(ServingOptions.maximumWorkers)")
    }
  }
}
