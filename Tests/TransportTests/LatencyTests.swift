import Memory
import Testing
import TestSupport
import Transport

/// A clock that a test moves.
private final class TestClock {
  var now = MonotonicInstant(nanoseconds: 0)

  func pass(_ milliseconds: UInt64) { now = now.advanced(byNanoseconds: milliseconds * 1_000_000) }

  func drive(_ exchange: Exchange) {
    exchange.clockSource = { self.now }
    exchange.clock = now
  }
}

private let ms: UInt64 = 1_000_000

@Suite("Latency of HTTP/1.1")
struct HTTP1LatencyTests {
  private let clock = TestClock()
  private let driver = HTTP1Driver()
  private static let begin = "POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"
  private static let whole = begin + "abcd"

  init() {
    clock.pass(1_000)
    clock.drive(driver.exchange)
    driver.recorder.budget = 100 * ms
  }

  private func send(_ text: String, at milliseconds: UInt64) { driver.send(Array(text.utf8), at: milliseconds * ms) }

  @Test("A request has its deadline from its first byte on, and none once it is complete")
  func deadline() {
    #expect(driver.session.deadline == .distantFuture)
    send("POST /length HT", at: 1_000)
    #expect(driver.session.deadline.nanoseconds == 1_100 * ms)
    send(String(Self.begin.dropFirst(15)), at: 1_050)
    #expect(driver.session.deadline.nanoseconds == 1_100 * ms)
    send("abc", at: 1_099)
    #expect(driver.session.deadline.nanoseconds == 1_100 * ms)
    send("d", at: 1_099)
    #expect(driver.session.deadline == .distantFuture)
    #expect(driver.statuses == [200])
    #expect(driver.recorder.seen.map(\.receivedAt.nanoseconds) == [1_000 * ms])
    #expect(driver.exchange.workload.waiting == 0)
  }

  @Test("What is not complete by then is answered with 503, when to ask again, and the end of the connection")
  func overdue() {
    send(Self.begin, at: 1_000)
    #expect(driver.exchange.workload.waiting == 1)
    var output = ByteBuffer()
    driver.session.overdue(output: &output)
    let answer = output.bytes.string
    #expect(answer.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
    #expect(answer.contains("\r\nRetry-After: 1\r\n") && answer.contains("\r\nConnection: close\r\n"))
    #expect(driver.session.phase == .closing && driver.session.deadline == .distantFuture)
    #expect(driver.counters.overdueRequests.value == 1)
    #expect(driver.exchange.workload.waiting == 0)
  }

  @Test("A request that is read too late to be answered in time is turned away, and the connection goes on")
  func shed() {
    send(Self.whole, at: 1_000)
    driver.recorder.work = { [clock] in clock.pass(80) }
    for _ in 0..<20 { send(Self.whole, at: clock.now.nanoseconds / ms) }
    #expect(driver.recorder.refusals.isEmpty)
    // It arrived while the worker was busy: 60 of its 100 ms are gone, and requests take 80.
    clock.drive(driver.exchange)
    send(Self.whole, at: clock.now.nanoseconds / ms - 60)
    #expect(driver.recorder.refusals == [503])
    #expect(driver.counters.shedRequests.value == 1)
    #expect(driver.session.phase == .idle && !driver.answers.contains("Connection: close"))
    send(Self.whole, at: clock.now.nanoseconds / ms - 40)
    #expect(driver.recorder.refusals == [503], "half of its time is left")
  }

  @Test("A body that is to come is not waited for where it could not be read in time")
  func shedBody() {
    // 16 MiB take more than the 30 ms that are left.
    clock.pass(70)
    clock.drive(driver.exchange)
    send("POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 16777216\r\n\r\nabc", at: 1_000)
    #expect(driver.statuses == [503])
    #expect(driver.session.phase == .closing)
    #expect(driver.exchange.workload.waiting == 0)
  }

  private static let largeHead = "POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"

