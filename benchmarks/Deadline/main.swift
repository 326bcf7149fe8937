import CEL
import JSON
import Memory

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// How long after its deadline an evaluation of nested loops over an object of 1 MB ends: the least, the middle and the most of ROUNDS.
//
//   swift run -c release DeadlineBenchmark [ROUNDS]

let expressions = [
  "o.list.all(a, o.list.all(b, o.list.all(c, a.n + b.n + c.n >= 0)))",
  "o.list.all(a, o.map == p.map && o.list == p.list)",
  "o.list.all(a, a in p.list || true)",
  "o.map.all(k, o.map.all(l, o.map[k] + p.map[l] >= 0))",
  "o.list.all(a, o.text.matches('(a|b)*c' + a.name) || true)",
  "o.list.all(a, (o.text + a.name) != (p.text + a.name))",
  "o.list.all(a, o.text.contains(a.name) || o.text.upperAscii() == p.text || true)",
  "o.list.all(a, (o.list + p.list).size() > 0)",
]

func document(_ last: String) -> String {
  let items = (0..<9000).map { "{\"name\":\"item-\($0)\",\"labels\":{\"app\":\"a\($0)\",\"tier\":\"t\"},\"n\":\($0)}" }
  let members = (0..<9000).map { "\"key-\($0)\":\($0)" }
  let text = String(repeating: "a", count: 300_000)
  return """
    {"list":[\(items.joined(separator: ","))],"map":{\(members.joined(separator: ","))},"text":"\(text)\(last)",\
    "end":"\(last)"}
    """
}

func now() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

func measure(_ source: String, _ first: ByteSlice, _ second: ByteSlice, rounds: Int) throws {
  var environment = Environment(.kubernetes)
  var builder = ProgramBuilder()
  var scope = Scope()
  for name in ["o", "p"] {
    environment.declare(name, .dyn)
    scope.bind(name, to: builder.variable(name))
  }
  let slots = (builder.variable("o"), builder.variable("p"))
  let entry = try builder.add(environment.check(source), scope: scope)
  let program = builder.finish()
  var firstTape = Tape()
  var secondTape = Tape()
  try firstTape.parse(first)
  try secondTape.parse(second)
  // The limits of an API server would end all of this before.
  var machine = Machine(.init(cost: .max, steps: .max))
  var arena = Arena()
  var late: [Int64] = []
  for _ in 0..<rounds {
    arena.reset()
    machine.begin(program, arena: arena.handle)
    let documents = (machine.addDocument(text: first.start), machine.addDocument(text: second.start))
    machine.bind(slots.0, machine.context.value(firstTape.root, document: documents.0))
    machine.bind(slots.1, machine.context.value(secondTape.root, document: documents.1))
    let deadline = now() + 20_000_000
    machine.setDeadline(monotonicNanoseconds: deadline)
    guard machine.evaluate(entry).errorCode == .deadlineExceeded else {
      print("finished before its deadline: \(source)")
      return
    }
    late.append(Int64(now()) - Int64(deadline))
  }
  late.sort()
  let text = [late[0], late[rounds / 2], late[rounds - 1]].map { "\($0 / 1000)" }.joined(separator: "  ")
  print("\(text) µs  \(source)")
}

let rounds = max(1, CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 1 : 20)
for source in expressions {
  try document("x").withByteSlice { first in
    try document("y").withByteSlice { second in try measure(source, first, second, rounds: rounds) }
  }
}
