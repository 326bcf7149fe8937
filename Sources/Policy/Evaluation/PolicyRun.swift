internal import Admission
internal import Memory

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// One policy in one request: whether it matched, and what it found. A policy may judge two views of a request, the object and the
/// Pod in its template; what both find is reported once.
struct PolicyRun: BitwiseCopyable {
  let policy: Int
  /// What of the request it may concern.
  var views: Views
  private(set) var hasMatched = false
  private(set) var exceededDeadline = false
  /// Whether a mutation of it has changed the object.
  var hasMutated = false
  private var storage: UnsafeMutablePointer<PolicyFailure>?
  private var count = 0
  private var capacity = 0
  private var annotationStorage: UnsafeMutablePointer<AdmissionResponse.AuditAnnotation>?
  private var annotationCount = 0
  private var annotationCapacity = 0
  /// The failures before the view that is being judged.
  private var countBeforeView = 0
  /// The one that is judged.
  var view = Views.objects
  /// By view, the exception that lifts what was found in it; -1 for none.
  private(set) var exceptions: (objects: Int32, pods: Int32) = (-1, -1)
  /// An exception that does not lift it, and nearly would have.
  var missedException = MissedException.none

  struct Views: OptionSet, BitwiseCopyable {
    let rawValue: UInt8
    /// Its objects, for the policies that the request itself matches.
    static let objects = Views(rawValue: 1)
    /// The Pods that a workload's template stands for, for the policies that match Pods.
    static let pods = Views(rawValue: 2)
  }

  init(policy: Int, views: Views) {
    self.policy = policy
    self.views = views
  }

  var failures: UnsafeBufferPointer<PolicyFailure> { UnsafeBufferPointer(start: storage, count: count) }

  /// In the order in which they were computed; several of one key where parameters or views differ.
  var annotations: UnsafeBufferPointer<AdmissionResponse.AuditAnnotation> {
    UnsafeBufferPointer(start: annotationStorage, count: annotationCount)
  }

  /// The policy is judged with what it sees: a view, with one of its parameters. Makes room for what it may find.
  mutating func begin(_ policy: CompiledPolicy, _ arena: Arena.Handle) {
    hasMatched = true
    let needed = count + policy.maximumFailures
    if capacity < needed {
      // What several parameters find is copied a few times, not once for each of them.
      capacity = max(needed, 2 * capacity)
      let larger = arena.allocate(PolicyFailure.self, count: capacity)
      if let storage { larger.update(from: storage, count: count) }
      storage = larger
    }
    let annotations = annotationCount + policy.auditAnnotations.count
    if annotationCapacity < annotations {
      annotationCapacity = max(annotations, 2 * annotationCapacity)
      let larger = arena.allocate(AdmissionResponse.AuditAnnotation.self, count: annotationCapacity)
      if let annotationStorage { larger.update(from: annotationStorage, count: annotationCount) }
      annotationStorage = larger
    }
  }

  /// What follows is found in another view of the request, in which what was found before is not reported again.
  mutating func beginView() { countBeforeView = count }

  /// - Parameter isUnconditional: whether it denies whatever the policy's actions are.
  mutating func fail(
    _ index: Int, _ message: ByteSlice, _ reason: CompiledPolicy.Reason, isError: Bool, isUnconditional: Bool = false
  ) {
    guard let storage else { preconditionFailure("`begin` comes first") }
    for known in 0..<min(countBeforeView, count)
    where storage[known].index == index && storage[known].message == message && storage[known].isError == isError {
      storage[known].views.insert(view)
      return
    }
    // INVARIANT: a view has at most `maximumFailures`.
    precondition(count < capacity)
    storage[count] = PolicyFailure(
      index: index, message: message, reason: reason.name, code: reason.code, isError: isError,
      isUnconditional: isUnconditional, views: view)
    count += 1
  }

  mutating func annotate(_ annotation: AdmissionResponse.AuditAnnotation) {
    guard let annotationStorage else { preconditionFailure("`begin` comes first") }
    precondition(annotationCount < annotationCapacity)
    annotationStorage[annotationCount] = annotation
    annotationCount += 1
  }

  // MARK: Exceptions

  /// Whether something that follows from the view's failures could be lifted.
  func hasFindings(_ policy: CompiledPolicy) -> Bool {
    for failure in failures where failure.views.contains(view) && policy.enforces(failure) { return true }
    return false
  }

  /// Whether an exception lifts what the policy says of the view.
  var isExcepted: Bool { (view == .objects ? exceptions.objects : exceptions.pods) >= 0 }

  /// An exception lifts all that was found in the view.
  mutating func except(_ exception: Int32) {
    if view == .objects { exceptions.objects = exception } else { exceptions.pods = exception }
  }

  /// Marks the failures that were found only where an exception lifts them.
  func markExcepted() {
    guard let storage else { return }
    var lifted = Views()
    if exceptions.objects >= 0 { lifted.insert(.objects) }
    if exceptions.pods >= 0 { lifted.insert(.pods) }
    if lifted.isEmpty { return }
    for index in 0..<count { storage[index].isExcepted = storage[index].views.isSubset(of: lifted) }
  }

  /// The policy's expressions have cost more than they may: that is all that is said of the view, besides the `count` failures of
  /// another view.
  mutating func exceedBudget(_ policy: CompiledPolicy, keeping count: Int) {
    self.count = count
    fail(-1, CostBudget.exceeded, policy.defaultReason, isError: true)
  }

  /// The request's time is over before the policy has finished: its `failurePolicy` decides.
  mutating func exceedDeadline(_ policy: CompiledPolicy) {
    exceededDeadline = true
    fail(-1, ByteSlice("not evaluated within the request's latency budget"), policy.defaultReason, isError: true)
  }
}

/// The clock that deadlines are compared with.
enum MonotonicClock {
  /// Nanoseconds of `CLOCK_MONOTONIC`.
  static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}
