internal import ArgumentParser
internal import Foundation
internal import Policy
internal import Replay
internal import Server

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// `webhook test`.
struct TestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Judge recorded reviews or manifests, and run the tests of policies, without a cluster.",
    discussion: """
      Reads AdmissionReviews (JSON or YAML), JSON lines of AdmissionReviews or of records (`webhook serve --record`), and Kubernetes \
      manifests (YAML or JSON, several documents, lists), which are judged as if somebody created them. Folders are searched for \
      .yaml, .yml, .json, .jsonl and .ndjson; `-` is standard input.

      Examples:

        webhook test --policies policies my-deployment.yaml
        kubectl get pods -A -o yaml | webhook test --policies policies -
        webhook test policies
        webhook test --policies new --baseline old -o markdown traffic.jsonl
        webhook test policies --output-file junit=report.xml

      Files in a folder `tests/pass` must be allowed, and those in `tests/fail` denied, by the policies in the folder that holds `tests`; \
      of those in `tests/change` the patch must be the one in the file NAME.patch.json beside them; \
      a `test.yaml` lists tests that say more. What is not as expected ends the command with 1.

      A manifest of a built-in kind that names no namespace is put into `default`; of other kinds the plural is guessed as kubectl does, \
      and they live in a namespace where they name one.

      A denial is a result, not a failure, unless --fail-on deny is given. What cannot be read is reported with its file and line, the \
      rest goes on, and the command ends with 2.
      """)

  @OptionGroup(title: "Policies") var policies: TestPolicyOptions

  @OptionGroup(title: "Policies") var exceptions: ExceptionClockOptions

  @OptionGroup(title: "Reports") var report: ReportOptions

  @OptionGroup(title: "Expectations and comparison") var comparison: ComparisonOptions

  @OptionGroup(title: "Running") var replay: ReplayOptions

  @Argument(help: ArgumentHelp("Files and folders with reviews or tests; `-` for standard input.", valueName: "review"))
  var reviews: [String]

  mutating func validate() throws {
    guard policies.paths.isEmpty else { return }
    let found = InputCollector(reviews, onlyTests: true)
    // What cannot be read is told when the command runs.
    guard found.owners.isEmpty, reviews.allSatisfy({ $0 == "-" || FileManager.default.fileExists(atPath: $0) }) else {
      return
    }
    throw ValidationError("There are no tests: name the policies to judge by with '--policies <path>'")
  }

  func run() throws {
    let found = InputCollector(reviews, onlyTests: policies.paths.isEmpty)
    if policies.paths.isEmpty, found.owners.isEmpty {
      for problem in found.problems { Log.line("\(problem.place): \(problem.message)") }
      throw ExitCode.unusableInput
    }
    let tests = try TestInputs(found, policies: policies.paths, chosen: try replay.chosen(), rules: exceptions.rules)
    var configuration = ReplayConfiguration(
      sets: tests.sets, phase: replay.phase, workers: replay.workers ?? ProcessInfo.processInfo.activeProcessorCount)
    configuration.isStrict = replay.strict
    let showsCoverage = replay.coverage || report.failOn.contains(.uncovered)
    configuration.countsExpressions = showsCoverage
    configuration.exceptions = exceptions.settings
    if !comparison.baseline.isEmpty {
      var told: Set<String> = []
      configuration.baseline = try TestPolicyOptions.load(comparison.baseline, rules: exceptions.rules, told: &told)
    }
    let allowlist = try comparison.allowedIDs()
    let reports: [any Report]
    do throws(ReportFileError) {
      reports = try report.reports(comparesSets: configuration.baseline != nil)
    } catch {
      Log.line(error.description)
      throw ExitCode.unusableInput
    }
    let writer = try comparison.writer()
    configuration.collectsLines = comparison.expect != nil || writer != nil || reports.contains { $0.needsLines }
    configuration.collectsDiffs = reports.contains { $0.needsDiffs }
    configuration.collectsResults = allowlist != nil || comparison.expect != nil || reports.contains { $0.needsResults }
    // Whoever reads standard output and goes away, as `head` does, does not keep the other reports from being written.
    // Whoever started the command may have left the signal ignored, so it is set either way.
    signal(SIGPIPE, reports.count > 1 || writer != nil ? SIG_IGN : SIG_DFL)
    var session = TestSession(
      configuration, tests.inputs, reports, allowlist: allowlist, expected: try comparison.expected(), writer: writer,
      showsCoverage: showsCoverage)
    try session.run(problems: found.problems, rules: report.rules)
  }
}

extension Phase: ExpressibleByArgument {}
