internal import Memory

/// What the connections of one worker share while they serve requests: the handler, its reused response, the limits, the
/// date. It belongs to the worker's thread.
package final class Exchange {
  let limits: Limits
  let counters: WorkerCounters
  let handler: any RequestHandler
  var response = Response()
  var date = DateHeader()

  /// Bytes of request bodies that are being collected, over all connections.
  var heldBodyBytes = 0
  /// Set when the server ends: every answer is the last of its connection.
  package var isDraining = false
  /// Streams of HTTP/2 that wait to be used again.
  var idleStreams: ContiguousArray<HTTP2Stream> = []

  package init(limits: Limits, counters: WorkerCounters, handler: any RequestHandler) {
    self.limits = limits
    self.counters = counters
    self.handler = handler
  }

  /// Runs the handler on a request. The answer is in `response`.
  @inline(__always)
  func answer(_ request: borrowing Request) {
    response.reset(keepingCapacity: limits.retainedBufferBytes)
    handler.handle(request, &response)
  }

  /// Has the handler word a refusal. The answer is in `response`.
  func answer(refusing refusal: RequestRefusal) {
    counters.refusedRequests.add()
    response.reset(keepingCapacity: limits.retainedBufferBytes)
    response.status = refusal.status
    handler.refuse(refusal, &response)
    response.status = refusal.status
  }

  /// Appends to a body that is being collected, unless it or all of them together would grow too large.
  func collect(_ bytes: ByteSlice, into body: inout ByteBuffer) -> RequestRefusal? {
    if bytes.count > limits.bodyBytes - body.count { return .bodyTooLarge(limits) }
    if bytes.count > limits.bufferedBodyBytes - heldBodyBytes { return .tooMuchInFlight }
    heldBodyBytes += bytes.count
    body.append(bytes)
    return nil
  }

  /// Ends the collection of a body.
  func release(_ body: inout ByteBuffer) {
    heldBodyBytes -= body.count
    assert(heldBodyBytes >= 0)
    body.removeAll(keepingCapacity: limits.retainedConnectionBytes)
  }
}

extension RequestRefusal {
  static func bodyTooLarge(_ limits: Limits) -> RequestRefusal {
    RequestRefusal(status: 413, reason: "the body is larger than the limit in bytes", limit: limits.bodyBytes)
  }

  static var tooMuchInFlight: RequestRefusal {
    RequestRefusal(status: 503, reason: "too many large requests are in flight")
  }

  static func headerTooLarge(_ limits: Limits) -> RequestRefusal {
    RequestRefusal(
      status: 431, reason: "the header section is larger than the limit in bytes", limit: limits.headerSectionBytes)
  }

  static func tooManyFields(_ limits: Limits) -> RequestRefusal {
    RequestRefusal(status: 431, reason: "there are more header fields than the limit", limit: limits.headerFields)
  }

  static func malformed(_ reason: StaticString) -> RequestRefusal {
    RequestRefusal(status: 400, reason: reason)
  }

  static var timeout: RequestRefusal {
    RequestRefusal(status: 408, reason: "the request did not arrive in time")
  }
}
