internal import Admission
internal import Memory

/// A resource rule as a request is compared with it. Its memory belongs to the policy set.
///
/// The comparison is that of the API server's `rules.Matcher`: a resource without a subresource matches no subresource, `pods/*`
/// matches `pods` and all its subresources, `*` all resources but no subresource, `*/*` everything.
struct CompiledRule: BitwiseCopyable {
  let groups: UnsafeBufferPointer<ByteSlice>
  let versions: UnsafeBufferPointer<ByteSlice>
  let resources: UnsafeBufferPointer<ResourcePattern>
  let names: UnsafeBufferPointer<ByteSlice>
  let operations: UInt8
  let scope: ScopePattern

  struct ResourcePattern: BitwiseCopyable {
    let resource: ByteSlice
    let subresource: ByteSlice
  }

  enum ScopePattern: UInt8, BitwiseCopyable {
    case all, namespaced, cluster
  }

  init(_ rule: ResourceRule, _ arena: Arena.Handle) {
    groups = arena.slices(rule.apiGroups)
    versions = arena.slices(rule.apiVersions)
    resources = arena.buffer(
      rule.resources.map { text in
        let parts = text.split(separator: "/", maxSplits: 1)
        return ResourcePattern(
          resource: arena.slice(String(parts.first ?? "")),
          subresource: arena.slice(parts.count > 1 ? String(parts[1]) : ""))
      })
    names = arena.slices(rule.resourceNames)
    operations = rule.operations.reduce(0) { $0 | Self.mask($1) }
    scope =
      switch rule.scope {
      case .all: .all
      case .namespaced: .namespaced
      case .cluster: .cluster
      }
  }

  private static func mask(_ operation: String) -> UInt8 {
    if operation == "*" { return 0xFF }
    return Operation.allCases.reduce(0) { $1.name.description == operation ? $0 | 1 << $1.rawValue : $0 }
  }

  @inline(__always)
  func matches(_ target: MatchTarget) -> Bool {
    guard operations & (1 << target.operation.rawValue) != 0 else { return false }
    return matchesResource(target) && contains(groups, target.group) && contains(versions, target.version)
      && matchesScope(target) && (names.isEmpty || names.contains { $0 == target.name })
  }

  private func contains(_ patterns: UnsafeBufferPointer<ByteSlice>, _ value: ByteSlice) -> Bool {
    for pattern in patterns where pattern == "*" || pattern == value { return true }
    return false
  }

  private func matchesResource(_ target: MatchTarget) -> Bool {
    for pattern in resources
    where (pattern.resource == "*" || pattern.resource == target.resource)
      && (pattern.subresource == "*" || pattern.subresource == target.subresource)
    {
      return true
    }
    return false
  }

  /// A Namespace counts as cluster-scoped, although its request names a namespace: itself.
  private func matchesScope(_ target: MatchTarget) -> Bool {
    if scope == .all { return true }
    let isNamespaced = !target.namespace.isEmpty && !target.isNamespaceObject
    return (scope == .namespaced) == isNamespaced
  }
}

/// What rules are compared with: a request's resource, or the Pod that a workload's template stands for.
struct MatchTarget: BitwiseCopyable {
  var group: ByteSlice
  var version: ByteSlice
  var resource: ByteSlice
  var subresource: ByteSlice
  var operation: Operation
  var name: ByteSlice
  var namespace: ByteSlice

  var isNamespaceObject: Bool { resource == "namespaces" && group.isEmpty }

  init(_ request: AdmissionRequest) {
    group = request.resource.group
    version = request.resource.version
    resource = request.resource.resource
    subresource = request.subResource
    operation = request.operation
    name = request.name
    namespace = request.namespace
  }

  /// The Pods that the workload in `request` makes: of the same namespace, and without a name yet.
  init(podsOf request: AdmissionRequest) {
    self.init(request)
    group = .empty
    version = ByteSlice("v1")
    resource = ByteSlice("pods")
    subresource = .empty
    name = .empty
  }
}

extension Arena.Handle {
  /// Copies of loaded values, for the life of a policy set.
  func buffer<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafeBufferPointer<Element> {
    let place = allocate(Element.self, count: max(elements.count, 1))
    for (index, element) in elements.enumerated() { place[index] = element }
    return UnsafeBufferPointer(start: place, count: elements.count)
  }

  func slice(_ text: String) -> ByteSlice { text.withByteSlice { copy($0) } }

  func slices(_ texts: [String]) -> UnsafeBufferPointer<ByteSlice> { buffer(texts.map { slice($0) }) }
}
