import Admission
import JSON
import Memory
import Policy

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// What a review costs without transport: parse, decode, judge, write, each on its own and all together, one thread.
//
//   swift run -c release JudgingBenchmark POLICIES REVIEWS.jsonl [ROUNDS [ID]]
//
// REVIEWS.jsonl holds records (`{"id", "review", "namespaceObject"}`); with ID only that one is measured. With PHASE=mutate in the
// environment policies change what they are asked about instead of judging it. For instructions instead of time: valgrind --tool=callgrind .build/release/JudgingBenchmark POLICIES REVIEWS.jsonl 1

guard CommandLine.arguments.count >= 3 else {
  print("usage: JudgingBenchmark POLICIES REVIEWS.jsonl [ROUNDS [ID]]")
  exit(64)
}
let loaded = LoadedManifests.load([CommandLine.arguments[1]])
guard let set = loaded.set else {
  for problem in loaded.allProblems { print(problem.rendered) }
  exit(2)
}
let mutates = getenv("PHASE").map { String(cString: $0) } == "mutate"
let rounds = CommandLine.arguments.count > 3 ? Int(CommandLine.arguments[3]) ?? 1 : 200
let records = try readRecords(
  CommandLine.arguments[2], id: CommandLine.arguments.count > 4 ? CommandLine.arguments[4] : nil)
measure()

struct Record {
  let body: ByteSlice
  let namespace: ParsedDocument?
}

/// The reviews of the records, written out as the API server sends them, with their Namespaces.
func readRecords(_ path: String, id: String?) throws -> [Record] {
  guard let file = fopen(path, "r") else {
    print("cannot open \(path)")
    exit(2)
  }
  defer { fclose(file) }
  var text = ByteBuffer(capacity: 1 << 20)
  while text.write(atLeast: 1 << 16, { fread($0.baseAddress, 1, $0.count, file) }) > 0 {}
  // Kept for the life of the process.
  let arena = Arena(blockSize: 1 << 20).leaked()
  var records: [Record] = []
  var rest = text.bytes
  while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
    var tape = Tape()
    try tape.parse(rest[0..<end])
    rest = rest.dropFirst(end + 1)
    if let id, tape.root.member("id")?.stringValue != id { continue }
    guard let review = tape.root.member("review") else { continue }
    var body = ByteBuffer()
    body.writeValue(review)
    let namespace = try tape.root.member("namespaceObject").map { object in
      var text = ByteBuffer()
      text.writeValue(object)
      return try ParsedDocument(text)
    }
    records.append(Record(body: arena.copy(body.bytes), namespace: namespace))
  }
  return records
}

func measure() {
  let bytes = records.reduce(0) { $0 + $1.body.count }
  print(
    "\(records.count) reviews, \(bytes / max(records.count, 1)) bytes on average, \(set.policies.count) policies, \(rounds) rounds"
  )
  var tape = Tape()
  var evaluator = Evaluator()
  var output = ByteBuffer()
  var denied = 0
  var patched = 0
  func report(_ what: String, _ time: Duration) {
    let nanoseconds = Double(time.components.seconds) * 1e9 + Double(time.components.attoseconds) / 1e9
    let each = nanoseconds / Double(rounds * records.count)
    print(
      "\(what): \((each * 10).rounded() / 10) ns a review, \((Double(bytes) / Double(records.count) / each * 100).rounded() / 100) GB/s"
    )
  }
  let parsing = ContinuousClock().measure {
    for _ in 0..<rounds { for record in records { try? tape.parse(record.body) } }
  }
  report("parse", parsing)
  let everything = ContinuousClock().measure {
    for _ in 0..<rounds {
      for record in records {
        evaluator.begin()
        guard (try? tape.parse(record.body)) != nil,
          let review = try? AdmissionReview(tape.root, arena: evaluator.arena)
        else {
          continue
        }
        let verdict =
          mutates
          ? evaluator.mutate(review.request, under: set, namespace: record.namespace?.root, deadline: nil).verdict
          : evaluator.validate(review.request, under: set, namespace: record.namespace?.root, deadline: nil)
        if !verdict.allowed { denied += 1 }
        if verdict.patch != nil { patched += 1 }
        output.removeAll()
        verdict.response(uid: review.request.uid).write(to: &output, as: review.version)
      }
    }
  }
  report("parse, decode, \(mutates ? "mutate" : "judge") and write", everything)
  print("denied: \(denied / max(rounds, 1)), patched: \(patched / max(rounds, 1))")
}

extension Arena {
  /// The handle of an arena that is never freed.
  consuming func leaked() -> Handle {
    let box = UnsafeMutablePointer<Arena>.allocate(capacity: 1)
    box.initialize(to: self)
    return box.pointee.handle
  }
}
