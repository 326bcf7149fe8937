internal import Admission
internal import JSON
internal import Memory

/// The parameters of a policy as one binding refers to them. Which they are is known when the policies are loaded, but for
/// the request's namespace.
struct CompiledParameters: BitwiseCopyable {
  private let objects: UnsafeBufferPointer<Object>
  private let isNamespaced: Bool
  /// Whether there are objects of the kind and none is in a namespace.
  private let isClusterScoped: Bool
  private let namespace: ByteSlice
  private let deniesWithout: Bool

  private struct Object: BitwiseCopyable {
    let namespace: ByteSlice
    let root: Cursor
  }

  /// - Parameter candidates: the objects of the policy's `paramKind`. The kind counts as namespaced where one of them has a
  ///   namespace, since no cluster is there to ask.
  init(_ reference: ParameterReference, _ candidates: [ParameterObject], _ arena: Arena.Handle) {
    isNamespaced = candidates.contains { !$0.namespace.isEmpty }
    isClusterScoped = !candidates.isEmpty && !isNamespaced
    namespace = arena.slice(reference.namespace)
    deniesWithout = reference.notFoundAction == .deny
    let chosen = candidates.filter { candidate in
      switch reference.choice {
      case .name(let name): return candidate.name == name
      case .selector(let selector):
        return CompiledSelector(selector, arena).matches(labelsOf: candidate.document.root.member("metadata"))
      }
    }
    objects = arena.buffer(
      chosen.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) }
        .map { Object(namespace: arena.slice($0.namespace), root: $0.document.root) })
  }

  /// How many there are in all namespaces together.
  var count: Int { objects.count }

  /// What keeps the parameters of a request from being found, in the API server's words
  /// (`pkg/admission/plugin/policy/generic/policy_dispatcher.go`); nil where nothing does.
  func problem(_ request: AdmissionRequest) -> ByteSlice? {
    if isNamespaced, namespace.isEmpty, request.namespace.isEmpty {
      return ByteSlice(
        "failed to configure binding: cannot use namespaced paramRef in policy binding that matches cluster-scoped resources"
      )
    }
    if isClusterScoped, !namespace.isEmpty {
      return ByteSlice(
        "failed to configure binding: paramRef.namespace must not be provided for a cluster-scoped `paramKind`")
    }
    if deniesWithout, !objects.contains(where: { isIn($0, request) }) {
      return ByteSlice(
        "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction")
    }
    return nil
  }

  /// The parameters of a request, at the positions from `position` on: the next one's position and object.
  func next(from position: Int, _ request: AdmissionRequest) -> (position: Int, object: Cursor)? {
    var position = position
    while position < objects.count {
      if isIn(objects[position], request) { return (position, objects[position].root) }
      position += 1
    }
    return nil
  }

  private func isIn(_ object: Object, _ request: AdmissionRequest) -> Bool {
    !isNamespaced || object.namespace == (namespace.isEmpty ? request.namespace : namespace)
  }
}