  @Test("A body that is arriving counts for what is there of it, and is turned away once others leave it no time")
  func shedArriving() {
    driver.exchange.workload.note(480 * ms, bodyBytes: 100_000)
    send(Self.largeHead + String(repeating: "x", count: 50_000), at: 1_000)
    var output = ByteBuffer()
    func shed(before: UInt64) -> UInt64 {
      driver.session.shed(at: MonotonicInstant(nanoseconds: 1_010 * ms), before: before * ms, output: &output)
    }
    // Half of its 100 ms, 0.1 ms for the rest of its body, and half of that is there.
    #expect(shed(before: 39) == (50 * ms + 100_000) / 2)
    #expect(output.isEmpty && driver.session.phase == .body)
    #expect(shed(before: 40) == 0)
    #expect(output.bytes.string.hasPrefix("HTTP/1.1 503 ") && output.bytes.string.contains("\r\nRetry-After: 1\r\n"))
    #expect(driver.session.phase == .closing && driver.counters.shedRequests.value == 1)
    #expect(driver.exchange.workload.waiting == 0)
    #expect(shed(before: 0) == 0, "there is nothing left to be turned away")
  }

  @Test("A small request does not wait for large ones, so that they keep it out only while the worker is busy with one")
  func smallBesideLarge() {
    driver.exchange.workload.note(480 * ms, bodyBytes: 100_000)
    send(Self.begin, at: 1_000)
    var output = ByteBuffer()
    let soon = MonotonicInstant(nanoseconds: 1_099 * ms)
    #expect(driver.session.shed(at: soon, before: 1_000 * ms, output: &output) == 0)
    #expect(driver.session.phase == .body)
    #expect(driver.session.shed(at: soon.advanced(byNanoseconds: ms), before: 0, output: &output) == 0)
    #expect(driver.session.phase == .closing)
  }

  @Test("A request of a size that takes long waits for the connection's turn, so that others are read from before")
  func longRequests() {
    driver.exchange.workload.note(480 * ms, bodyBytes: 100_000)
    driver.exchange.beginReading()
    send(Self.largeHead + String(repeating: "x", count: 100_000), at: 1_000)
    #expect(driver.recorder.seen.isEmpty && driver.session.turn?.bodyBytes == 100_000)
    #expect(driver.exchange.workload.readyNanoseconds == 60 * ms)
    let other = HTTP1Session(driver.exchange, at: clock.now)
    var output = ByteBuffer()
    Self.whole.withByteSlice { other.receive($0, at: clock.now, output: &output) }
    #expect(driver.recorder.seen.map(\.body.count) == [4])
    driver.exchange.beginTurn()
    driver.session.resume(at: clock.now, output: &output)
    #expect(driver.recorder.seen.map(\.body.count) == [4, 100_000])
    #expect(driver.exchange.workload.readyNanoseconds == 0 && driver.session.turn == nil)
  }

  @Test("More requests than may wait are turned away")
  func waiting() {
    var limits = Limits()
    limits.waitingRequests = 2
    let driver = HTTP1Driver(limits)
    let others = (0..<2).map { _ in HTTP1Session(driver.exchange, at: MonotonicInstant(nanoseconds: 0)) }
    var output = ByteBuffer()
    for other in others {
      Self.begin.withByteSlice { other.receive($0, at: MonotonicInstant(nanoseconds: 1), output: &output) }
    }
    driver.send(Self.begin)
    #expect(driver.statuses == [503])
    #expect(driver.answers.contains("Retry-After: 1"))
    "abcd".withByteSlice { others[0].receive($0, at: MonotonicInstant(nanoseconds: 1), output: &output) }
    #expect(driver.exchange.workload.waiting == 1)
    let next = HTTP1Session(driver.exchange, at: MonotonicInstant(nanoseconds: 0))
    Self.begin.withByteSlice { next.receive($0, at: MonotonicInstant(nanoseconds: 1), output: &output) }
    #expect(next.phase == .body)
  }

  @Test("After a long request the next one waits for the connection's next turn, and keeps its deadline")
  func turns() {
    driver.recorder.work = { [clock] in clock.pass(30) }
    driver.exchange.beginTurn()
    send(Self.whole + Self.whole + Self.begin + "ab", at: 1_000)
    #expect(driver.recorder.seen.count == 1)
    #expect(driver.session.waitsForTurn)
    #expect(driver.exchange.workload.ready == 1 && driver.exchange.workload.waiting == 1)
    var output = ByteBuffer()
    driver.session.resume(at: clock.now, output: &output)
    #expect(driver.recorder.seen.count == 1, "its turn has not come")
    driver.exchange.beginTurn()
    driver.session.resume(at: clock.now, output: &output)
    #expect(driver.recorder.seen.map(\.receivedAt.nanoseconds) == [1_000 * ms, 1_000 * ms])
    #expect(!driver.session.waitsForTurn)
    #expect(driver.exchange.workload.ready == 0 && driver.exchange.workload.waiting == 1)
    driver.exchange.beginTurn()
    send("cd", at: 1_080)
    #expect(driver.recorder.seen.map(\.body.count) == [4, 4, 4])
    #expect(driver.recorder.refusals.isEmpty)
  }

