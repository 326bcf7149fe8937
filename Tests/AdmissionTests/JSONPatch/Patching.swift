import Admission
import Foundation
import JSON
import Memory
import TestSupport
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

func patched(_ document: ParsedText, by operations: ParsedText) -> Patched {
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
  patched(try ParsedText(document), by: try ParsedText(operations))
}

func difference(from: ParsedText, to: ParsedText, at prefix: StaticString = "") -> String {
  var output = ByteBuffer()
  let arena = Arena()
  JSONPatch.diff(from: from.root, to: to.root, at: ByteSlice(prefix), into: &output, arena: arena.handle)
  return output.bytes.string
}

func difference(from: String, to: String, at prefix: StaticString = "") throws -> String {
  difference(from: try ParsedText(from), to: try ParsedText(to), at: prefix)
}
