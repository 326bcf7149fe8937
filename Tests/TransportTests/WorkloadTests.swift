import Memory
import Testing
import Transport

@Suite("What a worker has to do")
struct WorkloadTests {
  private static let ms: UInt64 = 1_000_000

  private func instant(_ milliseconds: UInt64) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: milliseconds * Self.ms)
  }

  /// Small requests of 40 ms, and so many that wait.
  private func load(ready: Int) -> Workload {
    var load = Workload()
    for _ in 0..<200 { load.note(40 * Self.ms, bodyBytes: 0) }
    for _ in 0..<ready { _ = load.add(bodyBytes: 0) }
    return load
  }

  /// A request that arrived at 1,000 ms and has to be decided at 1,100.
  private func demand(bodyBytes: Int = 0, missing: Int = 0) -> Workload.Demand {
    Workload.Demand(
      deadline: instant(1_100), receivedAt: instant(1_000), bodyBytes: bodyBytes, missingBytes: missing)
  }

  @Test("The mean follows what requests take within some of them")
  func mean() {
    var load = Workload()
    for _ in 0..<16 { load.note(100 * Self.ms, bodyBytes: 0) }
    #expect(load.cost(ofBody: 0).mean > 80 * Self.ms)
    for _ in 0..<40 { load.note(10_000, bodyBytes: 0) }
    #expect(load.cost(ofBody: 0).mean < Self.ms)
    for _ in 0..<16 { load.note(100 * Self.ms, bodyBytes: 0) }
    #expect(load.cost(ofBody: 0).mean > 80 * Self.ms)
    for _ in 0..<200 { load.note(.max, bodyBytes: 0) }
    #expect(load.cost(ofBody: 0).mean > .max / 2)
    for _ in 0..<200 { load.note(.max, bodyBytes: 0, wasCut: true) }
    #expect(load.cost(ofBody: 0).mean > .max / 2)
  }

  @Test("What a request takes says something of requests of its size only")
  func sizes() {
    var load = Workload()
    load.note(80 * Self.ms, bodyBytes: 3_000_000)
    #expect(load.cost(ofBody: 2 << 20).mean == 10 * Self.ms && load.cost(ofBody: (4 << 20) - 1).mean == 10 * Self.ms)
    for other in [0, Workload.smallBody - 1, Workload.smallBody, (2 << 20) - 1, 4 << 20, .max] {
      #expect(load.cost(ofBody: other).mean == 0)
    }
    load.note(8 * Self.ms, bodyBytes: 4 << 20)
    #expect(load.cost(ofBody: .max).mean == Self.ms)
    load.note(40, bodyBytes: Workload.smallBody - 1)
    #expect(load.cost(ofBody: 0).mean == 5 && load.cost(ofBody: Workload.smallBody).mean == 0)
  }

  @Test("From one that its deadline has ended nothing shorter is learnt, and that it takes longer")
  func cut() {
    var load = Workload()
    for _ in 0..<200 { load.note(40 * Self.ms, bodyBytes: 0) }
    for _ in 0..<100 { load.note(2 * Self.ms, bodyBytes: 0, wasCut: true) }
    #expect(load.cost(ofBody: 0).mean > 39 * Self.ms && load.cost(ofBody: 0).long <= 40 * Self.ms)
    for _ in 0..<100 { load.note(40 * Self.ms, bodyBytes: 0, wasCut: true) }
    #expect(load.cost(ofBody: 0).mean > 75 * Self.ms)
    for _ in 0..<100 { load.note(2 * Self.ms, bodyBytes: 0) }
    #expect(load.cost(ofBody: 0).mean < 3 * Self.ms, "those that end by themselves are believed")
  }

  @Test("Those that wait count as long as they wait")
  func ready() {
    var load = load(ready: 1)
    #expect(load.readyNanoseconds > 39 * Self.ms)
    load.note(.max, bodyBytes: 0)
    let another = load.add(bodyBytes: 0)
    load.remove(another)
    #expect(load.ready == 1 && load.readyNanoseconds <= 40 * Self.ms)
  }

  @Test(
    "A request fits where what is before it and itself end before its deadline",
    arguments: [
      // Time that is left of 100 ms, requests that wait, bytes of the body, whether it fits.
      (100, 0, 0, true), (41, 0, 0, true), (39, 0, 0, false), (81, 1, 0, true), (79, 1, 0, false), (100, 2, 0, false),
      (50, 0, 60_000, true), (40, 0, 60_000, false), (0, 0, 0, false),
      // Nothing is known of requests of this size.
      (13, 0, 6_000_000, true), (11, 0, 6_000_000, false),
    ] as [(UInt64, Int, Int, Bool)])
  func fits(left: UInt64, ready: Int, body: Int, fits: Bool) {
    let load = load(ready: ready)
    let answer = load.fits(
      demand(bodyBytes: body, missing: body), at: instant(1_100 - left), before: load.readyNanoseconds, perByte: 2)
    #expect(answer == fits)
  }

  @Test("Where requests take all of their time, a fresh one is tried, and one that has half of its time left")
  func burning() {
    var load = Workload()
    for _ in 0..<200 { load.note(100 * Self.ms, bodyBytes: 0) }
    func fits(_ left: UInt64) -> Bool { load.fits(demand(), at: instant(1_100 - left), before: 0, perByte: 2) }
    #expect(fits(100) && fits(50) && !fits(49))
  }

  @Test("A body that arrives counts for as much as has arrived of it")
  func claims() {
    var load = Workload()
    load.note(320 * Self.ms, bodyBytes: 3_000_000)
    func claim(_ missing: Int) -> UInt64 { load.claim(demand(bodyBytes: 3_000_000, missing: missing), perByte: 2) }
    #expect(claim(3_000_000) == 0)
    #expect(claim(1_500_000) == (40 + 3) * Self.ms / 2)
    #expect(claim(0) == 40 * Self.ms)
    #expect(load.claim(demand(), perByte: 2) == 0)
  }

  @Test("Nothing overflows")
  func extremes() {
    var load = Workload()
    load.note(.max, bodyBytes: 0)
    for _ in 0..<10_000 { _ = load.add(bodyBytes: 0) }
    let endless = Workload.Demand(
      deadline: .distantFuture, receivedAt: instant(0), bodyBytes: 0, missingBytes: .max)
    #expect(load.fits(endless, at: instant(1_000), before: .max, perByte: 2))
    #expect(!load.fits(demand(missing: .max), at: instant(1_000), before: .max, perByte: .max))
    #expect(!load.fits(demand(), at: instant(1_000), before: load.readyNanoseconds, perByte: 2))
    #expect(load.claim(endless, perByte: .max) == 0)
    #expect(
      load.claim(
        .init(deadline: .distantFuture, receivedAt: instant(0), bodyBytes: 1, missingBytes: 0), perByte: 2) == 1 << 40)
  }

  @Test("Turns are given in order, the most urgent first where that is asked for")
  func turns() {
    var queue = TurnQueue<Int>()
    #expect(queue.isEmpty && queue.next() == nil)
    for number in 0..<5_000 { queue.add(number) }
    for number in 0..<2_000 { #expect(queue.next() == number) }
    #expect(queue.count == 3_000)
    // Every third is in a hurry, the later the more; of those alike the one that came first.
    queue.bringForward { $0 % 3 == 0 ? MonotonicInstant(nanoseconds: UInt64((10_000 - $0) / 1_000)) : nil }
    #expect(queue.next() == 4_002)
    queue.bringForward { _ in nil }
    #expect(queue.next() == 2_001)
    var rest: Set<Int> = []
    while let number = queue.next() { rest.insert(number) }
    #expect(rest.count == 2_998 && queue.isEmpty)
    queue.add(7)
    #expect(queue.next() == 7)
  }

  @Test("A queue of deadlines gives the earliest first, and nothing before its time")
  func deadlines() {
    var queue = DeadlineQueue<Int>()
    #expect(queue.first == .distantFuture)
    let order = (0..<200).map { $0 * 73 % 200 }
    for number in order { queue.add(number, at: instant(UInt64(number))) }
    #expect(queue.first == instant(0))
    var taken: [Int] = []
    while let entry = queue.take(until: instant(99)) { taken.append(entry.element) }
    #expect(taken == Array(0..<100))
    while let entry = queue.take(until: .distantFuture) { taken.append(entry.element) }
    #expect(taken == Array(0..<200))
    #expect(queue.count == 0)
  }
}
