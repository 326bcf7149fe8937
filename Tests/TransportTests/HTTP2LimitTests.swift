import Memory
import Testing
import TestSupport
import Transport

@Suite("HTTP/2 limits")
struct HTTP2LimitTests {
  private static let second: UInt64 = 1_000_000_000

  @Test("A body of the limit passes, one more byte does not", arguments: [(0, "20"), (1, "413")])
  func body(excess: Int, answer: String) throws {
    var limits = Limits()
    limits.bodyBytes = 20
    for declared in [[], [("content-length", "\(20 + excess)")]] {
      let driver = try HTTP2Driver(limits)
      driver.send(HTTP2SessionTests.opening + Frame.headers(1, Frame.request("/length", declared)))
      driver.send(Frame.data(1, [UInt8](repeating: 120, count: 20 + excess)))
      #expect(driver.text(1).hasPrefix(answer))
    }
  }

  @Test("After an early answer the peer is asked to stop, a moment later and without an error")
  func earlyAnswer() throws {
    var limits = Limits()
    limits.bodyBytes = 20
    let driver = try HTTP2Driver(limits)
    driver.send(HTTP2SessionTests.opening + Frame.headers(1, Frame.request()))
    driver.send(Frame.data(1, [UInt8](repeating: 120, count: 21), end: false))
    #expect(driver.text(1).hasPrefix("413"))
    #expect(!driver.has(3, 1))
    #expect(!driver.session.expire(at: MonotonicInstant(nanoseconds: Self.second)))
    driver.flush()
    #expect(driver.frames.last?.type == 3)
    #expect(driver.frames.last?.payload == [0, 0, 0, 0])
    #expect(!driver.session.hasOpenStreams)
  }

  @Test("A header list of the limit passes, one more byte does not", arguments: [(0, ""), (1, "431")])
  func headerList(excess: Int, answer: String) throws {
    var limits = Limits()
    limits.headerSectionBytes = 600
    let fields = Frame.request("/")
    let used = fields.map { $0.0.utf8.count + $0.1.utf8.count + 32 }.reduce(0, +)
    let driver = try HTTP2Driver(limits)
    let value = String(repeating: "v", count: 600 - used - 33 + excess)
    driver.send(HTTP2SessionTests.opening + Frame.headers(1, fields + [("x", value)], end: true))
    #expect(driver.text(1).hasPrefix(answer))
    #expect(driver.recorder.seen.count == 1 - excess)
  }

  @Test("As many fields as the limit pass, one more does not", arguments: [(0, 1), (1, 0)])
  func fieldCount(excess: Int, seen: Int) throws {
    var limits = Limits()
    limits.headerFields = 10
    let more = (0..<9 + excess).map { ("x-\($0)", "y") }
    let driver = try HTTP2Driver(limits)
    driver.send(HTTP2SessionTests.opening + Frame.headers(1, Frame.request("/", more), end: true))
    #expect(driver.recorder.seen.count == seen)
    #expect(driver.recorder.refusals == (seen == 1 ? [] : [431]))
  }

  @Test("A path of the limit passes, one more byte does not", arguments: [(0, 1), (1, 0)])
  func path(excess: Int, seen: Int) throws {
    var limits = Limits()
    limits.requestLineBytes = 50
    let driver = try HTTP2Driver(limits)
    let path = "/" + String(repeating: "p", count: 49 + excess)
    driver.send(HTTP2SessionTests.opening + Frame.headers(1, Frame.request(path), end: true))
    #expect(driver.recorder.seen.count == seen)
    #expect(driver.recorder.refusals == (seen == 1 ? [] : [414]))
  }

  @Test("As many streams as the limit are open at one time, one more ends a session whose peer knew the limit")
  func concurrentStreams() throws {
    var limits = Limits()
    limits.concurrentStreams = 3
    let driver = try HTTP2Driver(limits)
    driver.send(HTTP2SessionTests.opening)
    for stream in [1, 3, 5] { driver.send(Frame.headers(stream, Frame.request())) }
    driver.send(Frame.data(1, [1]))
    #expect(driver.text(1) == "\u{01}")
    driver.send(Frame.headers(7, Frame.request()))
    #expect(!driver.session.failed && !driver.session.isDone)
    driver.send(Frame.headers(9, Frame.request(), end: true))
    #expect(driver.session.isDone)
    #expect(driver.recorder.seen.count == 1)
  }

