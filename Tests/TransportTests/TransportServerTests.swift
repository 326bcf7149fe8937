import Foundation
import Memory
import Testing
import TestSupport
import Transport

@Suite("Server with real clients", .serialized)
struct TransportServerTests {
  static let curlIsPresent = ClientTool.curl.isPresent
  static let noCurl: Comment = "needs the curl command"

  @Test("curl is answered over both versions of HTTP", .enabled(if: curlIsPresent, noCurl), arguments: ["1.1", "2"])
  func curl(version: String) throws {
    let running = try RunningServer()
    let outcome = try running.curl(
      ["--http\(version)", "--data", "{\"a\":1}", "--write-out", " %{http_version} %{http_code} %{ssl_verify_result}"],
      "/validate")
    #expect(outcome.output == "{\"a\":1} \(version) 200 0", "\(outcome.errors)")
    #expect(running.waitUntil { $0.connectionsOpen == 0 && $0.connectionsAccepted == 1 })
    let counters = running.counters
    #expect(version == "2" ? counters.http2Requests == 1 : counters.http1Requests == 1)
    #expect(counters.bytesIn > 0 && counters.bytesOut > 0 && counters.protocolErrors == 0)
  }

  @Test("TLS 1.2 is spoken, what is older is not", .enabled(if: curlIsPresent, noCurl))
  func versions() throws {
    let running = try RunningServer(workers: 1)
    #expect(try running.curl(["--tls-max", "1.2", "--data", "x"], "/").output == "x")
    #expect(try running.curl(["--tls-max", "1.1", "--data", "x"], "/").status != 0)
    #expect(running.waitUntil { $0.handshakeFailures == 1 })
  }

  @Test(
    "A body of 16 MiB arrives whole, one more byte is answered with 413", .enabled(if: curlIsPresent, noCurl),
    arguments: ["1.1", "2"])
  func largeBody(version: String) throws {
    let running = try RunningServer(workers: 1)
    for (count, expectation) in [(16 << 20, "16777216 200"), (16 << 20 + 1, "413")] {
      let file = try running.folder.write("body", [UInt8](repeating: 120, count: count))
      for more in [[], ["--header", "Expect:"], ["--header", "Transfer-Encoding: chunked", "--header", "Expect:"]] {
        let outcome = try running.curl(
          ["--http\(version)", "--upload-file", file, "--write-out", " %{http_code}"] + more, "/length")
        #expect(outcome.output.contains(expectation), "\(more) \(outcome.errors)")
      }
    }
    // Nothing that was held is lost count of: a worker's limit would be reached otherwise.
    #expect(running.waitUntil { $0.connectionsOpen == 0 })
  }

  @Test("A large answer arrives whole", .enabled(if: curlIsPresent, noCurl), arguments: ["1.1", "2"])
  func largeAnswer(version: String) throws {
    let running = try RunningServer(workers: 1)
    let outcome = try running.curl(["--http\(version)", "--limit-rate", "8M"], "/large")
    #expect(outcome.output.utf8.count == 1_000_000, "\(outcome.errors)")
  }

  @Test("One connection serves many requests", .enabled(if: curlIsPresent, noCurl), arguments: ["1.1", "2"])
  func keepAlive(version: String) throws {
    let running = try RunningServer(workers: 1)
    let urls = (0..<20).map { running.url("/?\($0)") }
    let outcome = try running.curl(["--http\(version)", "--data", "ab"] + urls, "/")
    #expect(outcome.output == String(repeating: "ab", count: 21))
    #expect(running.counters.connectionsAccepted == 1)
  }

  @Test(
    "Many connections and streams at once are all served",
    .enabled(if: ClientTool.h2load.isPresent, "needs the h2load command"), arguments: [[], ["--h1"]])
  func load(more: [String]) throws {
    let running = try RunningServer()
    let file = try running.folder.write("body", [UInt8](repeating: 120, count: 6_000))
    let outcome = try ClientTool.h2load.run(
      ["--requests", "4000", "--clients", "12", "--max-concurrent-streams", "16", "--data", file] + more
        + [running.url("/length")])
    #expect(outcome.output.contains("4000 succeeded, 0 failed, 0 errored, 0 timeout"), "\(outcome.output)")
    let counters = running.counters
    #expect(counters.http1Requests + counters.http2Requests == 4_000)
  }

  @Test("nghttp sees no fault", .enabled(if: ClientTool.nghttp.isPresent, "needs the nghttp command"))
  func nghttp() throws {
    let running = try RunningServer(workers: 1)
    let file = try running.folder.write("body", Array("abc".utf8))
    let outcome = try ClientTool.nghttp.run(
      ["--no-verify-peer", "--multiply=50", "--data=\(file)", "--verbose", running.url("/")])
    #expect(outcome.output.matches(of: #/recv \(stream_id=\d+\) :status: 200/#).count == 50)
    #expect(!outcome.output.contains("recv RST_STREAM"))
  }

