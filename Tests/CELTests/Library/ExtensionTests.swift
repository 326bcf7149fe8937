import CEL
import TestSupport
import Testing

@Suite("Extensions")
struct ExtensionTests {
  @Test(
    "lists are cut, flattened, sorted and counted",
    arguments: [
      ("[1, 2, 3, 4].slice(1, 3)", "[2, 3]"), ("[1].slice(1, 1)", "[]"),
      ("[1].slice(-1, 1)", "error: cannot slice(-1, 1), negative indexes not supported"),
      ("[1].slice(1, 0)", "error: cannot slice(1, 0), start index must be less than or equal to end index"),
      ("[1].slice(0, 2)", "error: cannot slice(0, 2), list is length 1"),
      ("dyn([1, [2, [3]]]).flatten()", "[1, 2, [3]]"), ("[1, [2, [3, [4]]]].flatten(2)", "[1, 2, 3, [4]]"),
      ("[[], [1], []].flatten()", "[1]"), ("[[1]].flatten(0)", "[[1]]"),
      ("[1].flatten(-1)", "error: level must be non-negative"), ("[3, 1, 2].sort()", "[1, 2, 3]"),
      ("['b', 'a', 'c', 'a'].sort()", "[\"a\", \"a\", \"b\", \"c\"]"), ("[].sort()", "[]"),
      ("[true, false].sort()", "[false, true]"), ("[2.5, -1.0].sort()", "[-1.0, 2.5]"),
      ("dyn([1, 'a']).sort()", "error: list elements must have the same type"),
      ("dyn([[1]]).sort()", "error: list elements must be comparable"),
      ("[{'n': 3}, {'n': 1}].sortBy(e, e.n)", "[{\"n\": 1}, {\"n\": 3}]"),
      ("[5, 3, 4].sortBy(e, -e)", "[5, 4, 3]"),
      ("['bb', 'a', 'cc', 'd'].sortBy(e, size(e))", "[\"a\", \"d\", \"bb\", \"cc\"]"),
      ("[1, 0].sortBy(e, 1 / e)", "error: division by zero"), ("[[3, 1], [2]].map(l, l.sortBy(x, x))", "[[1, 3], [2]]"),
      ("lists.range(4)", "[0, 1, 2, 3]"), ("lists.range(-1)", "[]"), ("lists.range(0)", "[]"),
      ("[1, 2, 3].reverse()", "[3, 2, 1]"), ("[1, 1.0, 'a', 1u, 'a'].distinct()", "[1, \"a\"]"),
      ("[1, 2].first()", "optional.of(1)"), ("[1, 2].last()", "optional.of(2)"), ("[].first()", "optional.none()"),
      ("[].last()", "optional.none()"),
    ], [Environment.Profile.kubernetes, .full])
  func lists(_ test: (source: String, expected: String), profile: Environment.Profile) {
    let result = Evaluating.result(test.source, profile: profile)
    // What is mixed is no literal in Kubernetes.
    if profile == .kubernetes, result.contains("expected type") { return }
    #expect(result == test.expected)
  }

