import CEL
import JSON
import Memory
import Testing

/// An expression and what it costs.
struct CostFact: CustomTestStringConvertible, Sendable {
  let expression: String
  let cost: Int
  var variables: [String: (CELType, String)] = [:]

  init(_ expression: String, _ cost: Int, _ variables: [String: (CELType, String)] = [:]) {
    self.expression = expression
    self.cost = cost
    self.variables = variables
  }

  var testDescription: String { expression }
}

@Suite("Costs are an API server's")
struct CostTests {
  private static let long = "\"\(String(repeating: "x", count: 500))\""
  private static let pod = (
    CELType.dyn,
    #"{"a": {"b": {"c": "text"}}, "s": "abc", "list": [{"n": 1}, {"n": 2}, {"n": 3}], "map": {"k": "v"}, "i": 0, "k": "k"}"#
  )
  private static let o = ["o": pod]

  // cel-go's own table (interpreter/runtimecost_test.go) as an API server plans it: lists, maps and conversions of constants cost
  // nothing, `in` a constant list neither, and `has` only its field.
  static let celGo: [CostFact] = [
    .init(#""Hello World!""#, 0),
    .init("input", 1, ["input": (.list(.int), "[1, 2]")]),
    .init("input['key']", 2, ["input": (.map(.string, .string), #"{"key": "v"}"#)]),
    .init("input[0]", 2, ["input": (.list(.string), #"["v"]"#)]),
    .init("input['ke' + 'y']", 3, ["input": (.map(.string, .string), #"{"key": "v"}"#)]),
    .init("input[3-3]", 3, ["input": (.list(.string), #"["v"]"#)]),
    .init("has(input.testAttr.nestedAttr)", 2, ["input": (.dyn, #"{"testAttr": {"nestedAttr": "0"}}"#)]),
    .init("[1, 2, 3]", 0),
    .init(#"{"a": 1, "b": 2, "c": 3}"#, 0),
    .init("input.all(x, true)", 2, ["input": (.list(.dyn), "[]")]),
    .init("input.all(x, x.all(y, true))", 2, ["input": (.list(.list(.dyn)), "[]")]),
    .init("[1, 2, 3].all(x, true)", 10),
    .init("input.matches('[0-9]')", 103, ["input": (.string, long)]),
    .init("'123'.matches('[0-9]')", 2),
    .init("false || false", 0),
    .init(
      "a || b || c || d", 4,
      ["a": (.bool, "false"), "b": (.bool, "false"), "c": (.bool, "false"), "d": (.bool, "false")]),
    .init("true && false", 0),
    .init(
      "a && b && c && d", 4, ["a": (.bool, "true"), "b": (.bool, "true"), "c": (.bool, "true"), "d": (.bool, "true")]),
    .init(
      "a && b && c && d", 1, ["a": (.bool, "false"), "b": (.bool, "true"), "c": (.bool, "true"), "d": (.bool, "true")]),
    .init("1 < 2", 1), .init("1 <= 2", 1), .init("1 == 2", 1), .init("2 > 1", 1), .init("2 >= 1", 1),
    .init("2 in [1, 2, 3]", 0),
    .init("1 + 1", 1), .init("1 - 1", 1), .init("1 / 1", 1), .init("1 * 1", 1), .init("1 % 1", 1),
    .init("true ? 1 : 2", 0),
    .init(#"size("123")"#, 1),
    .init("'12345678901234567890' == '123456789012345678901234567890'", 2),
    .init("bytes(input)", 51, ["input": (.string, long)]),
    .init("string(1)", 0),
    .init("input.contains(arg1)", 2502, ["input": (.string, long), "arg1": (.string, long)]),
    .init("input.matches('\\\\d+a\\\\d+b')", 103, ["input": (.string, long)]),
    .init("input.startsWith(arg1)", 3, ["input": (.string, "\"idc\""), "arg1": (.string, long)]),
    .init("input.endsWith(arg1)", 3, ["input": (.string, "\"idc\""), "arg1": (.string, long)]),
    .init("input.size()", 2, ["input": (.string, "\"500\"")]),
    .init("size(input)", 2, ["input": (.string, "\"500\"")]),
    .init(
      "(x > 2 ? input1 : input2).all(y, true)", 6,
      ["x": (.int, "1"), "input1": (.list(.dyn), "[{}]"), "input2": (.list(.dyn), "[{}]")]),
    .init("true ? false : 1 > 3", 0),
    .init("false ? false : 1 > 3", 1),
    .init(
      "input.all(k, input[k].single_int32 > 3)", 9, ["input": (.map(.string, .dyn), #"{"val": {"single_int32": 0}}"#)]),
    .init("(list1 + list2).all(x, true)", 4, ["list1": (.list(.int), "[]"), "list2": (.list(.int), "[]")]),
    .init(
      #""abcdefg".contains(str1 + str2)"#, 6, ["str1": (.string, #""val1""#), "str2": (.string, #""val2222222""#)]),
    .init("(1 > 2 ? 5 : 3) > 1", 2),
    .init("(1 > 2 || 2 > 1) == true", 3),
    .init("[{'k1': 1}, {'k2': 2}].all(x, true)", 7),
    .init("[1,2,3,4,5].filter(x, x % 2 == 0)", 42),
    .init("[1,2,3,4,5].map(x, x)", 66),
    .init("[1,2,3,4,5].map(x, x).filter(x, x % 2 == 0)", 108),
    .init("[1,2,3,4,5].map(x, x).exists(x, x == 5) == true", 98),
    .init("[1,2,3,4,5].map(x, x).map(x, x)", 132),
    .init("[1,2,3,4,5].map(x, [x, x]).filter(z, z.size() == 2)", 202),
    .init("[1,2,3,4,5].map(x, [x, x]).all(y, y.all(y, y == 1))", 151),
    .init("[1,2,3,4,5].map(x, x).map(x, x) + [1]", 133),
    .init("[1,2,3].all(i, i in [1,2,3].map(j, j + j))", 56),
  ]

  // What follows from cel-go's planner and the API server's `pkg/cel/library/cost.go`, a rule a line.
  static let rules: [CostFact] = [
    // An attribute costs 1 and each of its qualifiers 1, which are not reached behind one that fails.
    .init("o.a.b.c", 4, o), .init("o.x.b.c", 2, o), .init("o['a'].b['c']", 4, o),
    .init("[o][0].a", 14, o), .init("string(o.i).size() == 1", 5, o),
    // A key that is an attribute costs its qualifiers only.
    .init("o.map[o.k]", 4, o), .init("o.list[o.i].n", 5, o), .init("o.map['' + o.k]", 6, o),
    // So does a branch of a conditional.
    .init("true ? o.a.b : o.s", 2, o), .init("o.i == 0 ? o.s : ''", 4, o), .init("(true ? o : o.a).s", 1, o),
    .init("has((true ? o : o.a).s)", 0, o), .init("true ? has(o.a.b) : false", 2, o),
    .init("true ? o.s.size() : 0", 3, o), .init("(true ? [o.s] : []).size()", 13, o),
    // What is not there is not charged for in an optional selection.
    .init("o.?a.?b", 3, o), .init("o.?x.?b", 1, o), .init("o[?'a'].b.hasValue()", 4, o),
    .init("o.?x.orValue('')", 1, o), .init("o.?s.orValue(o.a)", 2, o), .init("o.?x.or(o.?s).value()", 4, o),
    .init("optional.of(1).hasValue()", 2),
    // The optional is computed for `hasValue` and for the value.
    .init("o.?s.optMap(v, v)", 8, o), .init("o.?s.optMap(v, 1)", 4, o), .init("o.?x.optMap(v, v)", 3, o),
    .init("o.?a.optFlatMap(v, v.?b)", 8, o),
    // Texts by tenths of their code points, rounded up.
    .init("o.s == ''", 2, o), .init("o.s != 'abc'", 3, o), .init("s == s", 4, ["s": (.string, "\"äöüäöüäöüäöü\"")]),
    .init("s + s", 5, ["s": (.string, "\"äöüäöüäöüäöü\"")]),
    .init("s == s", 9, ["s": (.string, "\"\(String(repeating: "x", count: 70))\"")]),
    .init("s < s", 4, ["s": (.string, "\"abcdefghijkl\"")]),
    // An operator on values whose types are not known costs 1.
    .init("o.s < o.s", 5, o), .init("o.s + o.s", 5, o), .init("o.k in o.list", 5, o), .init("'k' in o.map", 3, o),
    .init("l == l", 4, ["l": (.list(.int), "[1,2,3,4,5,6,7,8,9,10,11]")]),
    .init("x in l", 13, ["x": (.int, "3"), "l": (.list(.int), "[1,2,3,4,5,6,7,8,9,10,11]")]),
    .init("o.k in ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'k']", 2, o),
    .init("o.k in [[1], [2]]", 4, o),
    // What is in no list is known when the plan is made.
    .init("o.k in []", 0, o), .init("o.x in []", 0, o), .init("!(o.x in []) && o.i == 1", 4, o),
    // Lists, maps and objects.
    .init("[o.k]", 12, o), .init("{'a': o.k}", 32, o), .init("{'a': [[1], [2]]}", 0), .init("[1 + 1]", 11),
    // Loops.
    .init("o.list.all(e, e.n > 0)", 2 + 3 * (3 + 3) + 1, o), .init("o.list.all(e, e.n > 1)", 2 + 6 + 2 + 1, o),
    .init("o.list.all(e, e.n < 3)", 2 + 3 * 6 + 1, o),
    .init("o.list.exists(e, e.n == 1)", 2 + 7 + 3 + 1, o), .init("o.list.exists(e, e.n == 3)", 2 + 3 * 7 + 1, o),
    .init("o.list.exists_one(e, e.n == 2)", 2 + 3 * 3 + 2 + 2, o), .init("o.list.map(e, e.n)", 2 + 3 * 14 + 1, o),
    .init("o.list.map(e, e.n > 1, e.n)", 2 + 3 * 3 + 2 * 14 + 1, o),
    .init("o.map.all(k, v, k != v)", 2 + 3 + 3 + 1, o), .init("o.list.transformList(i, v, i)", 2 + 3 * 13 + 1, o),
    .init("o.list.transformMap(i, v, v.n)", 2 + 3 * 5 + 1, o), .init("o.s.all(e, true)", 2, o),
    .init("o.x.all(e, true)", 2, o), .init("o.list.all(e, o.list.exists(f, f.n == e.n))", 81, o),
    // Functions by what the API server says of them.
    .init("o.s.lowerAscii()", 3, o), .init("s.split('')", 4, ["s": (.string, "\"abcdefghijkl\"")]),
    .init("s.replace('a', 'b')", 4, ["s": (.string, "\"abcdefghijkl\"")]),
    .init("['abc', 'def'].join(',')", 2), .init("s.indexOf('z')", 2, ["s": (.string, "\"abcdefghijkl\"")]),
    .init("s.charAt(1)", 2, ["s": (.string, "\"abcdefghijkl\"")]), .init("[3, 1, 2].isSorted()", 3),
    .init("[3, 1, 2].sum() == 6", 4), .init("['abcdefghijklmnopqrst', 'b'].isSorted()", 2),
    .init("[3, 1, 2].sort()", 11 + 18), .init("['b', 'a'].sort()", 11 + 8), .init("[1, 1].distinct()", 11 + 8),
    .init("[[1], [2]].flatten()", 11 + 2), .init("[1, 2, 3].slice(0, 2)", 11 + 2), .init("lists.range(3)", 11 + 3),
    .init("[1, 2, 3].reverse()", 11 + 3),
    // Networks by the bytes of their prefixes, formats by the patterns that stand for them.
    .init("quantity('1Gi')", 1), .init("isIP(s)", 3, ["s": (.string, "\"abcdefghijkl\"")]),
    .init("cidr('10.0.0.0/8').ip()", 1 + 1), .init("cidr('2001:db8::/128').ip()", 2 + 1),
    .init("cidr('10.0.0.0/8').containsIP(ip('10.0.0.1'))", 1 + 1 + 1),
    .init("cidr('2001:db8::/128').containsIP('2001:db8::')", 2 + 4 + 1),
    .init("cidr('2001:db8::/128').containsCIDR('2001:db8::/128')", 2 + 4 + 2 + 1 + 2),
    .init("ip('10.0.0.1') == ip('10.0.0.1')", 1 + 1 + 1), .init("format.dns1123Label().validate('a')", 1 + 8),
    .init("format.uri().validate('a')", 1 + 276),
  ]

  @Test("cel-go's facts hold", arguments: celGo)
  func holdsForCelGo(_ fact: CostFact) throws { #expect(try Self.cost(fact) == fact.cost) }

  @Test("each rule holds", arguments: rules)
  func holdsForRule(_ fact: CostFact) throws { #expect(try Self.cost(fact) == fact.cost) }

  private static func cost(_ fact: CostFact) throws -> Int {
    try evaluate(fact) { machine, entry in
      _ = machine.evaluate(entry)
      return machine.cost.own
    }
  }

  @Test("an evaluation may cost the limit and not one more, and nothing absorbs that")
  func limit() throws {
    for fact in [
      CostFact("o.list.all(e, e.n > 0) || true", 21, Self.o), CostFact("o.a.b.c == 'text' || true", 5, Self.o),
    ] {
      #expect(try Self.evaluate(fact, limit: fact.cost) { machine, entry in machine.evaluate(entry).isTrue })
      try Self.evaluate(fact, limit: fact.cost - 1) { machine, entry in
        let value = machine.evaluate(entry)
        #expect(value.errorCode == .costExceeded)
        #expect(value.errorMessage == ByteSlice("operation cancelled: actual cost limit exceeded"))
        #expect(machine.cost.own > fact.cost - 1)
      }
    }
  }

  @Test("sums of the largest operands do not overflow")
  func overflow() throws {
    let text = "\"\(String(repeating: "x", count: 100_000))\""
    let fact = CostFact("[s, s, s].all(x, x.contains(s))", 0, ["s": (.string, text)])
    #expect(try Self.evaluate(fact) { machine, entry in machine.evaluate(entry).errorCode } == .costExceeded)
  }

  private static func evaluate<Result>(
    _ fact: CostFact, limit: Int = .max, _ body: (inout Machine, EntryPoint) throws -> Result
  ) throws -> Result {
    var environment = Environment(.kubernetes)
    var builder = ProgramBuilder()
    var scope = Scope()
    for (name, variable) in fact.variables {
      environment.declare(name, variable.0)
      scope.bind(name, to: builder.variable(name))
    }
    let entry = try builder.add(try environment.check(fact.expression), scope: scope)
    let slots = fact.variables.map { ($1.1, builder.variable($0)) }
    let program = builder.finish()
    let arena = Arena()
    var machine = limit == .max ? Machine() : Machine(.init(cost: limit))
    machine.begin(program, arena: arena.handle)
    return try bind(slots[...], &machine) { machine in try body(&machine, entry) }
  }

  private static func bind<Result>(
    _ slots: ArraySlice<(String, VariableSlot)>, _ machine: inout Machine,
    _ body: (inout Machine) throws -> Result
  ) throws -> Result {
    guard let (json, slot) = slots.first else { return try body(&machine) }
    return try json.withByteSlice { text in
      var tape = Tape()
      try tape.parse(text)
      let document = machine.addDocument(text: text.start)
      machine.bind(slot, machine.context.value(tape.root, document: document))
      return try bind(slots.dropFirst(), &machine, body)
    }
  }
}
