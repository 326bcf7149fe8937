import Admission
import JSON
import Memory
import TestSupport
import Testing

@Suite("The patch between two documents")
struct DiffTests {
  @Test(
    "is minimal",
    arguments: [
      (#"{"a":1}"#, #"{"a":1}"#, "[]"),
      (#"{"a":1,"b":2}"#, #"{"b":2,"a":1}"#, "[]"),
      (#"{"a":"\u0061"}"#, #"{"a":"a"}"#, "[]"),
      ("{}", #"{"a":{"b":1}}"#, #"[{"op":"add","path":"/a","value":{"b":1}}]"#),
      (#"{"a":1,"z":"0123456789"}"#, #"{"z":"0123456789"}"#, #"[{"op":"remove","path":"/a"}]"#),
      (
        #"{"a":1,"z":"01234567890123456789"}"#, #"{"a":1.0,"z":"01234567890123456789"}"#,
        #"[{"op":"replace","path":"/a","value":1.0}]"#
      ),
      (
        #"{"a/b~c":{"x":1},"z":"01234567890123456789"}"#, #"{"a/b~c":{"x":2},"z":"01234567890123456789"}"#,
        #"[{"op":"replace","path":"/a~1b~0c/x","value":2}]"#
      ),
      // Replacing the whole takes fewer bytes.
      (#"{"a":1,"b":1}"#, #"{"a":2,"b":2}"#, #"[{"op":"replace","path":"","value":{"a":2,"b":2}}]"#),
      (#"{"a":[1]}"#, "[1]", #"[{"op":"replace","path":"","value":[1]}]"#),
      ("1", "2", #"[{"op":"replace","path":"","value":2}]"#),
      (
        #"{"l":["aaaaaaaaaaaaaaaaaaaaaa","bbbbbbbbbbbbbbbbbbbbbb"]}"#, #"{"l":["bbbbbbbbbbbbbbbbbbbbbb"]}"#,
        #"[{"op":"remove","path":"/l/0"}]"#
      ),
      (
        #"{"l":["aaaaaaaaaaaaaaaaaaaaaa","cccccccccccccccccccccc"]}"#,
        #"{"l":["aaaaaaaaaaaaaaaaaaaaaa","b","cccccccccccccccccccccc"]}"#,
        #"[{"op":"add","path":"/l/1","value":"b"}]"#
      ),
      (
        #"{"l":["aaaaaaaaaaaaaaaaaaaaaa","x","cccccccccccccccccccccc"]}"#,
        #"{"l":["aaaaaaaaaaaaaaaaaaaaaa","y","cccccccccccccccccccccc"]}"#,
        #"[{"op":"replace","path":"/l/1","value":"y"}]"#
      ),
    ])
  func minimal(from: String, to: String, patch: String) throws {
    #expect(try difference(from: from, to: to) == patch)
  }

  static let pod = """
    {"metadata":{"name":"web","labels":{"app":"web"}},"spec":{"containers":[
    {"name":"a","image":"nginx:1.25","env":[{"name":"X","value":"1"},{"name":"Y","value":"2"}]},
    {"name":"b","image":"redis:7","args":["--appendonly","yes"]},{"name":"c","image":"busybox:1.36"}]}}
    """

  @Test(
    "says of containers what a reader would say",
    arguments: [
      (
        "a sidecar in front", #"{"name":"a""#, #"{"name":"mesh","image":"mesh/proxy:v1"},{"name":"a""#,
        #"[{"op":"add","path":"/spec/containers/0","value":{"name":"mesh","image":"mesh/proxy:v1"}}]"#
      ),
      (
        "one less", #",{"name":"c","image":"busybox:1.36"}"#, "", #"[{"op":"remove","path":"/spec/containers/2"}]"#
      ),
      (
        "another image", "redis:7", "redis:8",
        #"[{"op":"replace","path":"/spec/containers/1/image","value":"redis:8"}]"#
      ),
      (
        "a variable more", #"{"name":"Y","value":"2"}"#,
        #"{"name":"Y","value":"2"},{"name":"CLUSTER","value":"prod-1"}"#,
        #"[{"op":"add","path":"/spec/containers/0/env/2","value":{"name":"CLUSTER","value":"prod-1"}}]"#
      ),
      (
        "a label", #""app":"web""#, #""app":"web","example.com/owner":"ada""#,
        #"[{"op":"add","path":"/metadata/labels/example.com~1owner","value":"ada"}]"#
      ),
    ])
  func containers(_: String, piece: String, changed: String, patch: String) throws {
    let from = try ParsedText(Self.pod)
    let to = try ParsedText(Self.pod.replacing(piece, with: changed, maxReplacements: 1))
    #expect(difference(from: from, to: to) == patch)
    #expect(verifies(patch, from: from, to: to))
  }

  @Test("removes one container and changes the next, by name")
  func alignment() throws {
    let to = Self.pod.replacing(
      #"{"name":"a","image":"nginx:1.25","env":[{"name":"X","value":"1"},{"name":"Y","value":"2"}]},"#, with: ""
    )
    .replacing("redis:7", with: "redis:8").replacing("\n", with: "")
    #expect(
      try difference(from: Self.pod, to: to)
        == #"[{"op":"remove","path":"/spec/containers/0"},{"op":"replace","path":"/spec/containers/0/image","value":"redis:8"}]"#
    )
  }

  @Test("stands below a prefix")
  func prefix() throws {
    #expect(
      try difference(from: "{}", to: #"{"a":1}"#, at: "/spec/template")
        == #"[{"op":"add","path":"/spec/template/a","value":1}]"#)
    #expect(
      try difference(from: "1", to: "2", at: "/spec/template")
        == #"[{"op":"replace","path":"/spec/template","value":2}]"#)
  }

  @Test("of huge arrays takes bounded work and still holds")
  func hugeArrays() throws {
    let numbers = (0..<200_000).map(String.init)
    let shuffled = numbers.reversed().joined(separator: ",")
    let from = try ParsedText(#"{"l":[\#(numbers.joined(separator: ","))],"m":1}"#)
    let to = try ParsedText(#"{"l":[\#(shuffled)],"m":1}"#)
    let patch = difference(from: from, to: to)
    #expect(patch == #"[{"op":"replace","path":"/l","value":[\#(shuffled)]}]"#)
    #expect(verifies(patch, from: from, to: to))
  }

  @Test("of huge objects in another order replaces all when it takes too many steps")
  func hugeObjects() throws {
    let keys = (0..<20_000).map { #""k\#($0)":1"# }
    let from = try ParsedText("{\(keys.joined(separator: ","))}")
    let other = "{\(keys.reversed().joined(separator: ",")),\"x\":1}"
    let to = try ParsedText(other)
    let patch = difference(from: from, to: to)
    #expect(patch == #"[{"op":"replace","path":"","value":\#(other)}]"#)
  }

  @Test("that is wrong is noticed")
  func verification() throws {
    let from = try ParsedText(#"{"a":1}"#)
    #expect(verifies(#"[{"op":"add","path":"/a","value":2}]"#, from: from, to: try ParsedText(#"{"a":2}"#)))
    #expect(!verifies(#"[{"op":"add","path":"/a","value":2}]"#, from: from, to: try ParsedText(#"{"a":2.0}"#)))
    #expect(!verifies(#"[{"op":"add","path":"/b","value":2}]"#, from: from, to: try ParsedText(#"{"a":1}"#)))
    #expect(!verifies("[]", from: from, to: try ParsedText(#"{"a":2}"#)))
    #expect(!verifies(#"[{"op":"remove","path":"/b"}]"#, from: from, to: from))
    #expect(verifies("[]", from: from, to: from))
  }
}

func verifies(_ patch: String, from: ParsedText, to: ParsedText) -> Bool {
  guard let parsed = try? ParsedText(patch) else { return false }
  let arena = Arena()
  return JSONPatch.verify(parsed.root, from: from.root, gives: to.root, arena: arena.handle)
}
