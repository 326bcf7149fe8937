internal import Admission
internal import CEL
internal import JSON
internal import Memory

/// The object of a request while mutations change it: texts and tapes that one request after the other uses.
struct MutationWorkspace: ~Copyable {
  /// The request's object as it now stands, once it has been changed.
  private var current = WorkDocument()
  /// What a mutation has made of it.
  private var result = WorkDocument()
  /// The result in its typed form, or the workload with its new template.
  private var next = WorkDocument()
  /// The Pod of a template.
  private var pod = WorkDocument()
  /// A mutation's operations or configuration; at the end the answer.
  private var patch = WorkDocument()

  /// What a mutation did.
  enum Change {
    /// Nothing: its value says so, or a `test` of it did not hold.
    case unchanged
    /// The object is the one given.
    case changed(Cursor)
    /// It could not be carried out: the policy's `failurePolicy` decides.
    case failed(ByteSlice)
    /// Its result is no object of the kind: an API server refuses the request, whatever the `failurePolicy`.
    case refused(ByteSlice)
  }

  /// What a mutation is carried out on.
  struct Target {
    /// The request's object as it now stands.
    let object: Cursor
    /// Where the template stands whose Pod the policy sees; nil where it sees the object.
    let place: PodTemplate.Place?
    let type: SchemaTable.TypeID?
    let namespace: ByteSlice

    var isService: Bool {
      place == nil && object.member("kind")?.isString("Service") == true
        && object.member("apiVersion")?.isString("v1") == true
    }
  }

  /// Carries out the mutation whose expression has given `value`.
  mutating func apply(
    _ value: Value, _ type: PolicyManifest.PatchType, to target: Target, _ context: EvaluationContext
  ) -> Change {
    let arena = context.arena
    guard let template = Self.template(of: target) else { return .unchanged }
    patch.begin()
    let problem =
      switch type {
      case .jsonPatch: MutationValue(context: context).writeOperations(value, into: &patch.text)
      case .applyConfiguration: MutationValue(context: context).writeConfiguration(value, into: &patch.text)
      }
    if let problem { return .failed(problem) }
    guard patch.parse() else { return .failed(Self.unreadable) }
    // Most mutations find nothing to do most of the time.
    if type == .jsonPatch, patch.root.count == 0 { return .unchanged }
    var seen = target.object
    if target.place != nil {
      pod.begin()
      TemplatePod.write(template, namespace: target.namespace, into: &pod.text)
      guard pod.parse() else { return .failed(Self.unreadable) }
      seen = pod.root
    }
    result.begin()
    switch type {
    case .jsonPatch:
      switch JSONPatch.apply(patch.root, to: seen, into: &result.text, arena: arena) {
      case .testFailed: return .unchanged
      case .failed(let message): return .failed(arena.concatenate(ByteSlice("JSON Patch: "), message))
      case .applied: break
      }
    case .applyConfiguration:
      let identified = identify(patch.root, as: seen)
      guard identified else { return .failed(Self.unreadable) }
      if case .failed(let message) = StructuredMerge.apply(
        patch.root, to: seen, as: target.type, into: &result.text, arena: arena)
      {
        return .failed(message)
      }
    }
    guard result.parse() else { return .failed(Self.unreadable) }
    if isEqual(result.root, seen, arena) { return .unchanged }
    return accept(type, seen, target, template, arena)
  }

  private static let unreadable = ByteSlice("the result is larger or nested deeper than an object can be")

  /// The template, or where no template is meant the object; nil where there is no template.
  private static func template(of target: Target) -> Cursor? {
    guard let place = target.place else { return target.object }
    guard case .found(let template) = PodTemplate.find(place, in: target.object) else { return nil }
    return template
  }

  /// Gives a configuration the `apiVersion` and `kind` of the object that it is merged into, whatever it says itself: so does the
  /// API server.
  private mutating func identify(_ configuration: Cursor, as object: Cursor) -> Bool {
    next.begin()
    next.text.writeObjectStart()
    if let version = object.member("apiVersion") {
      next.text.writeKey("apiVersion")
      next.text.writeValue(version)
    }
    if let kind = object.member("kind") {
      next.text.writeKey("kind")
      next.text.writeValue(kind)
    }
    for (key, value) in configuration.members where !key.isString("apiVersion") && !key.isString("kind") {
      next.text.writeMemberKey(key)
      next.text.writeValue(value)
    }
    next.text.writeObjectEnd()
    swap(&patch, &next)
    return patch.parse()
  }

