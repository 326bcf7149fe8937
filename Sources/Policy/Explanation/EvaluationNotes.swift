internal import Admission
internal import CEL
internal import JSON
internal import Memory

/// What an ``Evaluator`` tells of its work while it judges, for explanations: it is the evaluation itself that is shown, and not another
/// one beside it. An evaluator that serves requests has none, and pays for that with a look at whether it has.
final class EvaluationNotes {
  /// A policy, evaluated on one view of a request, with one of its parameters.
  struct Run {
    let policy: Int
    let view: PolicyRun.Views
    let parameter: String?
    let isReinvocation: Bool
    var evaluations: [Evaluation] = []
    var changes: [MutationExplanation.Change] = []
    var failures: [PolicyExplanation.Failure] = []
  }

  /// A search for an exception from what a policy found in a view.
  struct Search {
    let policy: Int
    let view: PolicyRun.Views
    var evaluations: [Evaluation] = []
    var applied: Int32?
  }

  /// An expression that was evaluated.
  struct Evaluation {
    let entry: EntryPoint
    let expression: ExplainedExpression
    /// In the order in which they were computed; only in the evaluation that was the first to need them.
    let variables: [(name: String, expression: ExplainedExpression, cost: Int)]
    let cost: (own: Int, lazies: Int)
    /// The whole text where the value is a string.
    let text: String?
    /// How many were evaluated before it in the request.
    var ordinal = 0
  }

  private(set) var runs: [Run] = []
  private(set) var searches: [Search] = []
  private var isSearching = false
  /// Whether a run has begun and not ended.
  private var isRunning = false
  /// The failures of the view before the run that goes on.
  private var earlier = Set<Int>()
  private let values: ValueTexts
  private(set) var count: Int

  /// - Parameter count: how many expressions an earlier phase has evaluated.
  init(_ values: ValueTexts, after count: Int) {
    self.values = values
    self.count = count
  }

  // MARK: What the evaluator tells

  func begin(_ run: PolicyRun, parameter: Cursor? = nil, isReinvocation: Bool = false) {
    earlier = Self.failures(run)
    isRunning = true
    runs.append(
      Run(
        policy: run.policy, view: run.view, parameter: parameter.map(Self.name), isReinvocation: isReinvocation))
  }

  func end(_ run: PolicyRun) {
    isRunning = false
    let new = Self.failures(run).subtracting(earlier)
    runs[runs.count - 1].failures = new.sorted().map { index in
      let failure = run.failures[index]
      return PolicyExplanation.Failure(
        index: failure.index, message: values.redacted(failure.message.string), isError: failure.isError,
        isExcepted: false)
    }
  }

  func beginSearch(_ run: PolicyRun) {
    isSearching = true
    searches.append(Search(policy: run.policy, view: run.view))
  }

  func endSearch(_ finding: ExceptionSearch.Finding) {
    isSearching = false
    guard case .applies(let exception) = finding else { return }
    searches[searches.count - 1].applied = exception
    // A mutation that has changed the object, which is taken back.
    let run = runs.count - 1
    guard isRunning, let last = runs[run].changes.indices.last, case .changed(let patch) = runs[run].changes[last]
    else { return }
    runs[run].changes[last] = .excepted(patch: patch)
  }

  func mutated(_ change: MutationWorkspace.Change, from object: Cursor, _ arena: Arena.Handle) {
    let told: MutationExplanation.Change
    switch change {
    case .unchanged: told = .unchanged
    case .changed(let result):
      var patch = ByteBuffer()
      JSONPatch.diff(from: object, to: result, into: &patch, arena: arena)
      told = .changed(patch: values.redacted(patch.bytes.string))
    case .failed(let message), .refused(let message): told = .failed(values.redacted(message.string))
    }
    runs[runs.count - 1].changes.append(told)
  }

  func evaluated(_ evaluation: ObservedEvaluation) {
    var reader = DecisionReader(evaluation, values)
    var noted = reader.read()
    noted.ordinal = count
    count += 1
    if isSearching {
      searches[searches.count - 1].evaluations.append(noted)
    } else {
      runs[runs.count - 1].evaluations.append(noted)
    }
  }

  /// The positions of the failures that were found in the view.
  private static func failures(_ run: PolicyRun) -> Set<Int> {
    Set(run.failures.indices.filter { run.failures[$0].views.contains(run.view) })
  }

  /// `shop/limits`
  static func name(_ parameter: Cursor) -> String {
    let metadata = parameter.member("metadata")
    let name = metadata?.member("name")?.stringValue ?? ""
    guard let namespace = metadata?.member("namespace")?.stringValue, !namespace.isEmpty else { return name }
    return "\(namespace)/\(name)"
  }
}
