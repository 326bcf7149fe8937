import CEL
import Testing

/// What is said of expressions that are not of CEL's grammar. The messages are those that an ANTLR parser for CEL's grammar
/// gives, which is what an API server uses.
@Suite("Syntax errors")
struct SyntaxErrorTests {
  /// What can begin an operand.
  private static let operand =
    "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"

  /// Sources and their issues, with OPERAND for the tokens that can begin an operand.
  static let cases: [(source: String, issues: [String])] = [
    ("", ["1:1: mismatched input '<EOF>' expecting OPERAND"]),
    ("a b", ["1:3: extraneous input 'b' expecting <EOF>"]),
    ("a b c", ["1:3: mismatched input 'b' expecting <EOF>"]),
    ("1 + ", ["1:5: mismatched input '<EOF>' expecting OPERAND"]),
    ("1 + + 2", ["1:5: extraneous input '+' expecting OPERAND"]),
    ("(1", ["1:3: missing ')' at '<EOF>'"]),
    ("f(1", ["1:4: missing ')' at '<EOF>'"]),
    ("[1, 2", ["1:6: mismatched input '<EOF>' expecting {']', ','}"]),
    ("[1 2]", ["1:4: extraneous input '2' expecting {']', ','}"]),
    ("{1: 2", ["1:6: mismatched input '<EOF>' expecting {'}', ','}"]),
    ("{1}", ["1:3: mismatched input '}' expecting ':'"]),
    ("{a: b: c}", ["1:6: mismatched input ':' expecting {'}', ','}"]),
    ("M{a 1}", ["1:5: missing ':' at '1'"]),
    ("M{1: 2}", ["1:3: mismatched input '1' expecting {'}', ',', '?', IDENTIFIER, ESC_IDENTIFIER}"]),
    (
      "M{{}}",
      [
        "1:3: extraneous input '{' expecting {'}', ',', '?', IDENTIFIER, ESC_IDENTIFIER}",
        "1:5: extraneous input '}' expecting <EOF>",
      ]
    ),
    ("a.", ["1:3: no viable alternative at input '.'"]),
    ("a.1", ["1:2: extraneous input '.1' expecting <EOF>"]),
    ("a.'b'", ["1:3: no viable alternative at input '.'b''"]),
    ("a.true", ["1:3: mismatched input 'true' expecting IDENTIFIER"]),
    (
      "a.in",
      [
        "1:3: no viable alternative at input '.in'",
        "1:5: mismatched input '<EOF>' expecting OPERAND",
      ]
    ),
    ("a.b.?", ["1:6: mismatched input '<EOF>' expecting {IDENTIFIER, ESC_IDENTIFIER}"]),
    (
      "a[",
      [
        "1:3: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', '?', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"
      ]
    ),
    ("a[1", ["1:4: missing ']' at '<EOF>'"]),
    (
      "a[]",
      [
        "1:3: mismatched input ']' expecting {'[', '{', '(', '.', '-', '!', '?', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"
      ]
    ),
    ("a ? b", ["1:6: mismatched input '<EOF>' expecting ':'"]),
    ("a ? b ? c : d : e", ["1:7: mismatched input '?' expecting ':'"]),
    (
      "a ? : b",
      [
        "1:5: extraneous input ':' expecting OPERAND",
        "1:8: mismatched input '<EOF>' expecting ':'",
      ]
    ),
    ("!-x", ["1:3: no viable alternative at input '-x'"]),
    ("-!x", ["1:2: no viable alternative at input '-!'"]),
    ("--", ["1:3: no viable alternative at input '-'", "1:3: mismatched input '<EOF>' expecting OPERAND"]),
    (
      "in",
      [
        "1:1: mismatched input 'in' expecting OPERAND",
        "1:3: mismatched input '<EOF>' expecting OPERAND",
      ]
    ),
    ("a in", ["1:5: mismatched input '<EOF>' expecting OPERAND"]),
    ("'a", ["1:1: token recognition error at: ''a'", "1:3: mismatched input '<EOF>' expecting OPERAND"]),
    (
      "'\\q'",
      [
        "1:1: token recognition error at: ''\\q'",
        "1:4: token recognition error at: '''",
        "1:5: mismatched input '<EOF>' expecting OPERAND",
      ]
    ),
    ("a & b", ["1:3: token recognition error at: '& '", "1:5: extraneous input 'b' expecting <EOF>"]),
    ("a = 1", ["1:3: token recognition error at: '= '", "1:5: extraneous input '1' expecting <EOF>"]),
    ("a | b || ", ["1:3: token recognition error at: '| '", "1:5: mismatched input 'b' expecting <EOF>"]),
    ("é", ["1:1: token recognition error at: 'é'", "1:2: mismatched input '<EOF>' expecting OPERAND"]),
    ("a.`b", ["1:3: token recognition error at: '`b'", "1:5: no viable alternative at input '.'"]),
    ("f(1,)", ["1:5: mismatched input ')' expecting OPERAND"]),
    (
      "f(,1)",
      [
        "1:3: extraneous input ',' expecting {'[', '{', '(', ')', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"
      ]
    ),
    (
      "* + f(",
      [
        "1:1: mismatched input '*' expecting OPERAND",
        "1:3: extraneous input '+' expecting OPERAND",
        "1:7: mismatched input '<EOF>' expecting {'[', '{', '(', ')', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}",
      ]
    ),
    ("a && && b", ["1:6: extraneous input '&&' expecting OPERAND"]),
    ("{,,}", ["1:3: extraneous input ',' expecting '}'"]),
    ("[1,,2]", ["1:4: mismatched input ',' expecting ']'"]),
    ("1.2.3", ["1:4: extraneous input '.3' expecting <EOF>"]),
    ("x.y{", ["1:5: mismatched input '<EOF>' expecting {'}', ',', '?', IDENTIFIER, ESC_IDENTIFIER}"]),
    ("x.y{a", ["1:6: mismatched input '<EOF>' expecting ':'"]),
    ("a\n  .b(\n c c)", ["3:4: extraneous input 'c' expecting ')'"]),
    (
      ")(",
      [
        "1:1: extraneous input ')' expecting OPERAND",
        "1:3: mismatched input '<EOF>' expecting OPERAND",
      ]
    ),
    ("a.b(c", ["1:6: missing ')' at '<EOF>'"]),
    ("f(a.)", ["1:5: no viable alternative at input '.)'"]),
    ("{'a': [1, {2: }]}", ["1:15: mismatched input '}' expecting OPERAND"]),
    (
      "has(",
      [
        "1:5: mismatched input '<EOF>' expecting {'[', '{', '(', ')', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"
      ]
    ),
    ("x +* y - (z", ["1:4: extraneous input '*' expecting OPERAND", "1:12: missing ')' at '<EOF>'"]),
  ]

