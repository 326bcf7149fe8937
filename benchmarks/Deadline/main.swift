import CEL
import JSON
import Memory

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// How long after its deadline an evaluation over an object of 1 MB (or of 3 MB) ends: the least, the middle and the most of
// ROUNDS, by the clock and in processor time of the thread. What the thread did not run, another had the processor.
//
//   swift run -c release DeadlineBenchmark [ROUNDS [MEGABYTES]]

/// Loops, which are interrupted after 20 ms, and single calls, which are interrupted as soon as they run and later.
let loops = [
  "o.list.all(a, o.list.all(b, o.list.all(c, a.n + b.n + c.n >= 0)))",
  "o.list.all(a, o.map == p.map && o.list == p.list || a.n < 0)",
  "o.list.all(a, a in p.list || true)",
  "o.map.all(k, o.map.all(l, o.map[k] + p.map[l] >= 0))",
  "o.list.all(a, o.text.matches('(a|b)*c' + a.name) || true)",
  "o.list.all(a, (o.text + a.name) != (p.text + a.name))",
  "o.list.all(a, o.text.contains(a.name) || o.text.upperAscii() == p.text || true)",
  "o.list.all(a, (o.list + p.list).size() > a.n - 1)",
]
let calls = [
  "o.list.map(a, a.name).sort()", "o.list.sortBy(a, a.name)", "o.list.map(a, o.text).sort()", "o.list.distinct()",
  "o.list.map(a, a.n).distinct()", "o.list.map(a, o.text).distinct()", "[o.list, p.list].flatten()",
  "o.list.map(a, o.list).flatten()", "o.list.reverse()", "(o.list + o.list + o.list + o.list).slice(0, 9)",
  "lists.range(1000000)", "sets.contains(o.list, p.list)", "sets.equivalent(o.list.map(a, a.n), p.list.map(a, a.n))",
  "sets.intersects(o.list.map(a, a.n), [-1, -2, -3])", "o.list.map(a, a.n).isSorted()", "o.list.map(a, a.n).sum()",
  "dyn(o.list.map(a, a.name)).sum()", "o.list.map(a, a.n).max()", "o.list.indexOf(p.text)",
  "o.list.lastIndexOf(p.text)",
  "o.map.transformMapEntry(k, v, v == 0, p.map)", "o.map.transformMap(k, v, k)",
  "o.text.split('')", "o.text.split('a')", "o.list.map(a, a.name).join(',')", "o.list.map(a, o.text).join(',')",
  "o.text.replace('a', 'bb')", "o.text.replace('', 'b')", "o.text.upperAscii()", "o.spaces.trim()",
  "o.text.substring(o.text.size() - 2)", "o.text.charAt(o.text.size() - 2)", "o.text.indexOf('b')",
  "o.text.indexOf(p.text)", "o.text.lastIndexOf('b')", "o.text.lastIndexOf('b' + p.half)", "o.text.indexOf(p.half)",
  "o.text.replace(p.half, 'b')", "o.text.split(p.half)", "o.text + p.text",
  "o.text + o.text + o.text + o.text + o.text",
  "o.text.contains(p.half)", "o.text == p.text", "o.text < p.text", "bytes(o.text)", "string(bytes(o.text))",
  "strings.quote(o.text)", "'%s'.format([o])", "'%s %s'.format([o.text, o.text])", "o.text.matches('(a|b)*c$')",
  "o.text.find('(a|b)*c')", "o.text.findAll('a')", "o.text.findAll('[a-c]{1,3}x')", "quantity(o.digits)",
  "isQuantity(o.digits)",
  "semver(o.digits + '.0.0')", "isSemver('1.0.0-' + o.text)", "url(o.text)", "isURL('https://' + o.text)",
  "ip(o.digits)",
  "isIP(o.text)", "cidr(o.text)", "int(o.digits)", "double(o.digits)", "uint(o.digits)", "timestamp(o.text)",
  "duration(o.digits + 's')", "format.dns1123Label().validate(o.text)",
  "format.uri().validate(o.text)", "format.byte().validate(o.text)", "o.list.map(a, a.name).exists(x, x == p.text)",
  "o.map.map(k, o.map[k])", "p.list in [o.list, o.list, o.list]", "size(o.text)",
]

func document(_ last: String, megabytes: Int) -> String {
  let items = (0..<9000 * megabytes).map {
    "{\"name\":\"item-\($0)\",\"labels\":{\"app\":\"a\($0)\",\"tier\":\"t\"},\"n\":\($0)}"
  }
  let members = (0..<9000 * megabytes).map { "\"key-\($0)\":\($0)" }
  func text(_ character: String, _ count: Int) -> String { String(repeating: character, count: count * megabytes) }
  return """
    {"list":[\(items.joined(separator: ","))],"map":{\(members.joined(separator: ","))},\
    "text":"\(text("a", 300_000))\(last)","half":"\(text("a", 100_000))\(last)","spaces":"\(text(" ", 100_000))",\
    "digits":"\(text("1", 100_000))","end":"\(last)"}
    """
}

func time(_ clock: clockid_t) -> UInt64 {
  var time = timespec()
  clock_gettime(clock, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

func measure(_ source: String, _ first: ByteSlice, _ second: ByteSlice, rounds: Int, allowed: UInt64) throws {
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
  var lateRunning: [Int64] = []
  var finished = 0
  for _ in 0..<rounds {
    arena.reset()
    machine.begin(program, arena: arena.handle)
    let documents = (machine.addDocument(text: first.start), machine.addDocument(text: second.start))
    machine.bind(slots.0, machine.context.value(firstTape.root, document: documents.0))
    machine.bind(slots.1, machine.context.value(secondTape.root, document: documents.1))
    let running = time(CLOCK_THREAD_CPUTIME_ID)
    let start = time(CLOCK_MONOTONIC)
    machine.setDeadline(monotonicNanoseconds: start + allowed)
    if machine.evaluate(entry).errorCode != .deadlineExceeded { finished += 1 }
    let elapsed = Int64(time(CLOCK_MONOTONIC) - start)
    let ran = Int64(time(CLOCK_THREAD_CPUTIME_ID) - running)
    late.append(elapsed - Int64(allowed))
    // At least so much of the time after the deadline others had the processor, if any had.
    lateRunning.append(min(elapsed, ran) - Int64(allowed))
  }
  func text(_ values: [Int64]) -> String {
    let values = values.sorted()
    return [values[0], values[rounds / 2], values[rounds - 1]].map { "\($0 / 1000)" }.joined(separator: "  ")
  }
  if finished == rounds, late.allSatisfy({ $0 < 0 }) { return }
  let end = finished > 0 ? " (had finished \(finished) times)" : ""
  print("\(text(late)) µs, running \(text(lateRunning)) µs  \(source)\(end)")
}

let rounds = max(1, CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 1 : 20)
let megabytes = max(1, CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2]) ?? 1 : 1)
try document("x", megabytes: megabytes).withByteSlice { first in
  try document("y", megabytes: megabytes).withByteSlice { second in
    for source in loops { try measure(source, first, second, rounds: rounds, allowed: 20_000_000) }
    for source in calls {
      for allowed in [20_000, 2_000_000, 10_000_000] as [UInt64] {
        try measure(source, first, second, rounds: rounds, allowed: allowed)
      }
    }
  }
}
