import Dispatch
import Memory
import Synchronization
import Testing
import Transport

/// Answers `/busy` when it is told to, and notes which requests it saw and when they were received.
private final class Gate: RequestHandler, Sendable {
  let began = DispatchSemaphore(value: 0)
  let mayEnd = DispatchSemaphore(value: 0)
  private let requests = Mutex<[(path: String, receivedAt: MonotonicInstant)]>([])

  var seen: [(path: String, receivedAt: MonotonicInstant)] { requests.withLock { $0 } }

  func handle(_ request: borrowing Request, _ response: inout Response) {
    let (path, receivedAt) = (request.path.string, request.receivedAt)
    requests.withLock { $0.append((path, receivedAt)) }
    guard request.path == "/busy" else { return }
    began.signal()
    mayEnd.wait()
  }

  func refuse(_ refusal: RequestRefusal, _ response: inout Response) {}
}

@Suite("A worker that is busy")
struct BusyWorkerTests {
  /// Lets time pass, so that instants can be told apart.
  private func pass() {
    let end = MonotonicInstant.now().advanced(by: .milliseconds(5))
    while MonotonicInstant.now() < end {}
  }

  @Test("has a request count from when it arrived")
  func arrival() throws {
    let gate = Gate()
    let running = try RunningServer(workers: 1, admin: true) { gate }
    let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    let waiting = try RawClient(running)
    let busy = try RawClient(running)
    busy.send(get.replacing("/ ", with: "/busy "))
    gate.began.wait()
    pass()
    let before = MonotonicInstant.now()
    pass()
    waiting.send(get.replacing("\r\n\r\n", with: "\r\nConnection: close\r\n\r\n"))
    let after = MonotonicInstant.now()
    pass()
    gate.mayEnd.signal()
    #expect(!waiting.receiveAll().isEmpty)
    let seen = gate.seen
    try #require(seen.map(\.path) == ["/busy", "/"])
    #expect(seen[0].receivedAt < before)
    #expect(seen[1].receivedAt > before && seen[1].receivedAt <= after)
  }

  @Test("with a hundred long requests of one connection answers another's in between")
  func fairness() throws {
    let gate = Gate()
    let running = try RunningServer(workers: 1, admin: true) { gate }
    let (greedy, modest) = (try RawClient(running), try RawClient(running))
    greedy.send(String(repeating: "GET /busy HTTP/1.1\r\nHost: x\r\n\r\n", count: 100))
    gate.began.wait()
    modest.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    // Longer than a turn, all of them.
    pass()
    gate.mayEnd.signal()
    for _ in 1..<100 {
      gate.began.wait()
      pass()
      gate.mayEnd.signal()
    }
    #expect(!modest.receiveAll().isEmpty)
    // Behind the one that it was busy with, one whose turn came before it looked, and one that had waited longer.
    #expect(try #require(gate.seen.firstIndex { $0.path == "/" }) <= 3)
  }
}
