import AllocationCounter
import CEL
import JSON
import Memory
import Testing

@Suite("Extensions and the heap", .serialized)
struct ExtensionAllocationTests {
  private static let expressions = [
    "x.n.sort().slice(0, 2).reverse().distinct().first().value() + x.n.last().value()",
    "x.n.sortBy(e, -e).size() + lists.range(20).size() + [x.n, x.n].flatten().size()",
    "math.greatest(x.n) + math.least(1, x.n[0]) + math.abs(x.n[1]) + math.bitShiftLeft(1, 3)",
    "math.sqrt(2.0) + math.ceil(1.5)",
    "string(0.1 + 0.2).size() + string(-1.7976931348623157e308).size() + string(5e-324).size()",
    "base64.decode(base64.encode(bytes(x.s))).size() + strings.quote(x.s).size()",
    "regex.extractAll(x.s, '[a-z]+').size() + regex.replace(x.s, '(e)', r'<\\1>').size()",
    "regex.extract(x.s, 'w(.*)').orValue('') + x.s.reverse()",
    "'%s %d %.3f %.2e %x %o %b %s'.format([x.s, x.n[0], 1234.5678, 0.00012, 255, 8, true, x])",
    "cel.block([x.n.size(), cel.index(0) + 1], cel.index(1) + cel.bind(y, 2, y * y))",
  ]

  @Test("evaluating takes nothing from it once the worker has warmed up", arguments: [false, true])
  func allocatesNothing(isStrict: Bool) throws {
    var environment = Environment(.full)
    environment.declare("x", .dyn)
    var builder = ProgramBuilder(.init(isStrict: isStrict))
    var scope = Scope()
    let x = builder.variable("x")
    scope.bind("x", to: x)
    var entries: [EntryPoint] = []
    for source in Self.expressions { entries.append(try builder.add(environment.check(source), scope: scope)) }
    let program = builder.finish()
    var arena = Arena()
    var machine = Machine()
    var tape = Tape()
    try #"{"n": [3, 1, 2, 9, 4], "s": "hello wörld", "m": {"b": 1.5, "a": null}}"#.withByteSlice { text throws in
      try tape.parse(text)
      var before: UInt64 = 0
      var errors = 0
      for round in 0..<210 {
        if round == 10 { before = allocation_count() }
        arena.reset()
        machine.begin(program, arena: arena.handle)
        let document = machine.addDocument(text: text.start)
        machine.bind(x, machine.context.value(tape.root, document: document))
        for index in 0..<entries.count where machine.evaluate(entries[index]).isError { errors += 1 }
      }
      let count = allocation_count() - before
      #expect(count == 0)
      #expect(errors == 0)
    }
  }
}
