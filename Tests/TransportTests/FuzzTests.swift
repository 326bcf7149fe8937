import Memory
import Testing
import TestSupport
import Transport

/// Entry points that take any bytes. They return; what they must not do is crash, hang or hold more than the limits allow.
enum FuzzTarget {
  static func http1(_ bytes: [UInt8], cutAt cut: Int, _ limits: Limits) -> (whole: HTTP1Driver, cut: HTTP1Driver) {
    let whole = HTTP1Driver(limits)
    whole.send(bytes)
    let pieces = HTTP1Driver(limits)
    pieces.send(bytes[..<cut])
    pieces.send(bytes[cut...])
    return (whole, pieces)
  }

  static func http2(_ bytes: [UInt8], cutAt cut: Int, _ limits: Limits) throws -> HTTP2Driver {
    let driver = try HTTP2Driver(limits)
    driver.send(bytes[..<cut])
    if !driver.session.failed, !driver.session.isDone { driver.send(bytes[cut...], at: 1_000_000) }
    _ = driver.session.expire(at: MonotonicInstant(nanoseconds: 60_000_000_000))
    driver.flush()
    return driver
  }
}

@Suite("Mutated input")
struct FuzzTests {
  static var limits: Limits {
    var limits = Limits()
    limits.bodyBytes = 4_096
    limits.headerSectionBytes = 1_024
    limits.requestLineBytes = 256
    limits.headerFields = 12
    return limits
  }

  @Test("Mutated HTTP/1 requests crash nothing, and how they are cut changes nothing", arguments: 0..<8)
  func http1(seed: Int) {
    let corpus = HTTP1SessionTests.streams + HTTP1StrictnessTests.accepted.map(\.request)
    var mutator = Mutator(
      corpus: corpus.map { Array($0.utf8) },
      dictionary: [
        "\r\n", "\r\n\r\n", "\n", "\r", " ", ":", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n",
        "0\r\n\r\n",
        "HTTP/1.1", "Host: x\r\n", "Connection: close\r\n", "Expect: 100-continue\r\n", "ffffffffffffffff\r\n", ";",
        "\0",
      ], seed: UInt64(seed))
    for _ in 0..<1_500 {
      let bytes = mutator.next()
      let (whole, cut) = FuzzTarget.http1(bytes, cutAt: mutator.number(below: bytes.count + 1), Self.limits)
      #expect(whole.recorder.seen == cut.recorder.seen, "\(bytes)")
      #expect(whole.statuses.filter { $0 != 100 } == cut.statuses.filter { $0 != 100 }, "\(bytes)")
      #expect(whole.session.phase == cut.session.phase, "\(bytes)")
    }
  }

  @Test("Mutated HTTP/2 frames crash nothing", arguments: 0..<8)
  func http2(seed: Int) throws {
    let corpus = [
      HTTP2SessionTests.conversation,
      HTTP2SessionTests.opening + Frame.headers(1, Frame.request("/large"), end: true) + Frame.windowUpdate(1, 100_000)
        + Frame.resetStream(1),
      HTTP2SessionTests.opening + Frame.headers(1, Frame.request("/", [("expect", "100-continue")]))
        + Frame.data(1, [UInt8](repeating: 1, count: 5_000)),
    ]
    var mutator = Mutator(corpus: corpus, seed: UInt64(1_000 + seed))
    for _ in 0..<1_000 {
      var bytes = mutator.next()
      // Most mutations keep the preface, so that they get past it.
      if mutator.number(below: 10) > 0 { bytes = Frame.preface + bytes.dropFirst(Frame.preface.count) }
      let driver = try FuzzTarget.http2(bytes, cutAt: mutator.number(below: bytes.count + 1), Self.limits)
      #expect(driver.recorder.seen.allSatisfy { $0.body.count <= Self.limits.bodyBytes })
    }
  }
}
