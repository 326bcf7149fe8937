import CEL
import Testing

@Suite("Checking")
struct CheckingTests {
  /// An environment with a variable of every kind.
  static func environment(_ profile: Environment.Profile = .full, container: String = "") -> Environment {
    var environment = Environment(profile, container: container)
    let variables: [String: CELType] = [
      "x": .dyn, "i": .int, "u": .uint, "d": .double, "s": .string, "t": .timestamp, "p": .duration, "l": .list(.int),
      "m": .map(.string, .int), "o": .optional(.map(.string, .string)), "q": .opaque("Quantity"),
      "r": .object("Request"), "a.b": .map(.string, .string), "a.b.c": .bool,
    ]
    for (name, type) in variables { environment.declare(name, type) }
    environment.declareObject("Request", fields: ["name": .string, "user": .object("User"), "any": .dyn])
    environment.declareObject("User", fields: ["groups": .list(.string)])
    environment.declareObject("ns.Thing", fields: ["size": .int])
    return environment
  }

  static let types: [(source: String, type: String)] = [
    ("1", "int"), ("1u", "uint"), ("1.0", "double"), ("''", "string"), ("b''", "bytes"), ("null", "null"),
    ("[]", "list(dyn)"), ("[1]", "list(int)"), ("[1, dyn('')]", "list(dyn)"), ("[1, 'a']", "list(dyn)"),
    ("{}", "map(dyn, dyn)"), ("{'a': 1}", "map(string, int)"), ("{'a': 1, 2: 'b'}", "map(dyn, dyn)"),
    ("[[], [1]]", "list(list(int))"), ("[{}, {'a': 1}]", "list(map(string, int))"), ("[null, t]", "list(timestamp)"),
    ("1 + 2", "int"), ("'a' + 'b'", "string"), ("x + 1", "int"), ("x + x", "dyn"), ("[] + [1]", "list(int)"),
    ("t + p", "timestamp"), ("t - t", "duration"), ("-d", "double"), ("!x", "bool"), ("x && true", "bool"),
    ("1 < 2.0", "bool"), ("1 == x", "bool"), ("1 in l", "bool"), ("'a' in m", "bool"),
    ("true ? 1 : 2", "int"), ("true ? 1 : x", "dyn"), ("x ? [] : [1]", "list(int)"),
    ("l[0]", "int"), ("m['a']", "int"), ("m.a", "int"), ("x.a.b", "dyn"), ("x[0]", "dyn"), ("r.name", "string"),
    ("r.user.groups[0]", "string"), ("r.any.thing", "dyn"), ("has(r.user)", "bool"), ("has(m.a)", "bool"),
    ("size(l)", "int"), ("s.size()", "int"), ("type(1)", "type(int)"), ("int", "type(int)"), ("type", "type(type)"),
    ("type(type(1))", "type(type(int))"), ("int('1')", "int"), ("string(t)", "string"), ("dyn(1)", "dyn"),
    ("google.protobuf.Timestamp", "type(timestamp)"), ("t.getHours('UTC')", "int"), ("p.getSeconds()", "int"),
    ("l.all(e, e > 0)", "bool"), ("l.map(e, string(e))", "list(string)"), ("l.map(e, e > 1, [e])", "list(list(int))"),
    ("m.filter(k, k == '')", "list(string)"), ("l.exists_one(e, e == 1)", "bool"), ("x.map(e, e.f)", "list(dyn)"),
    ("[].map(e, e)[0].f", "dyn"), ("l.exists(i, v, i == v)", "bool"), ("m.all(k, v, k == string(v))", "bool"),
    ("l.transformList(i, v, string(v))", "list(string)"),
    ("m.transformMap(k, v, k + string(v))", "map(string, string)"),
    ("m.transformMapEntry(k, v, {v: k})", "map(int, string)"),
    ("l.transformMap(i, v, v > 1, s)", "map(int, string)"),
    ("cel.bind(v, [1], v[0])", "int"), ("o.a", "optional_type(string)"), ("m.?a", "optional_type(int)"),
    ("x.?a.b", "optional_type(dyn)"), ("l[?0]", "optional_type(int)"), ("o[?'a']", "optional_type(string)"),
    ("o['a'].orValue('')", "string"), ("optional.of(1)", "optional_type(int)"),
    ("optional.none()", "optional_type(dyn)"), ("optional.none().hasValue()", "bool"),
    ("[optional.none(), optional.of(1)]", "list(optional_type(int))"), ("m.?a.or(optional.of(2)).value()", "int"),
    ("m.?a.optMap(v, string(v))", "optional_type(string)"), ("o.optFlatMap(v, v.?k)", "optional_type(string)"),
    ("[?m.?a]", "list(int)"), ("{?'k': m.?a}", "map(string, int)"), ("Request{name: s}", "Request"),
    ("Request{?name: o.a, user: User{}}.user.groups", "list(string)"),
    ("a.b.c", "bool"), ("a.b.d", "string"), ("s.split(',')", "list(string)"), ("['a'].join()", "string"),
  ]

