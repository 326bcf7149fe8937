import Foundation
import Memory
import Testing
import TestSupport
import Transport

/// The plain listener runs the same worker, so what does not concern TLS is tested here with bare sockets.
@Suite("Plain listener", .serialized)
struct PlainListenerTests {
  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  private func start(_ change: (inout Limits) -> Void = { _ in }) throws -> RunningServer {
    var limits = Limits()
    // What holds for TLS is tested here.
    limits.adminConnections = limits.connectionsPerWorker
    limits.adminRequestTimeout = limits.bodyTimeout
    change(&limits)
    return try RunningServer(workers: 1, admin: true, limits)
  }

  @Test("Pipelined requests are answered in order on one connection")
  func pipelining() throws {
    let running = try start()
    let client = try RawClient(running)
    let requests = (0..<100).map { "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n\(100 + $0)" }.joined()
    client.send(requests + "GET / HTTP/1.0\r\n\r\n")
    let answers = text(client.receiveAll()).matches(of: #/\r\n\r\n(\d\d\d)/#).map { String($0.output.1) }
    #expect(answers == (100..<200).map(String.init))
  }

  @Test("Answers that the client is slow to read are written in the end")
  func slowReader() throws {
    let running = try start()
    let client = try RawClient(running)
    client.send(String(repeating: "GET /large HTTP/1.1\r\nHost: x\r\n\r\n", count: 20) + "GET / HTTP/1.0\r\n\r\n")
    #expect(client.receiveAll().count > 20_000_000)
  }

  @Test("A client that sends on after a refusal still reads the answer")
  func lingering() throws {
    let running = try start { $0.bodyBytes = 1_000 }
    let client = try RawClient(running)
    client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n")
    client.send([UInt8](repeating: 120, count: 8_000_000))
    #expect(text(client.receiveAll()).hasPrefix("HTTP/1.1 413 Content Too Large\r\n"))
  }

  @Test("A request that comes too slowly is answered with 408")
  func slowHeader() throws {
    let running = try start { $0.headerTimeout = .milliseconds(50) }
    let client = try RawClient(running)
    client.send("GET / HTTP/1.1\r\nHo")
    #expect(text(client.receiveAll()).hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
    #expect(running.server.adminCounters?.timeouts == 1)
  }

  @Test("A body that comes too slowly is answered with 408")
  func slowBody() throws {
    let running = try start { $0.bodyTimeout = .milliseconds(50) }
    let client = try RawClient(running)
    client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
    #expect(text(client.receiveAll()).hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
  }

  @Test("A client that does not read its answers is given up")
  func writeTimeout() throws {
    let running = try start { $0.writeTimeout = .milliseconds(50) }
    let client = try RawClient(running)
    client.send(String(repeating: "GET /large HTTP/1.1\r\nHost: x\r\n\r\n", count: 100))
    let deadline = MonotonicInstant.now().advanced(by: .seconds(20))
    func isGone(_ counters: TransportCounters?) -> Bool { counters?.timeouts == 1 && counters?.connectionsOpen == 0 }
    while !isGone(running.server.adminCounters), MonotonicInstant.now() < deadline { usleep(2_000) }
    #expect(isGone(running.server.adminCounters))
    #expect(client.receiveAll().count < 100_000_000)
  }

  @Test("A silent connection is closed without a word")
  func idle() throws {
    let running = try start { $0.idleTimeout = .milliseconds(50) }
    let client = try RawClient(running)
    #expect(client.receiveAll().isEmpty)
  }

  @Test("A handshake that does not come ends the connection")
  func handshakeTimeout() throws {
    let running = try start { $0.handshakeTimeout = .milliseconds(50) }
    #expect(try RawClient(running, tls: true).receiveAll().isEmpty)
    #expect(running.waitUntil { $0.handshakeFailures == 1 })
  }

  private static let agent = "GET /agent HTTP/1.1\r\nHost: x\r\nUser-Agent: me\r\nConnection: close\r\n\r\n"

  @Test("As many connections as the limit are served, one more is closed where none of them is idle")
  func connectionLimit() async throws {
    let running = try start { $0.connectionsPerWorker = 3 }
    let clients = try (0..<3).map { _ in try RawClient(running) }
    for client in clients { client.send(Array(Self.agent.utf8.dropLast(2))) }
    let sent = UInt64(3 * (Self.agent.utf8.count - 2))
    while try #require(running.server.adminCounters).bytesIn < sent { await Task.yield() }
    #expect(try RawClient(running).receiveAll().isEmpty)
    #expect(running.server.adminCounters?.connectionsRefused == 1)
    for client in clients {
      client.send("\r\n")
      #expect(text(client.receiveAll()).hasSuffix("\r\n\r\nme"))
    }
  }

  @Test(
    "One more than the limit takes the place of the one that has been idle longest, first of those without a request")
  func eviction() async throws {
    let running = try start { $0.connectionsPerWorker = 3 }
    let served = try RawClient(running)
    served.send(Self.agent.replacing("Connection: close\r\n", with: ""))
    while running.server.adminCounters?.http1Requests != 1 { await Task.yield() }
    let first = try RawClient(running)
    while running.server.adminCounters?.connectionsOpen != 2 { await Task.yield() }
    let second = try RawClient(running)
    while running.server.adminCounters?.connectionsOpen != 3 { await Task.yield() }
    let fourth = try RawClient(running)
    #expect(first.receiveAll().isEmpty)
    #expect(running.server.adminCounters?.connectionsEvicted == 1)
    for client in [served, second, fourth] {
      client.send(Self.agent)
      #expect(text(client.receiveAll()).hasSuffix("\r\n\r\nme"))
    }
  }

  @Test("When the server ends, a request in flight is answered and a silent connection closed")
  func draining() async throws {
    let running = try start()
    let busy = try RawClient(running)
    busy.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab")
    let silent = try RawClient(running)
    silent.send("GET /agent HTTP/1.1\r\nHost: x\r\nUser-Agent: me\r\n\r\n")
    while running.server.adminCounters?.http1Requests != 1 { await Task.yield() }
    let stopped = Background { running.server.stop() }
    // Its end shows that draining has begun.
    #expect(text(silent.receiveAll()).hasSuffix("me"))
    busy.send("cd")
    let answer = text(busy.receiveAll())
    #expect(answer.hasSuffix("\r\n\r\nabcd"))
    #expect(answer.contains("Connection: close\r\n"))
    stopped.wait()
    #expect(throws: POSIXError.self) { try RawClient(running) }
    #expect(running.server.adminCounters?.connectionsOpen == 0)
  }

  @Test("When the server ends, requests that it has not looked at yet are answered")
  func unreadWhenDraining() async throws {
    let running = try start()
    // More than one round of the worker looks at, on connections that have been silent for longer than it waits for them.
    let clients = try (0..<150).map { _ in try RawClient(running) }
    for client in clients { client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n") }
    while running.server.adminCounters?.http1Requests != 150 { await Task.yield() }
    usleep(600_000)
    for client in clients { client.send("GET /pause HTTP/1.1\r\nHost: x\r\n\r\n") }
    while running.server.adminCounters?.http1Requests == 150 { await Task.yield() }
    running.server.stop()
    #expect(clients.filter { text($0.receiveAll()).matches(of: #/HTTP/1.1 200 OK/#).count == 2 }.count == 150)
    #expect(running.server.adminCounters?.http1Requests == 300)
  }

  @Test("A request that does not end holds the server's end up no longer than the limit")
  func boundedDrain() throws {
    let running = try start { $0.drainTimeout = .milliseconds(200) }
    let client = try RawClient(running)
    client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab")
    running.server.stop()
    running.server.stop()
    _ = client.receiveAll()
    #expect(running.server.adminCounters?.connectionsOpen == 0)
  }

  @Test("Mutated requests do not bring the server down", arguments: [UInt64(1), 2])
  func mutated(seed: UInt64) throws {
    let running = try start()
    var mutator = Mutator(corpus: HTTP1SessionTests.streams.map { Array($0.utf8) }, dictionary: ["\r\n"], seed: seed)
    for _ in 0..<200 { try RawClient(running).send(mutator.next()) }
    let client = try RawClient(running)
    client.send("GET /agent HTTP/1.0\r\nUser-Agent: still here\r\n\r\n")
    #expect(text(client.receiveAll()).hasSuffix("still here"))
  }
}
