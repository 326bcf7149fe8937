import Memory
import Testing
import Transport

@Suite("What a worker has to do")
struct WorkloadTests {
  private static let ms: UInt64 = 1_000_000

  private func instant(_ milliseconds: UInt64) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: milliseconds * Self.ms)
  }

  /// Requests of 40 ms, and so many that wait.
  private func load(ready: Int) -> Workload {
    var load = Workload()
    for _ in 0..<200 { load.note(40 * Self.ms) }
    load.ready = ready
    return load
  }

  @Test("The mean follows what requests take within some of them")
  func mean() {
    var load = Workload()
    for _ in 0..<16 { load.note(100 * Self.ms) }
    #expect(load.meanNanoseconds > 80 * Self.ms)
    for _ in 0..<40 { load.note(10_000) }
    #expect(load.meanNanoseconds < Self.ms)
    for _ in 0..<200 { load.note(.max) }
    #expect(load.meanNanoseconds > .max / 2)
  }

  @Test(
    "A request fits where what is before it and itself end before its deadline",
    arguments: [
      // Time that is left of 100 ms, requests that wait, milliseconds for the body, whether it fits.
      (100, 0, 0, true), (41, 0, 0, true), (39, 0, 0, false), (81, 1, 0, true), (79, 1, 0, false), (100, 2, 0, false),
      (50, 0, 9, true), (50, 0, 11, false), (0, 0, 0, false),
    ] as [(UInt64, Int, UInt64, Bool)])
  func fits(left: UInt64, ready: Int, body: UInt64, fits: Bool) {
    let answer = load(ready: ready).fits(
      instant(1_100), receivedAt: instant(1_000), at: instant(1_100 - left), bodyNanoseconds: body * Self.ms)
    #expect(answer == fits)
  }

  @Test("Where requests take all of their time, a fresh one is tried, and one that has half of its time left")
  func burning() {
    var load = Workload()
    for _ in 0..<200 { load.note(100 * Self.ms) }
    func fits(_ left: UInt64) -> Bool {
      load.fits(instant(1_100), receivedAt: instant(1_000), at: instant(1_100 - left), bodyNanoseconds: 0)
    }
    #expect(fits(100) && fits(50) && !fits(49))
  }

  @Test("Nothing overflows")
  func extremes() {
    var load = load(ready: .max)
    #expect(!load.fits(instant(1_100), receivedAt: instant(1_000), at: instant(1_000), bodyNanoseconds: .max))
    load.ready = 1_000_000
    #expect(!load.fits(instant(1_100), receivedAt: instant(1_000), at: instant(1_000), bodyNanoseconds: .max))
    #expect(load.fits(.distantFuture, receivedAt: instant(1_000), at: instant(1_000), bodyNanoseconds: .max))
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
