internal import Admission
internal import CEL
internal import JSON
internal import Memory

/// What a policy sees of a request: the objects as they are, or the Pods that a workload's templates stand for.
struct ObjectView {
  var object: Value
  var oldObject: Value
  var allContainers: Value
  /// Whose labels the object selector compares; nil where there is no object.
  var metadata: Cursor?
  var oldMetadata: Cursor?

  /// The machine's documents that hold the objects: the same, unless mutations have changed the object.
  typealias Documents = (object: UInt16, oldObject: UInt16)

  /// The objects of the request.
  init(_ request: AdmissionRequest, _ documents: Documents, _ context: EvaluationContext) {
    object = request.object.map { context.value($0, document: documents.object) } ?? .null
    oldObject = request.oldObject.map { context.value($0, document: documents.oldObject) } ?? .null
    metadata = request.object?.member("metadata")
    oldMetadata = request.oldObject?.member("metadata")
    let isPod = request.kind.kind == "Pod" && request.kind.group.isEmpty
    allContainers = PodContainers.list(
      isPod ? request.object?.member("spec") : nil, document: documents.object, context)
  }

  /// The Pods that the templates in the request's objects stand for; nil where there is no template at all.
  init?(
    podsOf request: AdmissionRequest, at place: PodTemplate.Place, _ documents: Documents, _ context: EvaluationContext
  ) {
    let new = request.object.map { PodTemplate.find(place, in: $0) } ?? .absent
    let old = request.oldObject.map { PodTemplate.find(place, in: $0) } ?? .absent
    if case .absent = new, case .absent = old { return nil }
    object = Self.pod(new, place, request, documents.object, context)
    oldObject = Self.pod(old, place, request, documents.oldObject, context)
    metadata = Self.metadata(new)
    oldMetadata = Self.metadata(old)
    switch new {
    case .found(let template):
      allContainers = PodContainers.list(template.member("spec"), document: documents.object, context)
    case .absent: allContainers = PodContainers.list(nil, document: documents.object, context)
    case .unreadable: allContainers = object
    }
  }

  private static func metadata(_ finding: PodTemplate.Finding) -> Cursor? {
    guard case .found(let template) = finding else { return nil }
    return template.member("metadata")
  }

  /// The Pod of a template: references into the review, with the workload's namespace.
  private static func pod(
    _ finding: PodTemplate.Finding, _ place: PodTemplate.Place, _ request: AdmissionRequest,
    _ document: UInt16, _ context: EvaluationContext
  ) -> Value {
    switch finding {
    case .absent: return .null
    case .unreadable: return PodContainers.error(place.path, "is not an object", context)
    case .found(let template):
      var members = MapMembers(atMost: 4, context.arena)
      members.add("apiVersion", .string("v1"))
      members.add("kind", .string("Pod"))
      members.add("metadata", podMetadata(template.member("metadata"), request, document, context))
      if let spec = template.member("spec") { members.add("spec", context.value(spec, document: document)) }
      return members.map
    }
  }

  private static func podMetadata(
    _ metadata: Cursor?, _ request: AdmissionRequest, _ document: UInt16,
    _ context: EvaluationContext
  ) -> Value {
    var members = MapMembers(atMost: (metadata?.count ?? 0) + 1, context.arena)
    if let metadata {
      for (key, value) in metadata.members where !key.isString("namespace") {
        members.add(context.value(key, document: document), context.value(value, document: document))
      }
    }
    if !request.namespace.isEmpty { members.add("namespace", .string(request.namespace)) }
    return members.map
  }
}

/// A map while it is put together in the request's arena.
private struct MapMembers {
  private let entries: UnsafeMutablePointer<Value>
  private let capacity: Int
  private var count = 0

  init(atMost capacity: Int, _ arena: Arena.Handle) {
    entries = arena.allocate(Value.self, count: capacity * 2)
    self.capacity = capacity
  }

  mutating func add(_ key: StaticString, _ value: Value) { add(.string(key), value) }

  mutating func add(_ key: Value, _ value: Value) {
    precondition(count < capacity)
    entries[count * 2] = key
    entries[count * 2 + 1] = value
    count += 1
  }

  var map: Value { .map(entries, count: count) }
}

/// The variable `allContainers`.
enum PodContainers {
  /// The containers, init containers and ephemeral containers of a Pod's spec, in that order; an error where one of them is
  /// no list, so that a policy cannot mistake it for none.
  static func list(_ spec: Cursor?, document: UInt16, _ context: EvaluationContext) -> Value {
    guard let spec, !spec.isNull else { return .list(context.arena.allocate(Value.self, count: 0), count: 0) }
    guard spec.isObject else { return error("spec", "is not an object", context) }
    let lists = (spec.member("containers"), spec.member("initContainers"), spec.member("ephemeralContainers"))
    if let problem = check(lists.0, "spec.containers", context) ?? check(lists.1, "spec.initContainers", context)
      ?? check(lists.2, "spec.ephemeralContainers", context)
    {
      return problem
    }
    let total = (lists.0?.count ?? 0) + (lists.1?.count ?? 0) + (lists.2?.count ?? 0)
    let elements = context.arena.allocate(Value.self, count: total)
    var count = 0
    append(lists.0, to: elements, &count, document, context)
    append(lists.1, to: elements, &count, document, context)
    append(lists.2, to: elements, &count, document, context)
    return .list(elements, count: count)
  }

  private static func append(
    _ list: Cursor?, to elements: UnsafeMutablePointer<Value>, _ count: inout Int, _ document: UInt16,
    _ context: EvaluationContext
  ) {
    guard let list else { return }
    for element in list.elements {
      elements[count] = context.value(element, document: document)
      count += 1
    }
  }

  private static func check(_ list: Cursor?, _ path: StaticString, _ context: EvaluationContext) -> Value? {
    guard let list, !list.isNull, !list.isArray else { return nil }
    return error(path.description, "is not a list", context)
  }

  static func error(_ path: String, _ problem: String, _ context: EvaluationContext) -> Value {
    .error("`\(path)` \(problem)".withByteSlice { context.arena.copy($0) })
  }
}