  @Test("Short requests of one connection are answered in one turn")
  func shortRequests() {
    driver.recorder.work = { [clock] in clock.now = clock.now.advanced(byNanoseconds: 10_000) }
    driver.exchange.beginTurn()
    send(String(repeating: Self.whole, count: 40), at: 1_000)
    #expect(driver.recorder.seen.count == 40)
  }

  @Test("A session that ends while its request waits leaves nothing counted")
  func abandoned() {
    let clock = TestClock()
    let exchange = Exchange(limits: Limits(), counters: WorkerCounters(), handler: Recorder())
    clock.drive(exchange)
    for text in [Self.begin, Self.whole + Self.whole] {
      let recorder = HTTP1Session(exchange, at: clock.now)
      exchange.beginTurn()
      clock.pass(1)
      exchange.clock = clock.now
      var output = ByteBuffer()
      text.withByteSlice { recorder.receive($0, at: clock.now, output: &output) }
      #expect(exchange.workload.waiting == 1)
      withExtendedLifetime(recorder) {}
    }
    #expect(exchange.workload.waiting == 0 && exchange.workload.ready == 0)
  }
}

@Suite("Latency of HTTP/2")
struct HTTP2LatencyTests {
  private let clock = TestClock()
  private let driver: HTTP2Driver

  init() throws {
    driver = try HTTP2Driver()
    clock.pass(1_000)
    clock.drive(driver.exchange)
    driver.recorder.budget = 100 * ms
    driver.send(HTTP2SessionTests.opening, at: 1_000 * ms)
  }

  @Test("Each stream has its own deadline, and those that are overdue are answered with 503 while others go on")
  func deadlines() {
    driver.send(Frame.headers(1, Frame.request("/length")), at: 1_000 * ms)
    driver.send(Frame.headers(3, Frame.request("/length")), at: 1_050 * ms)
    #expect(driver.session.deadline.nanoseconds == 1_100 * ms)
    let late = MonotonicInstant(nanoseconds: 1_100 * ms)
    driver.session.refuseOverdue(until: late, at: late)
    driver.flush()
    #expect(driver.text(1).hasPrefix("503"))
    #expect(driver.session.deadline.nanoseconds == 1_150 * ms)
    driver.send(Frame.data(3, [1, 2]), at: 1_120 * ms)
    #expect(driver.text(3) == "2")
    #expect(driver.session.deadline == .distantFuture)
    #expect(driver.counters.overdueRequests.value == 1 && driver.exchange.workload.waiting == 0)
  }

  @Test("Streams wait for their connection's turn in the order in which they were complete")
  func turns() {
    driver.recorder.work = { [clock] in clock.pass(30) }
    driver.exchange.beginTurn()
    let requests = [1, 3, 5, 7].flatMap { Frame.headers($0, Frame.request("/\($0)"), end: true) }
    driver.send(requests, at: 1_000 * ms)
    #expect(driver.recorder.seen.map(\.path) == ["/1"])
    #expect(driver.session.waitsForTurn && driver.exchange.workload.ready == 3)
    // One that is taken back costs nothing.
    driver.send(Frame.resetStream(5), at: 1_030 * ms)
    for _ in 0..<2 {
      driver.exchange.beginTurn()
      driver.session.resume()
    }
    driver.flush()
    #expect(driver.recorder.seen.map(\.path) == ["/1", "/3", "/7"])
    #expect(driver.recorder.seen.allSatisfy { $0.receivedAt.nanoseconds == 1_000 * ms })
    #expect(!driver.session.waitsForTurn)
    #expect(driver.exchange.workload.ready == 0 && driver.exchange.workload.waiting == 0)
  }

  private func large(_ stream: Int) -> [UInt8] {
    let body = (0..<10).flatMap { Frame.data(stream, [UInt8](repeating: 120, count: 10_000), end: $0 == 9) }
    return Frame.headers(stream, Frame.request("/\(stream)", [("content-length", "100000")])) + body
  }