  @Test("A body that takes too long is answered with 408, a header block that does ends the connection")
  func timeouts() throws {
    let driver = try HTTP2Driver()
    driver.send(HTTP2SessionTests.opening + Frame.headers(1, Frame.request()), at: Self.second)
    #expect(!driver.session.expire(at: MonotonicInstant(nanoseconds: 31 * Self.second)))
    #expect(driver.recorder.refusals.isEmpty)
    #expect(!driver.session.expire(at: MonotonicInstant(nanoseconds: 31 * Self.second + 1)))
    #expect(driver.recorder.refusals == [408])
    // HEADERS without END_HEADERS: CONTINUATION is owed.
    driver.send(Frame.make(1, stream: 3, Frame.block(Frame.request())), at: 40 * Self.second)
    #expect(!driver.session.expire(at: MonotonicInstant(nanoseconds: 50 * Self.second)))
    #expect(driver.session.expire(at: MonotonicInstant(nanoseconds: 50 * Self.second + 1)))
  }

  @Test("Bodies of all streams together stay within their limit, and what a refused one held is free again")
  func bufferedBodies() throws {
    var limits = Limits()
    limits.bufferedBodyBytes = 10
    let driver = try HTTP2Driver(limits)
    driver.send(HTTP2SessionTests.opening + Frame.headers(1, Frame.request()) + Frame.headers(3, Frame.request()))
    driver.send(Frame.data(1, [1, 2, 3, 4, 5, 6], end: false) + Frame.data(3, [1, 2, 3, 4, 5]))
    #expect(driver.recorder.refusals == [503])
    driver.send(Frame.data(1, [7, 8, 9, 10]))
    #expect(driver.recorder.seen.map(\.body.count) == [10])
  }

  struct Flood: Sendable, CustomTestStringConvertible {
    let name: String
    let limits: Limits
    /// The frame that is sent over and over, for the n-th time.
    let frame: @Sendable (Int) -> [UInt8]
    var testDescription: String { name }
  }

  static let floods: [Flood] = {
    var limits = Limits()
    let rate = RateLimit(burst: 5, perSecond: 1)
    limits.streamResets = rate
    limits.pings = rate
    limits.settingsFrames = RateLimit(burst: 6, perSecond: 1)
    limits.emptyFrames = rate
    // The peer acknowledges our settings, too.
    limits.otherFrames = RateLimit(burst: 6, perSecond: 1)
    limits.otherFramesPerAnswer = 0
    return [
      Flood(name: "rapid reset", limits: limits) {
        Frame.headers(2 * $0 + 3, Frame.request()) + Frame.resetStream(2 * $0 + 3)
      },
      Flood(name: "resets that the peer provokes", limits: limits) {
        Frame.headers(2 * $0 + 3, [(":method", "POST")], end: true)
      },
      Flood(name: "pings", limits: limits) { _ in Frame.ping },
      Flood(name: "settings", limits: limits) { _ in Frame.settings() },
      Flood(name: "empty data", limits: limits) { _ in Frame.data(1, [], end: false) },
      Flood(name: "window updates", limits: limits) { _ in Frame.windowUpdate(0, 1) },
      Flood(name: "priorities", limits: limits) { _ in Frame.make(2, stream: 1, [0, 0, 0, 0, 16]) },
      Flood(name: "acknowledgements of pings that were not sent", limits: limits) { _ in
        Frame.make(6, flags: 1, [UInt8](repeating: 7, count: 8))
      },
    ]
  }()

  @Test("Five at once pass and a sixth ends the session, unless time has passed", arguments: floods)
  func flood(_ flood: Flood) throws {
    let driver = try HTTP2Driver(flood.limits)
    driver.send(HTTP2SessionTests.opening + Frame.headers(1, Frame.request()))
    for count in 0..<5 { driver.send(flood.frame(count)) }
    #expect(!driver.session.failed)
    driver.send(flood.frame(5), at: Self.second + 1)
    #expect(!driver.session.failed, "a second has earned one more")
    driver.send(flood.frame(6), at: Self.second + 1)
    #expect(driver.session.failed)
    #expect(driver.frames.last?.type == 7)
    #expect(driver.frames.last?.payload.dropFirst(4).prefix(4) == [0, 0, 0, 11], "ENHANCE_YOUR_CALM")
    #expect(driver.counters.protocolErrors.value == 1)
  }
}
