import CEL
import CELFuzz
import Foundation
import JSON
import Memory
import TestSupport
import Testing

@Suite("What several expressions need is computed once")
struct SharingTests {
  private static let pod = MachineTests.pod

  /// Programs of expressions over `object` and `other`.
  private static func twins(_ sources: [String], _ profile: Environment.Profile = .kubernetes) throws -> TwinPrograms {
    var environment = Environment(profile)
    for name in ["object", "other"] { environment.declare(name, .dyn) }
    return try TwinPrograms(variables: ["object", "other"]) { (builder, scope) throws(CompileErrors) in
      var entries: [EntryPoint] = []
      for source in sources { entries.append(try builder.add(environment.check(source), scope: scope)) }
      return entries
    }
  }

  @Test("the disassembly shows what is kept")
  func disassembly() throws {
    var environment = Environment(.kubernetes)
    environment.declare("object", .dyn)
    var builder = ProgramBuilder()
    var scope = Scope()
    scope.bind("object", to: builder.variable("object"))
    _ = try builder.add(environment.check("object.spec.containers.size() > 0"), scope: scope)
    _ = try builder.add(environment.check("object.spec.containers.size() < 9"), scope: scope)
    #expect(
      builder.finish().disassembly == """
        entry 0:
          0  share shared0 →5
          1  select t0 object .spec
          2  select t0 t0 .containers
          3  call1 t0 t0 size
          4  keep shared0 t0
          5  greater t0 shared0 0
          6  finish t0
        entry 1:
          7  share shared0 →12
          8  select t0 object .spec
          9  select t0 t0 .containers
          10  call1 t0 t0 size
          11  keep shared0 t0
          12  less t0 shared0 9
          13  finish t0
        """)
  }

  /// Expressions that have much in common, in places where what they cost depends on the place.
  static let related: [[String]] = [
    ["object.spec.containers[0].name", "object.spec.containers[0].name == 'a'", "[object.spec.containers[0].name]"],
    ["object.a.b.c", "object.a.b.c", "has(object.a.b.c)", "true ? object.a.b.c : 1", "object.a.b.c || true"],
    ["object.missing.b.c", "object.missing.b.c == 1 || true", "object.missing.b.c == 1 && false"],
    ["object.spec.containers.all(c, c.name != '')", "object.spec.containers.all(d, d.name != '')"],
    ["object.spec.containers.all(c, object.spec.containers.exists(d, d.name == c.name))"],
    ["object.spec.containers.map(c, object.metadata.labels.map(k, k + 'x').join(','))"],
    ["(object.metadata.name + 'x').size() + (object.metadata.name + 'x').size() + (object.metadata.name + 'x').size()"],
    ["object.?spec.?containers.orValue([]).size()", "object.?spec.?containers.orValue([]).map(c, c.name)"],
    ["object.?metadata.?name.optMap(n, n + n)", "object.?metadata.?name.optMap(m, m + m)", "object.?x.optMap(m, m)"],
    ["(object.a && object.b) && object.c", "(object.a && object.b) && object.d", "object.a && object.b"],
    ["(has(object.spec) ? object.spec : object).containers", "(has(object.spec) ? object.spec : object).name"],
    ["quantity('1Gi').isGreaterThan(quantity('1Mi'))", "quantity('1Gi').isLessThan(quantity('1Mi'))"],
    ["object.metadata.labels['app'] in ['web', 'x']", "object.metadata.labels['app'] in ['web', 'x'] ? 1 : 2"],
    ["object.spec.containers.sortBy(c, c.name)", "object.spec.containers.sortBy(c, c.name).map(c, c.name)"],
    ["1.0 / double(object.metadata.name.size()) * 0.0", "1.0 / double(object.metadata.name.size()) * -0.0"],
  ]

  @Test("values, errors and costs are those of computing each, whatever the limit", arguments: related)
  func sharing(sources: [String]) throws {
    let twins = try Self.twins(sources)
    #expect(twins.sharedCount > 0)
    let inputs = [Self.pod, "{}", #"{"a": {"b": {"c": 1}}}"#, "null", Self.pod]
    let difference = Self.withInputs(inputs.map { [$0, Self.pod] }) { inputs in
      for cost in Array(0..<90) + [1_000_000] {
        if let difference = twins.difference(inputs, cost: cost) { return "limit \(cost): \(difference)" }
      }
      return nil
    }
    #expect(difference == nil, "\(sources)")
  }

  @Test("binding another value forgets what depends on the one before, and only that")
  func rebinding() throws {
    var environment = Environment(.kubernetes)
    for name in ["object", "other"] { environment.declare(name, .dyn) }
    var builder = ProgramBuilder()
    var scope = Scope()
    let slots = ["object", "other"].map { builder.variable($0) }
    scope.bind("object", to: slots[0])
    scope.bind("other", to: slots[1])
    let text = "object.map(x, x + 1).map(x, x + 1).map(x, x + 1) + other.map(x, x * 2)"
    let entries = try [text, text, "\(text) == []", "object.map(x, x + 1).map(x, x + 1).map(x, x + 1) == []"].map {
      try builder.add(environment.check($0), scope: scope)
    }
    let program = builder.finish()
    let arena = Arena()
    var machine = Machine()
    machine.begin(program, arena: arena.handle)
    var inputs: [ParsedText] = []
    func bind(_ slot: VariableSlot, _ json: String) throws {
      inputs.append(try ParsedText(json))
      let document = machine.addDocument(text: inputs[inputs.count - 1].text.start)
      machine.bind(slot, machine.context.value(inputs[inputs.count - 1].root, document: document))
    }
    try bind(slots[0], "[1]")
    try bind(slots[1], "[10]")
    var steps: [Int] = []
    var texts: [String] = []
    func evaluate() {
      let value = machine.evaluate(entries[0])
      texts.append(machine.context.description(of: value))
      steps.append(machine.stepsUsed)
    }
    evaluate()
    evaluate()
    try bind(slots[1], "[20]")
    evaluate()
    try bind(slots[0], "[2]")
    evaluate()
    #expect(texts == ["[4, 20]", "[4, 20]", "[4, 40]", "[5, 40]"])
    // All, nothing, the one list, all.
    #expect(steps[1] == 0)
    #expect(steps[2] > 0 && steps[2] < steps[0])
    #expect(steps[3] == steps[0])
  }

  @Test("equal variables of several policies are computed once, and each policy pays for all that it needs")
  func policyVariables() throws {
    var environment = Environment(.kubernetes)
    environment.declare("object", .dyn)
    environment.declare("other", .dyn)
    environment.declare("variables", .dyn)
    let twins = try TwinPrograms(variables: ["object", "other"]) { (builder, inputs) throws(CompileErrors) in
      var entries: [EntryPoint] = []
      for policy in 0..<4 {
        var scope = inputs
        for (name, source) in [
          ("spec", "has(object.spec) ? object.spec : other.spec"),
          ("names", policy == 3 ? "variables.spec.names" : "variables.spec.containers.map(c, c.name)"),
          ("count", "variables.names.size() + variables.spec.containers.size()"),
        ] {
          let slot = try builder.lazy(environment.check(source), name: name, scope: scope)
          scope.bind(field: name, of: "variables", to: slot)
        }
        for source in [
          "variables.names.all(n, n != 'z')", "variables.count > 1 && variables.names.all(n, n != 'z')",
          "variables.names.map(n, n + 'x').join(',') + string(variables.count)", "variables.spec.containers.size() < 9",
          // As many as a phase has, so that each policy begins one.
          "variables.names.map(n, n + 'x').join(',') == '' || variables.count == 7",
        ] {
          entries.append(try builder.add(environment.check(source), scope: scope))
        }
      }
      return entries
    }
    #expect(twins.sharedCount > 0)
    let inputs = [Self.pod, "{}", #"{"spec": {}}"#]
    let difference = Self.withInputs(inputs.map { [$0, Self.pod] }) { inputs in
      for cost in Array(0..<120) + [1_000_000] {
        if let difference = twins.difference(inputs, cost: cost) { return "limit \(cost): \(difference)" }
      }
      return nil
    }
    #expect(difference == nil)
  }

  @Test("random expressions with all their parts give what each gives alone", arguments: [1, 2, 3] as [UInt64])
  func random(seed: UInt64) throws {
    var environment = Environment(seed == 1 ? .kubernetes : .full)
    for name in ["object", "other"] { environment.declare(name, .dyn) }
    var writer = ExpressionWriter(environment, seed: seed)
    var compared = 0
    for _ in 0..<300 {
      let source = writer.expression(depth: 4)
      let json = [writer.json(depth: 4), writer.json(depth: 3)]
      let hasLazy = writer.number(below: 2) == 0
      let cost = writer.number(below: 2) == 0 ? 1_000_000 : writer.number(below: 200)
      guard let checked = (try? environment.check(source)) ?? (try? environment.resolve(source)),
        let twins = try? TwinPrograms(
          partsOf: checked, variables: ["object", "other"],
          lazies: hasLazy ? ["other": environment.resolve(writer.expression(depth: 2))] : [:],
          isStrict: writer.number(below: 2) == 0)
      else { continue }
      let difference = Self.withInputs([json, [json[0], json[0]]]) {
        twins.difference($0, cost: cost, steps: 20_000)
      }
      #expect(difference == nil, "\(source) over \(json) with limit \(cost)")
      compared += 1
    }
    #expect(compared > 200)
  }

  @Test(
    "the conformance suite's expressions give what each gives alone",
    .enabled(if: SharedData.isPresent, "needs the suite"))
  func conformance() throws {
    struct Row: Decodable {
      let expr: String
    }
    var environment = Environment(.full)
    for name in ["object", "other"] { environment.declare(name, .dyn) }
    var compared = 0
    for line in try SharedData.lines("cel/conformance.jsonl") {
      let source = try JSONDecoder().decode(Row.self, from: line).expr
      guard let checked = (try? environment.check(source)) ?? (try? environment.resolve(source)),
        let twins = try? TwinPrograms(partsOf: checked, variables: ["object", "other"], isStrict: true)
      else { continue }
      let difference = Self.withInputs([[Self.pod, "[1, 2]"]]) { twins.difference($0) }
      #expect(difference == nil, "\(source)")
      compared += 1
    }
    #expect(compared > 1_000)
  }

  /// Calls `body` with texts that stay where they are.
  private static func withInputs(_ texts: [[String]], _ body: ([[ByteSlice]]) -> String?) -> String? {
    let arena = Arena()
    return body(texts.map { round in round.map { text in text.withByteSlice { arena.handle.copy($0) } } })
  }
}
