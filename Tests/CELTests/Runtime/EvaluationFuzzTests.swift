import CEL
import JSON
import Memory
import TestSupport
import Testing

/// Random expressions over random JSON: whatever the checker lets pass gives a value or an error, within the step
/// limit, twice the same.
@Suite("Random expressions")
struct EvaluationFuzzTests {
  @Test("never crash or hang, and give the same value twice", arguments: [1, 2, 3] as [UInt64])
  func evaluate(seed: UInt64) throws {
    var writer = ExpressionWriter(seed: seed)
    var arena = Arena()
    var machine = Machine(.init(steps: 20_000))
    var environment = Environment(.full)
    environment.declare("object", .dyn)
    environment.declare("other", .dyn)
    var evaluated = 0
    for _ in 0..<400 {
      let source = writer.expression(depth: 4)
      // What the checker refuses is evaluated unchecked, which reaches every kind in every place.
      let checked: CheckedExpression
      do {
        checked = writer.isEven ? try environment.check(source) : try environment.resolve(source)
      } catch {
        continue
      }
      var builder = ProgramBuilder(.init(isStrict: writer.isEven))
      var scope = Scope()
      let slot = builder.variable("object")
      scope.bind("object", to: slot)
      let lazy = try? builder.lazy(environment.resolve(writer.expression(depth: 2)), scope: scope)
      if let lazy { scope.bind("other", to: lazy) }
      guard let entry = try? builder.add(checked, scope: scope) else { continue }
      let program = builder.finish()
      var tape = Tape()
      try writer.json(depth: 4).withByteSlice { text throws in
        try tape.parse(text)
        var texts: [String] = []
        for _ in 0..<2 {
          arena.reset()
          machine.begin(program, arena: arena.handle)
          let document = machine.addDocument(text: text.start)
          machine.bind(slot, machine.context.value(tape.root, document: document))
          texts.append(machine.context.description(of: machine.evaluate(entry)))
        }
        #expect(texts[0] == texts[1], "\(source)")
        evaluated += 1
      }
    }
    #expect(evaluated > 100)
  }
}

/// Writes random expressions and JSON texts from a small grammar. Deterministic for a seed.
struct ExpressionWriter {
  private var random: SeededGenerator
  private var locals: [String] = []

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  var isEven: Bool { mutating get { random.number(below: 2) == 0 } }

  private mutating func pick(_ choices: [String]) -> String { choices[random.number(below: choices.count)] }

  mutating func expression(depth: Int) -> String {
    if depth == 0 { return leaf() }
    switch random.number(below: 16) {
    case 0...2: return "(\(expression(depth: depth - 1)) \(pick(Self.operators)) \(expression(depth: depth - 1)))"
    case 3: return "(\(expression(depth: depth - 1)) \(pick(["&&", "||"])) \(expression(depth: depth - 1)))"
    case 4:
      return
        "(\(expression(depth: depth - 1)) ? \(expression(depth: depth - 1)) : \(expression(depth: depth - 1)))"
    case 5: return "\(expression(depth: depth - 1)).\(pick(Self.fields))"
    case 6: return "\(expression(depth: depth - 1)).?\(pick(Self.fields))"
    case 7: return "\(expression(depth: depth - 1))[\(pick(["", "?"]))\(expression(depth: depth - 1))]"
    case 8: return "[\(expression(depth: depth - 1)), ?\(expression(depth: depth - 1)), \(leaf())]"
    case 9: return "{\(expression(depth: depth - 1)): \(leaf()), ?\(leaf()): \(expression(depth: depth - 1))}"
    case 10: return "\(pick(Self.functions))(\(expression(depth: depth - 1)))"
    case 11: return "\(expression(depth: depth - 1)).\(pick(Self.methods))()"
    case 12:
      return "\(expression(depth: depth - 1)).\(pick(Self.binaryMethods))(\(expression(depth: depth - 1)))"
    case 13, 14: return macro(depth: depth)
    default: return "\(pick(["!", "-"]))\(expression(depth: depth - 1))"
    }
  }

  private mutating func macro(depth: Int) -> String {
    let range = expression(depth: depth - 1)
    let variable = "v\(locals.count)"
    locals.append(variable)
    defer { locals.removeLast() }
    let body = expression(depth: depth - 1)
    switch random.number(below: 6) {
    case 0: return "\(range).map(\(variable), \(body), \(expression(depth: depth - 1)))"
    case 1: return "\(range).transformMap(\(variable), w, \(body))"
    case 2: return "\(range).transformMapEntry(\(variable), w, \(body))"
    case 3: return "\(range).optMap(\(variable), \(body))"
    case 4: return "cel.bind(\(variable), \(range), \(body))"
    default: return "\(range).\(pick(["all", "exists", "exists_one", "map", "filter"]))(\(variable), \(body))"
    }
  }

  private mutating func leaf() -> String {
    if !locals.isEmpty, isEven { return pick(locals) }
    return pick(Self.leaves)
  }

  mutating func json(depth: Int) -> String {
    switch random.number(below: depth == 0 ? 6 : 9) {
    case 0: return "null"
    case 1: return pick(["true", "false"])
    case 2: return pick(["0", "-1", "9223372036854775807", "1e300", "0.5", "12345678901234567890"])
    case 3...5: return pick(["\"\"", "\"a\"", "\"é\\u00e9\\n\"", "\"@sha256:\"", "\"1h\"", "\"2024-02-29T00:00:00Z\""])
    case 6: return "[\(json(depth: depth - 1)), \(json(depth: depth - 1)), \(json(depth: depth - 1))]"
    default:
      return
        "{\"a\": \(json(depth: depth - 1)), \"b\": \(json(depth: depth - 1)), \"\\u0063\": \(json(depth: depth - 1))}"
    }
  }

  private static let operators = ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "in"]
  private static let fields = ["a", "b", "c", "missing"]
  private static let functions = [
    "int", "uint", "double", "string", "bytes", "bool", "type", "dyn", "size", "timestamp", "duration", "optional.of",
    "optional.ofNonZeroValue",
  ]
  private static let methods = [
    "size", "getHours", "getFullYear", "trim", "lowerAscii", "reverse", "join", "hasValue", "value", "getDayOfYear",
  ]
  private static let binaryMethods = [
    "contains", "startsWith", "endsWith", "matches", "split", "join", "indexOf", "lastIndexOf", "charAt", "substring",
    "orValue", "or", "getHours",
  ]
  private static let leaves = [
    "object", "object.a", "object.b.c", "other", "0", "1", "-1", "2u", "0.5", "-9223372036854775808",
    "18446744073709551615u",
    "''", "'a'", "'é'", "b'\\xff'", "true", "false", "null", "[]", "[1, 2]", "{}", "{'a': 1}", "optional.none()",
    "duration('1h')", "timestamp('2024-02-29T23:59:59.5Z')", "1e308", "double('NaN')", "int", "'Europe/Berlin'", "'a*'",
    "['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']",
  ]
}
