import AllocationCounter
import CEL
import JSON
import Memory
import TestSupport
import Testing

@Suite("The machine")
struct MachineTests {
  static let pod = """
    {"metadata": {"name": "web", "labels": {"app": "web", "owner": "team-a"}},
     "spec": {"hostNetwork": false, "containers": [
       {"name": "a", "image": "registry.example.com/a@sha256:\(String(repeating: "0a", count: 32))"},
       {"name": "b", "image": "registry.example.com/b@sha256:\(String(repeating: "1b", count: 32))",
        "securityContext": {"runAsNonRoot": true, "runAsUser": 1000}}]}}
    """

  /// Policies' expressions, with the text of what they give.
  static let expressions = [
    "object.spec.containers.all(c, c.image.matches('@sha256:[a-f0-9]{64}$'))",
    "!has(object.spec.hostNetwork) || object.spec.hostNetwork == false",
    "object.metadata.?labels.?owner.orValue('').trim() != ''",
    "object.spec.containers.filter(c, !has(c.securityContext)).map(c, c.name).join(', ') + ' run as root'",
    "object.spec.containers.map(c, c.name.upperAscii() + string(size(c.image)) + '\\u00e9')",
    "object.metadata.labels.exists(k, k in ['app', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'])",
    "object.spec.containers[1].securityContext.runAsUser > 999.5 && object.missing == 1 || true",
    "timestamp('2024-02-29T12:00:00Z') + duration('1h') > timestamp(object.spec.containers[1].securityContext.runAsUser)",
    "object.spec.containers.all(c, c.image.matches(c.name + '.*'))",
    "{'a': object.metadata.name, 'b': object.spec}.b.containers.size() == 2",
  ]

  @Test("evaluating takes nothing from the heap once the worker has warmed up")
  func allocatesNothing() throws {
    var environment = Environment(.kubernetes)
    environment.declare("object", .dyn)
    environment.declare("variables", .dyn)
    var builder = ProgramBuilder()
    var scope = Scope()
    let object = builder.variable("object")
    scope.bind("object", to: object)
    let containers = try builder.lazy(environment.check("object.spec.containers"), scope: scope)
    scope.bind(field: "containers", of: "variables", to: containers)
    var entries: [EntryPoint] = []
    for source in Self.expressions + ["variables.containers.all(c, c.name in ['a', 'b']) && has(variables.containers)"]
    {
      entries.append(try builder.add(environment.check(source), scope: scope))
    }
    let program = builder.finish()
    var arena = Arena()
    var machine = Machine()
    var tape = Tape()
    try Self.pod.withByteSlice { text throws in
      try tape.parse(text)
      var before: UInt64 = 0
      var errors = 0
      for round in 0..<1_010 {
        if round == 10 { before = allocation_count() }
        arena.reset()
        machine.begin(program, arena: arena.handle)
        let document = machine.addDocument(text: text.start)
        machine.bind(object, machine.context.value(tape.root, document: document))
        for index in 0..<entries.count where machine.evaluate(entries[index]).isError { errors += 1 }
      }
      let count = allocation_count() - before
      #expect(count == 0)
      #expect(errors == 0)
    }
  }

  @Test("a lazy slot is computed once, when it is needed, and its error is kept")
  func lazySlots() throws {
    var environment = Environment(.kubernetes)
    environment.declare("object", .dyn)
    environment.declare("variables", .dyn)
    var builder = ProgramBuilder()
    var scope = Scope()
    let object = builder.variable("object")
    scope.bind("object", to: object)
    let spec = try builder.lazy(environment.check("object.spec"), scope: scope)
    scope.bind(field: "spec", of: "variables", to: spec)
    // A slot that uses a slot, both while temporaries of the caller are in use.
    let names = try builder.lazy(environment.check("variables.spec.containers.map(c, c.name)"), scope: scope)
    scope.bind(field: "names", of: "variables", to: names)
    let bad = try builder.lazy(environment.check("variables.spec.missing"), scope: scope)
    scope.bind(field: "bad", of: "variables", to: bad)
    let sum = try builder.add(
      environment.check("['x', 'y'].map(p, p + variables.names.join('+') + variables.names[0])"), scope: scope)
    let failing = try builder.add(environment.check("variables.bad == 1 && has(variables.bad)"), scope: scope)
    let absorbed = try builder.add(
      environment.check("variables.bad == 1 || variables.names == ['a', 'b']"), scope: scope)
    let program = builder.finish()
    let arena = Arena()
    var machine = Machine()
    var tape = Tape()
    try Self.pod.withByteSlice { text throws in
      try tape.parse(text)
      for _ in 0..<2 {
        machine.begin(program, arena: arena.handle)
        let document = machine.addDocument(text: text.start)
        machine.bind(object, machine.context.value(tape.root, document: document))
        let text = machine.context.description(of: machine.evaluate(sum))
        #expect(text == "[\"xa+ba\", \"ya+ba\"]")
        let message = machine.evaluate(failing).errorMessage?.string
        #expect(message == "no such key: missing")
        let isTrue = machine.evaluate(absorbed).isTrue
        #expect(isTrue)
      }
    }
  }

