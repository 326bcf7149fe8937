public import Admission
public import JSON
public import Memory

/// Judges requests one after the other, in memory of its own that it uses again: a worker has one.
public struct Evaluator: ~Copyable {
  private var requestArena: Arena

  public init() {
    requestArena = Arena()
  }

  /// Ends what belonged to the previous request. Its verdict must not be used any more.
  public mutating func begin() {
    requestArena.reset()
  }

  /// Memory of the current request: for decoding its review.
  public var arena: Arena.Handle { requestArena.handle }

  /// Judges `request`.
  /// - Parameters:
  ///   - namespace: the Namespace object of the request's namespace, where it is known.
  ///   - deadline: nanoseconds of the monotonic clock at which every policy that has not finished is decided by its
  ///     `failurePolicy`; nil for no deadline.
  public mutating func validate(
    _ request: AdmissionRequest, under set: PolicySet, namespace: Cursor?, deadline: UInt64?
  ) -> Verdict {
    Verdict(
      allowed: true, code: 200, reason: .empty, message: .empty, warnings: .init(start: nil, count: 0),
      auditAnnotations: .init(start: nil, count: 0), outcomes: .init(start: nil, count: 0))
  }
}
