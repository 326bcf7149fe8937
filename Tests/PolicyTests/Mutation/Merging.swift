import Foundation
import JSON
import Memory
import Policy
import TestSupport
import Testing

/// What came of merging, copied out of the arena: the object in the order of its keys, so that only what Kubernetes can see counts.
enum Merged: Equatable, CustomTestStringConvertible {
  case object(String)
  case error(String)

  var testDescription: String {
    switch self {
    case .object(let text): text
    case .error(let text): "error: \(text)"
    }
  }
}

/// The type of `apps/v1 Deployment`, or of `v1 Pod`.
func schemaType(_ kind: String) -> SchemaTable.TypeID? {
  let parts = kind.split(separator: " ")
  let version = parts[0].split(separator: "/")
  return String(version.count == 2 ? version[0] : "").withByteSlice { group in
    String(version[version.count - 1]).withByteSlice { version in
      String(parts[1]).withByteSlice { SchemaTable.kubernetes.type(group: group, version: version, kind: $0) }
    }
  }
}

func merged(_ configuration: String, into object: String, as kind: String) throws -> Merged {
  let type = schemaType(kind)
  return try merged(try ParsedText(configuration), into: try ParsedText(object), as: type)
}

func merged(_ configuration: ParsedText, into object: ParsedText, as type: SchemaTable.TypeID?) throws -> Merged {
  var output = ByteBuffer()
  let arena = Arena()
  switch StructuredMerge.apply(configuration.root, to: object.root, as: type, into: &output, arena: arena.handle) {
  case .merged: return .object(try canonical(output.bytes.string))
  case .failed(let text):
    #expect(output.bytes.isEmpty)
    return .error(text.string)
  }
}

func typedForm(
  _ object: String, as kind: String, earlier: String? = nil, addingStructs: Bool = false
) throws -> Merged {
  let object = try ParsedText(object)
  let earlier = try earlier.map { try ParsedText($0) }
  var output = ByteBuffer()
  let arena = Arena()
  let outcome = withExtendedLifetime((object, earlier)) {
    TypedForm.write(
      object.root, as: schemaType(kind), earlier: earlier?.root, addingStructs: addingStructs, into: &output,
      arena: arena.handle)
  }
  switch outcome {
  case .written: return .object(output.bytes.string)
  case .failed(let text):
    #expect(output.bytes.isEmpty)
    return .error(text.string)
  }
}

/// Any JSON in one form.
func canonical(_ text: String) throws -> String {
  let value = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
  let data = try JSONSerialization.data(
    withJSONObject: value, options: [.sortedKeys, .fragmentsAllowed, .withoutEscapingSlashes])
  return String(decoding: data, as: UTF8.self)
}
