internal import ArgumentParser
internal import Policy
internal import Replay
internal import Server

/// `webhook explain`.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Show why each policy matched a review or not, and what decided.",
    discussion: """
      Reads what `webhook test` reads: AdmissionReviews, lines of them or of records, and manifests. For each policy it shows which \
      rule, selector or condition decided whether it matched, its parameters and exceptions, and every expression that was evaluated, \
      with the values of its parts beneath it, its cost in the measure of an API server, and its time.

      Examples:

        webhook explain my-pod.yaml --policies policies
        webhook explain traffic.jsonl --id 42 --policies policies
        kubectl get pod web -o yaml | webhook explain - --policies policies -o json
        webhook explain my-pod.yaml --policies policies --output-file html=why.html

      What a Secret holds is not shown. Long values are cut, with their length; --full shows them.

      Exit status: 0 it was explained, whatever the decision; 2 a review or a policy cannot be used, or is not there.
      """)

  @OptionGroup var policies: PolicyOptions

  @Option(help: ArgumentHelp("Explain only this policy. Can be given several times.", valueName: "name"))
  var policy: [String] = []

  @Option(
    help: ArgumentHelp(
      "Of several reviews, explain the one with this id or uid. Can be given several times.", valueName: "id"))
  var id: [String] = []

  @Option(
    help: """
      `mutate`, `validate`, or `both` as in a cluster. (default: what a record's path names, and both for everything else)
      """)
  var phase: Phase?

  @OptionGroup var exceptions: ExceptionClockOptions

  @OptionGroup var output: ExplanationOutputOptions

  @Argument(
    help: ArgumentHelp("Files and folders with reviews or manifests; `-` for standard input.", valueName: "review"))
  var reviews: [String]

  func run() throws {
    let (plain, traced) = try policies.loadTraced(rules: exceptions.rules)
    let unknown = policy.filter { name in !plain.policies.contains { $0.name == name } }
    for name in unknown {
      Log.line(
        "there is no policy `\(Printable.text(name))`\(suggestion(for: name, among: plain.policies.map(\.name)))")
    }
    guard unknown.isEmpty else { throw ExitCode.unusableInput }
    let wanted = Set(policy)
    let explainer = Explainer(
      plain, traced: traced, settings: exceptions.settings, limit: output.options.limit,
      isWanted: wanted.isEmpty ? nil : { wanted.contains($0.name) })
    var session = ExplanationSession(explainer, plain, phase, ids: id, try output.reports())
    for path in reviews { session.explain(path) }
    try session.finish()
  }
}

extension PolicyOptions {
  /// Loads the policies twice from one reading of their files: as they serve, and so that they note what they compute.
  func loadTraced(rules: ExceptionRules) throws -> (plain: PolicySet, traced: PolicySet) {
    let sources = ManifestSources(at: paths)
    let loaded = LoadedManifests.load(sources, rules: rules)
    for problem in loaded.allProblems { Log.raw(problem.rendered + "\n") }
    let mistakes = loaded.allProblems.count { $0.severity == .error }
    guard mistakes == 0, let plain = loaded.set,
      let traced = LoadedManifests.load(sources, rules: rules, isTraced: true).set
    else {
      Log.line("\(Quantity.text(mistakes, "mistake")) in the policies")
      throw ExitCode.unusableInput
    }
    return (plain, traced)
  }
}
