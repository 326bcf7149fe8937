internal import Admission
internal import JSON
internal import Memory

/// The labels that a namespace selector compares.
///
/// Those of a Namespace object in a request that writes it; else those of the request's namespace. An object without a namespace
/// matches every selector. As in the API server (`pkg/admission/plugin/webhook/predicates/namespace`).
struct NamespaceLabels {
  private let source: Source

  private enum Source {
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
    let isNamespaces = request.requestResource.resource == "namespaces"
    let isWritten = request.subResource.isEmpty && (request.operation == .create || request.operation == .update)
    let ownName = request.requestResource.isNamespaces ? request.name : .empty
    if isNamespaces, isWritten {
      source = .metadata(request.object?.member("metadata"), name: ownName)
    } else if let namespace {
      source = .metadata(namespace.member("metadata"), name: request.namespace)
    } else if isNamespaces, let stored = request.oldObject {
      source = .metadata(stored.member("metadata"), name: ownName)
    } else if request.namespace.isEmpty {
      source = .none
    } else {
      source = .nameOnly(request.namespace)
    }
  }

  /// Whether the name of the request's namespace alone tells what a selector for ``nameLabel`` says.
  static func areNamed(by target: MatchTarget) -> Bool {
    !target.namespace.isEmpty && !(target.requested.resource == "namespaces")
  }

  /// Whether the Namespace is at hand, or there is none.
  var areKnown: Bool { if case .nameOnly = source { false } else { true } }

  /// The labels as they stand in the Namespace, of which the one with its name may be missing.
  var written: Cursor? { if case .metadata(let metadata, _) = source { metadata?.member("labels") } else { nil } }

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
      guard selector.isOnly(about: Self.nameLabel) else { return .unknown }
      return selector.matches { _ in .text(name) } ? .yes : .no
    }
  }
}
