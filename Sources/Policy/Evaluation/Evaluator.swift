public import Admission
internal import CEL
public import JSON
public import Memory

/// Judges requests one after the other, in memory of its own that it uses again: a worker has one.
///
///     evaluator.begin()
///     let review = try AdmissionReview(tape.root, arena: evaluator.arena)
///     let verdict = evaluator.validate(review.request, under: set, namespace: nil, deadline: nil)
public struct Evaluator: ~Copyable {
  private var requestArena = Arena()
  private var machine = Machine()
  private var text = ByteBuffer()

  public init() {}

  /// Ends what belonged to the previous request. Its verdict must not be used any more.
  public mutating func begin() {
    requestArena.reset()
    text.removeAll(keepingCapacity: Self.retainedTextLength)
  }

  /// Bytes that are kept for composing messages.
  static let retainedTextLength = 64 << 10

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
    let candidates = set.index.candidates(for: request.resource.resource)
    let runs = UnsafeMutableBufferPointer(
      start: arena.allocate(PolicyRun.self, count: candidates.count), count: candidates.count)
    for (index, policy) in candidates.enumerated() { runs[index] = PolicyRun(policy: Int(policy)) }

    let labels = NamespaceLabels(request, namespace)
    judgeObjects(request, set, runs, labels, namespace, deadline)
    if let place = PodTemplate.place(in: request) {
      judgePods(request, at: place, set, runs, labels, namespace, deadline)
    }
    return VerdictComposer(arena: arena).compose(runs, set.compiled, &text)
  }

  /// The policies that the request itself matches, on its objects.
  private mutating func judgeObjects(
    _ request: AdmissionRequest, _ set: PolicySet, _ runs: UnsafeMutableBufferPointer<PolicyRun>,
    _ labels: NamespaceLabels, _ namespace: Cursor?, _ deadline: UInt64?
  ) {
    let target = MatchTarget(request)
    var hasBegun = false
    var metadata: (Cursor?, Cursor?) = (nil, nil)
    for index in runs.indices {
      let policy = set.compiled[runs[index].policy]
      guard policy.matchesRules(target) else { continue }
      if !hasBegun {
        let document = beginProgram(request, set, namespace, deadline)
        let view = ObjectView(request, document: document, machine.context)
        bind(view, set)
        metadata = (view.metadata, view.oldMetadata)
        hasBegun = true
      }
      judge(policy, &runs[index], request, labels, metadata, deadline)
    }
  }

  /// The policies for Pods, on the Pods that a workload's template stands for.
  private mutating func judgePods(
    _ request: AdmissionRequest, at place: PodTemplate.Place, _ set: PolicySet,
    _ runs: UnsafeMutableBufferPointer<PolicyRun>, _ labels: NamespaceLabels, _ namespace: Cursor?, _ deadline: UInt64?
  ) {
    let target = MatchTarget(podsOf: request)
    var hasBegun = false
    var metadata: (Cursor?, Cursor?) = (nil, nil)
    for index in runs.indices {
      let policy = set.compiled[runs[index].policy]
      guard policy.includesPodTemplates, policy.matchesRules(target) else { continue }
      if !hasBegun {
        let document = beginProgram(request, set, namespace, deadline)
        guard let view = ObjectView(podsOf: request, at: place, document: document, machine.context) else { return }
        bind(view, set)
        metadata = (view.metadata, view.oldMetadata)
        hasBegun = true
      }
      judge(policy, &runs[index], request, labels, metadata, deadline)
    }
  }

  /// - Returns: the number of the review's text among the documents.
  private mutating func beginProgram(
    _ request: AdmissionRequest, _ set: PolicySet, _ namespace: Cursor?, _ deadline: UInt64?
  ) -> UInt16 {
    machine.begin(set.program, arena: arena)
    if let deadline { machine.setDeadline(monotonicNanoseconds: deadline) }
    let document = machine.addDocument(text: request.json.text)
    machine.bind(set.slots.request, machine.context.value(request.json, document: document))
    if let namespace {
      let namespaceDocument = machine.addDocument(text: namespace.text)
      machine.bind(set.slots.namespaceObject, machine.context.value(namespace, document: namespaceDocument))
    } else {
      machine.bind(set.slots.namespaceObject, .null)
    }
    return document
  }

  private mutating func bind(_ view: ObjectView, _ set: PolicySet) {
    machine.bind(set.slots.object, view.object)
    machine.bind(set.slots.oldObject, view.oldObject)
    machine.bind(set.slots.allContainers, view.allContainers)
  }

  /// What remains of matching, and the validations, on the view that is bound.
  private mutating func judge(
    _ policy: CompiledPolicy, _ run: inout PolicyRun, _ request: AdmissionRequest, _ labels: NamespaceLabels,
    _ metadata: (Cursor?, Cursor?), _ deadline: UInt64?
  ) {
    guard policy.constraints.matchesObject(request, metadata),
      policy.bindingConstraints.matchesObject(request, metadata)
    else { return }
    switch (policy.constraints.matchesNamespace(labels), policy.bindingConstraints.matchesNamespace(labels)) {
    case (.no, _), (_, .no): return
    case (.yes, .yes): break
    default:
      run.begin(policy, arena)
      run.fail(-1, NamespaceLabels.unknownNamespace, policy.defaultReason, isError: true)
      return
    }
    if let deadline, MonotonicClock.now() >= deadline {
      run.begin(policy, arena)
      run.exceedDeadline(policy)
      return
    }
    PolicyJudge(policy: policy, arena: arena).judge(&machine, &run)
  }
}