  @Test("finds the type of an expression", arguments: types)
  func type(source: String, type: String) throws {
    #expect(try Self.environment().check(source).resultType.description == type)
  }

  static let mistakes: [(source: String, issues: [String])] = [
    ("y", ["1:1: undeclared reference to 'y' (in container '')"]),
    ("f(1)", ["1:2: undeclared reference to 'f' (in container '')"]),
    ("s.f(1)", ["1:4: undeclared reference to 'f' (in container '')"]),
    ("T{}", ["1:2: undeclared reference to 'T' (in container '')"]),
    ("int{}", ["1:4: 'int' is not a message type"]),
    ("1 + 'a'", ["1:3: found no matching overload for '_+_' applied to '(int, string)'"]),
    ("1u == 1", ["1:4: found no matching overload for '_==_' applied to '(uint, int)'"]),
    ("true ? 1 : 'a'", ["1:6: found no matching overload for '_?_:_' applied to '(bool, int, string)'"]),
    ("s.startsWith(1)", ["1:13: found no matching overload for 'startsWith' applied to 'string.(int)'"]),
    ("size()", ["1:5: found no matching overload for 'size' applied to '()'"]),
    ("startsWith('a', 'b')", ["1:11: found no matching overload for 'startsWith' applied to '(string, string)'"]),
    ("!1", ["1:1: found no matching overload for '!_' applied to '(int)'"]),
    ("-true", ["1:1: found no matching overload for '-_' applied to '(bool)'"]),
    ("l['a']", ["1:2: found no matching overload for '_[_]' applied to '(list(int), string)'"]),
    ("1 in m", ["1:3: found no matching overload for '@in' applied to '(int, map(string, int))'"]),
    ("[] + {}", ["1:4: found no matching overload for '_+_' applied to '(list(dyn), map(dyn, dyn))'"]),
    ("1 && x", ["1:1: expected type 'bool' but found 'int'"]),
    ("1 && 's'", ["1:1: expected type 'bool' but found 'int'", "1:6: expected type 'bool' but found 'string'"]),
    ("l.all(e, e)", ["1:10: expected type 'bool' but found 'int'"]),
    ("l.exists_one(e, e)", ["1:13: found no matching overload for '_?_:_' applied to '(int, int, int)'"]),
    ("l.filter(e, e)", ["1:9: found no matching overload for '_?_:_' applied to '(int, list(int), list(int))'"]),
    ("l.map(e, e, s)", ["1:6: found no matching overload for '_?_:_' applied to '(int, list(string), list(string))'"]),
    (
      "s.all(e, true)",
      ["1:1: expression of type 'string' cannot be range of a comprehension (must be list, map, or dynamic)"]
    ),
    (
      "l.transformMapEntry(i, v, v)",
      ["1:20: found no matching overload for 'cel.@mapInsert' applied to '(map(dyn, dyn), int)'"]
    ),
    ("l.all(e, e > 0) && e", ["1:20: undeclared reference to 'e' (in container '')"]),
    ("r.nam", ["1:2: undefined field 'nam'"]), ("has(r.nam)", ["1:4: undefined field 'nam'"]),
    ("r.user.?name", ["1:7: undefined field 'name'"]), ("s.f", ["1:2: type 'string' does not support field selection"]),
    ("l.f.g", ["1:2: type 'list(int)' does not support field selection"]),
    ("Request{nam: 1}", ["1:12: undefined field 'nam'"]),
    ("Request{name: 1}", ["1:13: expected type of field 'name' is 'string' but provided type is 'int'"]),
    ("[?1]", ["1:3: expected type 'optional_type(int)' but found 'int'"]),
    ("{?'a': 1}", ["1:8: expected type 'optional_type(int)' but found 'int'"]),
    ("optional.of(1) + 1", ["1:16: found no matching overload for '_+_' applied to '(optional_type(int), int)'"]),
    (
      "i + s == u + s",
      [
        "1:3: found no matching overload for '_+_' applied to '(int, string)'",
        "1:12: found no matching overload for '_+_' applied to '(uint, string)'",
      ]
    ),
    ("q + q", ["1:3: found no matching overload for '_+_' applied to '(Quantity, Quantity)'"]),
    (
      "i.optMap(v, v)",
      [
        "1:9: found no matching overload for 'hasValue' applied to 'int.()'",
        "1:9: found no matching overload for 'value' applied to 'int.()'",
      ]
    ),
  ]

