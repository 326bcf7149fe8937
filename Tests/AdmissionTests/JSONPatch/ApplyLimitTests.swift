import Admission
import JSON
import Testing

@Suite("The limits of a patch")
struct ApplyLimitTests {
  @Test("allow 10,000 operations and no more")
  func operations() throws {
    let add = #"{"op":"add","path":"/a","value":1}"#
    let most = Array(repeating: add, count: JSONPatch.maximumOperations)
    #expect(try patched("{}", by: "[\(most.joined(separator: ","))]") == .document(#"{"a":1}"#))
    #expect(
      try patched("{}", by: "[\((most + [add]).joined(separator: ","))]")
        == .error("a patch may have at most 10000 operations"))
  }

  @Test("allow copies of 3 MiB and no more")
  func copies() throws {
    let text = String(repeating: "x", count: (1 << 20) - 2)
    let copy = #"{"op":"copy","from":"/a","path":"/b"}"#
    guard case .document = try patched(#"{"a":"\#(text)"}"#, by: "[\(copy),\(copy),\(copy)]") else {
      Issue.record("three copies of a mebibyte are allowed")
      return
    }
    #expect(
      try patched(
        #"{"a":"\#(text)","c":1}"#, by: #"[\#(copy),\#(copy),\#(copy),{"op":"copy","from":"/c","path":"/b"}]"#)
        == .error(
          "Unable to complete the copy, the accumulated size increase of copy is 3145729, exceeding the limit 3145728"))
  }

  @Test("stop copies that double with every step")
  func bomb() throws {
    let double = #"{"op":"copy","from":"/a","path":"/a/-"}"#
    let patch = "[\(Array(repeating: double, count: 64).joined(separator: ","))]"
    guard case .error(let text) = try patched(#"{"a":["0123456789"]}"#, by: patch) else {
      Issue.record("a patch may not grow without bounds")
      return
    }
    #expect(text.hasPrefix("Unable to complete the copy"))
  }

  @Test("stop documents that nest deeper than a tape allows")
  func depth() throws {
    // Each copy goes to the innermost place, so that the depth doubles.
    var patch: [String] = []
    var depth = 1
    for _ in 0..<12 {
      patch.append(#"{"op":"copy","from":"/a","path":"/a\#(String(repeating: "/x", count: depth))"}"#)
      depth *= 2
    }
    #expect(
      try patched(#"{"a":{}}"#, by: "[\(patch.joined(separator: ","))]")
        == .error("the result would be nested deeper than 512 levels"))
  }

  @Test("stop operations that each move a huge array")
  func work() throws {
    let array = "[\(Array(repeating: "1", count: 100_000).joined(separator: ","))]"
    let add = #"{"op":"add","path":"/a/0","value":1}"#
    let few = "[\(Array(repeating: add, count: 10).joined(separator: ","))]"
    guard case .document = try patched(#"{"a":\#(array)}"#, by: few) else {
      Issue.record("a few operations on a large array are allowed")
      return
    }
    let many = "[\(Array(repeating: add, count: 1_000).joined(separator: ","))]"
    #expect(
      try patched(#"{"a":\#(array)}"#, by: many) == .error("applying the patch takes more than 16777216 steps"))
  }
}
