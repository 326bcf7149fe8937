public import JSON
public import Memory

/// The Namespace objects among the manifests, parsed once. A request looks one up without allocating.
final class NamespaceTable: Sendable {
  private let namespaces: [ByteSlice: ParsedDocument]
  /// Owns the names.
  private let arena: NameStorage

  init(_ namespaces: [String: ParsedDocument]) {
    let arena = NameStorage()
    self.arena = arena
    self.namespaces = Dictionary(uniqueKeysWithValues: namespaces.map { (arena.names.handle.slice($0), $1) })
  }

  func namespace(named name: ByteSlice) -> Cursor? { namespaces[name]?.root }

  private final class NameStorage: Sendable {
    let names = Arena(blockSize: 1024)
  }
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
