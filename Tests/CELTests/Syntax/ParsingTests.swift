import CEL
import Testing

@Suite("Parsing")
struct ParsingTests {
  @Test(
    "binds operators by precedence and from the left",
    arguments: [
      ("1 + 2 * 3", "(_+_ 1 (_*_ 2 3))"), ("1 * 2 + 3", "(_+_ (_*_ 1 2) 3)"), ("1 - 2 - 3", "(_-_ (_-_ 1 2) 3)"),
      ("1 / 2 % 3 * 4", "(_*_ (_%_ (_/_ 1 2) 3) 4)"), ("(1 + 2) * 3", "(_*_ (_+_ 1 2) 3)"),
      ("a < b == c", "(_==_ (_<_ a b) c)"), ("a in b + c", "(@in a (_+_ b c))"),
      ("a <= 1 && b >= 2 || c != 3", "(_||_ (_&&_ (_<=_ a 1) (_>=_ b 2)) (_!=_ c 3))"),
      ("a || b && c", "(_||_ a (_&&_ b c))"), ("a && b || c", "(_||_ (_&&_ a b) c)"),
      ("a ? b : c ? d : e", "(_?_:_ a b (_?_:_ c d e))"), ("a || b ? c && d : e", "(_?_:_ (_||_ a b) (_&&_ c d) e)"),
      ("(a ? b : c) ? d : e", "(_?_:_ (_?_:_ a b c) d e)"),
      ("!a", "(!_ a)"), ("!!a", "a"), ("!!!a", "(!_ a)"), ("-a", "(-_ a)"), ("--a", "a"), ("--1", "1"),
      ("---1", "(-_ 1)"),
      ("!a.b", "(!_ a.b)"), ("-a[0]", "(-_ (_[_] a 0))"), ("-1.f()", "-1.f()"), ("1 - -1", "(_-_ 1 -1)"),
      ("1 -1", "(_-_ 1 1)"), ("!-1", "(!_ -1)"), ("!a == b", "(_==_ (!_ a) b)"), ("-a + b", "(_+_ (-_ a) b)"),
      ("a.b.c", "a.b.c"), (".a.b", ".a.b"), ("a[b][c].d", "(_[_] (_[_] a b) c).d"), ("a.?b[?c].d", "(_[?_] a.?b c).d"),
      ("f()", "f()"), (".f(a, b)", ".f(a, b)"), ("a.f(b).g()", "a.f(b).g()"), ("f(a)(_)".prefix(4).description, "f(a)"),
      ("[]", "[]"), ("[,]", "[]"), ("[1, 2,]", "[1, 2]"), ("[?a, b]", "[?a, b]"), ("[[1], []]", "[[1], []]"),
      ("{}", "{}"), ("{,}", "{}"), ("{1: 2, ?a: b,}", "{1: 2, ?a: b}"), ("{a ? b : c : d}", "{(_?_:_ a b c): d}"),
      ("a.b.C{}", "a.b.C{}"), ("C{x: 1, ?y: z, `a-b`: 2,}", "C{x: 1, ?y: z, a-b: 2}"), (".a.C{,}", ".a.C{}"),
    ])
  func precedence(source: String, tree: String) throws {
    #expect(try Environment(.full).parse(source).description == tree)
  }

  @Test("makes a chain of a logical operator a balanced tree")
  func balance() throws {
    #expect(
      try Environment(.full).parse("a && b && c && d").description == "(_&&_ (_&&_ a b) (_&&_ c d))")
    #expect(
      try Environment(.full).parse("a || b || c || d || e").description == "(_||_ (_||_ (_||_ a b) c) (_||_ d e))")
  }

  @Test(
    "reads macros",
    arguments: [
      ("has(a.b)", "has(a.b)"), ("l.all(x, p)", "(all x in l if p)"), ("l.exists(x, p)", "(exists x in l if p)"),
      ("l.exists_one(x, p)", "(exists_one x in l if p)"), ("l.existsOne(x, p)", "(exists_one x in l if p)"),
      ("l.map(x, f)", "(map x in l then f)"), ("l.map(x, p, f)", "(map x in l if p then f)"),
      ("l.filter(x, p)", "(filter x in l if p)"), ("o.optMap(x, f)", "(optMap x in o then f)"),
      ("o.optFlatMap(x, f)", "(optFlatMap x in o then f)"), ("l.all(i, v, p)", "(all i, v in l if p)"),
      ("l.exists(i, v, p)", "(exists i, v in l if p)"), ("l.existsOne(i, v, p)", "(exists_one i, v in l if p)"),
      ("l.transformList(i, v, f)", "(transformList i, v in l then f)"),
      ("l.transformList(i, v, p, f)", "(transformList i, v in l if p then f)"),
      ("m.transformMap(k, v, f)", "(transformMap k, v in m then f)"),
      ("m.transformMapEntry(k, v, p, f)", "(transformMapEntry k, v in m if p then f)"),
      ("cel.bind(x, v, f)", "(bind x in v then f)"),
      // Not macros: other numbers of arguments, other targets.
      ("has(a, b)", "has(a, b)"), ("l.all(x)", "l.all(x)"), ("all(x, p)", "all(x, p)"),
      ("a.bind(x, v, f)", "a.bind(x, v, f)"),
    ])
  func macros(source: String, tree: String) throws {
    #expect(try Environment(.full).parse(source).description == tree)
  }

  @Test(
    "refuses macros with other arguments than they take",
    arguments: [
      ("has(a)", ["1:5: invalid argument to has() macro"]), ("has(a.?b)", ["1:6: invalid argument to has() macro"]),
      ("l.all(a.b, true)", ["1:8: argument must be a simple name"]),
      ("l.exists(1, true)", ["1:10: argument must be a simple name"]),
      ("l.map(f(), 1)", ["1:8: argument is not an identifier"]),
      ("l.filter(__result__, true)", ["1:10: iteration variable overwrites accumulator variable"]),
      ("l.all(x, x, true)", ["1:10: duplicate variable name: x"]),
      ("l.transformList(i, 1, 2)", ["1:20: argument must be a simple name"]),
      ("o.optMap(a.b, 1)", ["1:11: optMap() variable name must be a simple identifier"]),
      ("cel.bind(a.b, 1, 2)", ["1:11: cel.bind() variable names must be simple identifiers"]),
      (
        "[1].map(var, var * var)",
        [
          "1:9: reserved identifier: var", "1:9: argument is not an identifier", "1:14: reserved identifier: var",
          "1:20: reserved identifier: var",
        ]
      ),
    ])
  func macroArguments(source: String, issues: [String]) {
    #expect(Set(Rejection.issues(source)) == Set(issues))
  }

  @Test("gives every node its own number and the place that errors name")
  func places() throws {
    let source = "[1, a.b][c.d(2)] + -x"
    var pending = [try Environment(.full).parse(source)]
    var ids: [Int] = []
    var places: [Int: String] = [:]
    while let node = pending.popLast() {
      pending += node.children
      ids.append(node.id)
      places[node.offset] = node.description
    }
    #expect(Set(ids).count == ids.count)
    #expect(
      places == [
        0: "[1, a.b]", 1: "1", 4: "a", 5: "a.b", 8: "(_[_] [1, a.b] c.d(2))", 9: "c", 12: "c.d(2)", 13: "2",
        17: "(_+_ (_[_] [1, a.b] c.d(2)) (-_ x))", 19: "(-_ x)", 20: "x",
      ])
  }
}