  /// Takes what a mutation has made as the object, in its typed form.
  private mutating func accept(
    _ type: PolicyManifest.PatchType, _ seen: Cursor, _ target: Target, _ template: Cursor, _ arena: Arena.Handle
  ) -> Change {
    // Of a template's Pod it is said below.
    if target.place == nil,
      !hasSame("apiVersion", result.root, seen, arena) || !hasSame("kind", result.root, seen, arena)
    {
      return .refused(
        ByteSlice(
          "Internal error occurred: failed to convert object: a mutation must not change `apiVersion` or `kind`"))
    }
    next.begin()
    if case .failed(let message) = TypedForm.write(
      result.root, as: target.type, earlier: seen, into: &next.text, arena: arena)
    {
      if type == .applyConfiguration { return .failed(message) }
      return .refused(arena.concatenate(ByteSlice("Internal error occurred: "), message))
    }
    guard next.parse() else { return .failed(Self.unreadable) }
    swap(&result, &next)
    if target.isService, ServiceDefaults.apply(to: result.root) {
      next.begin()
      ServiceDefaults.write(result.root, into: &next.text)
      guard next.parse() else { return .failed(Self.unreadable) }
      swap(&result, &next)
    }
    guard let place = target.place else {
      swap(&current, &result)
      return .changed(current.root)
    }
    if let problem = TemplatePod.problem(result.root, was: template, namespace: target.namespace, arena) {
      return .failed(problem)
    }
    next.begin()
    TemplatePod.writeBack(result.root, to: place, of: target.object, into: &next.text)
    guard next.parse() else { return .failed(Self.unreadable) }
    swap(&current, &next)
    return .changed(current.root)
  }

  /// Makes the object again what it was before the last ``apply(_:_:to:_:)``, which has changed it.
  mutating func takeBack(_ target: Target) {
    if target.place == nil { swap(&current, &result) } else { swap(&current, &next) }
  }

  private func hasSame(_ key: StaticString, _ one: Cursor, _ other: Cursor, _ arena: Arena.Handle) -> Bool {
    switch (one.member(key), other.member(key)) {
    case (nil, nil): true
    case (let one?, let other?): one.isString(other.string(in: arena))
    default: false
    }
  }

  /// False also where that takes too long to tell: then what is the same counts as changed, and the patch is empty in the end.
  private func isEqual(_ one: Cursor, _ other: Cursor, _ arena: Arena.Handle) -> Bool {
    var steps = Self.maximumComparisonSteps
    return CursorComparison(numbers: .asWritten, arena: arena).areEqual(one, other, steps: &steps)
  }

  /// Words looked at when two objects are compared: some times what objects of an API server's size have. Only
  /// members in ever different orders take more than their number.
  private static let maximumComparisonSteps = 16 << 20

  // MARK: The answer

  /// The patch that makes `object`, the last that was accepted, of the request's own object.
  enum Answer {
    case unchanged
    /// RFC 6902, valid until the next request.
    case patch(ByteSlice)
    /// It does not do what it should. Must not happen.
    case wrong
  }

  mutating func answer(from original: Cursor, to object: Cursor, _ type: SchemaTable.TypeID?, _ arena: Arena.Handle)
    -> Answer
  {
    writePatch(from: original, to: object, arena)
    guard patch.parse() else { return .wrong }
    if patch.root.count == 0 { return .unchanged }
    if removes(patch.root) {
      // Some of it may be no change but what the typed form leaves out.
      result.begin()
      if case .written = TypedForm.write(original, as: type, into: &result.text, arena: arena), result.parse() {
        writePatch(from: result.root, to: object, arena)
        guard patch.parse() else { return .wrong }
        if patch.root.count == 0 { return .unchanged }
        if gives(object, from: original, type, arena) { return .patch(patch.text.bytes) }
        writePatch(from: original, to: object, arena)
        guard patch.parse() else { return .wrong }
      }
    }
    return JSONPatch.verify(patch.root, from: original, gives: object, arena: arena) ? .patch(patch.text.bytes) : .wrong
  }

  private mutating func writePatch(from original: Cursor, to object: Cursor, _ arena: Arena.Handle) {
    patch.begin()
    JSONPatch.diff(from: original, to: object, into: &patch.text, arena: arena)
  }

  private func removes(_ operations: Cursor) -> Bool {
    operations.elements.contains { $0.member("op")?.isString("remove") == true }
  }

  /// Whether the patch makes `object` of `original` but for what the typed form leaves out.
  private mutating func gives(
    _ object: Cursor, from original: Cursor, _ type: SchemaTable.TypeID?, _ arena: Arena.Handle
  ) -> Bool {
    result.begin()
    guard case .applied = JSONPatch.apply(patch.root, to: original, into: &result.text, arena: arena), result.parse()
    else { return false }
    pod.begin()
    guard case .written = TypedForm.write(result.root, as: type, into: &pod.text, arena: arena), pod.parse() else {
      return false
    }
    return isEqual(pod.root, object, arena)
  }
}
