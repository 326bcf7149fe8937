import Memory
import Testing
import TestSupport
import Transport

@Suite("HTTP/1.1 session")
struct HTTP1SessionTests {
  static let review =
    "POST /validate?timeout=5s HTTP/1.1\r\nHost: webhook.example:8443\r\nContent-Type: application/json\r\n"

  @Test("A request is handed over with its parts")
  func parts() {
    let driver = HTTP1Driver()
    driver.send(Array("\(Self.review)Content-Length: 7\r\n\r\n{\"a\":1}".utf8), at: 42)
    #expect(
      driver.recorder.seen == [
        Recorder.Seen(
          method: .post, version: .http11, path: "/validate", query: "timeout=5s", contentType: "application/json",
          body: Array("{\"a\":1}".utf8), receivedAt: MonotonicInstant(nanoseconds: 42))
      ])
    #expect(driver.answers == "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\n{\"a\":1}")
    #expect(driver.session.phase == .idle)
  }

  /// Streams of several requests in all framings.
  static let streams: [String] = [
    "\(review)Content-Length: 7\r\n\r\n{\"a\":1}\(review)Content-Length: 0\r\n\r\nGET / HTTP/1.1\r\nhost:x\r\n\r\n",
    "\(review)Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;name=\"v\"\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\nHEAD /h?q HTTP/1.1\r\nHost: x\r\n\r\n",
    "\r\nGET http://a.example:80?x=/y HTTP/1.1\r\nHost: a\r\n\r\n\r\nOPTIONS * HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n",
    "POST /a HTTP/1.0\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nokGET /b HTTP/1.0\r\n\r\n",
    "\(review)Content-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\nGET /never HTTP/1.1\r\nHost: a\r\n\r\n",
    "\(review)Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
    "GET / HTTP/1.1\nHost: x\n\n",
  ]

  @Test("Answers do not depend on how the bytes are cut", arguments: streams)
  func cuts(stream: String) {
    let bytes = Array(stream.utf8)
    let whole = HTTP1Driver()
    whole.send(bytes)
    #expect(!whole.output.isEmpty)
    for cut in 1..<bytes.count {
      let driver = HTTP1Driver()
      driver.send(bytes[..<cut])
      driver.send(bytes[cut...])
      #expect(driver.answers == whole.answers, "cut at \(cut)")
      #expect(driver.recorder.seen == whole.recorder.seen, "cut at \(cut)")
      #expect(driver.session.phase == whole.session.phase, "cut at \(cut)")
    }
    let drop = HTTP1Driver()
    for byte in bytes { drop.send([byte]) }
    #expect(drop.answers == whole.answers)
  }

  @Test("Pipelined requests are answered in their order, also when the output fills up")
  func pipelining() {
    var limits = Limits()
    limits.outputBytes = 512
    let driver = HTTP1Driver(limits)
    driver.send((0..<200).map { "POST /\($0) HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n\(100 + $0)" }.joined())
    #expect(driver.recorder.seen.map(\.path) == (0..<200).map { "/\($0)" })
    #expect(driver.output.matches(of: #/\r\n\r\n(\d\d\d)/#).map { String($0.output.1) } == (100..<300).map(String.init))
  }

  @Test("While answers wait, no further request is taken")
  func backpressure() {
    var limits = Limits()
    limits.outputBytes = 10
    let driver = HTTP1Driver(limits)
    var output = ByteBuffer()
    let two = "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n"
    two.withByteSlice { driver.session.receive($0, at: MonotonicInstant(nanoseconds: 1), output: &output) }
    #expect(driver.recorder.seen.map(\.path) == ["/1"])
    output.removeAll()
    driver.session.resume(at: MonotonicInstant(nanoseconds: 2), output: &output)
    #expect(driver.recorder.seen.map(\.path) == ["/1", "/2"])
  }

  @Test(
    "Connections are kept as the version and the Connection field say",
    arguments: [
      ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", true), ("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", false),
      ("GET / HTTP/1.1\r\nHost: x\r\nConnection: foo , CLOSE\r\n\r\n", false),
      ("GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n", false),
      ("GET / HTTP/1.0\r\n\r\n", false), ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true),
      ("GET / HTTP/1.9\r\nHost: x\r\n\r\n", true),
    ])
  func keepAlive(request: String, kept: Bool) {
    let driver = HTTP1Driver()
    driver.send(request)
    #expect(driver.statuses == [200])
    #expect((driver.session.phase == .idle) == kept)
    #expect(driver.output.contains("Connection: close\r\n") == !kept)
    #expect(!driver.session.refused)
  }

  @Test("The answer to HEAD says the length and has no body")
  func head() {
    let driver = HTTP1Driver()
    driver.send("HEAD /length HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(driver.answers == "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\n")
  }

  @Test("Allow and Retry-After are sent, a status without content says no length")
  func fields() {
    let driver = HTTP1Driver()
    driver.send("GET /not-allowed HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(driver.output.hasPrefix("HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n"))
    #expect(driver.output.hasSuffix("GMT\r\nAllow: POST\r\nRetry-After: 3\r\n\r\n"))
    driver.recorder.status = 204
    driver.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(driver.output.contains("HTTP/1.1 204 No Content\r\nDate: "))
  }

  @Test("A client that waits is told to continue; one that does not wait is not")
  func expectation() {
    let head = "\(Self.review)Content-Length: 2\r\nExpect: 100-Continue\r\n\r\n"
    let waiting = HTTP1Driver()
    waiting.send(head)
    #expect(waiting.output == "HTTP/1.1 100 Continue\r\n\r\n")
    waiting.send("{}")
    #expect(waiting.statuses == [100, 200])
    let eager = HTTP1Driver()
    eager.send(head + "{}")
    #expect(eager.statuses == [200])
    let other = HTTP1Driver()
    other.send("GET / HTTP/1.1\r\nHost: x\r\nExpect: a-miracle\r\n\r\n")
    #expect(other.statuses == [417])
    let large = HTTP1Driver()
    large.send("\(Self.review)Content-Length: 99999999999999999999999\r\nExpect: 100-continue\r\n\r\n")
    #expect(large.statuses == [413])
  }

  @Test("A request that takes too long is answered with 408")
  func timeout() {
    let driver = HTTP1Driver()
    driver.send("GET / HT")
    #expect(driver.session.phase == .head)
    driver.timeOut()
    #expect(driver.statuses == [408])
    #expect(driver.session.phase == .closing)
  }

  @Test("When the server ends, every answer closes its connection")
  func draining() {
    let driver = HTTP1Driver()
    driver.exchange.isDraining = true
    driver.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(driver.output.contains("Connection: close\r\n"))
    #expect(driver.session.phase == .closing)
  }
}
