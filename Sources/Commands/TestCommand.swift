internal import Admission
internal import ArgumentParser
internal import Memory
internal import Policy
internal import Server

/// `webhook test`.
struct TestCommand: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case table, jsonl
  }

  enum Failure: String, ExpressibleByArgument, CaseIterable {
    case deny
  }

  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Judge recorded reviews or manifests, without a cluster.",
    discussion: """
      Reads AdmissionReviews (JSON or YAML), JSON lines of AdmissionReviews or of records, and Kubernetes manifests (YAML or JSON, several \
      documents, lists), which are judged as if somebody created them. Folders are searched for .yaml, .yml, .json, .jsonl and .ndjson; \
      `-` is standard input.

      Examples:

        webhook test --policies policies my-deployment.yaml
        kubectl get pods -A -o yaml | webhook test --policies policies -
        webhook test --policies policies -o jsonl --fail-on deny manifests/

      A manifest of a built-in kind that names no namespace is put into `default`; of other kinds the plural is guessed as kubectl does, \
      and they live in a namespace where they name one.

      A denial is a result, not a failure, unless --fail-on deny is given. What cannot be read is reported with its file and line, the \
      rest goes on, and the command ends with 2.
      """)

  @OptionGroup var policies: PolicyOptions

  @Option(
    help: """
      `mutate`, `validate`, or `both` as in a cluster. (default: what a record's path names, and both for everything else)
      """)
  var phase: Phase?

  @Option(help: "`deny`: end with 1 where a review is denied.")
  var failOn: Failure?

  @Option(name: .shortAndLong, help: "`table` for people, `jsonl` for a line of JSON per review.")
  var output = Format.table

  @Argument(help: ArgumentHelp("Files and folders with reviews; `-` for standard input.", valueName: "review"))
  var reviews: [String]

  func run() throws {
    var test = TestRun(set: try policies.load(), phase: phase)
    var output = StandardOutput()
    var table = TestTable()
    var source = ReviewSource()
    for path in files(&test) {
      source.read(path, clock: Clock.nanoseconds) { event, startedAt in
        switch event {
        case .unreadable(let place, let message):
          report("\(place): \(message)", &test, &output)
        case .item(let item):
          do throws(AdmissionReviewError) {
            let judged = try test.judge(item, startedAt: startedAt, clock: Clock.nanoseconds)
            write(judged, test.set, &table, &output)
          } catch {
            report("\(path):\(item.line): \(error.message)", &test, &output)
          }
        }
      }
    }
    table.finish(to: &output.buffer)
    if self.output == .table {
      if test.summary.reviews > 0 { output.buffer.append("\n") }
      output.buffer.append(test.summary.text)
    }
    output.flush()
    if test.summary.unreadable > 0 { throw ExitCode.unusableInput }
    if failOn == .deny, test.summary.denied > 0 { throw ExitCode.checkFailed }
  }

  private func files(_ test: inout TestRun) -> [String] {
    var files: [String] = []
    for path in reviews {
      do {
        let found = try ReviewFiles.list(path)
        if found.isEmpty {
          test.countUnreadable()
          Log.line("\(path): holds no review and no manifest")
        }
        files += found
      } catch {
        test.countUnreadable()
        Log.line("\(path): \(error)")
      }
    }
    return files
  }

  private func write(
    _ judged: JudgedReview, _ set: PolicySet, _ table: inout TestTable, _ output: inout StandardOutput
  ) {
    switch self.output {
    case .table: table.add(judged, of: set, to: &output.buffer)
    case .jsonl: TestLines.write(judged, of: set, to: &output.buffer)
    }
    output.flush(above: 64 << 10)
  }

  private func report(_ problem: String, _ test: inout TestRun, _ output: inout StandardOutput) {
    test.countUnreadable()
    // So that the report stands behind the rows before it.
    output.flush()
    Log.line(problem)
  }
}

extension Phase: ExpressibleByArgument {}
