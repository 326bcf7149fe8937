internal import ArgumentParser
internal import Policy
internal import Replay
internal import Server

/// `--policies` of `webhook test`, which can be left out where the reviews are tests beside their policies.
struct TestPolicyOptions: ParsableArguments {
  @Option(
    name: .customLong("policies"),
    help: ArgumentHelp(
      """
      A policy file, or a folder of them (.yaml, .yml, .json; nested folders too). Can be given several times. \
      (default: the policies beside the `tests` folders that are tested)
      """, valueName: "path"))
  var paths: [String] = []

  /// Loads policies; lists every mistake and ends the command where there is one.
  /// - Parameter manifests: what is loaded besides.
  static func load(_ paths: [String], _ manifests: [TestFile.Manifest] = [], rules: ExceptionRules) throws -> PolicySet
  {
    let loaded: LoadedManifests
    if manifests.isEmpty {
      loaded = LoadedManifests.load(paths, rules: rules)
    } else {
      let sources = ManifestSources(at: paths)
      for problem in sources.problems { Log.raw(problem.rendered + "\n") }
      guard sources.problems.isEmpty else { throw ExitCode.unusableInput }
      loaded = LoadedManifests.load(
        texts: sources.files.map { (name: $0.name, text: $0.text) } + manifests.map { (name: $0.name, text: $0.text) },
        rules: rules)
    }
    for problem in loaded.allProblems { Log.raw(problem.rendered + "\n") }
    let mistakes = loaded.allProblems.count { $0.severity == .error }
    guard mistakes == 0, let set = loaded.set else {
      Log.line("\(Quantity.text(mistakes, "mistake")) in the policies")
      throw ExitCode.unusableInput
    }
    return set
  }
}
