import Memory
import Testing
import TestSupport
import Transport

@Suite("HTTP/2 session")
struct HTTP2SessionTests {
  static let opening = Frame.preface + Frame.settings() + Frame.settingsAcknowledgement

  /// Two interleaved requests with bodies in pieces, one of them with trailers, and one without a body.
  static let conversation =
    opening + Frame.headers(1, Frame.request("/one?a=b")) + Frame.headers(3, Frame.request("/two"))
    + Frame.data(1, Array("ab".utf8), end: false) + Frame.data(3, Array("cdef".utf8)) + Frame.data(1, Array("gh".utf8))
    + Frame.headers(5, Frame.request("/three", [("user-agent", "test")]), end: true) + Frame.ping
    + Frame.headers(7, Frame.request("/four")) + Frame.data(7, Array("x".utf8), end: false)
    + Frame.headers(7, [("x-sum", "1")], end: true)

  @Test("Requests on several streams are handed over with their parts and answered")
  func conversationIsServed() throws {
    let driver = try HTTP2Driver()
    driver.send(Self.conversation, at: 99)
    #expect(driver.recorder.seen.map(\.path) == ["/two", "/one", "/three", "/four"])
    #expect(driver.recorder.seen.map(\.body) == ["cdef", "abgh", "", "x"].map { Array($0.utf8) })
    #expect(driver.recorder.seen[1].query == "a=b")
    #expect(driver.recorder.seen.allSatisfy { $0.contentType == "application/json" && $0.version == .http2 })
    #expect(driver.recorder.seen.allSatisfy { $0.receivedAt == MonotonicInstant(nanoseconds: 99) })
    #expect([1, 3, 7].map { driver.text($0) } == ["abgh", "cdef", "x"])
    #expect(driver.has(1, 5))
    #expect(driver.frames.contains { $0.type == 6 && $0.flags == 1 }, "the ping is answered")
    #expect(!driver.session.failed)
    #expect(!driver.session.hasOpenStreams)
  }

  @Test("Answers do not depend on how the bytes are cut")
  func cuts() throws {
    for cut in 1..<Self.conversation.count {
      let driver = try HTTP2Driver()
      driver.send(Self.conversation[..<cut])
      driver.send(Self.conversation[cut...])
      #expect([1, 3, 5, 7].map { driver.text($0) } == ["abgh", "cdef", "", "x"], "cut at \(cut)")
      #expect(driver.recorder.seen.count == 4)
    }
    let drop = try HTTP2Driver()
    for byte in Self.conversation { drop.send([byte]) }
    #expect([1, 3, 5, 7].map { drop.text($0) } == ["abgh", "cdef", "", "x"])
  }

  @Test("Header fields are found by name")
  func headerLookup() throws {
    let driver = try HTTP2Driver()
    driver.send(Self.opening + Frame.headers(1, Frame.request("/agent", [("user-agent", "kube-apiserver")]), end: true))
    #expect(driver.text(1) == "kube-apiserver")
  }

  @Test("A client that waits is told to continue")
  func expectation() throws {
    let driver = try HTTP2Driver()
    driver.send(Self.opening + Frame.headers(1, Frame.request("/", [("expect", "100-continue")])))
    #expect(driver.frames.last.map { [Int($0.type), $0.stream, Int($0.flags)] } == [1, 1, 4], "HEADERS, not the last")
    driver.send(Frame.data(1, Array("go on".utf8)))
    #expect(driver.text(1) == "go on")
    driver.send(Frame.headers(3, Frame.request("/", [("expect", "a-miracle")]), end: true))
    #expect(driver.text(3).hasPrefix("417"))
  }

  @Test("The answer to HEAD has no body")
  func head() throws {
    let driver = try HTTP2Driver()
    let fields = [(":method", "HEAD"), (":scheme", "https"), (":authority", "x"), (":path", "/length")]
    driver.send(Self.opening + Frame.headers(1, fields, end: true))
    #expect(driver.frames.last.map { [Int($0.type), $0.stream, Int($0.flags)] } == [1, 1, 5], "HEADERS, the last")
    #expect(!driver.has(0, 1))
  }

  @Test("A path that is no URI is refused, and CONNECT is handed over like any method")
  func targets() throws {
    let driver = try HTTP2Driver()
    driver.send(Self.opening + Frame.headers(1, Frame.request("/a{b}"), end: true))
    #expect(driver.text(1).hasPrefix("400"))
    driver.send(Frame.headers(3, [(":method", "CONNECT"), (":authority", "a.example:443")], end: true))
    #expect(driver.recorder.seen.map(\.method) == [.connect])
  }

