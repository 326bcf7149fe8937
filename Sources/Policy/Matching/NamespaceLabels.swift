internal import Admission
internal import JSON
internal import Memory

/// The labels that a namespace selector compares.
///
/// Those of a Namespace object in a request that writes it; else those of the request's namespace. An object without a namespace
/// matches every selector. As in the API server (`pkg/admission/plugin/webhook/predicates/namespace`).
struct NamespaceLabels {
  let source: Source

  enum Source {
    /// Cluster-scoped.
    case none
    /// With the namespace's name, empty where it is none of Kubernetes' own.
    case metadata(Cursor?, name: ByteSlice)
    /// The Namespace is not at hand; its name is, and with it the label that always holds the name.
    case nameOnly(ByteSlice)
  }

  enum Match {
    case yes, no, unknown
  }

  static let unknownNamespace = ByteSlice(
    "the namespace's labels are not known here, so that the policy's namespaceSelector cannot be compared with them")

  /// The API server gives it to every Namespace, with the Namespace's name, whatever was written.
  static let nameLabel = ByteSlice("kubernetes.io/metadata.name")

  init(_ request: AdmissionRequest, _ namespace: Cursor?) {
    let ownName = request.requestResource.isNamespaces ? request.name : .empty
    if Self.areWritten(by: request) {
      source = .metadata(request.object?.member("metadata"), name: ownName)
    } else if let namespace {
      source = .metadata(namespace.member("metadata"), name: request.namespace)
    } else if request.requestResource.resource == "namespaces", let stored = request.oldObject {
      source = .metadata(stored.member("metadata"), name: ownName)
    } else if request.namespace.isEmpty {
      source = .none
    } else {
      source = .nameOnly(request.namespace)
    }
  }

  /// Whether they are those of a Namespace that the request writes, and so change when its object does.
  static func areWritten(by request: AdmissionRequest) -> Bool {
    request.requestResource.resource == "namespaces" && request.subResource.isEmpty
      && (request.operation == .create || request.operation == .update)
  }

  func match(_ selector: CompiledSelector) -> Match {
    if selector.isEmpty { return .yes }
    switch source {
    case .none: return .yes
    case .metadata(let metadata, let name):
      let labels = metadata?.member("labels")
      let matches = selector.matches { key in
        if !name.isEmpty, key == Self.nameLabel { return .text(name) }
        return labels?.member(key).map { .json($0) }
      }
      return matches ? .yes : .no
    case .nameOnly(let name):
      // A requirement of the name that is not met decides, whatever the others say.
      for requirement in selector.requirements
      where requirement.key == Self.nameLabel && !requirement.isMet(by: .text(name)) {
        return .no
      }
      return selector.isOnly(about: Self.nameLabel) ? .yes : .unknown
    }
  }
}
