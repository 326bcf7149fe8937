import CEL
import Testing

@Suite("Macros")
struct MacroTests {
  static let variables = [
    "list": "[1, 2, 3]", "map": #"{"a": 1, "b": 2}"#, "mixed": #"[{"x": 1}, {}, {"x": 0}]"#,
    "escaped": #"["a\"b", "\u00e9"]"#,
  ]

  @Test(
    "walk lists and maps, JSON's and those that an expression makes",
    arguments: [
      ("list.all(x, x > 0)", "true"), ("[1, 2].all(x, x > 1)", "false"), ("map.all(k, k != 'c')", "true"),
      ("{'a': 1}.all(k, k == 'a')", "true"), ("list.exists(x, x == 3)", "true"), ("list.exists_one(x, x > 1)", "false"),
      ("list.exists_one(x, x > 2)", "true"), ("list.map(x, x * 2)", "[2, 4, 6]"), ("map.map(k, k)", "[\"a\", \"b\"]"),
      ("list.map(x, x > 1, x * 2)", "[4, 6]"), ("list.filter(x, x != 2)", "[1, 3]"),
      ("map.filter(k, map[k] > 1)", "[\"b\"]"),
      ("list.map(x, list.map(y, x * y))", "[[1, 2, 3], [2, 4, 6], [3, 6, 9]]"), ("escaped.map(x, size(x))", "[3, 1]"),
      ("list.all(i, x, x == i + 1)", "true"), ("map.exists(k, v, k == 'b' && v == 2)", "true"),
      ("list.transformList(i, x, i * x)", "[0, 2, 6]"), ("map.transformMap(k, v, v * 10)", "{\"a\": 10, \"b\": 20}"),
      ("map.transformMap(k, v, v > 1, v)", "{\"b\": 2}"),
      ("map.transformMapEntry(k, v, {string(v): k})", "{\"1\": \"a\", \"2\": \"b\"}"),
      ("list.transformMapEntry(i, v, {'same': v})", "error: insert failed: key same already exists"),
      ("[].all(x, 1 / 0 == x)", "true"), ("dyn(1).all(x, true)", "error: got 'types.Int', expected iterable type"),
      ("list.map(list, list)", "[1, 2, 3]"), ("cel.bind(x, list[0] + 1, x * x)", "4"),
      ("list.map(x, cel.bind(y, x, list.filter(z, z > y)))", "[[2, 3], [3], []]"),
    ])
  func walk(source: String, expected: String) {
    #expect(Evaluating.result(source, Self.variables) == expected)
  }

  @Test(
    "an error of one element counts only where no other decides",
    arguments: [
      ("mixed.exists(e, e.x == 1)", "true"), ("mixed.exists(e, e.x == 0)", "true"),
      ("mixed.exists(e, e.x == 5)", "error: no such key: x"), ("mixed.all(e, e.x == 1)", "false"),
      ("mixed.all(e, e.x >= 0)", "error: no such key: x"), ("mixed.exists_one(e, e.x == 1)", "error: no such key: x"),
      ("mixed.map(e, e.x)", "error: no such key: x"), ("mixed.filter(e, e.x == 1)", "error: no such key: x"),
      ("mixed.filter(e, has(e.x)).map(e, e.x)", "[1, 0]"), ("list.all(x, dyn(x))", "error: no such overload"),
      ("list.exists(x, x == 3 || 1 / 0 == 1)", "true"),
      ("(1 / 0 == 1 ? list : list).all(x, true)", "error: division by zero"),
    ])
  func absorption(source: String, expected: String) {
    #expect(Evaluating.result(source, Self.variables) == expected)
  }

  /// 0, 1, … 39.
  private static let numbers = "[\((0..<40).map(String.init).joined(separator: ", "))]"

  @Test(
    "make maps of many entries whose keys are told apart as those of few are",
    arguments: [
      ("n.transformMapEntry(i, v, {v: i}).size()", "40"), ("n.transformMapEntry(i, v, {v: i * 2})[35]", "70"),
      ("n.transformMapEntry(i, v, {'a-key-of-some-length-' + string(v): i})['a-key-of-some-length-31']", "31"),
      ("n.transformMapEntry(i, v, {string(v): i}).all(k, v, k == string(v))", "true"),
      ("n.transformMapEntry(i, v, {v % 37: i})", "error: insert failed: key 0 already exists"),
      ("n.transformMapEntry(i, v, {v % 5 == 0 ? dyn(string(v)) : dyn(v): i}).size()", "40"),
      ("n.transformMapEntry(i, v, {i == 39 ? dyn(3u) : dyn(v): i})", "error: insert failed: key 3 already exists"),
      ("n.transformMapEntry(i, v, {dyn(v > 30 ? uint(v) : v): i})[33]", "33"),
      (
        "{0: n, 1: n, 2: n, 3: n, 4: n, 5: n, 6: n, 7: n, 8: n, 9: n, 10: n, dyn(9u): n}.size()",
        "11"
      ),
      ("{0: n, 1: n, 2: n, 3: n, 4: n, 5: n, 6: n, 7: n, 8: n, 9: n, 10: n, dyn(11u): n}.size()", "12"),
      (
        "{true: n, 1: n, 2: n, 3: n, 4: n, 5: n, 6: n, 7: n, 8: n, 9: n, 10: n, dyn('1'): n, dyn(false): n}.size()",
        "13"
      ),
    ])
  func manyEntries(source: String, expected: String) {
    #expect(Evaluating.result(source, ["n": Self.numbers]) == expected)
  }
}
