internal import JSON
internal import Memory
internal import Yams

extension ManifestNode {
  /// An object in a review, read as if it stood in a manifest: with its fields, and without a place in a file.
  init(_ object: Cursor) {
    self.init(yaml: Self.node(object), path: "")
  }

  // A tape bounds the depth.
  private static func node(_ value: Cursor) -> Node {
    switch value.kind {
    case .object:
      return .mapping(
        Node.Mapping(value.members.map { (scalar($0.key.stringValue ?? "", .doubleQuoted), node($0.value)) }))
    case .array: return .sequence(Node.Sequence(value.elements.map(node)))
    case .string: return scalar(value.stringValue ?? "", .doubleQuoted)
    // Plain, so that they are what they look like.
    case .null, .bool, .integer, .double: return scalar(value.rawText.string, .plain)
    }
  }

  private static func scalar(_ text: String, _ style: Node.Scalar.Style) -> Node {
    .scalar(Node.Scalar(text, Tag(.implicit), style))
  }
}