  @Test("Requests of one connection that take long let the others pass")
  func longRequests() {
    driver.exchange.workload.note(240 * ms, bodyBytes: 100_000)
    driver.exchange.beginReading()
    let rest = [5, 7].flatMap { Frame.headers($0, Frame.request("/\($0)"), end: true) }
    driver.send(large(1) + large(3) + rest, at: 1_000 * ms)
    #expect(driver.recorder.seen.map(\.path) == ["/5", "/7"])
    #expect(driver.session.waitsForTurn && driver.session.turn?.bodyBytes == 100_000)
    #expect(driver.exchange.workload.ready == 2 && driver.exchange.workload.readyNanoseconds == 60 * ms)
    // One that is taken back costs nothing.
    driver.send(Frame.resetStream(1), at: 1_000 * ms)
    driver.exchange.beginTurn()
    driver.session.resume()
    driver.flush()
    #expect(driver.recorder.seen.map(\.path) == ["/5", "/7", "/3"])
    #expect(!driver.session.waitsForTurn && driver.session.turn == nil)
    #expect(driver.exchange.workload.ready == 0 && driver.exchange.workload.waiting == 0)
  }

  @Test("Bodies that are arriving are turned away once others leave them no time")
  func shedArriving() {
    driver.exchange.workload.note(480 * ms, bodyBytes: 100_000)
    driver.send(large(1).dropLast(10_009) + large(3).dropLast(10_009), at: 1_000 * ms)
    #expect(driver.session.turn == nil)
    let free = MonotonicInstant(nanoseconds: 1_010 * ms)
    let claims = driver.session.shed(at: free, before: 0, now: free)
    driver.flush()
    // Two of 50 ms: for the second 40 are left when the first has had its time.
    #expect(claims > 40 * ms && claims < 50 * ms)
    #expect(driver.text(1).isEmpty && driver.text(3).hasPrefix("503"))
    #expect(driver.counters.shedRequests.value == 1 && driver.exchange.workload.waiting == 1)
  }

  @Test("Requests that are reset in the flight in which they came are never seen")
  func rapidReset() throws {
    let flight = (0..<50).flatMap {
      Frame.headers(2 * $0 + 1, Frame.request(), end: true) + Frame.resetStream(2 * $0 + 1)
    }
    driver.send(flight, at: 1_000 * ms)
    #expect(driver.recorder.seen.isEmpty && !driver.session.failed)
    #expect(driver.exchange.workload.waiting == 0 && driver.exchange.workload.ready == 0)
  }

  @Test("A request that is read too late is turned away with when to ask again")
  func shed() {
    clock.pass(200)
    clock.drive(driver.exchange)
    driver.send(Frame.headers(1, Frame.request(), end: true), at: 1_000 * ms)
    #expect(driver.text(1).hasPrefix("503"))
    #expect(driver.counters.shedRequests.value == 1)
  }

  @Test("A peer that opens its window a little at a time is not waited for without end")
  func slowReader() {
    driver.send(Frame.headers(1, Frame.request("/large"), end: true), at: 1_000 * ms)
    for second in UInt64(2)...31 {
      driver.send(Frame.windowUpdate(1, 1) + Frame.windowUpdate(0, 1), at: second * 1_000 * ms)
      #expect(!driver.session.expire(at: MonotonicInstant(nanoseconds: second * 1_000 * ms)))
    }
    #expect(driver.session.expire(at: MonotonicInstant(nanoseconds: 31_001 * ms)))
  }

  @Test("What ends with the session leaves nothing counted")
  func abandoned() throws {
    let exchange = Exchange(limits: Limits(), counters: WorkerCounters(), handler: Recorder())
    let clock = TestClock()
    clock.drive(exchange)
    do {
      let session = try #require(HTTP2Session(exchange, at: clock.now))
      exchange.beginTurn()
      clock.pass(1)
      exchange.clock = clock.now
      let bytes =
        HTTP2SessionTests.opening + Frame.headers(1, Frame.request()) + Frame.headers(3, Frame.request(), end: true)
      bytes.withUnsafeBytes { session.receive(ByteSlice($0), at: clock.now) }
      #expect(exchange.workload.waiting == 2 && exchange.workload.ready == 1)
    }
    #expect(exchange.workload.waiting == 0 && exchange.workload.ready == 0)
  }
}
