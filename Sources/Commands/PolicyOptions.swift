internal import ArgumentParser
internal import Policy
internal import Server

/// `--policies`, as every command that judges has it.
struct PolicyOptions: ParsableArguments {
  @Option(
    name: .customLong("policies"),
    help: ArgumentHelp(
      "A policy file, or a folder of them (.yaml, .yml, .json; nested folders too). Can be given several times.",
      valueName: "path"))
  var paths: [String]

  mutating func validate() throws {
    if paths.isEmpty { throw ValidationError("Missing expected argument '--policies <path>'") }
  }

  /// Loads the policies; lists every mistake and ends the command where there is one.
  func load(rules: ExceptionRules = ExceptionRules()) throws -> PolicySet {
    let loaded = LoadedManifests.load(paths, rules: rules)
    for problem in loaded.allProblems { Log.raw(problem.rendered + "\n") }
    let mistakes = loaded.allProblems.count { $0.severity == .error }
    guard mistakes == 0, let set = loaded.set else {
      Log.line("\(mistakes) \(mistakes == 1 ? "mistake" : "mistakes") in the policies")
      throw ExitCode.unusableInput
    }
    return set
  }
}
