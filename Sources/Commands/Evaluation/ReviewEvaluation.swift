internal import Admission
internal import ArgumentParser
internal import CEL
internal import JSON
internal import Memory
internal import Policy
internal import Replay
internal import Server

/// Evaluates one expression on every review of a file or folder and prints the values.
struct ReviewEvaluation: ~Copyable {
  private let format: EvalCommand.Format
  private var run: ExpressionRun
  private var source = ReviewSource()
  private var output = StandardOutput()
  private var json = ByteBuffer()
  private var hasFailed = false
  private var isUnreadable = false
  private var count = 0

  init(_ expression: StandaloneExpression, _ format: EvalCommand.Format) {
    self.format = format
    run = ExpressionRun(expression)
  }

  mutating func evaluate(_ path: String) {
    let files: [String]
    do throws(FileError) {
      files = try ReviewFiles.list(path)
      if files.isEmpty { report("\(path): holds no review and no manifest") }
    } catch {
      return report("\(path): \(error)")
    }
    for file in files { read(file) }
  }

  private mutating func read(_ file: String) {
    // Taken out so that the reader's memory and what is done with it are not of one value.
    var source = ReviewSource()
    swap(&source, &self.source)
    source.read(file, clock: { 0 }) { event, _ in
      switch event {
      case .unreadable(let place, let message): report("\(place): \(message)")
      case .item(let item):
        run.begin()
        do throws(AdmissionReviewError) {
          let request = try AdmissionReview(item.review, arena: run.arena).request
          evaluate(request, item.namespaceObject)
        } catch {
          report("\(file):\(item.line): \(error.message)")
        }
      }
    }
    swap(&source, &self.source)
  }

  mutating func evaluateWithoutReview() {
    run.begin()
    let value = evaluate(nil, nil)
    if let message = value.errorMessage, message.hasPrefix(ByteSlice("no such attribute(s): ")) {
      Log.line("--input gives the variables values: a review or a manifest")
    }
  }

  /// Prints what is left.
  /// - Throws: the command's status where it is not 0.
  mutating func finish() throws {
    output.flush()
    if isUnreadable { throw ExitCode.unusableInput }
    if hasFailed { throw ExitCode.checkFailed }
  }

  private mutating func report(_ problem: String) {
    isUnreadable = true
    output.flush()
    Log.line(problem)
  }

  @discardableResult
  private mutating func evaluate(_ request: AdmissionRequest?, _ namespace: Cursor?) -> Value {
    let value = run.evaluate(request, namespace: namespace)
    if let message = value.errorMessage?.string {
      count += 1
      hasFailed = true
      output.flush()
      Log.raw((run.rendered(message, request, namespace: namespace) ?? "ERROR: \(message)") + "\n")
    } else {
      write(value)
    }
    return value
  }

  private mutating func write(_ value: Value) {
    count += 1
    json.removeAll(keepingCapacity: 1 << 20)
    guard run.context.writeJSON(value, into: &json) else {
      // A type, an optional of one: what has no JSON is shown as CEL writes it.
      run.context.describe(value, into: &output.buffer)
      output.buffer.append("\n")
      return output.flush(above: 64 << 10)
    }
    switch format {
    case .json:
      output.buffer.append(json.bytes)
      output.buffer.append("\n")
    case .yaml: write { YAMLWriter.write($0, to: &$1) }
    case .table: write { ValueTable.write($0, to: &$1) }
    }
    output.flush(above: 64 << 10)
  }

  /// Writes the value's JSON in another form.
  private mutating func write(_ body: (Cursor, inout ByteBuffer) -> Void) {
    var tape = Tape()
    do {
      try tape.parse(json.bytes)
    } catch {
      // Deeper than a tape holds.
      return report("the value cannot be shown as \(format.rawValue): \(error.message); use -o json")
    }
    if format == .yaml, count > 1 { output.buffer.append("---\n") }
    body(tape.root, &output.buffer)
  }
}
