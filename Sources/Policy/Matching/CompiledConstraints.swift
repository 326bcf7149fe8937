internal import Admission
internal import JSON
internal import Memory

/// Match constraints as requests are compared with them.
struct CompiledConstraints: BitwiseCopyable {
  private let rules: UnsafeBufferPointer<CompiledRule>
  private let excludedRules: UnsafeBufferPointer<CompiledRule>
  private let namespaceSelector: CompiledSelector
  private let objectSelector: CompiledSelector

  init(_ constraints: MatchConstraints, _ arena: Arena.Handle) {
    rules = arena.buffer(constraints.resourceRules.map { CompiledRule($0, arena) })
    excludedRules = arena.buffer(constraints.excludeResourceRules.map { CompiledRule($0, arena) })
    namespaceSelector = CompiledSelector(constraints.namespaceSelector, arena)
    objectSelector = CompiledSelector(constraints.objectSelector, arena)
  }

  /// Whether a rule is about `target` and no exclusion is. Without rules, as a binding may be, everything matches.
  func matchesRules(_ target: MatchTarget) -> Bool {
    guard rules.isEmpty || rules.contains(where: { $0.matches(target) }) else { return false }
    return !excludedRules.contains { $0.matches(target) }
  }

  /// Whether the object selector accepts the labels of the object or, where there is one, of the old object.
  func matchesObject(_ request: AdmissionRequest, _ metadata: (new: Cursor?, old: Cursor?)) -> Bool {
    if objectSelector.isEmpty { return true }
    if request.object != nil, objectSelector.matches(labelsOf: metadata.new) { return true }
    return request.oldObject != nil && objectSelector.matches(labelsOf: metadata.old)
  }

  func matchesNamespace(_ labels: NamespaceLabels) -> NamespaceLabels.Match { labels.match(namespaceSelector) }
}

/// The labels that a namespace selector compares.
///
/// Those of a Namespace object in a request for it; else those of the request's namespace. An object without a namespace
/// matches every selector. As in the API server (`pkg/admission/plugin/webhook/predicates/namespace`).
struct NamespaceLabels {
  private let source: Source

  private enum Source {
    /// Cluster-scoped.
    case none
    case metadata(Cursor?)
    /// The Namespace is not at hand; its name is, and with it the label that always holds the name.
    case nameOnly(ByteSlice)
  }

  enum Match {
    case yes, no, unknown
  }

  static let unknownNamespace = ByteSlice(
    "the namespace's labels are not known here, so that the policy's namespaceSelector cannot be compared with them")

  init(_ request: AdmissionRequest, _ namespace: Cursor?) {
    if MatchTarget(request).isNamespaceObject, request.subResource.isEmpty || request.object != nil,
      let object = request.operation == .delete ? request.oldObject : request.object
    {
      source = .metadata(object.member("metadata"))
    } else if let namespace {
      source = .metadata(namespace.member("metadata"))
    } else if request.namespace.isEmpty {
      source = .none
    } else {
      source = .nameOnly(request.namespace)
    }
  }

  func match(_ selector: CompiledSelector) -> Match {
    if selector.isEmpty { return .yes }
    switch source {
    case .none: return .yes
    case .metadata(let metadata): return selector.matches(labelsOf: metadata) ? .yes : .no
    case .nameOnly(let name):
      let nameLabel = ByteSlice("kubernetes.io/metadata.name")
      guard selector.isOnly(about: nameLabel) else { return .unknown }
      return selector.matches { _ in .text(name) } ? .yes : .no
    }
  }
}
