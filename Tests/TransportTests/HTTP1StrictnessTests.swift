import Testing
import TestSupport
import Transport

@Suite("HTTP/1.1 strictness")
struct HTTP1StrictnessTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let request: String
    let status: Int
    var testDescription: String { name }

    init(_ name: String, _ request: String, _ status: Int = 400) {
      self.name = name
      self.request = request
      self.status = status
    }

    /// A request that is fine but for one line.
    static func field(_ name: String, _ line: String, _ status: Int = 400) -> Case {
      Case(name, "POST / HTTP/1.1\r\nHost: x\r\n\(line)\r\n\r\n0\r\n\r\n", status)
    }

    static func chunks(_ name: String, _ body: String, _ status: Int = 400) -> Case {
      Case(name, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\(body)", status)
    }
  }

  static let refused: [Case] = [
    // Framing that two servers read in two ways (RFC 9112, section 6.3).
    .field("both lengths", "Content-Length: 5\r\nTransfer-Encoding: chunked"),
    .field("both lengths, the other way round", "Transfer-Encoding: chunked\r\nContent-Length: 5"),
    .field("two lengths that differ", "Content-Length: 5\r\nContent-Length: 6"),
    .field("two lengths that agree", "Content-Length: 5\r\nContent-Length: 5"),
    .field("a list of lengths", "Content-Length: 5, 5"),
    .field("a positive length", "Content-Length: +5"),
    .field("a negative length", "Content-Length: -1"),
    .field("a hexadecimal length", "Content-Length: 0x5"),
    .field("a fractional length", "Content-Length: 5.0"),
    .field("an empty length", "Content-Length:"),
    .field("a length with a space in it", "Content-Length: 1 0"),
    .field("a length beyond 64 bits", "Content-Length: 18446744073709551617", 413),
    .field("chunked twice", "Transfer-Encoding: chunked, chunked"),
    .field("chunked in two fields", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
    .field("chunked not last", "Transfer-Encoding: chunked, gzip"),
    .field("another coding before chunked", "Transfer-Encoding: gzip, chunked", 501),
    .field("identity", "Transfer-Encoding: identity"),
    .field("an unknown coding", "Transfer-Encoding: xchunked"),
    .field("an empty coding", "Transfer-Encoding:"),
    .field("a vertical tab before chunked", "Transfer-Encoding: \u{0B}chunked"),
    .field("a quoted coding", "Transfer-Encoding: \"chunked\""),
    .field("chunked with a parameter", "Transfer-Encoding: chunked;q=1"),
    Case("chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    // Fields.
    .field("a space before the colon", "Transfer-Encoding : chunked"),
    .field("a tab before the colon", "Content-Length\t: 5"),
    .field("a folded line", "X-A: b\r\n c"),
    .field("a first line that is folded", " X-A: b"),
    .field("no colon", "Content-Length 5"),
    .field("no name", ": value"),
    .field("a control character in a name", "X\u{01}A: b"),
    .field("a letter beyond ASCII in a name", "X-Ä: b"),
    .field("a zero byte in a value", "X-A: b\0c"),
    .field("a delete character in a value", "X-A: b\u{7F}"),
    .field("a bare carriage return in a value", "X-A: b\rContent-Length: 5"),
    .field("a bare line feed", "X-A: b\nContent-Length: 5"),
    .field("two content types", "Content-Type: a/b\r\nContent-Type: c/d"),
    Case("a bare carriage return at the end", "GET / HTTP/1.1\r\nHost: x\r\n\r\r\n\r\n"),
    // Host.
    Case("no host", "GET / HTTP/1.1\r\n\r\n"),
    Case("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
    Case("a host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    Case("a host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"),
    Case("two hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
    // The request line.
    Case("no version", "GET /\r\n\r\n"),
    Case("two spaces before the target", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("two spaces before the version", "GET /  HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("a space after the version", "GET / HTTP/1.1 \r\nHost: x\r\n\r\n"),
    Case("a space before the method", " GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("a tab in place of a space", "GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("a method with a colon", "GE:T / HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("a target without a slash", "GET a HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("a target of another scheme", "GET ftp://a/ HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("a target without an authority", "GET http:///a HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("an asterisk with GET", "GET * HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("a fragment", "GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("a control character in the target", "GET /a\u{01} HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("a letter beyond ASCII in the target", "GET /ä HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("a version in lower case", "GET / http/1.1\r\nHost: x\r\n\r\n"),
    Case("a version with two digits", "GET / HTTP/1.10\r\nHost: x\r\n\r\n"),
    Case("another version", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
    Case("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    Case("two empty lines first", "\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    // Chunks.
    .chunks("no size", "\r\n"),
    .chunks("a size that is no number", "x\r\n"),
    .chunks("a negative size", "-1\r\n"),
    .chunks("a size with 0x", "0x1\r\na\r\n"),
    .chunks("a space before the size", " 1\r\na\r\n0\r\n\r\n"),
    .chunks("a space after the size", "1 \r\na\r\n0\r\n\r\n"),
    .chunks("a size beyond 64 bits", "10000000000000001\r\n", 413),
    .chunks("a bare line feed after the size", "1\na\r\n0\r\n\r\n"),
    .chunks("a bare carriage return after the size", "1\ra\r\n0\r\n\r\n"),
    .chunks("a line feed in an extension", "1;a\nb\r\na\r\n0\r\n\r\n"),
    .chunks("more data than the size", "1\r\nab\r\n0\r\n\r\n"),
    .chunks("a bare line feed after the data", "1\r\na\n0\r\n\r\n"),
    .chunks("a trailer without a colon", "0\r\nabc\r\n\r\n"),
    .chunks("a folded trailer", "0\r\na: b\r\n c\r\n\r\n"),
    .chunks("a bare line feed in a trailer", "0\r\na: b\n\r\n"),
    .chunks("a zero byte in a trailer", "0\r\na: \0\r\n\r\n"),
    .chunks("a bare line feed at the end", "0\r\n\n"),
    .chunks("a long size line", "1;\(String(repeating: "x", count: 300))\r\na\r\n0\r\n\r\n"),
  ]

  @Test("What is ambiguous or wrong is refused, and the connection ends", arguments: refused)
  func refuses(_ example: Case) {
    let driver = HTTP1Driver()
    driver.send(example.request + "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(driver.statuses == [example.status])
    #expect(driver.recorder.seen.isEmpty)
    #expect(driver.session.phase == .closing)
    #expect(driver.session.refused)
    #expect(driver.output.contains("Connection: close\r\n"))
  }

  static let accepted: [Case] = [
    .field("white space around a value", "Content-Length: \t 5 \t"),
    .field("no white space before a value", "Content-Length:5"),
    .field("leading zeros", "Content-Length: 0005"),
    .field("bytes beyond ASCII in a value", "X-A: Ä\r\nContent-Length: 5"),
    .field("an empty value", "X-A:\r\nContent-Length: 5"),
    .field("chunked in capitals", "TRANSFER-ENCODING: Chunked"),
    .field("an upgrade that is not taken up", "Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 5"),
    Case("a method of one's own", "BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("an IPv6 host", "GET / HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n"),
    Case("an absolute target", "GET HTTPS://a.example/x?y HTTP/1.1\r\nHost: a.example\r\n\r\n"),
    Case("an authority with CONNECT", "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n"),
    Case("an expectation in HTTP/1.0", "GET / HTTP/1.0\r\nExpect: anything\r\n\r\n"),
    .chunks("leading zeros in a size", "0001\r\na\r\n000\r\n\r\n"),
    .chunks("sizes in both cases", "a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n"),
    .chunks("an extension", "1;a=\"b c\";d\r\na\r\n0;last\r\n\r\n"),
    .chunks("trailers", "0\r\na: b\r\nc:\r\n\r\n"),
  ]

  @Test("What is right is accepted", arguments: accepted)
  func accepts(_ example: Case) {
    let driver = HTTP1Driver()
    driver.send(example.request)
    #expect(driver.statuses == [200])
    #expect(driver.recorder.seen.count == 1)
  }
}
