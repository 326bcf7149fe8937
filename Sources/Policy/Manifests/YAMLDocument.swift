package import Memory
internal import Yams

/// A YAML file of one document that is no manifest itself and may hold some: a list of tests. Its parts are named by their field
/// paths, `tests[0].expect`.
package struct YAMLDocument {
  private let source: SourceFile
  private let root: Node

  /// Both nil where there is only white space and comments.
  package static func read(_ source: SourceFile) -> (document: YAMLDocument?, problem: Problem?) {
    let (documents, problem) = ManifestDocument.read(source)
    if let problem { return (nil, problem) }
    if documents.count > 1 {
      let place = documents[1].root.place
      return (nil, ManifestDocument.problem(source, place.line, place.column, "holds a second document"))
    }
    return (documents.first.map { YAMLDocument(source: source, root: $0.root.yaml) }, nil)
  }

  /// Writes it as JSON, as Kubernetes' own tools convert it.
  /// - Returns: false where it has too many values or is nested too deep.
  package func writeJSON(to buffer: inout ByteBuffer) -> Bool {
    ManifestNode(yaml: root, path: "").writeJSON(to: &buffer)
  }

  /// The line and the column of a part, or of the nearest one around it that is there; of a member it is those of its key.
  package func place(of path: String) -> (line: Int, column: Int) {
    let mark = find(path).mark
    return (mark?.line ?? 1, mark?.column ?? 1)
  }

  /// A part that is a manifest; nil where there is no such part.
  package func manifest(at path: String) -> AddedManifest? {
    let found = find(path)
    guard found.isComplete else { return nil }
    let document = ManifestDocument(source: source, root: ManifestNode(yaml: found.node, path: path))
    return AddedManifest(id: "\(source.name)(\(path))", content: .embedded(document))
  }

  private func find(_ path: String) -> (node: Node, mark: Mark?, isComplete: Bool) {
    var (node, mark) = (root, root.mark)
    for step in Self.steps(path) {
      switch (step, node) {
      case (.member(let name), .mapping(let mapping)):
        guard let member = mapping.first(where: { $0.key.scalar?.string == name }) else { return (node, mark, false) }
        (node, mark) = (member.value, member.key.mark)
      case (.element(let index), .sequence(let sequence)) where sequence.indices.contains(index):
        node = sequence[index]
        mark = node.mark
      default: return (node, mark, false)
      }
    }
    return (node, mark, true)
  }

  private enum Step {
    case member(String)
    case element(Int)
  }

  /// `tests[0].name`: a member, an element, a member.
  private static func steps(_ path: String) -> [Step] {
    path.split(separator: ".").flatMap { part -> [Step] in
      let pieces = part.split(separator: "[", omittingEmptySubsequences: false)
      return [.member(String(pieces[0]))] + pieces.dropFirst().map { .element(Int($0.dropLast()) ?? -1) }
    }
  }
}

/// A manifest that is loaded besides those of the policies' paths: one that a test names or holds.
package struct AddedManifest: Hashable {
  enum Content {
    case file(SourceFile)
    case embedded(ManifestDocument)
  }

  /// What tells it from others: where it stands.
  package let id: String
  let content: Content

  init(id: String, content: Content) {
    self.id = id
    self.content = content
  }

  package init(_ file: SourceFile) { self.init(id: file.name, content: .file(file)) }

  /// The `kind` of one that stands in another file; nil for a file, which may hold several.
  package var kind: String? {
    if case .embedded(let document) = content { document.kind } else { nil }
  }

  package static func == (left: Self, right: Self) -> Bool { left.id == right.id }

  package func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

extension LoadedManifests {
  /// As ``load(_:rules:)`` with manifests besides; what is wrong in one that stands in another file is told with its place there.
  package static func load(
    _ sources: ManifestSources, _ added: [AddedManifest], rules: ExceptionRules
  ) -> LoadedManifests {
    var loader = ManifestLoader(rules: rules)
    loader.read(sources)
    for manifest in added {
      switch manifest.content {
      case .file(let file): loader.read(file)
      case .embedded(let document): loader.read(document)
      }
    }
    return loader.finish()
  }
}