  @Test("a variable that is not bound, or that no scope knows, is an error by name")
  func unbound() throws {
    var environment = Environment(.kubernetes)
    environment.declare("object", .dyn)
    environment.declare("params", .dyn)
    var builder = ProgramBuilder()
    var scope = Scope()
    scope.bind("object", to: builder.variable("object"))
    let first = try builder.add(environment.check("object.a"), scope: scope)
    let second = try builder.add(environment.check("params.a"), scope: scope)
    let program = builder.finish()
    let arena = Arena()
    var machine = Machine()
    machine.begin(program, arena: arena.handle)
    let firstMessage = machine.evaluate(first).errorMessage?.string
    let secondMessage = machine.evaluate(second).errorMessage?.string
    #expect(firstMessage == "no such attribute(s): object")
    #expect(secondMessage == "no such attribute(s): params")
  }

  @Test("steps are bounded, and the error of that is absorbed by nothing")
  func stepLimit() throws {
    let source = "[1, 2, 3, 4].all(x, [1, 2, 3, 4].all(y, true)) || true"
    // Four steps outside, each of as much work as its body is long, and sixteen of one inside.
    #expect(try Self.code(source, steps: 4 * 3 + 16 * 2) == nil)
    #expect(try Self.code(source, steps: 4 * 2 + 15) == .costExceeded)
  }

  @Test("the nanoseconds of a time are not charged as if they were the length of a text")
  func nanosecondsCostNothing() {
    let late = ["t": #""2023-12-31T23:59:59.999999999Z""#]
    #expect(Evaluating.result("string(timestamp(t))", late) == #""2023-12-31T23:59:59.999999999Z""#)
    #expect(Evaluating.result("string(timestamp(t) - duration('1s'))", late) == #""2023-12-31T23:59:58.999999999Z""#)
    #expect(Evaluating.result("(timestamp(t) + duration('0s')).getHours('UTC')", late) == "23")
    #expect(
      Evaluating.result("dyn(timestamp(t)).map(x, x)", late) == "error: got 'types.Timestamp', expected iterable type")
  }

  @Test("the milliseconds of a duration are all of it, or by the specification those behind its seconds")
  func milliseconds() {
    let source = "duration('-1.234s').getMilliseconds()"
    #expect(Evaluating.result(source) == "-1234")
    #expect(Evaluating.result(source, options: .init(isStrict: true)) == "-234")
    #expect(Evaluating.result("timestamp(0.0 < 1.0 ? '2024-01-01T00:00:00.5Z' : '').getMilliseconds()") == "500")
  }

  @Test("a deadline that has passed ends a long loop")
  func deadline() throws {
    let list = "[" + Array(repeating: "1", count: 100).joined(separator: ",") + "]"
    #expect(try Self.code("\(list).all(x, \(list).all(y, true)) || true", deadline: 1) == .deadlineExceeded)
  }

  private static func code(_ source: String, steps: Int = 1_000_000, deadline: UInt64? = nil) throws -> ErrorCode? {
    var options = ProgramBuilder.Options()
    options.sharing = .none
    var builder = ProgramBuilder(options)
    let entry = try builder.add(Environment(.kubernetes).check(source), scope: Scope())
    let program = builder.finish()
    let arena = Arena()
    var machine = Machine(.init(steps: steps))
    machine.begin(program, arena: arena.handle)
    if let deadline { machine.setDeadline(monotonicNanoseconds: deadline) }
    return machine.evaluate(entry).errorCode
  }

  @Test("patterns made while evaluating are kept, a bounded number of them")
  func patternCache() throws {
    var builder = ProgramBuilder()
    let entry = try builder.add(
      Environment(.full).check("[0,1,2,3,4,5,6,7,8,9].map(x, 'a5b'.matches('a' + string(x) + 'b'))"), scope: Scope())
    let program = builder.finish()
    let arena = Arena()
    var machine = Machine(.init(cachedPatterns: 3))
    for _ in 0..<3 {
      machine.begin(program, arena: arena.handle)
      let text = machine.context.description(of: machine.evaluate(entry))
      #expect(text == "[false, false, false, false, false, true, false, false, false, false]")
    }
  }

  @Test("the disassembly names registers, constants and fields")
  func disassembly() throws {
    var environment = Environment(.kubernetes)
    environment.declare("object", .dyn)
    var builder = ProgramBuilder()
    var scope = Scope()
    scope.bind("object", to: builder.variable("object"))
    _ = try builder.add(environment.check("object.spec.replicas == 1 + 2"), scope: scope)
    #expect(
      builder.finish().disassembly == """
        entry 0:
          0  select t0 object .spec
          1  select t0 t0 .replicas
          2  equal t0 t0 3
          3  finish t0
        """)
  }
}