  @Test("lists from a request are read where they stand")
  func jsonLists() {
    let variables = ["x": #"{"a": [3, 1, 2], "n": [[1, 2], [3]]}"#]
    for (source, expected) in [
      ("x.a.sort()", "[1, 2, 3]"), ("x.a.slice(1, 3)", "[1, 2]"), ("x.a.reverse()", "[2, 1, 3]"),
      ("x.a.last()", "optional.of(2)"), ("x.n.flatten()", "[1, 2, 3]"), ("x.a.sortBy(e, -e)", "[3, 2, 1]"),
      ("x.a.distinct()", "[3, 1, 2]"), ("math.greatest(x.a)", "3"),
    ] {
      #expect(Evaluating.result(source, variables) == expected, "\(source)")
    }
  }

  @Test("a long list is refused before it is made, and quadratic work is charged for")
  func bounds() {
    #expect(Evaluating.result("lists.range(9223372036854775807)").contains("cost limit exceeded"))
    #expect(Evaluating.result("lists.range(4194304).size()") == "4194304")
    #expect(Evaluating.result("lists.range(4194305).size()").contains("too large"))
    #expect(Evaluating.result("lists.range(10000).distinct().size()").contains("cost limit exceeded"))
  }

  @Test(
    "math gives numbers or says what is wrong",
    arguments: [
      ("math.greatest(1, 2u, 3.5)", "3.5"), ("math.least([1, 2])", "1"), ("math.greatest(1, 1.0)", "1"),
      ("math.least(dyn([]))", "error: math.@min(list) argument must not be empty"),
      ("math.greatest(dyn(['a', 1]))", "error: no such overload: math.@max"),
      ("math.greatest(1, double('NaN'))", "error: NaN values cannot be ordered: math.@max"),
      ("math.abs(-9223372036854775808)", "error: integer overflow"), ("math.abs(-1.5)", "1.5"),
      ("math.round(2.5)", "3.0"), ("math.round(-2.5)", "-3.0"), ("math.sign(double('NaN'))", "NaN"),
      ("math.sqrt(81)", "9.0"), ("math.sqrt(-1.0)", "NaN"), ("math.bitShiftLeft(1, 63)", "-9223372036854775808"),
      ("math.bitShiftLeft(1, 64)", "0"), ("math.bitShiftRight(-1, 1)", "9223372036854775807"),
      ("math.bitShiftLeft(1, -1)", "error: math.bitShiftLeft() negative offset: -1"),
      ("math.bitAnd(dyn(1), dyn(1u))", "error: no such overload: math.bitAnd(int, uint)"),
      ("math.bitXor(5u, 1u)", "4u"),
    ])
  func math(source: String, expected: String) { #expect(Evaluating.result(source) == expected) }

  @Test(
    "macros of extensions say which argument is wrong",
    arguments: [
      ("math.least()", "math.least() requires at least one argument"),
      ("math.least('a')", "math.least() invalid single argument value"),
      ("math.greatest(1, 'a')", "math.greatest() simple literal arguments must be numeric"),
      ("math.greatest([])", "math.greatest() invalid single argument value"),
      (
        "'a'.sortBy(x, x)", "sortBy can only be applied to a list, identifier, comprehension, call or select expression"
      ),
      ("[1].sortBy(x.y, x)", "argument is not an identifier"),
      (
        "[[1]].sortBy(x, x)",
        "found no matching overload for '@sortByAssociatedKeys' applied to 'list(list(int)).(list(list(int)))'"
      ),
      ("cel.block(1, 2)", "cel.block requires the first arg to be a list literal"),
      ("cel.block([1], cel.index(1))", "undeclared reference to '@index1'"),
      ("cel.index(-1)", "cel.index requires non-negative int constant args"),
    ])
  func macros(source: String, expected: String) { #expect(Evaluating.result(source).contains(expected)) }

  @Test(
    "base64 is read with padding, without, and with line breaks",
    arguments: [
      ("base64.decode('aGVsbG8=')", "b\"hello\""), ("base64.decode('aGVsbG8')", "b\"hello\""),
      ("base64.decode('aGVs\\nbG8=')", "b\"hello\""), ("base64.decode('')", "b\"\""),
      ("base64.encode(b'')", "\"\""), ("base64.encode(b'ab')", "\"YWI=\""),
      ("base64.decode('aGVsbG8*')", "error: illegal base64 data at input byte 7"),
      ("base64.decode('aGVsbA=')", "error: illegal base64 data at input byte 6"),
      ("base64.decode('a')", "error: illegal base64 data at input byte 0"),
      ("base64.decode('aGVsbG8=a')", "error: illegal base64 data at input byte 7"),
    ])
  func encoders(source: String, expected: String) { #expect(Evaluating.result(source) == expected) }

  @Test("base64 comes back as it was, and any text is decoded or refused")
  func base64Fuzz() {
    var mutator = Mutator(
      corpus: ["", "a", "ab", "abc", "aGVsbG8gd29ybGQh", "//79/A=="].map { Array($0.utf8) },
      dictionary: ["=", "==", "\n", "+", "/"], seed: 2)
    for _ in 0..<1_000 {
      let text = String(decoding: mutator.next(), as: UTF8.self).replacing("\"", with: "").replacing("\\", with: "")
      let json = "\"\(text.unicodeScalars.filter { $0.value >= 0x20 }.map { String($0) }.joined())\""
      #expect(Evaluating.result("base64.decode(base64.encode(bytes(x))) == bytes(x)", ["x": json]) == "true")
      let decoded = Evaluating.result("base64.encode(base64.decode(x))", ["x": json])
      #expect(decoded.hasPrefix("\"") || decoded.hasPrefix("error: illegal base64 data at input byte"), "\(json)")
    }
  }

  @Test(
    "regular expressions extract and replace as Go's do",
    arguments: [
      (#"regex.replace('hello world hello', 'hello', 'hi')"#, #""hi world hi""#),
      (#"regex.replace('banana', 'a', 'x', 0)"#, #""banana""#),
      (#"regex.replace('banana', 'a', 'x', 2)"#, #""bxnxna""#),
      (#"regex.replace('banana', 'a', 'x', -12)"#, #""bxnxnx""#),
      (#"regex.replace('foo bar', '(fo)o (ba)r', r'\2 \1')"#, #""ba fo""#),
      (#"regex.replace('abc', '', '-')"#, #""-a-b-c-""#), (#"regex.replace('aé', '', '-')"#, #""-a-é-""#),
      (#"regex.replace('baaac', 'a*', 'x')"#, #""xbxcx""#), (#"regex.replace('a\\b', r'\\', '/')"#, #""a/b""#),
      (#"regex.replace('a', '(a)|(b)', r'[\2]')"#, #""[]""#), (#"regex.replace('a', 'a', r'\\')"#, #""\\""#),
      (
        #"regex.replace('test', '(.)', r'\2')"#,
        "error: replacement string references group 2 but regex has only 1 group(s)"
      ),
      (
        #"regex.replace('id', 'id', r'\values')"#,
        #"error: invalid replacement string: '\values' \ must be followed by a digit or \"#
      ),
      (#"regex.replace('id', 'id', '\\')"#, #"error: invalid replacement string: '\' \ not allowed at end"#),
      (#"regex.replace('a', '(', 'b')"#, "error: error parsing regexp: missing closing ): `(`"),
      (#"regex.extract('hello world', 'hello(.*)')"#, #"optional.of(" world")"#),
      (#"regex.extract('HELLO', 'hello')"#, "optional.none()"), (#"regex.extract('a', '(b)?a')"#, "optional.none()"),
      (
        #"regex.extract('a@b', '(.*)@([^.]*)')"#,
        #"error: regular expression has more than one capturing group: "(.*)@([^.]*)""#
      ),
      (#"regex.extractAll('id:123, id:456', r'id:\d+')"#, #"["id:123", "id:456"]"#),
      (#"regex.extractAll('id:123, id:456', r'id:(\d+)')"#, #"["123", "456"]"#),
      (#"regex.extractAll('abc', 'x')"#, "[]"), (#"regex.extractAll('a1 b', r'\b\w')"#, #"["a", "b"]"#),
    ])
  func regex(source: String, expected: String) { #expect(Evaluating.result(source) == expected) }

  @Test(
    "cel.block gives each of its parts a name",
    arguments: [
      ("cel.block([1, cel.index(0) + 1], cel.index(1) * 2)", "4"), ("cel.block([], 5)", "5"),
      ("cel.block([1 / 0], 5)", "5"), ("cel.bind(x, 1 / 0, true || x > 1)", "true"),
    ])
  func blocks(source: String, expected: String) { #expect(Evaluating.result(source) == expected) }

  @Test("Kubernetes has neither math nor encoders nor bindings nor blocks")
  func kubernetes() {
    for source in [
      "math.sqrt(4)", "math.least(1, 2)", "base64.encode(b'')", "cel.bind(x, 1, x)", "cel.block([1], cel.index(0))",
      "regex.replace('a', 'b', 'c')", "'a'.reverse()",
    ] {
      #expect(Evaluating.result(source, profile: .kubernetes).contains("rejected"), "\(source)")
    }
  }

  @Test("an offset past the end and a duration's milliseconds follow the specification only where it is asked for")
  func strictness() {
    let strict = ProgramBuilder.Options(isStrict: true)
    #expect(Evaluating.result("'ab'.indexOf('a', 9)") == "-1")
    #expect(Evaluating.result("'ab'.indexOf('a', 9)", options: strict) == "error: index out of range: 9")
    #expect(Evaluating.result("'ab'.lastIndexOf('a', 9)", options: strict) == "error: index out of range: 9")
    #expect(Evaluating.result("duration('1.5s').getMilliseconds()") == "1500")
    #expect(Evaluating.result("duration('1.5s').getMilliseconds()", options: strict) == "500")
  }
}
