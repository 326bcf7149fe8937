public import Memory

/// The application behind a worker: called for each complete request, on the worker's thread, one at a time.
///
/// What it does is what the worker waits for, so it must neither block nor throw. Each worker has one of its own, made on
/// its thread, so a handler needs no locks for what is in it.
public protocol RequestHandler: AnyObject {
  /// Answers a request. `response` comes empty: status 200, JSON.
  func handle(_ request: borrowing Request, _ response: inout Response)

  /// Writes the body of an answer to a request that the transport refuses. `response.status` is set already; the handler
  /// may change everything but the status.
  func refuse(_ refusal: RequestRefusal, _ response: inout Response)

  /// Takes up what has changed outside, so that nothing old is kept by a worker that has no requests. Called between requests, after
  /// `TransportServer.refreshHandlers()`.
  func refresh()

  /// When a request has to be decided, so that its answer is there in time. A request that is not complete by then is refused, and so
  /// is one that was received too late to be decided in time.
  /// - Parameter query: empty while the header section is not complete.
  func deadline(query: ByteSlice, receivedAt: MonotonicInstant) -> MonotonicInstant

  /// Gives back what large requests made the handler's memory grow to. Called when they are over.
  func releaseMemory()
}

extension RequestHandler {
  public func refresh() {}

  /// Never.
  public func deadline(query: ByteSlice, receivedAt: MonotonicInstant) -> MonotonicInstant { .distantFuture }

  public func releaseMemory() {}
}

/// Why the transport answered a request itself, before it was complete.
@frozen
public struct RequestRefusal: BitwiseCopyable, Sendable {
  /// The status of the answer: one of 400, 408, 413, 414, 417, 431, 501, 503, 505.
  public var status: Int
  /// What is wrong, in lower case and without a full stop.
  public var reason: StaticString
  /// The limit that was passed, in the unit of what it limits, where there is one.
  public var limit: Int?

  public init(status: Int, reason: StaticString, limit: Int? = nil) {
    self.status = status
    self.reason = reason
    self.limit = limit
  }
}
