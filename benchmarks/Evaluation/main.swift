import CEL
import JSON
import Memory

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// How long an expression takes on an AdmissionReview that is parsed already: an evaluation, begin and bind included.
//
//   swift run -c release EvaluationBenchmark REVIEW.json 'object.spec.containers.all(c, …)' [ROUNDS]

guard CommandLine.arguments.count >= 3, let file = fopen(CommandLine.arguments[1], "r") else {
  print("usage: EvaluationBenchmark REVIEW.json EXPRESSION [ROUNDS]")
  exit(64)
}
var body = ByteBuffer(capacity: 1 << 20)
while body.write(atLeast: 1 << 16, { fread($0.baseAddress, 1, $0.count, file) }) > 0 {}
fclose(file)
try measure(
  body.bytes, CommandLine.arguments[2],
  rounds: CommandLine.arguments.count > 3 ? Int(CommandLine.arguments[3]) ?? 1 : 1_000_000)

func measure(_ review: ByteSlice, _ source: String, rounds: Int) throws {
  var tape = Tape()
  try tape.parse(review)
  let object = tape.root.member("request")?.member("object") ?? .null

  var environment = Environment(.kubernetes)
  environment.declare("object", .dyn)
  var builder = ProgramBuilder()
  var scope = Scope()
  let slot = builder.variable("object")
  scope.bind("object", to: slot)
  let entry = try builder.add(try environment.check(source), scope: scope)
  let program = builder.finish()
  print(program.disassembly)

  var arena = Arena()
  var machine = Machine()
  for round in 0..<4 {
    var result = Value.null
    let time = ContinuousClock().measure {
      for _ in 0..<rounds {
        arena.reset()
        machine.begin(program, arena: arena.handle)
        let document = machine.addDocument(text: review.start)
        machine.bind(slot, machine.context.value(object, document: document))
        result = machine.evaluate(entry)
      }
    }
    print(round == 0 ? "result: \(machine.context.description(of: result))" : "\(time / rounds) an evaluation")
  }
}
