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
  /// - Parameters:
  ///   - manifests: what is loaded besides.
  ///   - told: what was listed before, and is not listed again.
  static func load(
    _ paths: [String], _ manifests: [AddedManifest] = [], rules: ExceptionRules, told: inout Set<String>
  ) throws -> PolicySet {
    let loaded = LoadedManifests.load(ManifestSources(at: paths), manifests, rules: rules)
    for problem in loaded.allProblems where told.insert(problem.rendered).inserted {
      Log.raw(problem.rendered + "\n")
    }
    let mistakes = loaded.allProblems.count { $0.severity == .error }
    guard mistakes == 0, let set = loaded.set else {
      Log.line("\(Quantity.text(mistakes, "mistake")) in the policies")
      throw ExitCode.unusableInput
    }
    return set
  }
}
