internal import Admission
internal import CEL
internal import Memory

/// A policy as requests are judged by it: trivial, with all its memory in the policy set's arena, so that judging counts no
/// references.
struct CompiledPolicy: BitwiseCopyable {
  let name: ByteSlice
  /// The name of the binding that puts it into force; empty for a `Policy`.
  let binding: ByteSlice
  /// What a warning of it begins with.
  let warningStart: ByteSlice
  let failsOnError: Bool
  let actions: Actions
  /// The actions as a JSON list, in the order of the manifest.
  let actionList: ByteSlice
  let includesPodTemplates: Bool
  /// Nil where the policy has none, or its binding names none: `params` is then null.
  let parameters: CompiledParameters?
  let constraints: CompiledConstraints
  /// What its binding matches of that.
  let bindingConstraints: CompiledConstraints
  let matchConditions: UnsafeBufferPointer<MatchCondition>
  let validations: UnsafeBufferPointer<Validation>
  let auditAnnotations: UnsafeBufferPointer<AuditAnnotation>
  let mutations: UnsafeBufferPointer<Mutation>
  /// Whether its mutations are carried out once more when anything has changed the object.
  let isReinvoked: Bool
  /// What its errors begin with; empty but for a MutatingAdmissionPolicy.
  let errorStart: ByteSlice
  /// Of a denial that follows from an error, and of a validation that names none.
  let defaultReason: Reason

  struct Actions: OptionSet, BitwiseCopyable {
    let rawValue: UInt8
    static let deny = Actions(rawValue: 1)
    static let warn = Actions(rawValue: 2)
    static let audit = Actions(rawValue: 4)
  }

  struct Reason: BitwiseCopyable {
    let name: ByteSlice
    let code: Int
  }

  struct MatchCondition: BitwiseCopyable {
    let entry: EntryPoint
    let expression: ByteSlice
  }

  struct Validation: BitwiseCopyable {
    let entry: EntryPoint
    /// As written, for the message of a failed evaluation.
    let expression: ByteSlice
    let messageEntry: EntryPoint?
    /// What is said where no messageExpression gives a text: `message`, or `failed expression: …`.
    let message: ByteSlice
    let reason: Reason
  }

  struct AuditAnnotation: BitwiseCopyable {
    /// The policy's name and the annotation's: the API server puts the webhook's name in front.
    let key: ByteSlice
    let entry: EntryPoint
    let expression: ByteSlice
  }

  struct Mutation: BitwiseCopyable {
    let entry: EntryPoint
    /// As written, for the message of a failed evaluation.
    let expression: ByteSlice
    let patchType: PolicyManifest.PatchType
  }

  /// The most failures that one judgement of one object can have.
  var maximumFailures: Int { validations.count + auditAnnotations.count + mutations.count + 2 }

  /// An error as the policy's kind words it.
  func worded(_ error: ByteSlice, _ arena: Arena.Handle) -> ByteSlice {
    errorStart.isEmpty ? error : arena.concatenate(errorStart, error)
  }

  /// The version of the resource that the policy's rules are about, if they and those of its binding are about `target`.
  func matchedResource(_ target: MatchTarget) -> GroupVersionResource? {
    guard let resource = constraints.matchedResource(target), bindingConstraints.matchedResource(target) != nil else {
      return nil
    }
    return resource
  }

  /// What finds the policy.
  /// - Parameter isActive: whether it has anything to say in the phase.
  func matchEntry(isActive: Bool) -> MatchEntry {
    MatchEntry(
      isActive: isActive, constraints: constraints, bindingConstraints: bindingConstraints,
      includesPodTemplates: includesPodTemplates)
  }
}
