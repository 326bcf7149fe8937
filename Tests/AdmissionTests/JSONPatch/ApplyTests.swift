import Admission
import Testing

/// What the library of an API server does with patches that RFC 6902 says less, or something else, about.
@Suite("A patch that is applied")
struct ApplyTests {
  struct Case: CustomTestStringConvertible {
    let document: String
    let patch: String
    let result: Patched

    var testDescription: String { "\(patch) on \(document)" }

    init(_ document: String, _ patch: String, _ result: Patched) {
      self.document = document
      self.patch = patch
      self.result = result
    }

    init(_ document: String, _ patch: String, _ result: String) { self.init(document, patch, .document(result)) }
  }

  static let additions = [
    Case("{}", #"[]"#, "{}"),
    Case(#"{"a":1}"#, #"[{"op":"add","path":"/a","value":2}]"#, #"{"a":2}"#),
    Case(#"{"a":null}"#, #"[{"op":"add","path":"/a","value":2}]"#, #"{"a":2}"#),
    Case("{}", #"[{"op":"add","path":"/a"}]"#, #"{"a":null}"#),
    Case("{}", #"[{"op":"add","path":"/a","value":null}]"#, #"{"a":null}"#),
    Case("{}", #"[{"op":"add","path":"/","value":1}]"#, #"{"":1}"#),
    Case("{}", #"[{"op":"add","path":"/-","value":1}]"#, #"{"-":1}"#),
    Case("{}", #"[{"op":"add","path":"/a~1b~0c","value":1}]"#, #"{"a/b~c":1}"#),
    Case("{}", #"[{"op":"add","path":"/~01~","value":1}]"#, #"{"~1~":1}"#),
    Case("{}", #"[{"op":"add","path":"/\u0061","value":1}]"#, #"{"a":1}"#),
    Case(#"{"\u0061":1}"#, #"[{"op":"add","path":"/a","value":2}]"#, #"{"a":2}"#),
    Case("{}", #"[{"op":"add","path":"/a\"b","value":1}]"#, #"{"a\"b":1}"#),
    // What stands before the first slash counts for nothing.
    Case("{}", #"[{"op":"add","path":"x/a","value":1}]"#, #"{"a":1}"#),
    Case("{}", #"[{"op":"add","path":"/a","value":{}},{"op":"add","path":"/a/b","value":1}]"#, #"{"a":{"b":1}}"#),
    Case(#"{"a":[]}"#, #"[{"op":"add","path":"/a/0","value":1}]"#, #"{"a":[1]}"#),
    Case(#"{"a":[1]}"#, #"[{"op":"add","path":"/a/-","value":2}]"#, #"{"a":[1,2]}"#),
    Case(#"{"a":[1]}"#, #"[{"op":"add","path":"/a/1","value":2}]"#, #"{"a":[1,2]}"#),
    Case(#"{"a":[1,2]}"#, #"[{"op":"add","path":"/a/-1","value":3}]"#, #"{"a":[1,2,3]}"#),
    Case(#"{"a":[1,2]}"#, #"[{"op":"add","path":"/a/-3","value":3}]"#, #"{"a":[3,1,2]}"#),
    Case(#"{"a":[1,2]}"#, #"[{"op":"add","path":"/a/+1","value":3}]"#, #"{"a":[1,3,2]}"#),
    Case(#"{"a":[1,2]}"#, #"[{"op":"add","path":"/a/01","value":3}]"#, #"{"a":[1,3,2]}"#),
    Case(#"{"a":[1,2]}"#, #"[{"op":"add","path":"/a/-0","value":3}]"#, #"{"a":[3,1,2]}"#),
    Case(#"{"a":[[1]]}"#, #"[{"op":"add","path":"/a/0/-","value":2}]"#, #"{"a":[[1,2]]}"#),
    Case(#"{"a":[{"b":1}]}"#, #"[{"op":"add","path":"/a/-1/c","value":2}]"#, #"{"a":[{"b":1,"c":2}]}"#),
    Case(
      #"{"a":[1]}"#, #"[{"op":"add","path":"/a/2","value":2}]"#,
      .error("error in add for path: '/a/2': Unable to access invalid index: 2: invalid index referenced")),
    Case(
      #"{"a":[1]}"#, #"[{"op":"add","path":"/a/-3","value":2}]"#,
      .error("error in add for path: '/a/-3': Unable to access invalid index: -3: invalid index referenced")),
    Case(
      #"{"a":[1]}"#, #"[{"op":"add","path":"/a/b","value":2}]"#,
      .error(
        #"error in add for path: '/a/b': value was not a proper array index: 'b': strconv.Atoi: parsing "b": invalid syntax"#
      )),
    Case(
      #"{"a":[1]}"#, #"[{"op":"add","path":"/a/","value":2}]"#,
      .error(
        #"error in add for path: '/a/': value was not a proper array index: '': strconv.Atoi: parsing "": invalid syntax"#
      )
    ),
    Case(
      #"{"a":[1]}"#, #"[{"op":"add","path":"/a/99999999999999999999","value":2}]"#,
      .error(
        "error in add for path: '/a/99999999999999999999': value was not a proper array index: '99999999999999999999': "
          + #"strconv.Atoi: parsing "99999999999999999999": value out of range"#)),
    Case(
      #"{"a":[1]}"#, #"[{"op":"add","path":"/a/9223372036854775807","value":2}]"#,
      .error(
        "error in add for path: '/a/9223372036854775807': "
          + "Unable to access invalid index: 9223372036854775807: invalid index referenced")),
    Case(
      #"{"a":[1]}"#, #"[{"op":"add","path":"/a/-9223372036854775808","value":2}]"#,
      .error(
        "error in add for path: '/a/-9223372036854775808': "
          + "Unable to access invalid index: -9223372036854775808: invalid index referenced")),
    Case(
      #"{"a":[1]}"#, #"[{"op":"add","path":"/a/9223372036854775808","value":2}]"#,
      .error(
        "error in add for path: '/a/9223372036854775808': value was not a proper array index: '9223372036854775808': "
          + #"strconv.Atoi: parsing "9223372036854775808": value out of range"#)),
    Case(
      #"{"metadata":{}}"#, #"[{"op":"add","path":"/metadata/labels/step","value":"one"}]"#,
      .error(#"add operation does not apply: doc is missing path: "/metadata/labels/step": missing value"#)),
    Case(
      #"{"a":"x"}"#, #"[{"op":"add","path":"/a/b","value":1}]"#,
      .error(#"add operation does not apply: doc is missing path: "/a/b": missing value"#)),
    Case(
      #"{"a":null}"#, #"[{"op":"add","path":"/a/b","value":1}]"#,
      .error(#"add operation does not apply: doc is missing path: "/a/b": missing value"#)),
    Case(
      #"{"a":[1]}"#, #"[{"op":"add","path":"/a/7/b","value":1}]"#,
      .error(#"add operation does not apply: doc is missing path: "/a/7/b": missing value"#)),
    Case(
      "{}", #"[{"op":"add","path":"","value":{}}]"#,
      .error(#"add operation does not apply: doc is missing path: "": missing value"#)),
    Case(
      "{}", #"[{"op":"add","path":"a","value":1}]"#,
      .error(#"add operation does not apply: doc is missing path: "a": missing value"#)),
    Case("{}", #"[{"op":"add","value":1}]"#, .error("add operation failed to decode path: missing value")),
    Case("{}", #"[{"op":"add","path":7}]"#, .error("add operation failed to decode path: missing value")),
    Case("{}", #"[{"op":"add","path":"/\u0007"}]"#, .error("add operation failed to decode path: missing value")),
  ]

  static let removals = [
    Case(#"{"a":1,"b":2}"#, #"[{"op":"remove","path":"/a"}]"#, #"{"b":2}"#),
    Case(#"{"a":null}"#, #"[{"op":"remove","path":"/a"}]"#, "{}"),
    Case(#"{"a":[1,2,3]}"#, #"[{"op":"remove","path":"/a/0"}]"#, #"{"a":[2,3]}"#),
    Case(#"{"a":[1,2,3]}"#, #"[{"op":"remove","path":"/a/-1"}]"#, #"{"a":[1,2]}"#),
    Case(#"{"a":[1,2,3]}"#, #"[{"op":"remove","path":"/a/-3"}]"#, #"{"a":[2,3]}"#),
    Case(#"{"a":[1,null]}"#, #"[{"op":"remove","path":"/a/0"},{"op":"remove","path":"/a/0"}]"#, #"{"a":[]}"#),
    Case(
      "{}", #"[{"op":"remove","path":"/a"}]"#,
      .error("error in remove for path: '/a': Unable to remove nonexistent key: a: missing value")),
    Case(
      #"{"a":{}}"#, #"[{"op":"remove","path":"/a/b~1c"}]"#,
      .error("error in remove for path: '/a/b~1c': Unable to remove nonexistent key: b/c: missing value")),
    Case(
      #"{"a":[1]}"#, #"[{"op":"remove","path":"/a/1"}]"#,
      .error("error in remove for path: '/a/1': Unable to access invalid index: 1: invalid index referenced")),
    Case(
      #"{"a":[1]}"#, #"[{"op":"remove","path":"/a/-2"}]"#,
      .error("error in remove for path: '/a/-2': Unable to access invalid index: -2: invalid index referenced")),
    Case(
      #"{"a":[1]}"#, #"[{"op":"remove","path":"/a/-"}]"#,
      .error(#"error in remove for path: '/a/-': strconv.Atoi: parsing "-": invalid syntax"#)),
    Case(
      "{}", #"[{"op":"remove","path":"/a/b"}]"#,
      .error(#"remove operation does not apply: doc is missing path: "/a/b": missing value"#)),
    Case("{}", #"[{"op":"remove"}]"#, .error("remove operation failed to decode path: missing value")),
  ]

  static let replacements = [
    Case(#"{"a":1}"#, #"[{"op":"replace","path":"/a","value":{"b":[]}}]"#, #"{"a":{"b":[]}}"#),
    // Unlike RFC 6902, a member need not be there.
    Case("{}", #"[{"op":"replace","path":"/a","value":1}]"#, #"{"a":1}"#),
    Case(#"{"a":1}"#, #"[{"op":"replace","path":"/a"}]"#, #"{"a":null}"#),
    Case(#"{"a":[1,2]}"#, #"[{"op":"replace","path":"/a/1","value":3}]"#, #"{"a":[1,3]}"#),
    Case(#"{"a":[1,2]}"#, #"[{"op":"replace","path":"/a/-2","value":3}]"#, #"{"a":[3,2]}"#),
    Case(#"{"a":1}"#, #"[{"op":"replace","path":"","value":{"b":2}}]"#, #"{"b":2}"#),
    Case(#"{"a":1}"#, #"[{"op":"replace","path":"","value":[1]},{"op":"add","path":"/-","value":2}]"#, "[1,2]"),
    Case(
      #"{"a":1}"#, #"[{"op":"replace","path":"","value":1}]"#,
      .error("replace operation value must be object or array: %!w(<nil>)")),
    Case(
      #"{"a":[1]}"#, #"[{"op":"replace","path":"/a/1","value":2}]"#,
      .error("replace operation does not apply: doc is missing key: /a/1: missing value")),
    Case(
      #"{"a":[1]}"#, #"[{"op":"replace","path":"/a/-","value":2}]"#,
      .error("replace operation does not apply: doc is missing key: /a/-: missing value")),
    Case(
      "{}", #"[{"op":"replace","path":"/a/b","value":2}]"#,
      .error("replace operation does not apply: doc is missing path: /a/b: missing value")),
    Case(
      "{}", #"[{"op":"replace","value":2}]"#,
      .error("replace operation failed to decode path: operation missing path field: missing value")),
    Case(
      "{}", #"[{"op":"replace","path":"/\u007f","value":2}]"#,
      .error("replace operation failed to decode path: invalid character 'x' in string escape code")),
    Case(
      "{}", #"[{"op":"replace","path":true,"value":2}]"#,
      .error("replace operation failed to decode path: json: cannot unmarshal bool into Go value of type string")),
  ]

  static let moves = [
    Case(#"{"a":1}"#, #"[{"op":"move","from":"/a","path":"/b"}]"#, #"{"b":1}"#),
    Case(#"{"a":{"b":1}}"#, #"[{"op":"move","from":"/a/b","path":"/c"}]"#, #"{"a":{},"c":1}"#),
    Case(#"{"a":[1,2,3]}"#, #"[{"op":"move","from":"/a/0","path":"/a/-"}]"#, #"{"a":[2,3,1]}"#),
    Case(#"{"a":null}"#, #"[{"op":"move","from":"/a","path":"/b"}]"#, #"{"b":null}"#),
    Case(
      "{}", #"[{"op":"move","from":"/a","path":"/b"}]"#,
      .error("error in move for path: 'a': Unable to remove nonexistent key: a: missing value")),
    Case(
      #"{"a":[1]}"#, #"[{"op":"move","from":"/a/1","path":"/b"}]"#,
      .error("error in move for path: '1': Unable to access invalid index: 1: invalid index referenced")),
    Case(
      #"{"a":[1]}"#, #"[{"op":"move","from":"/a/x","path":"/b"}]"#,
      .error(#"error in move for path: 'x': strconv.Atoi: parsing "x": invalid syntax"#)),
    Case(
      #"{"a":{"b":1}}"#, #"[{"op":"move","from":"/a","path":"/a/b"}]"#,
      .error("move operation does not apply: doc is missing destination path: /a/b: missing value")),
    Case(
      #"{"a":1,"b":[]}"#, #"[{"op":"move","from":"/a","path":"/b/1"}]"#,
      .error("error in move for path: '/b/1': Unable to access invalid index: 1: invalid index referenced")),
    Case(
      "{}", #"[{"op":"move","from":"/a/b","path":"/c"}]"#,
      .error("move operation does not apply: doc is missing from path: /a/b: missing value")),
    Case(
      "{}", #"[{"op":"move","path":"/b"}]"#,
      .error("move operation failed to decode from: operation, missing from field: missing value")),
    Case(
      #"{"a":1}"#, #"[{"op":"move","from":"/a"}]"#,
      .error("move operation failed to decode path: operation missing path field: missing value")),
  ]

  static let copies = [
    Case(#"{"a":1}"#, #"[{"op":"copy","from":"/a","path":"/b"}]"#, #"{"a":1,"b":1}"#),
    // A copy shares nothing with its original.
    Case(
      #"{"a":{"x":{"y":1}}}"#,
      #"[{"op":"copy","from":"/a","path":"/b"},{"op":"add","path":"/a/x/y","value":2},{"op":"add","path":"/b/x/z","value":3}]"#,
      #"{"a":{"x":{"y":2}},"b":{"x":{"y":1,"z":3}}}"#),
    Case(
      #"{"a":{"x":1}}"#,
      #"[{"op":"add","path":"/a/y","value":2},{"op":"copy","from":"/a","path":"/b"},{"op":"remove","path":"/a/y"}]"#,
      #"{"a":{"x":1},"b":{"x":1,"y":2}}"#),
    // Into itself: the copy is of what was there before.
    Case(#"{"a":{"x":1}}"#, #"[{"op":"copy","from":"/a","path":"/a/b"}]"#, #"{"a":{"x":1,"b":{"x":1}}}"#),
    Case(#"{"a":[1,2]}"#, #"[{"op":"copy","from":"/a/-1","path":"/a/0"}]"#, #"{"a":[2,1,2]}"#),
    // What is not there is copied as null.
    Case("{}", #"[{"op":"copy","from":"/a","path":"/b"}]"#, #"{"b":null}"#),
    Case(
      #"{"a":[1]}"#, #"[{"op":"copy","from":"/a/1","path":"/b"}]"#,
      .error("error in copy for from: '/a/1': Unable to access invalid index: 1: invalid index referenced")),
    Case(
      #"{"a":[1]}"#, #"[{"op":"copy","from":"/a/0","path":"/a/5"}]"#,
      .error("error while adding value during copy: Unable to access invalid index: 5: invalid index referenced")),
    Case(
      #"{"a":1}"#, #"[{"op":"copy","from":"/a","path":"/b/c"}]"#,
      .error("copy operation does not apply: doc is missing destination path: /b/c: missing value")),
    Case(
      "{}", #"[{"op":"copy","from":"/a/b","path":"/c"}]"#,
      .error("copy operation does not apply: doc is missing from path: /a/b: missing value")),
    Case(
      "{}", #"[{"op":"copy","path":"/c"}]"#,
      .error("copy operation failed to decode from: operation, missing from field: missing value")),
    Case(#"{"a":1}"#, #"[{"op":"copy","from":"/a"}]"#, .error("copy operation failed to decode path: missing value")),
  ]

  /// A `null` that an operation puts somewhere is an object without members to the library.
  static let nulls = [
    Case(
      "{}", #"[{"op":"add","path":"/a","value":null},{"op":"remove","path":"/a/b"}]"#,
      .error("error in remove for path: '/a/b': Unable to remove nonexistent key: b: missing value")),
    Case(
      "{}", #"[{"op":"add","path":"/a","value":null},{"op":"copy","from":"/a/b","path":"/c"}]"#,
      #"{"a":null,"c":null}"#),
    Case(
      "{}",
      #"[{"op":"add","path":"/a","value":null},{"op":"copy","from":"/a/b","path":"/c"},{"op":"copy","from":"/a","path":"/d"}]"#,
      #"{"a":null,"c":null,"d":null}"#),
    Case(
      "{}", #"[{"op":"add","path":"/a","value":null},{"op":"add","path":"/a/b","value":1}]"#,
      .error("error in add for path: '/a/b': assignment to entry in nil map")),
    Case(
      "{}", #"[{"op":"add","path":"/a","value":null},{"op":"replace","path":"/a/b","value":1}]"#,
      .error("error in replace for path: '/a/b': assignment to entry in nil map")),
    Case(
      "{}", #"[{"op":"add","path":"/a","value":null},{"op":"test","path":"/a/b","value":1}]"#,
      .testFailed("testing value /a/b failed: test failed")),
    Case(
      "{}", #"[{"op":"add","path":"/a","value":null},{"op":"test","path":"","value":{"a":null}}]"#,
      .testFailed("testing value  failed: test failed")),
    Case(
      "{}", #"[{"op":"add","path":"/a","value":null},{"op":"test","path":"","value":{"a":{}}}]"#, #"{"a":null}"#),
    Case("{}", #"[{"op":"replace","path":"","value":null}]"#, "null"),
    Case(#"{"a":1}"#, #"[{"op":"replace","path":"","value":null},{"op":"replace","path":"","value":[]}]"#, "[]"),
  ]

  static let unknown = [
    Case("{}", #"[{"op":"merge","path":"/a"}]"#, .error("Unexpected kind: merge")),
    Case("{}", #"[{"op":"","path":"/a"}]"#, .error("Unexpected kind: ")),
    Case("{}", #"[{"path":"/a"}]"#, .error("Unexpected kind: unknown")),
    Case("{}", #"[{"op":1,"path":"/a"}]"#, .error("Unexpected kind: unknown")),
    Case("{}", "[7]", .error("Unexpected kind: unknown")),
    Case("{}", "{}", .error("a patch must be an array of operations")),
    Case("7", "[]", .error("only an object or an array can be patched")),
    // The first mistake ends it, and nothing of what came before stays.
    Case(
      #"{"a":1}"#, #"[{"op":"add","path":"/b","value":1},{"op":"remove","path":"/c"}]"#,
      .error("error in remove for path: '/c': Unable to remove nonexistent key: c: missing value")),
  ]

  @Test(
    "changes the document, or says why not",
    arguments: [additions, removals, replacements, moves, copies, nulls, unknown].flatMap { $0 })
  func cases(_ example: Case) throws {
    #expect(try patched(example.document, by: example.patch) == example.result)
  }
}
