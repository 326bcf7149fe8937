internal import ArgumentParser

/// How `webhook test` goes through its input.
struct ReplayOptions: ParsableArguments {
  @Flag(help: "End at the first thing that cannot be read.")
  var strict = false

  @Flag(help: "List the policies that matched no review, and the validations that never failed.")
  var coverage = false

  @Option(help: ArgumentHelp("Threads that judge. (default: the processors it may use)", valueName: "n"))
  var workers: Int?

  mutating func validate() throws {
    if let workers, !(1...ServingOptions.maximumWorkers).contains(workers) {
      throw ValidationError("--workers \(workers) is not from 1 to \(ServingOptions.maximumWorkers)")
    }
  }
}
