public import JSON
public import Memory

/// The Namespace objects among the manifests, parsed once.
final class NamespaceTable: Sendable {
  private let namespaces: [String: ParsedDocument]

  init(_ namespaces: [String: ParsedDocument]) {
    self.namespaces = namespaces
  }

  func namespace(named name: String) -> Cursor? { namespaces[name]?.root }

  var isEmpty: Bool { namespaces.isEmpty }
}

/// A JSON text with its tape, immutable and shared.
public final class ParsedDocument: @unchecked Sendable {
  private let text: ByteBuffer
  private let tape: Tape
  public let root: Cursor

  /// - Throws: where the text is not JSON.
  public init(_ text: consuming ByteBuffer) throws(JSONError) {
    var tape = Tape()
    try tape.parse(text.bytes)
    root = tape.root
    self.text = text
    self.tape = tape
  }
}
