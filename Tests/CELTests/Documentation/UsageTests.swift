import CEL
import JSON
import Memory
import Testing

/// The code of the article `UsingCEL.md`, line by line.
@Suite("Using CEL from another package")
struct UsageTests {
  @Test("evaluates an expression on a value")
  func evaluate() throws {
    var environment = Environment(.full)
    environment.declare("name", .string)
    let checked = try environment.check("'hello, ' + name.upperAscii()")

    var builder = ProgramBuilder()
    var scope = Scope()
    let name = builder.variable("name")
    scope.bind("name", to: name)
    let greeting = try builder.add(checked, scope: scope)
    let program = builder.finish()

    let arena = Arena()
    var machine = Machine()
    machine.begin(program, arena: arena.handle)
    machine.bind(name, .string("world"))
    let value = machine.evaluate(greeting)
    print(machine.context.description(of: value))

    #expect(machine.context.description(of: value) == "\"hello, WORLD\"")
  }

  @Test("shows mistakes")
  func mistakes() {
    do {
      _ = try Environment(.kubernetes).check("1 + 'a'")
    } catch {
      print(error)
      #expect(error.issues.count == 1)
    }
  }

  @Test("reads JSON without building values of it")
  func json() throws {
    var environment = Environment(.full)
    environment.declare("object", .dyn)
    let checked = try environment.check("object.items.map(i, i.price * 2)")
    var builder = ProgramBuilder()
    var scope = Scope()
    let object = builder.variable("object")
    scope.bind("object", to: object)
    let prices = try builder.add(checked, scope: scope)
    let program = builder.finish()

    let text: StaticString = #"{"items": [{"price": 3}, {"price": 4}]}"#
    let arena = Arena()
    var tape = Tape()
    try tape.parse(ByteSlice(text))
    var machine = Machine()
    machine.begin(program, arena: arena.handle)
    let document = machine.addDocument(text: tape.root.text)
    machine.bind(object, machine.context.value(tape.root, document: document))
    let value = machine.evaluate(prices)
    var output = ByteBuffer()
    machine.context.writeJSON(value, into: &output)

    #expect(output.bytes.string == "[6,8]")
  }

  @Test("bounds what a request may cost")
  func limits() throws {
    var builder = ProgramBuilder()
    let entry = try builder.add(try Environment(.full).check("lists.range(1000000).map(x, x)"), scope: Scope())
    let program = builder.finish()
    let arena = Arena()
    var machine = Machine(Machine.Limits(steps: 1_000))
    machine.begin(program, arena: arena.handle)
    let value = machine.evaluate(entry)
    if value.isError, value.errorCode == .costExceeded { print("too expensive") }

    #expect(value.errorCode == .costExceeded)
  }
}