  @Test("says what does not fit", arguments: mistakes)
  func mistake(source: String, issues: [String]) {
    #expect(Rejection.issues(source, Self.environment()) == issues)
  }

  static let strict: [(source: String, issues: [String])] = [
    ("[1, 'a']", ["1:5: expected type 'int' but found 'string'"]),
    ("{'a': 1, 'b': ''}", ["1:15: expected type 'int' but found 'string'"]),
    ("{'a': 1, 2: 1}", ["1:10: expected type 'string' but found 'int'"]),
    ("[1, dyn(1)]", ["1:8: expected type 'int' but found 'dyn'"]),
    ("{'a': dyn(1), 'b': 1}", ["1:20: expected type 'dyn' but found 'int'"]),
    ("duration('1x')", ["1:10: invalid duration argument"]),
    ("timestamp('now')", ["1:11: invalid timestamp argument"]),
    ("timestamp(253402300800)", ["1:11: invalid timestamp argument"]),
    ("s.matches('[')", ["1:11: invalid matches argument"]),
    ("matches('[', s)", ["1:9: invalid matches argument"]),
    ("[dyn(1), dyn('a')]", []),
    ("duration('1h') < p && timestamp('2024-01-01T00:00:00Z') < t && s.matches('a+')", []),
  ]

  @Test("is as strict about literals as an API server", arguments: strict)
  func strictness(source: String, issues: [String]) {
    #expect(Rejection.issues(source, Self.environment(.kubernetes)) == issues)
  }

  @Test("has the functions and macros of its profile only")
  func profiles() {
    #expect(!Rejection.issues("cel.bind(v, 1, v)", Self.environment(.kubernetes)).isEmpty)
    #expect(!Rejection.issues("s.reverse()", Self.environment(.kubernetes)).isEmpty)
    #expect(Rejection.issues("l.sum() > l.min()", Self.environment(.kubernetes)).isEmpty)
    #expect(!Rejection.issues("l.sum()", Self.environment(.full)).isEmpty)
  }

  private static let tooLarge = "type exceeds 1000 parts or 64 levels"

  @Test("refuses types that macros double beyond any use, in bounded time")
  func typeSize() {
    let doubling = { count in "[1]" + String(repeating: ".map(x, {x: x})", count: count) }
    #expect(Rejection.issues(doubling(8)).isEmpty)
    #expect(Rejection.issues(doubling(9)).first?.contains(Self.tooLarge) == true)
    #expect(Rejection.issues(doubling(100)).first?.contains(Self.tooLarge) == true)
  }

  @Test("refuses types nested beyond any use")
  func typeDepth() {
    let nested = { count in String(repeating: "[", count: count) + "1" + String(repeating: "]", count: count) }
    #expect(Rejection.issues(nested(63)).isEmpty)
    #expect(Rejection.issues(nested(64)) == ["1:1: \(Self.tooLarge)"])
    #expect(Rejection.issues("[[]].map(x, x + \(nested(100)))").first?.contains(Self.tooLarge) == true)
  }
}
