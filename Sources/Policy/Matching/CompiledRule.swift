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
  /// Requests for other versions of what the rule is about; none where the policy's `matchPolicy` is `Exact`.
  let equivalents: UnsafeBufferPointer<Equivalent>

  struct ResourcePattern: BitwiseCopyable {
    let resource: ByteSlice
    let subresource: ByteSlice
  }

  enum ScopePattern: UInt8, BitwiseCopyable {
    case all, namespaced, cluster
  }

  /// A request for `requested` is as good as one for `matched`, which the rule is about.
  struct Equivalent: BitwiseCopyable {
    let requested: GroupVersionResource
    let matched: GroupVersionResource
  }

  init(_ rule: ResourceRule, isEquivalent: Bool, _ arena: Arena.Handle) {
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
    equivalents = arena.buffer(isEquivalent ? Self.equivalents(of: rule, arena) : [])
  }

  private static func mask(_ operation: String) -> UInt8 {
    if operation == "*" { return 0xFF }
    return Operation.allCases.reduce(0) { $1.name.description == operation ? $0 | 1 << $1.rawValue : $0 }
  }

  private static func equivalents(of rule: ResourceRule, _ arena: Arena.Handle) -> [Equivalent] {
    func isNamed(_ value: String, in patterns: [String]) -> Bool {
      patterns.contains { $0 == "*" || $0 == value }
    }
    func resource(_ resource: EquivalentResources.Resource) -> GroupVersionResource {
      GroupVersionResource(
        group: arena.slice(resource.group), version: arena.slice(resource.version), resource: arena.slice(resource.name)
      )
    }
    let names = rule.resources.map { String($0.prefix { $0 != "/" }) }
    return EquivalentResources.families.flatMap { family in
      family.filter {
        isNamed($0.group, in: rule.apiGroups) && isNamed($0.version, in: rule.apiVersions)
          && isNamed($0.name, in: names)
      }
      .flatMap { matched in
        family.filter { $0 != matched }.map { Equivalent(requested: resource($0), matched: resource(matched)) }
      }
    }
  }

  /// Whether the rule is about `target`, taken as a request for `resource`.
  /// - Parameter anyName: leaves `resourceNames` out.
  @inline(__always)
  func matches(_ target: MatchTarget, as resource: GroupVersionResource, anyName: Bool) -> Bool {
    guard operations & (1 << target.operation.rawValue) != 0 else { return false }
    return matchesResource(resource, target.subresource) && contains(groups, resource.group)
      && contains(versions, resource.version) && matchesScope(target, resource)
      && (anyName || names.isEmpty || names.contains { $0 == target.name })
  }

  /// Whether the rule is about `target` or, as far as its policy's `matchPolicy` allows, about another version of it.
  func matchesAnyVersion(_ target: MatchTarget, isEquivalent: Bool, anyName: Bool) -> Bool {
    matches(target, as: target.requested, anyName: anyName)
      || isEquivalent && equivalent(target, anyName: anyName) != nil
  }

  /// The other version of the requested resource that the rule is about; nil where there is none.
  func equivalent(_ target: MatchTarget, anyName: Bool) -> GroupVersionResource? {
    // First the one that is at hand.
    if target.isConverted, matches(target, as: target.given, anyName: anyName) { return target.given }
    for equivalent in equivalents
    where equivalent.requested == target.requested && matches(target, as: equivalent.matched, anyName: anyName) {
      return equivalent.matched
    }
    return nil
  }

  func contains(_ patterns: UnsafeBufferPointer<ByteSlice>, _ value: ByteSlice) -> Bool {
    for pattern in patterns where pattern == "*" || pattern == value { return true }
    return false
  }

  func matchesResource(_ resource: GroupVersionResource, _ subresource: ByteSlice) -> Bool {
    for pattern in resources
    where (pattern.resource == "*" || pattern.resource == resource.resource)
      && (pattern.subresource == "*" || pattern.subresource == subresource)
    {
      return true
    }
    return false
  }

  /// A Namespace counts as cluster-scoped, although its request names a namespace: itself.
  func matchesScope(_ target: MatchTarget, _ resource: GroupVersionResource) -> Bool {
    if scope == .all { return true }
    let isNamespaced = !target.namespace.isEmpty && !resource.isNamespaces
    return (scope == .namespaced) == isNamespaced
  }
}

extension GroupVersionResource {
  /// Whether it is that of Namespaces.
  var isNamespaces: Bool { resource == "namespaces" && group.isEmpty && version == "v1" }
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
