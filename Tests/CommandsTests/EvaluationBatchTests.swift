import CEL
import Commands
import Foundation
import JSON
import Memory
import TestSupport
import Testing

@Suite("Batches of expressions")
struct EvaluationBatchTests {
  @Test(
    "give a value, an error or a type for each line",
    arguments: [
      (#"{"name": "sum", "expr": "1 + 1"}"#, #"{"name":"sum","value":{"int64_value":"2"}}"#),
      (#"{"expr": "1u"}"#, #"{"name":"","value":{"uint64_value":"1"}}"#),
      (
        #"{"expr": "[-0.0, 0.0 / 0.0, -1.0 / 0.0, 1.5]"}"#,
        #"{"name":"","value":{"list_value":{"values":[{"double_value":"-0"},{"double_value":"NaN"},{"double_value":"-Infinity"},{"double_value":1.5}]}}}"#
      ),
      (
        #"{"expr": "{'a': b'\\xff'}"}"#,
        #"{"name":"","value":{"map_value":{"entries":[{"key":{"string_value":"a"},"value":{"bytes_value":"/w=="}}]}}}"#
      ),
      (
        #"{"expr": "[[], {}, null, int]"}"#,
        #"{"name":"","value":{"list_value":{"values":[{"list_value":{}},{"map_value":{}},{"null_value":null},{"type_value":"int"}]}}}"#
      ),
      (#"{"expr": "1 / 0"}"#, #"{"name":"","error":"division by zero"}"#),
      (
        #"{"expr": "[1].map(x, type(x))", "check_only": true}"#,
        #"{"name":"","type":{"list_type":{"elem_type":{"type":{"primitive":"INT64"}}}}}"#
      ),
      (
        #"{"expr": "optional.of({'a': timestamp(0)})", "check_only": true}"#,
        #"{"name":"","type":{"abstract_type":{"name":"optional_type","parameter_types":[{"map_type":{"key_type":{"primitive":"STRING"},"value_type":{"well_known":"TIMESTAMP"}}}]}}}"#
      ),
      (
        #"{"expr": "x + 1", "type_env": [{"name": "x", "ident": {"type": {"primitive": "INT64"}}}], "bindings": {"x": {"value": {"int64_value": "41"}}}}"#,
        #"{"name":"","value":{"int64_value":"42"}}"#
      ),
      (
        #"{"expr": "b.c", "container": "a", "type_env": [{"name": "a.b.c", "ident": {"type": {"dyn": {}}}}], "bindings": {"a.b.c": {"value": {"list_value": {"values": [{"bool_value": true}]}}}}}"#,
        #"{"name":"","value":{"list_value":{"values":[{"bool_value":true}]}}}"#
      ),
      (#"{"expr": "1 + 'a'", "disable_check": true}"#, #"{"name":"","error":"no such overload"}"#),
      (
        #"{"expr": "d", "type_env": [{"name": "d", "ident": {"type": {"well_known": "DURATION"}}}], "bindings": {"d": {"value": {"object_value": {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "1.5s"}}}}}"#,
        #"{"name":"","value":{"object_value":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1.5s"}}}"#
      ),
    ])
  func results(line: String, expected: String) {
    #expect(Batching.text(line, .full) == expected + "\n")
  }

  @Test("show mistakes with a caret")
  func mistake() {
    let result = Batching.text(#"{"expr": "1 + x"}"#, .kubernetes)
    #expect(
      result
        == #"{"name":"","error":"ERROR: <input>:1:5: undeclared reference to 'x' (in container '')\n | 1 + x\n | ....^"}"#
        + "\n")
  }

  @Test("have the environment that is asked for")
  func environments() {
    #expect(Batching.text(#"{"expr": "math.abs(-1)"}"#, .kubernetes).contains("undeclared reference to 'math'"))
    #expect(Batching.text(#"{"expr": "math.abs(-1)"}"#, .full).contains(#""int64_value":"1""#))
    #expect(Batching.text(#"{"expr": "[1, 'a']"}"#, .kubernetes).contains("expected type"))
    #expect(Batching.text(#"{"expr": "{'a': 1, 'a': 2}"}"#, .full).contains("repeated key"))
  }

  @Test(
    "refuse a line that is none",
    arguments: [
      ("nonsense", "is not JSON"), ("[]", "is not an object with an `expr`"),
      (#"{"name": "a"}"#, "is not an object with an `expr`"),
      (#"{"expr": 1}"#, "is not an object with an `expr`"), (#"{"expr": "x", "bindings": {"x": 1}}"#, "a binding is"),
      (
        #"{"expr": "1", "bindings": {"x": {"value": {"int64_value": "a"}}}}"#,
        "`int64_value` does not hold such a value"
      ),
      (#"{"expr": "1", "bindings": {"x": {"value": {"enum_value": 1}}}}"#, "`enum_value` is not supported"),
      (#"{"expr": "1", "bindings": {"x": {"value": {"map_value": {"entries": [{}]}}}}}"#, "an entry of a map has"),
      (#"{"expr": "1", "type_env": [{}]}"#, "has a `name`"),
      (
        #"{"expr": "1", "type_env": [{"name": "x", "ident": {"type": {"primitive": "FLOAT"}}}]}"#,
        "the type `primitive` is not supported"
      ),
      (#"{"expr": "1", "type_env": [{"name": "x", "ident": {}}]}"#, "a type is an object"),
    ])
  func broken(line: String, reason: String) {
    let result = Batching.text(line, .full)
    #expect(result.hasPrefix("broken: ") && result.contains(reason), "\(result)")
  }

  @Test("go on after a broken line")
  func goesOn() throws {
    var batch = EvaluationBatch(profile: .full)
    var output = ByteBuffer()
    for line in [
      #"{"name": "a", "expr": "1"}"#, #"{"name": "b", "expr": "x", "bindings": {"x": 0}}"#,
      #"{"name": "c", "expr": "2"}"#,
    ] {
      line.withByteSlice { try? batch.evaluate($0, into: &output) }
    }
    #expect(output.bytes.string.split(separator: "\n").count == 2)
  }

  @Test("survive any line")
  func fuzz() {
    let corpus = [
      #"{"name":"a","expr":"x + [1].map(y, y)","bindings":{"x":{"value":{"list_value":{"values":[{"int64_value":"1"}]}}}},"type_env":[{"name":"x","ident":{"type":{"list_type":{"elem_type":{"primitive":"INT64"}}}}}]}"#,
      #"{"expr":"f(m)","check_only":true,"type_env":[{"name":"f","function":{"overloads":[{"overload_id":"f","params":[{"map_type":{"key_type":{"dyn":{}},"value_type":{"type_param":"T"}}}],"result_type":{"type_param":"T"}}]}},{"name":"m","ident":{"type":{"abstract_type":{"name":"optional_type","parameter_types":[{"null":null}]}}}}]}"#,
      #"{"expr":"x","disable_check":true,"container":"a.b","bindings":{"x":{"value":{"map_value":{"entries":[{"key":{"double_value":"-0"},"value":{"bytes_value":"/w=="}}]}}}}}"#,
    ]
    var mutator = Mutator(
      corpus: corpus.map { Array($0.utf8) },
      dictionary: ["{}", "[]", "null", "\"value\":", "\"uint64_value\":", "\"object_value\":", "\"type\":{", "1e999"],
      seed: 5)
    var batch = EvaluationBatch(profile: .full)
    for _ in 0..<3_000 {
      var output = ByteBuffer()
      let line = mutator.next()
      line.withUnsafeBufferPointer { try? batch.evaluate(ByteSlice($0), into: &output) }
      if !output.isEmpty {
        var tape = Tape()
        #expect(throws: Never.self) { try tape.parse(output.bytes) }
      }
    }
  }
}

@Suite("Values for people")
struct ValueFormTests {
  private func form(_ json: String, _ write: (Cursor, inout ByteBuffer) -> Void) throws -> String {
    var buffer = ByteBuffer()
    var tape = Tape()
    try json.withByteSlice { text in
      try tape.parse(text)
      write(tape.root, &buffer)
    }
    return buffer.bytes.string
  }

  @Test(
    "are block YAML that reads back as the same",
    arguments: [
      (
        #"{"a":1,"b":["x",{"c":null,"d":[]}],"e":{"f":"yes"}}"#, "a: 1\nb:\n- x\n- c: null\n  d: []\ne:\n  f: \"yes\"\n"
      ),
      (#"[[1,2],[3]]"#, "- - 1\n  - 2\n- - 3\n"), (#"[{"a":{"b":1},"c":2}]"#, "- a:\n    b: 1\n  c: 2\n"),
      (#""a: b""#, "\"a: b\"\n"), ("1.5", "1.5\n"),
      (#"["-", "null", "1", "", "é"]"#, "- \"-\"\n- \"null\"\n- \"1\"\n- \"\"\n- \"é\"\n"),
      ("{}", "{}\n"),
    ])
  func yaml(json: String, expected: String) throws {
    #expect(try form(json) { YAMLWriter.write($0, to: &$1) } == expected)
  }

  @Test(
    "are tables where they have rows",
    arguments: [
      (#"[{"name":"app","image":"x"},{"name":"db","port":5}]"#, "NAME  IMAGE  PORT\napp   x\ndb           5\n"),
      (#"{"a":1,"long":[1]}"#, "KEY   VALUE\na     1\nlong  [1]\n"), (#"["a\nb",2]"#, "a b\n2\n"), ("true", "true\n"),
      ("[]", ""),
    ])
  func table(json: String, expected: String) throws {
    #expect(try form(json) { ValueTable.write($0, to: &$1) } == expected)
  }
}
