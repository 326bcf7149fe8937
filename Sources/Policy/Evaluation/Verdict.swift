public import Admission
public import Memory

/// What a policy set says of one request. Everything it points to lives until the evaluator begins the next request.
public struct Verdict: BitwiseCopyable {
  public var allowed: Bool
  /// Code, reason and message of a denial: those of the first policy that denied, and the messages of all.
  public var code: Int
  public var reason: ByteSlice
  public var message: ByteSlice
  public var warnings: UnsafeBufferPointer<ByteSlice>
  public var auditAnnotations: UnsafeBufferPointer<AdmissionResponse.AuditAnnotation>
  /// The policies that matched, in the order of their names.
  public var outcomes: UnsafeBufferPointer<PolicyOutcome>
  /// An RFC 6902 patch as JSON text, where mutations have changed the object.
  public var patch: ByteSlice?

  /// The answer to the review with this verdict.
  public func response(uid: ByteSlice) -> AdmissionResponse {
    AdmissionResponse(
      uid: uid, allowed: allowed,
      status: allowed ? nil : AdmissionResponse.Status(code: code, reason: reason, message: message),
      patch: allowed ? patch : nil,
      warnings: warnings, auditAnnotations: auditAnnotations)
  }
}

/// What one policy that matched said.
public struct PolicyOutcome: BitwiseCopyable {
  @frozen
  public enum Result: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// Every validation held.
    case pass
    /// A validation did not hold.
    case fail
    /// None failed, but something could not be evaluated; the policy's `failurePolicy` decided.
    case error
    /// An exception lifted the denial.
    case excepted
    /// The policy changed the object.
    case mutated

    public var name: StaticString {
      switch self {
      case .pass: "pass"
      case .fail: "fail"
      case .error: "error"
      case .excepted: "excepted"
      case .mutated: "mutated"
      }
    }
  }

  /// Which policy: an index into ``PolicySet/policies``.
  public var policy: Int
  public var result: Result
  /// Whether the request is refused because of this policy.
  public var denied: Bool
  /// Whether the request's time was over before the policy had finished.
  public var exceededDeadline: Bool
  public var failures: UnsafeBufferPointer<PolicyFailure>
  /// The exceptions that lifted failures, as places in ``PolicySet/exceptions``, the one that ends last first: two where one was
  /// needed for the object and another for the Pod in its template.
  public var exceptions: UnsafeBufferPointer<Int32>
  /// The name of the one that ends last; empty where there is none.
  public var exceptionName: ByteSlice
  var missedException: MissedException
}

/// One validation that did not hold or could not be evaluated.
public struct PolicyFailure: BitwiseCopyable {
  /// Which validation, from 0; -1 for a match condition or a mutation.
  public var index: Int
  public var message: ByteSlice
  public var reason: ByteSlice
  /// The HTTP code that goes with the reason.
  public var code: Int
  /// Whether it could not be evaluated.
  public var isError: Bool
  /// Whether it denies whatever the policy's actions are: what keeps a policy from being asked, or an audit annotation from
  /// being computed, does so in an API server too.
  public var isUnconditional = false
  /// Whether an exception lifted it.
  public var isExcepted = false
  /// The views in which it was found.
  var views: PolicyRun.Views
}
