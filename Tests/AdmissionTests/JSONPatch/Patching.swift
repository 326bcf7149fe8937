import Admission
import Foundation
import JSON
import Memory
import Testing

/// What came of applying a patch, copied out of the arena.
enum Patched: Equatable, CustomTestStringConvertible {
  case document(String)
  case testFailed(String)
  case error(String)

  var testDescription: String {
    switch self {
    case .document(let text): text
    case .testFailed(let text): "test failed: \(text)"
    case .error(let text): "error: \(text)"
    }
  }
}

/// Texts parsed and kept for as long as a test needs their cursors.
final class Document {
  private let bytes: UnsafeMutableBufferPointer<UInt8>
  private var tape = Tape()

  init(_ text: some Collection<UInt8>) throws {
    bytes = .allocate(capacity: max(text.count, 1))
    _ = bytes.initialize(from: text)
    try tape.parse(ByteSlice(UnsafeBufferPointer(rebasing: bytes[..<text.count])))
  }

  convenience init(_ text: String) throws { try self.init(Array(text.utf8)) }

  deinit { bytes.deallocate() }

  var root: Cursor { tape.root }
}

func patched(_ document: Document, by operations: Document) -> Patched {
  var output = ByteBuffer()
  let arena = Arena()
  switch JSONPatch.apply(operations.root, to: document.root, into: &output, arena: arena.handle) {
  case .applied: return .document(output.bytes.string)
  case .testFailed(let text):
    #expect(output.bytes.isEmpty)
    return .testFailed(text.string)
  case .failed(let text):
    #expect(output.bytes.isEmpty)
    return .error(text.string)
  }
}

func patched(_ document: String, by operations: String) throws -> Patched {
  patched(try Document(document), by: try Document(operations))
}

func difference(from: Document, to: Document, at prefix: StaticString = "") -> String {
  var output = ByteBuffer()
  let arena = Arena()
  JSONPatch.diff(from: from.root, to: to.root, at: ByteSlice(prefix), into: &output, arena: arena.handle)
  return output.bytes.string
}

func difference(from: String, to: String, at prefix: StaticString = "") throws -> String {
  difference(from: try Document(from), to: try Document(to), at: prefix)
}