  @Test(
    "openssl s_client is answered, also when it has ended its side",
    .enabled(if: ClientTool.openssl.isPresent, "needs the openssl command"))
  func sClient() throws {
    let running = try RunningServer(workers: 1)
    let outcome = try ClientTool.openssl.run(
      [
        "s_client", "-connect", "127.0.0.1:\(running.port)", "-CAfile", running.authorityFile, "-verify_return_error",
        "-quiet", "-alpn", "http/1.1",
      ],
      input: Data(
        "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nokGET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
          .utf8))
    #expect(outcome.output.matches(of: #/HTTP/1.1 200 OK/#).count == 2, "\(outcome.errors)")
  }

  @Test(
    "A protocol that is not spoken fails the handshake",
    .enabled(if: ClientTool.openssl.isPresent, "needs the openssl command"))
  func unknownProtocol() throws {
    let running = try RunningServer(workers: 1)
    let outcome = try ClientTool.openssl.run(
      ["s_client", "-connect", "127.0.0.1:\(running.port)", "-alpn", "spdy/3"])
    #expect((outcome.output + outcome.errors).contains("no application protocol"))
    #expect(running.waitUntil { $0.handshakeFailures == 1 && $0.connectionsOpen == 0 })
  }

  @Test(
    "What is no TLS ends the connection and is counted",
    arguments: [
      Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8), [UInt8](repeating: 0xFF, count: 1_000),
      [0x16, 0x03, 0x01, 0x00, 0x05, 1, 2, 3, 4, 5],
    ])
  func garbage(bytes: [UInt8]) throws {
    let running = try RunningServer(workers: 1)
    let client = try RawClient(running, tls: true)
    client.send(bytes)
    _ = client.receiveAll()
    #expect(running.waitUntil { $0.handshakeFailures == 1 && $0.connectionsOpen == 0 })
  }

  @Test(
    "A client that goes in the middle of its body leaves nothing behind", .enabled(if: curlIsPresent, noCurl),
    arguments: ["1.1", "2"])
  func disconnect(version: String) throws {
    let running = try RunningServer(workers: 1)
    let file = try running.folder.write("body", [UInt8](repeating: 120, count: 8 << 20))
    let outcome = try running.curl(
      ["--http\(version)", "--upload-file", file, "--limit-rate", "1M", "--max-time", "0.5"], "/length")
    #expect(outcome.status != 0)
    #expect(running.waitUntil { $0.connectionsOpen == 0 && $0.connectionsAccepted == 1 })
    #expect(running.counters.http1Requests + running.counters.http2Requests == 0)
    #expect(try running.curl(["--data", "x"], "/").output == "x")
  }

  @Test("A new certificate is served to new connections", .enabled(if: curlIsPresent, noCurl))
  func replaceCertificate() throws {
    let running = try RunningServer(workers: 1)
    #expect(try running.curl(["--data", "x"], "/").output == "x")
    running.server.replaceTLS(try running.makeContext(names: ["other.example"]))
    #expect(try running.curl(["--data", "x"], "/").errors.contains("127.0.0.1"))
    let other = try running.curl(
      [
        "--data", "x", "--resolve", "other.example:\(running.port):127.0.0.1", "https://other.example:\(running.port)/",
      ],
      "/")
    #expect(other.output == "x")
  }

  @Test("IPv6 and IPv4 are served on one listener", .enabled(if: curlIsPresent, noCurl))
  func dualStack() throws {
    let running: RunningServer
    do {
      running = try RunningServer(workers: 2, address: "[::]:0")
    } catch TransportError.system(_, let code, _) where code == EAFNOSUPPORT {
      return  // A machine without IPv6.
    }
    #expect(try running.curl(["--data", "x"], "/").output == "x")
  }

  @Test("An address in use, or not of this machine, is said to be so")
  func bindErrors() throws {
    #expect(throws: TransportError.system(call: "bind", errno: EADDRNOTAVAIL, about: "192.0.2.1:0")) {
      try RunningServer(address: "192.0.2.1:0")
    }
    let running = try RunningServer(workers: 2)
    let address = running.server.address.description
    #expect(throws: TransportError.system(call: "bind", errno: EADDRINUSE, about: address)) {
      try RunningServer(address: address)
    }
    #expect(throws: TransportError.system(call: "bind", errno: EADDRINUSE, about: address)) {
      try RunningServer(admin: true, adminAddress: address)
    }
    running.server.stop()
    // And as soon as it has ended, another may take its place.
    _ = try RunningServer(address: address)
  }
}