  @Test("are placed and worded, several in one run", arguments: cases)
  func messages(source: String, issues: [String]) {
    let expected = issues.map { issue in
      issue.replacing(": ", with: ": Syntax error: ", maxReplacements: 1).replacing("OPERAND", with: Self.operand)
    }
    #expect(Rejection.issues(source) == expected)
  }
}

@Suite("Rendering of compile errors")
struct CompileErrorRenderingTests {
  @Test("shows the line with a caret below the place, wide below wide characters")
  func caret() {
    #expect(
      Rejection.rejection("'é' +\n\t'日本' + x")?.description
        == "ERROR: <input>:2:9: undeclared reference to 'x' (in container '')\n |  '日本' + x\n | ..．．....^")
    #expect(
      Rejection.rejection("'a' == 日")?.description.contains("\n | 'a' == 日\n | .......＾\n") == true)
  }

  @Test("lists issues in the order of their places, and says where the list ends")
  func order() {
    let source = Array(repeating: "x", count: 102).joined(separator: " + ")
    let lines = Rejection.rejection(source)?.description.split(separator: "\n") ?? []
    #expect(lines.count == 301)
    #expect(lines.last == "2 more errors were truncated")
    #expect(lines.first == "ERROR: <input>:1:1: undeclared reference to 'x' (in container '')")
  }

  @Test("leaves out a line that is too long to show")
  func longLine() {
    let fits = String(repeating: " ", count: 16_383) + "x"
    #expect(Rejection.rejection(fits)?.description.contains("\n | ") == true)
    #expect(Rejection.rejection(" " + fits)?.description.contains("\n | ") == false)
  }

  @Test("suggests a declared name outside the message")
  func suggestion() {
    var environment = Environment()
    environment.declare("object", .dyn)
    environment.declareObject("Request", fields: ["operation": .string])
    environment.declare("request", .object("Request"))
    func suggestion(_ source: String) -> String? { Rejection.rejection(source, environment)?.issues.first?.suggestion }
    #expect(suggestion("objcet.spec") == "object")
    #expect(suggestion("request.opreation") == "operation")
    #expect(suggestion("object.name.startWith('a')") == "startsWith")
    #expect(suggestion("somethingElse") == nil)
  }
}
