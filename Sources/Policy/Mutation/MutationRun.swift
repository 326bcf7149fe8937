internal import Admission
internal import CEL
internal import JSON
internal import Memory

/// One request while mutations are carried out: trivial, beside the evaluator's memory.
struct MutationRun {
  var question: Evaluator.Question
  let runs: UnsafeMutableBufferPointer<PolicyRun>
  /// Beside each run what the policy matches.
  let matches: UnsafeMutablePointer<Match>
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

  /// Of a result that is no object of its kind: the API server refuses such a request as an error of its own.
  static let refusal = CompiledPolicy.Reason(name: ByteSlice("InternalError"), code: 500)

  /// Of parameters that cannot be found.
  static let misconfiguration = CompiledPolicy.Reason(name: ByteSlice("Forbidden"), code: 403)
}
