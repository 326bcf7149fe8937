import Admission
import Testing

/// The examples of RFC 6902, appendix A, and of RFC 6901, section 5.
@Suite("Patches of RFC 6902's appendix")
struct StandardExampleTests {
  struct Example: CustomTestStringConvertible {
    let section: String
    let document: String
    let patch: String
    let result: Patched

    var testDescription: String { section }

    init(_ section: String, _ document: String, _ patch: String, _ result: Patched) {
      self.section = section
      self.document = document
      self.patch = patch
      self.result = result
    }
  }

  static let examples = [
    Example(
      "A.1 adding an object member", #"{"foo":"bar"}"#, #"[{"op":"add","path":"/baz","value":"qux"}]"#,
      .document(#"{"foo":"bar","baz":"qux"}"#)),
    Example(
      "A.2 adding an array element", #"{"foo":["bar","baz"]}"#, #"[{"op":"add","path":"/foo/1","value":"qux"}]"#,
      .document(#"{"foo":["bar","qux","baz"]}"#)),
    Example(
      "A.3 removing an object member", #"{"baz":"qux","foo":"bar"}"#, #"[{"op":"remove","path":"/baz"}]"#,
      .document(#"{"foo":"bar"}"#)),
    Example(
      "A.4 removing an array element", #"{"foo":["bar","qux","baz"]}"#, #"[{"op":"remove","path":"/foo/1"}]"#,
      .document(#"{"foo":["bar","baz"]}"#)),
    Example(
      "A.5 replacing a value", #"{"baz":"qux","foo":"bar"}"#, #"[{"op":"replace","path":"/baz","value":"boo"}]"#,
      .document(#"{"baz":"boo","foo":"bar"}"#)),
    Example(
      "A.6 moving a value", #"{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}"#,
      #"[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]"#,
      .document(#"{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}"#)),
    Example(
      "A.7 moving an array element", #"{"foo":["all","grass","cows","eat"]}"#,
      #"[{"op":"move","from":"/foo/1","path":"/foo/3"}]"#, .document(#"{"foo":["all","cows","eat","grass"]}"#)),
    Example(
      "A.8 testing a value: success", #"{"baz":"qux","foo":["a",2,"c"]}"#,
      #"[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]"#,
      .document(#"{"baz":"qux","foo":["a",2,"c"]}"#)),
    Example(
      "A.9 testing a value: error", #"{"baz":"qux"}"#, #"[{"op":"test","path":"/baz","value":"bar"}]"#,
      .testFailed("testing value /baz failed: test failed")),
    Example(
      "A.10 adding a nested member object", #"{"foo":"bar"}"#,
      #"[{"op":"add","path":"/child","value":{"grandchild":{}}}]"#,
      .document(#"{"foo":"bar","child":{"grandchild":{}}}"#)),
    Example(
      "A.11 ignoring unrecognized elements", #"{"foo":"bar"}"#,
      #"[{"op":"add","path":"/baz","value":"qux","xyz":123}]"#, .document(#"{"foo":"bar","baz":"qux"}"#)),
    Example(
      "A.12 adding to a nonexistent target", #"{"foo":"bar"}"#, #"[{"op":"add","path":"/baz/bat","value":"qux"}]"#,
      .error(#"add operation does not apply: doc is missing path: "/baz/bat": missing value"#)),
    // A.13 repeats a key of the patch itself: the last one wins, as in any tape.
    Example(
      "A.13 the last of two ops counts", #"{"foo":"bar","baz":1}"#,
      #"[{"op":"add","path":"/baz","value":"qux","op":"remove"}]"#, .document(#"{"foo":"bar"}"#)),
    Example(
      "A.14 ~ escape ordering", #"{"/":9,"~1":10}"#, #"[{"op":"test","path":"/~01","value":10}]"#,
      .document(#"{"/":9,"~1":10}"#)),
    Example(
      "A.15 comparing strings and numbers", #"{"/":9,"~1":10}"#, #"[{"op":"test","path":"/~01","value":"10"}]"#,
      .testFailed("testing value /~01 failed: test failed")),
    Example(
      "A.16 adding an array value", #"{"foo":["bar"]}"#, #"[{"op":"add","path":"/foo/-","value":["abc","def"]}]"#,
      .document(#"{"foo":["bar",["abc","def"]]}"#)),
  ]

  @Test("give the appendix's result", arguments: examples)
  func appendix(_ example: Example) throws {
    #expect(try patched(example.document, by: example.patch) == example.result)
  }

  @Test(
    "find what RFC 6901's pointers point at",
    arguments: [
      ("", #"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}"#),
      ("/foo", #"["bar","baz"]"#), ("/foo/0", #""bar""#), ("/", "0"), ("/a~1b", "1"), ("/c%d", "2"), ("/e^f", "3"),
      ("/g|h", "4"), (#"/i\\j"#, "5"), (#"/k\"l"#, "6"), ("/ ", "7"), ("/m~0n", "8"),
    ])
  func pointers(path: String, value: String) throws {
    let document = #"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}"#
    #expect(
      try patched(document, by: #"[{"op":"test","path":"\#(path)","value":\#(value)}]"#) == .document(document))
  }
}
