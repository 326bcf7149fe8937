import Foundation
import Memory
import TestSupport
import Transport

/// A handler that notes what it is asked and answers with it.
final class Recorder: RequestHandler {
  struct Seen: Equatable {
    var method: HTTPMethod
    var version: HTTPVersion
    var path: String
    var query: String
    var contentType: String
    var body: [UInt8]
    var receivedAt: MonotonicInstant
  }

  var seen: [Seen] = []
  var refusals: [Int] = []
  var status = 200
  /// How long a request may take, in nanoseconds; nil for as long as it likes.
  var budget: UInt64?
  /// Called for each request, to let time pass.
  var work: () -> Void = {}

  func deadline(query: ByteSlice, receivedAt: MonotonicInstant) -> MonotonicInstant {
    budget.map { receivedAt.advanced(byNanoseconds: $0) } ?? .distantFuture
  }

  func handle(_ request: borrowing Request, _ response: inout Response) {
    seen.append(
      Seen(
        method: request.method, version: request.version, path: request.path.string, query: request.query.string,
        contentType: request.contentType.string, body: Array(request.body.buffer), receivedAt: request.receivedAt))
    work()
    response.status = status
    response.contentType = "text/plain"
    if request.path == "/length" {
      response.body.append(decimal: UInt64(request.body.count))
    } else if request.path == "/large" {
      for _ in 0..<1_000_000 { response.body.append(UInt8(ascii: "x")) }
    } else if request.path == "/pause" {
      usleep(2_000)
    } else if request.path == "/agent" {
      response.body.append(request.headers.first("user-agent") ?? .empty)
    } else if request.path == "/not-allowed" {
      response.status = 405
      response.allow = "POST"
      response.retryAfter = 3
    } else {
      response.body.append(request.body)
    }
  }

  func refuse(_ refusal: RequestRefusal, _ response: inout Response) {
    refusals.append(refusal.status)
    response.contentType = "text/plain"
    response.body.append(decimal: UInt64(refusal.status))
    response.body.append(" ")
    response.body.append(refusal.reason)
  }
}

/// An HTTP/1 session under test: bytes in, text out, no socket.
final class HTTP1Driver {
  let recorder = Recorder()
  let counters = WorkerCounters()
  let exchange: Exchange
  let session: HTTP1Session
  private(set) var output = ""

  init(_ limits: Limits = Limits()) {
    exchange = Exchange(limits: limits, counters: counters, handler: recorder)
    session = HTTP1Session(exchange, at: MonotonicInstant(nanoseconds: 1))
  }

  func send(_ bytes: some Collection<UInt8>, at nanoseconds: UInt64 = 1) {
    var buffer = ByteBuffer()
    Array(bytes).withUnsafeBytes {
      session.receive(ByteSlice($0), at: MonotonicInstant(nanoseconds: nanoseconds), output: &buffer)
    }
    while !buffer.isEmpty {
      output += buffer.bytes.string
      buffer.removeAll()
      session.resume(at: MonotonicInstant(nanoseconds: nanoseconds), output: &buffer)
    }
  }

  func send(_ text: String) { send(Array(text.utf8)) }

  func timeOut() {
    var buffer = ByteBuffer()
    session.timeOut(output: &buffer)
    output += buffer.bytes.string
  }

  /// The output without the dates.
  var answers: String {
    output.replacing(#/Date: [^\r]*\r\n/#, with: "")
  }

  /// The status codes of the answers, in order.
  var statuses: [Int] {
    output.matches(of: #/HTTP\/1\.1 (\d\d\d) /#).compactMap { Int($0.output.1) }
  }
}
