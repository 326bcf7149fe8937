internal import Admission
internal import CEL
internal import JSON
internal import Memory

/// An exception as requests are compared with it: trivial, with all its memory in the policy set's arena.
struct CompiledException: BitwiseCopyable {
  /// Its place in ``PolicySet/exceptions``.
  let position: Int32
  /// Nanoseconds since 1970: it applies from `startsAt` on, and not at `expiresAt` any more.
  let startsAt: Int64
  let expiresAt: Int64
  let selector: CompiledSelector
  let kinds: UnsafeBufferPointer<Kind>
  let names: UnsafeBufferPointer<ByteSlice>
  let conditions: UnsafeBufferPointer<EntryPoint>

  struct Kind: BitwiseCopyable {
    let kind: ByteSlice
    let group: ByteSlice
    let isOfAnyGroup: Bool
  }

  /// Whether the object that the policy has seen is one of those meant, conditions aside.
  func covers(_ object: ExceptedObject) -> Bool {
    guard selector.matches(labelsOf: object.metadata) else { return false }
    if kinds.isEmpty, names.isEmpty { return true }
    // The object of the request, or the Pod as the policy sees it: kind and name must be those of one and the same.
    if hasKind(object.kind, object.group), hasName(object.name, generatedFrom: object.generateName) { return true }
    return object.isPodView && hasKind(ByteSlice("Pod"), .empty) && names.isEmpty
  }

  func hasKind(_ kind: ByteSlice, _ group: ByteSlice) -> Bool {
    if kinds.isEmpty { return true }
    for known in kinds where known.kind == kind && (known.isOfAnyGroup || known.group == group) { return true }
    return false
  }

  func hasName(_ name: ByteSlice, generatedFrom prefix: ByteSlice) -> Bool {
    if names.isEmpty { return true }
    for pattern in names {
      let matches =
        name.isEmpty
        ? !prefix.isEmpty && NamePattern.matchesAll(pattern, generatedFrom: prefix) : NamePattern.matches(pattern, name)
      if matches { return true }
    }
    return false
  }
}

/// What exceptions are compared with: the object that a policy has seen in a request.
struct ExceptedObject: BitwiseCopyable {
  /// Of the object as the policy sees it: for the Pod of a template, the template's.
  let metadata: Cursor?
  let kind: ByteSlice
  let group: ByteSlice
  let name: ByteSlice
  /// What a name will be made from where there is none yet.
  let generateName: ByteSlice
  /// Whether the policy has seen the Pod that a workload's template stands for.
  let isPodView: Bool

  /// - Parameter metadata: of the objects as the policy sees them. The new one counts; where there is none, as in a DELETE, the old.
  init(
    _ request: AdmissionRequest, metadata: (new: Cursor?, old: Cursor?), isPodView: Bool, _ arena: Arena.Handle
  ) {
    self.metadata = request.object == nil ? metadata.old : metadata.new
    kind = request.kind.kind
    group = request.kind.group
    self.isPodView = isPodView
    let own = (request.object ?? request.oldObject)?.member("metadata")
    let ownName = own?.member("name").flatMap { $0.isString ? $0.string(in: arena) : nil } ?? .empty
    name = request.name.isEmpty ? ownName : request.name
    generateName = own?.member("generateName").flatMap { $0.isString ? $0.string(in: arena) : nil } ?? .empty
  }
}
