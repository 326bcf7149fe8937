import CEL
import JSON
import Memory
import TestSupport
import Testing

@Suite("A trace")
struct TraceTests {
  /// The steps of an evaluation as `depth text = value (cost)`, and the text whose error is the result.
  private static func trace(
    _ source: String, variables: [(name: String, source: String)] = [], cost: Int = 1_000_000
  ) throws -> (steps: [String], failure: String?, rendered: String?) {
    var environment = Environment(.kubernetes)
    environment.declare("object", .dyn)
    environment.declare("variables", .dyn)
    var options = ProgramBuilder.Options()
    options.isTraced = true
    var builder = ProgramBuilder(options)
    var scope = Scope()
    let object = builder.variable("object")
    scope.bind("object", to: object)
    for variable in variables {
      let slot = try builder.lazy(environment.check(variable.source), name: variable.name, scope: scope)
      scope.bind(field: variable.name, of: "variables", to: slot)
    }
    let entry = try builder.add(environment.check(source), scope: scope)
    let program = builder.finish()
    let arena = Arena()
    var machine = Machine(.init(cost: cost))
    var tape = Tape()
    return try #"{"a": {"b": 2}, "list": [1, 2]}"#.withByteSlice { text throws in
      try tape.parse(text)
      machine.begin(program, arena: arena.handle)
      let document = machine.addDocument(text: text.start)
      machine.bind(object, machine.context.value(tape.root, document: document))
      let message = machine.evaluate(entry).errorMessage?.string
      guard let trace = machine.trace else { return ([], nil, nil) }
      var steps: [String] = []
      for step in trace.steps where step.text != "object" && step.text != "variables" {
        var text = "\(step.depth) \(step.text)"
        if let value = step.value {
          text += " = \(value.errorMessage?.string ?? machine.context.description(of: value)) (\(step.cost))"
        }
        if step.isAbsorbed { text += " absorbed" }
        if let variable = step.variable { text += " in \(variable)" }
        steps.append(text)
      }
      let failure = trace.failure
      return (steps, failure?.text, failure?.rendered(message ?? ""))
    }
  }

  @Test("has every sub-expression that was computed, with its value and cost")
  func steps() throws {
    #expect(
      try Self.trace("(object.a.b + 1) * 2 == 6 || object.list[0] == 3").steps == [
        "0 (object.a.b + 1) * 2 == 6 || object.list[0] == 3 = true (6)",
        "1 (object.a.b + 1) * 2 == 6 = true (6)", "2 (object.a.b + 1) * 2 = 6 (5)", "3 object.a.b + 1 = 3 (4)",
        "4 object.a.b = 2 (3)", "5 object.a = {\"b\": 2} (1)",
      ])
  }

  @Test("has each step of a loop")
  func loops() throws {
    #expect(
      try Self.trace("object.list.all(i, i < 2)").steps == [
        "0 object.list.all(i, i < 2) = false (13)", "1 object.list = [1, 2] (2)", "1 i < 2 = true (2)", "2 i = 1 (1)",
        "1 i < 2 = false (2)", "2 i = 2 (1)",
      ])
  }

  @Test("shows which errors were absorbed, and where the result's came into being")
  func failures() throws {
    let absorbed = try Self.trace("object.x.y == 1 || object.a.b == 2")
    #expect(absorbed.failure == nil)
    #expect(absorbed.steps.contains("1 object.x.y == 1 = no such key: x (3) absorbed"))
    #expect(absorbed.steps.contains("3 object.x = no such key: x (1) absorbed"))
    let failed = try Self.trace("(object.x.y == 1 || true) && object.a.b / 0 == object.a.missing")
    #expect(failed.failure == "object.a.b / 0")
    #expect(
      failed.rendered == """
        ERROR: <input>:1:41: division by zero
         | (object.x.y == 1 || true) && object.a.b / 0 == object.a.missing
         | ........................................^
        """)
    #expect(try Self.trace("object.list.map(i, i / (i - 1))[0] > 0").failure == "i / (i - 1)")
    #expect(try Self.trace("object.a.missing ? 1 : 2").failure == "object.a.missing")
    #expect(try Self.trace("object.list.all(i, i > 0)", cost: 3).failure == "object.list.all(i, i > 0)")
  }

  @Test("leads into the expressions of variables")
  func variables() throws {
    let trace = try Self.trace(
      "variables.half + variables.half",
      variables: [("zero", "object.a.b - 2"), ("half", "object.a.b / variables.zero")])
    #expect(trace.failure == "object.a.b / variables.zero")
    #expect(
      trace.steps.prefix(6) == [
        "0 variables.half + variables.half = \(Self.halfError) (5)", "1 variables.half = \(Self.halfError) (2)",
        "2 object.a.b / variables.zero = division by zero (6) in half", "3 object.a.b = 2 (3) in half",
        "4 object.a = {\"b\": 2} (1) in half", "3 variables.zero = 0 (2) in half",
      ])
  }

  private static let halfError = "composited variable \"half\" fails to evaluate: division by zero"

  @Test("is bounded")
  func bounded() throws {
    let list = "[" + (0..<200).map(String.init).joined(separator: ",") + "]"
    let trace = try Self.trace("\(list).all(i, \(list).all(j, i + j >= 0))")
    #expect(trace.steps.count == Trace.maximumSteps)
    #expect(trace.steps[0].hasSuffix("= true (\(trace.steps[0].split(separator: "(").last?.dropLast() ?? ""))"))
  }

  @Test("texts of sub-expressions begin and end where they should")
  func ranges() throws {
    for (source, text) in [
      ("1 + ((object.x)).y", "object.x"), ("size((object.x)) > 1", "object.x"),
      ("[object.x] == []", "object.x"), ("{'a': object.x}['a'] == 1", "object.x"),
      ("optional.of(object.x).hasValue()", "object.x"), ("size(object.list[ 7 ]) == 1", "object.list[ 7 ]"),
      ("  quantity( 'x' + string(object.a.b) ) == quantity('1')", "quantity( 'x' + string(object.a.b) )"),
      ("-object.list[5] == 1", "object.list[5]"), ("has(object.x.y)", "object.x"),
      ("object.?a.b.value() == object.a.?missing .value ()", "object.a.?missing .value ()"),
    ] {
      #expect(try Self.trace(source).failure == text, "\(source)")
    }
  }
}
