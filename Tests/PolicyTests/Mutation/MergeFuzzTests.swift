import JSON
import Memory
import Policy
import TestSupport
import Testing

/// The fuzz entry point of merging and of the typed form: whatever the two texts, both end; what is merged is JSON, merging the same
/// once more changes nothing, and the typed form of a typed form is the same.
func fuzzMerge(_ configuration: [UInt8], into object: [UInt8], as type: SchemaTable.TypeID?) throws {
  guard let configuration = try? ParsedText(configuration), let object = try? ParsedText(object) else { return }
  var arena = Arena()
  defer { arena.reset() }
  var output = ByteBuffer()
  guard
    case .merged = StructuredMerge.apply(
      configuration.root, to: object.root, as: type, into: &output, arena: arena.handle)
  else { return }
  let result = try ParsedText(Array(output.bytes.buffer))
  var again = ByteBuffer()
  let outcome = StructuredMerge.apply(configuration.root, to: result.root, as: type, into: &again, arena: arena.handle)
  guard case .merged = outcome else {
    Issue.record("what was merged merges again: \(outcome)")
    return
  }
  let isSame = again.bytes == output.bytes
  try #require(isSame, "\(output.bytes.string) became \(again.bytes.string)")
  var typed = ByteBuffer()
  let form = TypedForm.write(result.root, as: type, addingStructs: true, into: &typed, arena: arena.handle)
  withExtendedLifetime((configuration, object, result)) {}
  guard case .written = form else { return }
  let first = try ParsedText(Array(typed.bytes.buffer))
  var second = ByteBuffer()
  _ = TypedForm.write(first.root, as: type, addingStructs: true, into: &second, arena: arena.handle)
  withExtendedLifetime(first) {}
  let isStable = typed.bytes == second.bytes
  try #require(isStable, "\(typed.bytes.string) became \(second.bytes.string)")
}

@Suite("Merging, fuzzed,")
struct MergeFuzzTests {
  static let configurations = [
    #"{"metadata":{"labels":{"a":"b"},"finalizers":["x","y"]},"spec":{"containers":[{"name":"b","env":[{"name":"E","value":"1"}],"ports":[{"containerPort":80}]},{"name":"n","image":"i"}]}}"#,
    #"{"spec":{"securityContext":{"runAsNonRoot":true},"volumes":[{"name":"v","emptyDir":{}}],"hostNetwork":false,"priority":1}}"#,
    #"{"spec":{"containers":[{"name":"a","args":["x"]}],"hostAliases":[{"ip":"1"}]},"status":{"conditions":[{"type":"Ready"}]}}"#,
  ].map { Array($0.utf8) }

  static let objects = [
    #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","labels":{"a":"c"},"finalizers":["y","x"]},"spec":{"containers":[{"name":"a","image":"x"},{"name":"b","image":"y","env":[{"name":"E"},{"name":"F","value":"2"}],"ports":[{"containerPort":80,"protocol":"TCP"}],"resources":{}}],"volumes":[{"name":"w"}]}}"#,
    #"{"metadata":{},"spec":{"containers":[{"name":"a"},{"name":"a"},{"name":"b"},{"name":"b"}],"hostAliases":[{"ip":"2"},{"ip":"1"}]}}"#,
  ].map { Array($0.utf8) }

  static let dictionary = [
    "null", "{}", "[]", "\"name\":\"a\"", ",{\"name\":\"b\"}", "\"spec\":", "\"containers\":[", "\\u0061", "1.0",
    "true",
    "\"metadata\":{", "\"x\",",
  ]

  @Test("ends, and is the same when done twice", arguments: 0..<4 as Range<UInt64>)
  func mutations(seed: UInt64) throws {
    let type = schemaType("v1 Pod")
    var configurations = Mutator(corpus: Self.configurations, dictionary: Self.dictionary, seed: seed)
    var objects = Mutator(corpus: Self.objects, dictionary: Self.dictionary, seed: seed &+ 100)
    for round in 0..<2_000 {
      // One of the two is whole by turns: with both changed, few pairs are JSON.
      let configuration = round % 2 == 0 ? configurations.next() : Self.configurations[round / 2 % 3]
      let object = round % 2 == 1 ? objects.next() : Self.objects[round / 2 % 2]
      try fuzzMerge(configuration, into: object, as: round % 8 == 7 ? nil : type)
    }
  }

  @Test("of hostile lists takes time in proportion to them")
  func hugeLists() throws {
    let names = (0..<50_000).map { #"{"name":"c\#($0)"}"# }
    let object = #"{"spec":{"containers":[\#(names.joined(separator: ","))]}}"#
    let configuration = #"{"spec":{"containers":[\#(names.reversed().joined(separator: ","))]}}"#
    let result = try merged(configuration, into: object, as: "v1 Pod")
    #expect(result == .object(configuration))
  }
}
