internal import Admission
internal import CEL
internal import JSON
internal import Memory

/// One request while mutations are carried out: trivial, beside the evaluator's memory.
struct MutationRun {
  var question: Evaluator.Question
  private(set) var runs: UnsafeMutableBufferPointer<PolicyRun>
  /// Beside each run what the policy matches.
  private(set) var matches: UnsafeMutablePointer<Match>
  /// Where the request's object has a pod template.
  let place: PodTemplate.Place?
  /// Of the request's object; nil for kinds that are not built in.
  let type: SchemaTable.TypeID?
  /// What the machine's variables hold; nil where that is out of date.
  var bound: Bound?
  /// Whether a mutation has changed the object.
  var hasChanged = false
  /// Whether policies are asked once more since the object has changed.
  var isReinvocation = false

  enum Bound {
    case objects, pods
  }

  /// Which views of the request a policy matches, and with which parameters its mutations were carried out.
  struct Match: BitwiseCopyable {
    var objects = false
    var pods = false
    /// A flag for each parameter (one where there are none), for objects and then for pods; nil where it does not matter.
    var invoked: UnsafeMutablePointer<Bool>?
    var parameterCount = 1

    /// Where the flag of an invocation stands.
    func flag(_ bound: Bound, _ parameter: Int) -> Int { (bound == .objects ? 0 : parameterCount) + parameter }
  }

  init(
    question: Evaluator.Question, runs: UnsafeMutableBufferPointer<PolicyRun>, place: PodTemplate.Place?,
    type: SchemaTable.TypeID?, _ arena: Arena.Handle
  ) {
    self.question = question
    self.runs = runs
    self.place = place
    self.type = type
    matches = arena.allocate(Match.self, count: runs.count)
    matches.initialize(repeating: Match(), count: runs.count)
  }

  /// Adds policies that the object as it was did not concern.
  /// - Parameter found: those that it concerns as it is, in the order of the set, as the run's own are.
  mutating func add(_ found: UnsafeMutableBufferPointer<PolicyRun>, _ arena: Arena.Handle) {
    let most = runs.count + found.count
    let merged = arena.allocate(PolicyRun.self, count: most)
    let mergedMatches = arena.allocate(Match.self, count: most)
    var (count, old, new) = (0, 0, 0)
    while old < runs.count || new < found.count {
      if new == found.count || old < runs.count && runs[old].policy <= found[new].policy {
        (merged + count).initialize(to: runs[old])
        (mergedMatches + count).initialize(to: matches[old])
        if new < found.count, found[new].policy == runs[old].policy {
          merged[count].views.formUnion(found[new].views)
          new += 1
        }
        old += 1
      } else {
        (merged + count).initialize(to: found[new])
        (mergedMatches + count).initialize(to: Match())
        new += 1
      }
      count += 1
    }
    runs = UnsafeMutableBufferPointer(start: merged, count: count)
    matches = mergedMatches
  }

  /// Of a result that is no object of its kind: the API server refuses such a request as an error of its own.
  static let refusal = CompiledPolicy.Reason(name: ByteSlice("InternalError"), code: 500)

  /// Of parameters that cannot be found.
  static let misconfiguration = CompiledPolicy.Reason(name: ByteSlice("Forbidden"), code: 403)
}
