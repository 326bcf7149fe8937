import Admission
import JSON
import Memory
import TestSupport
import Testing

/// The fuzz entry point of patches: whatever the operations and the document, applying ends; a result is JSON; and the patch from the
/// document to the result holds and is never longer than replacing the document.
func fuzzPatch(_ operations: [UInt8], on text: String) throws {
  guard let patch = try? ParsedText(operations) else { return }
  let document = try ParsedText(text)
  guard case .document(let result) = patched(document, by: patch) else { return }
  try checkDifference(from: document, to: try ParsedText(result))
}

func checkDifference(from: ParsedText, to: ParsedText) throws {
  let patch = difference(from: from, to: to)
  try #require(verifies(patch, from: from, to: to))
  var whole = ByteBuffer()
  whole.writeValue(to.root)
  try #require(patch.utf8.count <= #"[{"op":"replace","path":"","value":}]"#.utf8.count + whole.count)
  // Verified once more the long way: written, and read again.
  guard case .document(let result) = patched(from, by: try ParsedText(patch)) else {
    Issue.record("a patch that is written applies")
    return
  }
  try #require(difference(from: try ParsedText(result), to: to) == "[]")
}

@Suite("Patches, fuzzed,")
struct PatchFuzzTests {
  static let document =
    #"{"a":{"b":[1,2,{"c":null,"name":"n"}],"d":"x"},"l":[{"name":"p"},{"name":"q"},3],"e":{},"f":-1.5}"#

  static let corpus = [
    #"[{"op":"add","path":"/a/b/-","value":{"x":[1]}},{"op":"copy","from":"/a","path":"/e/a"}]"#,
    #"[{"op":"move","from":"/l/0","path":"/l/1"},{"op":"remove","path":"/a/b/2/c"},{"op":"replace","path":"/f","value":0}]"#,
    #"[{"op":"test","path":"/a/d","value":"x"},{"op":"copy","from":"/l","path":"/l/-1"},{"op":"add","path":"/e/~0~1"}]"#,
    #"[{"op":"replace","path":"","value":{"l":[1,2,3]}},{"op":"add","path":"/l/+01","value":null}]"#,
  ].map { Array($0.utf8) }

  @Test("apply or fail, and their results can be patched to", arguments: 0..<4 as Range<UInt64>)
  func mutations(seed: UInt64) throws {
    var mutator = Mutator(
      corpus: Self.corpus,
      dictionary: [
        "/a", "/l", "/b", "/-", "/-1", "/0", "~0", "~1", "\"from\":", "\"test\"", "null", "{}", "[]", "\\u0061",
      ],
      seed: seed)
    for _ in 0..<2_000 { try fuzzPatch(mutator.next(), on: Self.document) }
  }

  @Test("lead from any document to any other", arguments: 0..<4 as Range<UInt64>)
  func randomDocuments(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<500 {
      // Only an object or an array can be patched.
      let tree = RandomJSON.array([RandomJSON(&generator, depth: 4)])
      var changed = tree
      for _ in 0...generator.number(below: 4) { changed.change(&generator) }
      try checkDifference(from: try ParsedText(tree.text), to: try ParsedText(changed.text))
      try checkDifference(
        from: try ParsedText(tree.text), to: try ParsedText("[\(RandomJSON(&generator, depth: 4).text)]"))
    }
  }

  @Test(
    "lead from each recorded object to the next",
    .enabled(if: SharedData.isPresent, "needs the recorded reviews"))
  func recordedObjects() throws {
    var last: ParsedText?
    for line in try SharedData.lines("map/reviews.jsonl") {
      let next = try ParsedText(line)
      if let last { try checkDifference(from: last, to: next) }
      last = next
    }
  }
}

/// A JSON value made by chance, with few keys and names, so that two of them have something in common.
enum RandomJSON {
  case scalar(String)
  case array([RandomJSON])
  case object([(key: String, value: RandomJSON)])

  private static let scalars = [
    "null", "true", "1", "1.0", "-0", "\"\"", "\"a\"", "\"\\u0061\"", "\"n\\\"\"", "12345678901234567890",
  ]
  private static let keys = ["name", "a", "b", "a/b", "~", "", "\\u0062", "long-key-of-an-annotation"]

  init(_ generator: inout SeededGenerator, depth: Int) {
    let count = generator.number(below: 6)
    switch depth == 0 ? 0 : generator.number(below: 5) {
    case 0: self = .scalar(Self.scalars[generator.number(below: Self.scalars.count)])
    case 1, 2: self = .array((0..<count).map { _ in RandomJSON(&generator, depth: depth - 1) })
    default:
      self = .object(
        (0..<count).map { _ in
          (Self.keys[generator.number(below: Self.keys.count)], RandomJSON(&generator, depth: depth - 1))
        })
    }
  }

  mutating func change(_ generator: inout SeededGenerator) {
    switch self {
    case .scalar: self = RandomJSON(&generator, depth: 1)
    case .array(var elements):
      let place = generator.number(below: elements.count)
      switch generator.number(below: 4) {
      case 0 where !elements.isEmpty: elements.remove(at: place)
      case 1 where !elements.isEmpty: elements.append(elements.remove(at: place))
      case 2 where !elements.isEmpty: elements[place].change(&generator)
      default: elements.insert(RandomJSON(&generator, depth: 2), at: place)
      }
      self = .array(elements)
    case .object(var members):
      let place = generator.number(below: members.count)
      switch generator.number(below: 4) {
      case 0 where !members.isEmpty: members.remove(at: place)
      case 1 where !members.isEmpty: members.append(members.remove(at: place))
      case 2 where !members.isEmpty: members[place].value.change(&generator)
      default:
        members.insert(
          (Self.keys[generator.number(below: Self.keys.count)], RandomJSON(&generator, depth: 2)), at: place)
      }
      self = .object(members)
    }
  }

  var text: String {
    switch self {
    case .scalar(let text): text
    case .array(let elements): "[\(elements.map(\.text).joined(separator: ","))]"
    case .object(let members): "{\(members.map { "\"\($0.key)\":\($0.value.text)" }.joined(separator: ","))}"
    }
  }
}