  @Test("An answer larger than the window waits for the peer to open it")
  func flowControl() throws {
    let driver = try HTTP2Driver()
    driver.send(Self.opening + Frame.headers(1, Frame.request("/large"), end: true))
    #expect(driver.text(1).utf8.count == 65_535)
    #expect(driver.session.hasUnsentAnswers)
    driver.send(Frame.windowUpdate(0, 1_000_000) + Frame.windowUpdate(1, 1_000_000))
    #expect(driver.text(1).utf8.count == 1_000_000)
    #expect(!driver.session.hasOpenStreams)
  }

  @Test(
    "What breaks the protocol ends the session",
    arguments: [
      Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8),
      [UInt8](repeating: 0x16, count: 100),
      opening + Frame.make(0, stream: 0, [1]),
      opening + Frame.make(1, flags: 4, stream: 2, Frame.block(Frame.request())),
      opening + Frame.make(1, flags: 4, stream: 1, [0x80]),
      opening + Frame.make(4, [1, 2, 3]),
      opening + Frame.windowUpdate(0, 0),
      opening + Frame.make(9, stream: 1, [0]),
      opening + Frame.make(2, stream: 0, [0, 0, 0, 0, 16]),
      Frame.preface + Frame.ping,
    ])
  func garbage(bytes: [UInt8]) throws {
    let driver = try HTTP2Driver()
    driver.send(bytes)
    #expect(driver.session.failed || driver.session.isDone)
    #expect(driver.recorder.seen.isEmpty)
  }

  @Test(
    "Requests that break the rules of HTTP are reset and not handed over",
    arguments: [
      [(":method", "POST"), (":scheme", "https"), (":path", "/"), ("connection", "close"), (":authority", "x")],
      [(":method", "POST"), (":scheme", "https"), (":authority", "x")],
      [(":method", "POST"), (":scheme", "https"), (":authority", "x"), (":path", "/"), ("Upper", "x")],
      [
        (":method", "POST"), (":scheme", "https"), (":authority", "x"), (":path", "/"),
        ("transfer-encoding", "chunked"),
      ],
      [(":method", "POST"), (":scheme", "https"), (":authority", "x"), (":path", "/"), ("content-length", "-1")],
      [(":method", "POST"), (":scheme", "https"), (":authority", "x"), (":path", "/"), ("content-length", "5")],
      [(":method", "POST"), (":method", "GET"), (":scheme", "https"), (":authority", "x"), (":path", "/")],
    ])
  func invalidRequests(fields: [(String, String)]) throws {
    let driver = try HTTP2Driver()
    driver.send(Self.opening + Frame.headers(1, fields, end: true))
    #expect(driver.recorder.seen.isEmpty)
    #expect(driver.has(3, 1), "the stream is reset")
    driver.send(Frame.headers(3, Frame.request(), end: true))
    #expect(driver.recorder.seen.count == 1, "other streams go on")
  }

  @Test("A stream that is closed or was passed over is not opened again, trailers that cross a reset are dropped")
  func closedStreams() throws {
    for again in [1, 3] {
      let driver = try HTTP2Driver()
      driver.send(
        Self.opening + Frame.headers(1, Frame.request(), end: true) + Frame.headers(5, Frame.request(), end: true))
      #expect(!driver.session.failed)
      driver.send(Frame.headers(again, Frame.request(), end: true))
      #expect(driver.session.failed && driver.frames.last?.type == 7)
      #expect(driver.recorder.seen.count == 2)
    }
    let driver = try HTTP2Driver()
    driver.send(Self.opening + Frame.headers(1, Frame.request() + [("Upper", "x")]))
    #expect(driver.has(3, 1))
    driver.send(Frame.headers(1, [("trailer", "x")], end: true) + Frame.headers(3, Frame.request(), end: true))
    #expect(!driver.session.failed && driver.recorder.seen.count == 1)
  }

  @Test("The end of the server is told, and open streams are served")
  func draining() throws {
    let driver = try HTTP2Driver()
    driver.send(Self.opening + Frame.headers(1, Frame.request("/slow")))
    driver.session.beginDraining()
    driver.flush()
    #expect(driver.has(7))
    driver.session.finishDraining()
    driver.send(Frame.data(1, Array("late".utf8)))
    #expect(driver.text(1) == "late")
    #expect(driver.session.isDone)
  }
}
