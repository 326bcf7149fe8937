internal import Admission
internal import ArgumentParser
internal import CEL
internal import Memory
internal import Policy
internal import Replay
internal import Server

/// `webhook eval`.
struct EvalCommand: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case json, yaml, table
  }

  enum EnvironmentName: String, ExpressibleByArgument, CaseIterable {
    case kubernetes, full

    var profile: Environment.Profile { self == .full ? .full : .kubernetes }
  }

  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Evaluate a CEL expression on a review, a manifest or nothing.",
    discussion: """
      The expression has the variables of a policy: object, oldObject, request, namespaceObject and allContainers. They have values \
      where --input gives a review or a manifest, which is read as `webhook test` reads it.

      Examples:

        webhook eval '[3, 1, 2].sort()'
        webhook eval 'object.spec.containers.map(c, c.image)' --input my-pod.yaml
        kubectl get pods -o yaml | webhook eval 'object.metadata.name' --input -
        webhook eval --disassemble 'object.spec.replicas > 3'

      With --batch, expressions are lines of JSON in the form of CEL's conformance tests: `expr`, and if wanted `name`, `bindings`, \
      `type_env`, `container`, `disable_check` and `check_only`. For each a line comes out: `{"name", "value": {…}}`, \
      `{"name", "error": "…"}` or, for `check_only`, `{"name", "type": {…}}`.

      Exit status: 0 the expression has a value (in a batch: every line was read), 1 evaluating it failed, 2 the expression does not \
      compile or the input cannot be read.
      """)

  @Argument(help: ArgumentHelp("The expression; with --batch, the file of lines instead.", valueName: "expression"))
  var expression: String?

  @Option(
    help: ArgumentHelp(
      "A file or folder with reviews or manifests; `-` is standard input. With --batch: the file of lines, standard input unless given.",
      valueName: "path"))
  var input: String?

  @Option(name: .shortAndLong, help: "`json` in one line, `yaml`, or `table` for people.")
  var output = Format.json

  @Option(
    help: """
      Which functions there are: `kubernetes`, those of an API server; `full`, every extension of CEL, and the specification \
      where an API server is laxer.
      """)
  var environment = EnvironmentName.kubernetes

  @Flag(help: "Evaluate lines of JSON.")
  var batch = false

  @Flag(help: "Print the program that the expression compiles to, instead of running it.")
  var disassemble = false

  mutating func validate() throws {
    if batch {
      if disassemble { throw ValidationError("--disassemble takes one expression, --batch many; give one of them") }
      if expression != nil, input != nil {
        throw ValidationError("--batch takes one file, as an argument or by --input")
      }
      return
    }
    if expression == nil { throw ValidationError("Missing expected argument '<expression>'") }
  }

  func run() throws {
    if batch { return try runBatch(input ?? expression ?? "-") }
    let standalone: StandaloneExpression
    do throws(CompileErrors) {
      standalone = try StandaloneExpression(expression ?? "", profile: environment.profile)
    } catch {
      Log.raw("\(error)\n")
      throw ExitCode.unusableInput
    }
    if disassemble { return print(standalone.disassembly) }
    var evaluation = ReviewEvaluation(standalone, output)
    if let input { evaluation.evaluate(input) } else { evaluation.evaluateWithoutReview() }
    try evaluation.finish()
  }

  /// Evaluates the lines of a file. A broken one is reported, and the rest goes on.
  private func runBatch(_ path: String) throws {
    var batch = EvaluationBatch(profile: environment.profile)
    var output = StandardOutput()
    var isBroken = false
    func report(_ place: String, _ problem: String) {
      // So that the report stands behind the lines before it.
      output.flush()
      Log.line("\(place): \(problem)")
      isBroken = true
    }
    do throws(FileError) {
      var lines = try LineReader(path: path, maximumLength: ReviewDocuments.maximumBytes)
      while let line = try lines.next() {
        let place = "\(path):\(line.number)"
        if line.isTooLong {
          report(place, "is longer than \(ReviewDocuments.maximumBytes) bytes")
          continue
        }
        if line.bytes.buffer.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
        do throws(BatchLineError) {
          try batch.evaluate(line.bytes, into: &output.buffer)
          output.flush(above: 64 << 10)
        } catch {
          report(place, "\(error)")
        }
      }
    } catch {
      report(path, "\(error)")
    }
    output.flush()
    if isBroken { throw ExitCode.unusableInput }
  }
}
