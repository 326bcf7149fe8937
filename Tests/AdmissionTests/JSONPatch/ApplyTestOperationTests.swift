import Admission
import Testing

@Suite("The operation `test`")
struct ApplyTestOperationTests {
  @Test(
    "passes",
    arguments: [
      (#"{"a":1}"#, #""path":"/a","value":1"#),
      (#"{"a":1}"#, #""path":"/a","value":1.0"#),
      (#"{"a":100}"#, #""path":"/a","value":1e2"#),
      (#"{"a":9007199254740993}"#, #""path":"/a","value":9007199254740993"#),
      (#"{"a":"x"}"#, #""path":"/a","value":"\u0078""#),
      (#"{"a":true}"#, #""path":"/a","value":true"#),
      (#"{"a":{"b":1,"c":[{"d":2,"e":null}]}}"#, #""path":"/a","value":{"c":[{"e":null,"d":2}],"b":1}"#),
      (#"{"a":{"b":1}}"#, #""path":"","value":{"a":{"b":1}}"#),
      (#"{"a":[1,2]}"#, #""path":"/a/-1","value":2"#),
      // Nothing is nothing, and empty is `null`; a member that is `null` is not the value `null`, see below.
      (#"{"a":null}"#, #""path":"/a""#), ("{}", #""path":"/a""#), (#"{"a":{}}"#, #""path":"/a","value":null"#),
      (#"{"a":[]}"#, #""path":"/a","value":null"#),
    ])
  func passes(document: String, test: String) throws {
    #expect(try patched(document, by: #"[{"op":"test",\#(test)}]"#) == .document(document))
  }

  @Test(
    "fails",
    arguments: [
      (#"{"a":1}"#, #""path":"/a","value":2"#),
      (#"{"a":9007199254740993}"#, #""path":"/a","value":9007199254740992"#),
      (#"{"a":"1"}"#, #""path":"/a","value":1"#), (#"{"a":1}"#, #""path":"/a","value":"1""#),
      (#"{"a":true}"#, #""path":"/a","value":"true""#), (#"{"a":"null"}"#, #""path":"/a","value":null"#),
      (#"{"a":{"b":1}}"#, #""path":"/a","value":{"b":1,"c":2}"#), (#"{"a":{"b":1}}"#, #""path":"/a","value":{}"#),
      (#"{"a":{"b":1}}"#, #""path":"/a","value":null"#), (#"{"a":{}}"#, #""path":"/a","value":[]"#),
      (#"{"a":[1,2]}"#, #""path":"/a","value":[2,1]"#), (#"{"a":[1]}"#, #""path":"/a","value":[1,1]"#),
      ("{}", #""path":"/a","value":null"#), (#"{"a":null}"#, #""path":"/a","value":null"#),
      (#"{"a":1}"#, #""path":"/a""#), (#"{"a":0}"#, #""path":"/a","value":null"#),
    ])
  func fails(document: String, test: String) throws {
    #expect(
      try patched(document, by: #"[{"op":"test",\#(test)}]"#) == .testFailed("testing value /a failed: test failed"))
  }

  @Test(
    "is an error where its path leads nowhere",
    arguments: [
      (#""path":"/a/b","value":1"#, "test operation does not apply: is missing path: /a/b: missing value"),
      (
        #""path":"/l/1","value":1"#,
        "error in test for path: '/l/1': Unable to access invalid index: 1: invalid index referenced"
      ),
      (#""path":"/l/x","value":1"#, #"error in test for path: '/l/x': strconv.Atoi: parsing "x": invalid syntax"#),
      (#""value":1"#, "test operation failed to decode path: operation missing path field: missing value"),
    ])
  func errors(test: String, message: String) throws {
    #expect(try patched(#"{"l":[1]}"#, by: #"[{"op":"test",\#(test)}]"#) == .error(message))
  }

  @Test("sees what operations before it did")
  func order() throws {
    let patch = """
      [{"op":"add","path":"/l/-","value":{"b":2}},{"op":"add","path":"/l/0/c","value":[null]},{"op":"remove","path":"/x"},
      {"op":"test","path":"","value":{"l":[{"c":[null],"a":1},{"b":2}]}},{"op":"test","path":"/l/1","value":{"b":2}},
      {"op":"replace","path":"/l","value":null},{"op":"test","path":"/l","value":null}]
      """
    #expect(try patched(#"{"l":[{"a":1}],"x":0}"#, by: patch) == .document(#"{"l":null}"#))
  }

  @Test("keeps all other operations from having an effect when it fails")
  func atomicity() throws {
    let patch = #"[{"op":"add","path":"/b","value":1},{"op":"test","path":"/a","value":2}]"#
    #expect(try patched(#"{"a":1}"#, by: patch) == .testFailed("testing value /a failed: test failed"))
  }
}
