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

  /// What changes with every request. Behind a pointer, because the checks of exclusive access that a property of a class gets are not
  /// needed for numbers, and cost more than the numbers do.
  private struct State: BitwiseCopyable {
    var clock = MonotonicInstant(nanoseconds: 0)
    var workload = Workload()
    /// When the present connection has had its turn. Where nobody takes turns it never ends.
    var turnEnd = MonotonicInstant.distantFuture
    /// Whether it is only read from, so that requests that take long wait for its turn.
    var isReading = false
  }
  private let state: UnsafeMutablePointer<State>
  /// What the clock is read from; nil for the system's.
  package var clockSource: (() -> MonotonicInstant)?
  private let turnNanoseconds: UInt64
  /// Since memory was last given back, the most that bodies held.
  var largestHeldBodyBytes = 0

  package init(limits: Limits, counters: WorkerCounters, handler: any RequestHandler) {
    self.limits = limits
    self.counters = counters
    self.handler = handler
    turnNanoseconds = limits.turn.wholeNanoseconds
    state = .allocate(capacity: 1)
    state.initialize(to: State())
  }

  deinit { state.deallocate() }

  /// The clock as it was read last: at the beginning of the worker's round, and after each request.
  @inline(__always)
  package var clock: MonotonicInstant {
    get { state.pointee.clock }
    set { state.pointee.clock = newValue }
  }

  @inline(__always)
  package var workload: Workload {
    get { state.pointee.workload }
    _modify { yield &state.pointee.workload }
  }

  /// Runs the handler on a request. The answer is in `response`.
  /// - Parameter deadline: when it has to be decided, where that is known.
  @inline(__always)
  func answer(_ request: borrowing Request, by deadline: MonotonicInstant = .distantFuture) {
    response.reset(keepingCapacity: limits.retainedBufferBytes)
    handler.handle(request, &response)
    let begun = clock
    readClock()
    workload.note(clock.nanoseconds(since: begun), bodyBytes: request.body.count, wasCut: clock >= deadline)
  }

  /// Has the handler word a refusal. The answer is in `response`.
  func answer(refusing refusal: RequestRefusal) {
    counters.refusedRequests.add()
    response.reset(keepingCapacity: limits.retainedBufferBytes)
    response.status = refusal.status
    handler.refuse(refusal, &response)
    response.status = refusal.status
    if refusal.status == 503 { response.retryAfter = limits.retryAfterSeconds }
  }

  /// Appends to a body that is being collected, unless it or all of them together would grow too large.
  func collect(_ bytes: ByteSlice, into body: inout ByteBuffer) -> RequestRefusal? {
    if bytes.count > limits.bodyBytes - body.count { return .bodyTooLarge(limits) }
    if bytes.count > limits.bufferedBodyBytes - heldBodyBytes { return .tooMuchInFlight }
    heldBodyBytes += bytes.count
    largestHeldBodyBytes = max(largestHeldBodyBytes, heldBodyBytes)
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

// MARK: Time and admission

extension Exchange {
  /// Brings `clock` up to date.
  @inline(__always)
  func readClock() {
    clock = clockSource?() ?? .now()
  }

  /// Whether requests of the usual size take so long that everybody is read from before anybody is answered: those that cannot be
  /// answered in time learn it at once, and not behind the one that takes long.
  @inline(__always)
  var isHeavy: Bool { isLong(bodyBytes: 0) }

  /// Whether requests with such a body take long.
  @inline(__always)
  func isLong(bodyBytes: Int) -> Bool { workload.cost(ofBody: bodyBytes).mean > Self.long }

  /// Whether some of the requests that wait take long.
  @inline(__always)
  var hasLongRequests: Bool { workload.readyNanoseconds > Self.long || isHeavy && workload.ready > 0 }

  /// A connection is read from. What is complete is answered at once where requests are as short as usual.
  @inline(__always)
  package func beginReading() {
    state.pointee.turnEnd = clock.advanced(byNanoseconds: isHeavy ? 0 : turnNanoseconds)
    state.pointee.isReading = true
  }

  /// A connection begins its turn: at least one request is answered.
  @inline(__always)
  package func beginTurn() {
    state.pointee.turnEnd = clock.advanced(byNanoseconds: turnNanoseconds)
    state.pointee.isReading = false
  }

  /// Whether what else the connection has to be answered waits for its next turn.
  @inline(__always)
  package var turnIsOver: Bool { clock >= state.pointee.turnEnd }

  /// Whether a request with such a body waits for the connection's next turn: it takes long, and this one is for reading.
  @inline(__always)
  func isForNextTurn(bodyBytes: Int) -> Bool {
    turnIsOver || bodyBytes >= Workload.smallBody && state.pointee.isReading && isLong(bodyBytes: bodyBytes)
  }

  /// Whether a request is refused when its header section has been read, because of what is waiting already.
  ///
  /// What counts is how old it was when it was read: what is read is accepted, and gets what is left of its time. The common case, a
  /// fresh request and nothing that waits, costs two comparisons.
  /// - Parameters:
  ///   - receivedAt: when its first byte arrived.
  ///   - readAt: when that was read; later than the above where the worker was busy.
  @inline(__always)
  func refusal(
    receivedAt: MonotonicInstant, readAt: MonotonicInstant, query: ByteSlice, bodyBytes: Int, isComplete: Bool
  ) -> RequestRefusal? {
    if isComplete, workload.ready == 0, readAt.nanoseconds(since: receivedAt) < Self.fresh { return nil }
    return refusalOfWaiting(receivedAt, readAt, query, bodyBytes)
  }

  /// Whether a request that has waited is refused though it is complete: to parse its body alone takes longer than what is left of its
  /// time. One with a small body is decided, however late it is, by the failure policies.
  @inline(__always)
  func refusal(ofWaiting deadline: MonotonicInstant, bodyBytes: Int) -> RequestRefusal? {
    if bodyBytes < Workload.smallBody { return nil }
    let needed = UInt64(bodyBytes) &* UInt64(limits.nanosecondsPerBodyByte)
    if deadline == .distantFuture || deadline.nanoseconds(since: clock) >= needed { return nil }
    counters.overdueRequests.add()
    return .tooLate
  }

  /// A request younger than this when it is read has not waited: 5 ms, a twentieth of the usual time.
  private static var fresh: UInt64 { 5_000_000 }

  /// Requests that take longer than this are long: 1 ms, a hundred times the usual.
  private static var long: UInt64 { 1_000_000 }

  @inline(never)
  private func refusalOfWaiting(
    _ receivedAt: MonotonicInstant, _ readAt: MonotonicInstant, _ query: ByteSlice, _ bodyBytes: Int
  ) -> RequestRefusal? {
    if workload.waiting >= limits.waitingRequests {
      counters.shedRequests.add()
      return .tooManyWaiting
    }
    let demand = Workload.Demand(
      deadline: handler.deadline(query: query, receivedAt: receivedAt), receivedAt: receivedAt, bodyBytes: bodyBytes,
      missingBytes: bodyBytes)
    return refusal(of: demand, at: max(readAt, receivedAt), before: workload.readyNanoseconds)
  }

  /// Whether a request is refused, now that it is known what the worker does until `now` and what comes before the request then.
  func refusal(of demand: Workload.Demand, at now: MonotonicInstant, before: UInt64) -> RequestRefusal? {
    // What is small and takes no time is answered as soon as it is there, before everything that takes long.
    let before = demand.bodyBytes < Workload.smallBody && !isHeavy ? 0 : before
    if workload.fits(demand, at: now, before: before, perByte: limits.nanosecondsPerBodyByte) { return nil }
    counters.shedRequests.add()
    return .tooLate
  }
}

extension RequestRefusal {
  static func bodyTooLarge(_ limits: Limits) -> RequestRefusal {
    RequestRefusal(status: 413, reason: "the body is larger than the limit in bytes", limit: limits.bodyBytes)
  }

  static var tooMuchInFlight: RequestRefusal {
    RequestRefusal(status: 503, reason: "too many large requests are in flight")
  }

  static var tooManyWaiting: RequestRefusal {
    RequestRefusal(status: 503, reason: "too many requests are waiting")
  }

  static var tooLate: RequestRefusal {
    RequestRefusal(status: 503, reason: "too much is waiting for this request to be answered in time")
  }

  static var overdue: RequestRefusal {
    RequestRefusal(status: 503, reason: "the request was not complete when its time was over")
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
