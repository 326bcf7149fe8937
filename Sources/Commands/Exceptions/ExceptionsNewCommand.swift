internal import Admission
internal import ArgumentParser
internal import Memory
internal import Policy
internal import Replay
internal import Server

/// `webhook exceptions new`.
struct ExceptionsNewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new",
    abstract: "Write the manifest of an exception for an object that is denied.",
    discussion: """
      Reads what `webhook test` reads, takes the first object that is denied, and writes a PolicyException that lifts exactly this: from \
      the policies that deny it, in its namespace, for its labels (its Pod template's, where that is what is denied), or for its kind \
      and name where labels do not tell. What is written has been tried on the object.

      Example:

        webhook exceptions new --policies policies --reason "metrics of the node" \\
            --approved-by platform-security node-exporter.yaml > policies/exceptions/node-exporter.yaml

      Exit status: 1 where nothing is denied, 2 where something cannot be read.
      """)

  @OptionGroup var policies: PolicyOptions

  @OptionGroup var clock: ExceptionClockOptions

  @Option(help: ArgumentHelp("Why the object cannot do without it.", valueName: "text"))
  var reason: String

  @Option(help: ArgumentHelp("Who answers for it.", valueName: "who"))
  var approvedBy: String

  @Option(help: ArgumentHelp("Who owns the object.", valueName: "who"))
  var owner: String?

  @Option(help: ArgumentHelp("How long it lasts from now on.", valueName: "duration"))
  var lasts = Timespan.days(30)

  @Option(help: ArgumentHelp("The exception's name. (default: made from the policy and the object)", valueName: "name"))
  var name: String?

  @Option(help: ArgumentHelp("Except from this policy alone. (default: from all that deny)", valueName: "policy"))
  var policy: String?

  @Argument(help: ArgumentHelp("A file with reviews or manifests; `-` for standard input.", valueName: "review"))
  var review: String

  func run() throws {
    let set = try policies.load(rules: clock.rules)
    var result = Result.nothingDenied
    var source = ReviewSource()
    var run = TestRun(phase: nil, exceptions: clock.settings)
    source.read(review, clock: { 0 }) { event, _ in
      guard case .nothingDenied = result else { return }
      switch event {
      case .unreadable(let place, let message): result = .unusable("\(place): \(message)")
      case .item(let item):
        do throws(AdmissionReviewError) {
          let judged = try run.judge(item, under: set, startedAt: 0, clock: { 0 })
          if let draft = draft(judged, set) { result = write(draft, item) }
        } catch {
          result = .unusable("\(review):\(item.line): \(error.message)")
        }
      }
    }
    switch result {
    case .written(let text):
      var output = StandardOutput()
      output.buffer.append(text)
      output.flush()
    case .nothingDenied:
      Log.line("\(review): nothing is denied\(policy.map { " by `\($0)`" } ?? ""), so there is nothing to except")
      throw ExitCode.checkFailed
    case .unusable(let problem):
      Log.line(problem)
      throw ExitCode.unusableInput
    }
  }

  private enum Result {
    case nothingDenied
    case written(String)
    case unusable(String)
  }

  /// What is to be excepted; nil where nothing is denied.
  private func draft(_ judged: JudgedReview, _ set: PolicySet) -> ExceptionDraft? {
    var denying: [String] = []
    for outcome in judged.verdict.outcomes where outcome.denied {
      let name = set.policies[outcome.policy].name
      if !denying.contains(name), policy == nil || policy == name { denying.append(name) }
    }
    if denying.isEmpty { return nil }
    return ExceptionDraft(
      judged.request, policies: denying, name: name, reason: reason, approvedBy: approvedBy, owner: owner,
      expiresAt: clock.rules.clock.now().advanced(by: lasts).wholeSecond)
  }

  /// Takes the narrowest scope that does what it should, tried on the object.
  private func write(_ draft: ExceptionDraft, _ item: ReviewItem) -> Result {
    let files = ManifestSources(at: policies.paths).files.map { ($0.name, $0.text) }
    var problems: [Problem] = []
    for text in draft.texts {
      let loaded = LoadedManifests.load(texts: files + [("the new exception", text)], rules: clock.rules)
      guard let set = loaded.set else {
        problems = loaded.allProblems.filter { $0.severity == .error }
        continue
      }
      var run = TestRun(phase: nil, exceptions: clock.settings)
      guard let judged = try? run.judge(item, under: set, startedAt: 0, clock: { 0 }) else { continue }
      let left = judged.verdict.outcomes.contains { outcome in
        outcome.denied && draft.policies.contains(set.policies[outcome.policy].name)
      }
      if !left { return .written(text) }
    }
    if problems.isEmpty {
      return .unusable("\(review): the object has no labels and no name that an exception could be for")
    }
    return .unusable(problems.map(\.rendered).joined(separator: "\n"))
  }
}
