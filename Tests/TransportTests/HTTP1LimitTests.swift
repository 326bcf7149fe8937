import Testing
import TestSupport
import Transport

@Suite("HTTP/1.1 limits")
struct HTTP1LimitTests {
  private func statuses(_ limits: Limits, _ request: String) -> [Int] {
    let driver = HTTP1Driver(limits)
    driver.send(request)
    let drops = HTTP1Driver(limits)
    for byte in request.utf8 { drops.send([byte]) }
    #expect(driver.statuses == drops.statuses, "the limit depends on how the bytes are cut")
    return driver.statuses
  }

  @Test("A body of the limit passes, one more byte does not", arguments: [(0, 200), (1, 413)])
  func body(excess: Int, status: Int) {
    var limits = Limits()
    limits.bodyBytes = 20
    let body = String(repeating: "x", count: 20 + excess)
    let head = "POST / HTTP/1.1\r\nHost: x\r\n"
    #expect(statuses(limits, "\(head)Content-Length: \(20 + excess)\r\n\r\n\(body)") == [status])
    #expect(
      statuses(
        limits, "\(head)Transfer-Encoding: chunked\r\n\r\n\(String(20 + excess, radix: 16))\r\n\(body)\r\n0\r\n\r\n")
        == [status])
    let chunks = body.map { "1\r\n\($0)\r\n" }.joined()
    #expect(statuses(limits, "\(head)Transfer-Encoding: chunked\r\n\r\n\(chunks)0\r\n\r\n") == [status])
  }

  @Test("A request line of the limit passes, one more byte does not", arguments: [(0, 200), (1, 414)])
  func requestLine(excess: Int, status: Int) {
    var limits = Limits()
    limits.requestLineBytes = 100
    let target = "/" + String(repeating: "a", count: 100 - "GET / HTTP/1.1".utf8.count + excess)
    #expect(statuses(limits, "GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n") == [status])
  }

  @Test("A header section of the limit passes, one more byte does not", arguments: [(0, 200), (1, 431)])
  func headerSection(excess: Int, status: Int) {
    var limits = Limits()
    limits.headerSectionBytes = 200
    let start = "GET / HTTP/1.1\r\nHost: x\r\nX: "
    let value = String(repeating: "v", count: 200 - start.utf8.count - 4 + excess)
    #expect(statuses(limits, "\(start)\(value)\r\n\r\n") == [status])
  }

  @Test("As many fields as the limit pass, one more does not", arguments: [(0, 200), (1, 431)])
  func fieldCount(excess: Int, status: Int) {
    var limits = Limits()
    limits.headerFields = 10
    let fields = (0..<9 + excess).map { "X-\($0): y\r\n" }.joined()
    #expect(statuses(limits, "GET / HTTP/1.1\r\nHost: x\r\n\(fields)\r\n") == [status])
  }

  @Test("A size line of the limit passes, one more byte does not", arguments: [(0, 200), (1, 400)])
  func chunkLine(excess: Int, status: Int) {
    var limits = Limits()
    limits.chunkLineBytes = 20
    let line = "1;" + String(repeating: "e", count: 16 + excess)
    #expect(
      statuses(limits, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\(line)\r\na\r\n0\r\n\r\n") == [
        status
      ])
  }

  @Test("Trailers of the limit pass, one more byte does not", arguments: [(0, 200), (1, 431)])
  func trailers(excess: Int, status: Int) {
    var limits = Limits()
    limits.headerSectionBytes = 100
    let trailer = "a: " + String(repeating: "b", count: 95 + excess) + "\r\n"
    #expect(trailer.utf8.count == 100 + excess)
    #expect(
      statuses(limits, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\(trailer)\r\n") == [
        status
      ])
  }

  @Test("What one large request made the buffers grow to is given back")
  func retainedBuffers() {
    var limits = Limits()
    limits.retainedConnectionBytes = 1_024
    let driver = HTTP1Driver(limits)
    for value in [1_000, 1_000_000] {
      driver.send("POST /length HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "h", count: 2_000))\r\n")
      driver.send("Content-Length: \(value)\r\n\r\n")
      driver.send([UInt8](repeating: 120, count: value))
    }
    #expect(driver.output.hasSuffix("1000000"))
    #expect(driver.session.reservedBytes <= 3 * 1_024)
  }

  @Test("A body takes memory as it arrives, not as its length promises")
  func promisedBody() {
    let driver = HTTP1Driver()
    driver.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \(16 << 20)\r\n\r\nabc")
    #expect(driver.session.reservedBytes < 4_096)
  }

  @Test("Bodies of all connections together stay within their limit")
  func bufferedBodies() {
    var limits = Limits()
    limits.bufferedBodyBytes = 10
    let driver = HTTP1Driver(limits)
    let head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n"
    driver.send(head)
    driver.send("0123456789")
    #expect(driver.statuses.isEmpty)
    driver.send("0")
    #expect(driver.statuses == [503])
    // What the refused request held is free again.
    let next = HTTP1Session(driver.exchange, at: MonotonicInstant(nanoseconds: 0))
    #expect(next.phase == .idle)
  }
}
