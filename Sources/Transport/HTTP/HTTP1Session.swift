package import Memory

/// One connection's HTTP/1 state: bytes go in, answers come out. It does no I/O and reads no clock.
package final class HTTP1Session {
  /// What the session waits for, which decides the timeout.
  package enum Phase: Equatable {
    case idle
    /// A header section has begun.
    case head
    /// A body has begun.
    case body
    /// Nothing: the connection is to be closed when the output is written.
    case closing
  }

  private enum State {
    case head
    case body(HTTP1Head, remaining: Int)
    case chunked(HTTP1Head, ChunkedDecoder)
    /// The request is complete and is answered in the connection's next turn.
    case ready(HTTP1Head)
    case closing
  }

  private let exchange: Exchange
  private let parser: HTTP1HeadParser
  private let fields: UnsafeMutablePointer<HeaderField>
  private var state = State.head
  /// Whether input is not taken because answers wait for the peer.
  private var waitsForOutput = false
  private var scanner = HTTP1SectionScanner()
  private var skippedEmptyLine = false
  /// What arrived and is not taken yet: the beginning of a header section, or requests that wait for the output to drain.
  private var input = ByteBuffer()
  /// The header section of the request whose body is being collected.
  private var section = ByteBuffer()
  private var body = ByteBuffer()

  /// When the bytes that came last arrived, and when they were read.
  private var arrivedAt: MonotonicInstant
  private var readAt: MonotonicInstant
  /// When the request whose body is arriving, or which waits, has to be answered.
  private var bodyDeadline = MonotonicInstant.distantFuture
  /// Whether the request counts as one that waits, and what it counts for once it is complete.
  private var isWaiting = false
  private var readyNanoseconds: UInt64 = 0

  /// When the present request's first byte arrived; before that, since when one is waited for.
  package private(set) var firstByteAt: MonotonicInstant
  /// When the present request's header section was complete.
  package private(set) var headCompleteAt = MonotonicInstant(nanoseconds: 0)
  /// Whether a request was ever answered.
  package private(set) var hasAnswered = false
  /// Whether the connection is closed because of a refusal, so that unread input has to be discarded first.
  package private(set) var refused = false

  package init(_ exchange: Exchange, at now: MonotonicInstant) {
    self.exchange = exchange
    firstByteAt = now
    arrivedAt = now
    readAt = now
    parser = HTTP1HeadParser(limits: exchange.limits)
    fields = .allocate(capacity: max(1, exchange.limits.headerFields))
  }

  deinit {
    endWaiting()
    exchange.release(&body)
    fields.deallocate()
  }

  package var phase: Phase {
    switch state {
    case .head: input.isEmpty ? .idle : .head
    case .body, .chunked, .ready: .body
    case .closing: .closing
    }
  }

  /// Whether a request waits for the connection's next turn.
  package var waitsForTurn: Bool {
    if case .ready = state { return true }
    return false
  }

  /// When the request that waits for the connection's turn has to be answered, and how large it is.
  package var turn: (deadline: MonotonicInstant, bodyBytes: Int)? {
    waitsForTurn ? (bodyDeadline, body.count) : nil
  }

  /// When the request that has begun has to be complete: `overdue` is to be called then. Never where none has begun, or where the
  /// session waits for something else than the rest of it.
  package var deadline: MonotonicInstant {
    if waitsForOutput { return .distantFuture }
    switch state {
    case .head:
      return input.isEmpty ? .distantFuture : exchange.handler.deadline(query: .empty, receivedAt: firstByteAt)
    case .body, .chunked: return bodyDeadline
    case .ready, .closing: return .distantFuture
    }
  }

  /// Bytes of heap that the session's buffers hold.
  package var reservedBytes: Int { input.capacity + section.capacity + body.capacity }

  /// Takes bytes that arrived at `now`. Answers are appended to `output`. When that holds more than `Limits.outputBytes`, requests
  /// wait here until `resume`.
  package func receive(_ bytes: ByteSlice, at now: MonotonicInstant, output: inout ByteBuffer) {
    arrivedAt = now
    readAt = exchange.clock
    if input.isEmpty {
      if case .head = state { firstByteAt = now }
      let consumed = process(bytes, at: now, &output)
      if case .closing = state { return }
      input.append(bytes.dropFirst(consumed))
    } else {
      input.append(bytes)
      resume(at: now, output: &output)
    }
  }

  /// Goes on with what waits, after output was written or when the connection has its turn.
  package func resume(at now: MonotonicInstant, output: inout ByteBuffer) {
    if case .ready(let head) = state {
      if exchange.turnIsOver { return }
      finishBody(head, &output)
    }
    waitsForOutput = false
    guard !input.isEmpty else { return }
    let consumed = process(input.bytes, at: now, &output)
    input.removeFirst(consumed)
    if input.isEmpty { input.removeAll(keepingCapacity: exchange.limits.retainedConnectionBytes) }
  }

  /// Answers the request that has begun with a 408 (the header section or body took too long).
  package func timeOut(output: inout ByteBuffer) {
    refuse(.timeout, &output)
  }

  /// Answers the request that has begun with a 503: its time is over and it is not complete.
  package func overdue(output: inout ByteBuffer) {
    exchange.counters.overdueRequests.add()
    refuse(.overdue, &output)
  }

  /// Answers the request whose body is arriving with a 503 where it cannot be answered in time.
  /// - Parameters:
  ///   - now: until when the worker does something else.
  ///   - before: what comes before it then, in nanoseconds.
  /// - Returns: what the request counts for against those that come after it, in nanoseconds.
  package func shed(at now: MonotonicInstant, before: UInt64, output: inout ByteBuffer) -> UInt64 {
    let bodyBytes: Int
    switch state {
    case .body(_, let remaining): bodyBytes = body.count + remaining
    case .chunked: bodyBytes = body.count
    case .head, .ready, .closing: return 0
    }
    let demand = Workload.Demand(
      deadline: bodyDeadline, receivedAt: firstByteAt, bodyBytes: bodyBytes, missingBytes: bodyBytes - body.count)
    if let refusal = exchange.refusal(of: demand, at: now, before: before) {
      refuse(refusal, &output)
      return 0
    }
    return exchange.workload.claim(demand, perByte: exchange.limits.nanosecondsPerBodyByte)
  }

  /// Ends the session without an answer.
  package func close() {
    endWaiting()
    state = .closing
  }

  // MARK: Requests

  private func process(_ bytes: ByteSlice, at now: MonotonicInstant, _ output: inout ByteBuffer) -> Int {
    var position = 0
    while position < bytes.count {
      let rest = bytes.dropFirst(position)
      switch state {
      case .head:
        if output.count >= exchange.limits.outputBytes {
          waitsForOutput = true
          return position
        }
        guard let consumed = processHead(rest, at: now, &output) else { return position }
        position += consumed
      case .body(let head, let remaining):
        let part = rest.prefix(remaining)
        if let refusal = exchange.collect(part, into: &body) {
          refuse(refusal, &output)
          return bytes.count
        }
        position += part.count
        if part.count == remaining {
          completeBody(head, &output)
        } else {
          state = .body(head, remaining: remaining - part.count)
        }
      case .chunked(let head, var decoder):
        let (consumed, result) = decoder.decode(rest, into: &body, exchange)
        position += consumed
        switch result {
        case .incomplete: state = .chunked(head, decoder)
        case .complete: completeBody(head, &output)
        case .refused(let refusal): refuse(refusal, &output)
        }
      case .ready:
        return position
      case .closing:
        return bytes.count
      }
    }
    return position
  }

  /// - Returns: how many bytes were taken, or nil where more are needed.
  private func processHead(_ bytes: ByteSlice, at now: MonotonicInstant, _ output: inout ByteBuffer) -> Int? {
    if bytes[0] == 0x0D, !skippedEmptyLine {
      // RFC 9112, section 2.2: an empty line before the request line is ignored, one here.
      guard bytes.count > 1 else { return nil }
      if bytes[1] == 0x0A {
        skippedEmptyLine = true
        return 2
      }
    }
    let end: Int
    switch scanner.scan(bytes, exchange.limits) {
    case .incomplete: return nil
    case .complete(let length): end = length
    case .refused(let refusal):
      refuse(refusal, &output)
      return bytes.count
    }
    let section = bytes[0..<end]
    var head = HTTP1Head()
    if let refusal = parser.parse(section, fields: fields, into: &head) {
      // The method counts, because the answer to HEAD has no body.
      refuse(refusal, &output, method: head.method)
      return bytes.count
    }
    headCompleteAt = now
    let query = head.query.slice(of: section)
    switch head.framing {
    case .length(let length) where length <= bytes.count - end:
      // The whole request lies in these bytes: nothing is copied.
      if let refusal = exchange.refusal(
        receivedAt: firstByteAt, readAt: readAt, query: query, bodyBytes: length, isComplete: true)
      {
        answer(refusing: refusal, head, &output)
      } else if exchange.isForNextTurn(bodyBytes: length) {
        keep(head, section, bytes[end..<end + length], &output)
        return end + length
      } else {
        handle(head, section, bytes[end..<end + length], &output)
      }
      startNext()
      return end + length
    case .length(let length):
      state = .body(head, remaining: length)
      if let refusal = beginBody(query, length) {
        refuse(refusal, &output, method: head.method)
        return bytes.count
      }
    case .chunked:
      state = .chunked(head, ChunkedDecoder())
      if let refusal = beginBody(query, 0) {
        refuse(refusal, &output, method: head.method)
        return bytes.count
      }
    }
    self.section.removeAll()
    self.section.append(section)
    if head.expectsContinue, bytes.count == end { output.append("HTTP/1.1 100 Continue\r\n\r\n") }
    return end
  }

  /// The rest of a request is to come. Whether it is worth waiting for is decided now.
  private func beginBody(_ query: ByteSlice, _ length: Int) -> RequestRefusal? {
    if let refusal = exchange.refusal(
      receivedAt: firstByteAt, readAt: readAt, query: query, bodyBytes: length, isComplete: false)
    {
      return refusal
    }
    bodyDeadline = exchange.handler.deadline(query: query, receivedAt: firstByteAt)
    exchange.workload.waiting += 1
    isWaiting = true
    return nil
  }

  /// Keeps a complete request for the connection's next turn.
  private func keep(_ head: HTTP1Head, _ section: ByteSlice, _ body: ByteSlice, _ output: inout ByteBuffer) {
    if let refusal = exchange.collect(body, into: &self.body) {
      refuse(refusal, &output, method: head.method)
      return
    }
    self.section.removeAll()
    self.section.append(section)
    bodyDeadline = exchange.handler.deadline(query: head.query.slice(of: section), receivedAt: firstByteAt)
    exchange.workload.waiting += 1
    isWaiting = true
    makeReady(head)
  }

  private func makeReady(_ head: HTTP1Head) {
    state = .ready(head)
    readyNanoseconds = exchange.workload.add(bodyBytes: body.count)
  }

  private func completeBody(_ head: HTTP1Head, _ output: inout ByteBuffer) {
    if exchange.isForNextTurn(bodyBytes: body.count) {
      makeReady(head)
    } else {
      finishBody(head, &output)
    }
  }

  private func finishBody(_ head: HTTP1Head, _ output: inout ByteBuffer) {
    endWaiting()
    state = .head
    if let refusal = exchange.refusal(ofWaiting: bodyDeadline, bodyBytes: body.count) {
      answer(refusing: refusal, head, &output)
    } else {
      handle(head, section.bytes, body.bytes, by: bodyDeadline, &output)
    }
    exchange.release(&body)
    section.removeAll(keepingCapacity: exchange.limits.retainedConnectionBytes)
    startNext()
  }

  /// The request whose body was collected is answered, or never will be.
  private func endWaiting() {
    if case .ready = state { exchange.workload.remove(readyNanoseconds) }
    guard isWaiting else { return }
    isWaiting = false
    exchange.workload.waiting -= 1
  }

  private func startNext() {
    scanner = HTTP1SectionScanner()
    skippedEmptyLine = false
    // What follows came with what was read last.
    firstByteAt = arrivedAt
  }

  private func handle(
    _ head: HTTP1Head, _ section: ByteSlice, _ body: ByteSlice, by deadline: MonotonicInstant = .distantFuture,
    _ output: inout ByteBuffer
  ) {
    exchange.counters.http1Requests.add()
    hasAnswered = true
    exchange.answer(
      Request(
        method: head.method, version: head.version,
        path: head.path.count == 0 ? ByteSlice("/") : head.path.slice(of: section),
        query: head.query.slice(of: section),
        contentType: head.contentType.slice(of: section), body: body, receivedAt: firstByteAt,
        headers: HeaderFields(bytes: section.start, fields: fields, count: head.fieldCount)), by: deadline)
    let keepAlive = head.keepAlive && !exchange.isDraining
    HTTP1ResponseWriter(request: head.method, version: head.version, keepAlive: keepAlive)
      .append(exchange.response, date: exchange.date.value(), to: &output)
    if !keepAlive { state = .closing }
  }

  /// Answers a complete request with a refusal: the connection goes on.
  private func answer(refusing refusal: RequestRefusal, _ head: HTTP1Head, _ output: inout ByteBuffer) {
    exchange.counters.http1Requests.add()
    exchange.answer(refusing: refusal)
    let keepAlive = head.keepAlive && !exchange.isDraining
    HTTP1ResponseWriter(request: head.method, version: head.version, keepAlive: keepAlive)
      .append(exchange.response, date: exchange.date.value(), to: &output)
    if !keepAlive { state = .closing }
  }

  private func refuse(_ refusal: RequestRefusal, _ output: inout ByteBuffer, method: HTTPMethod = .other) {
    endWaiting()
    if refusal.status == 400 { exchange.counters.protocolErrors.add() }
    exchange.release(&body)
    exchange.answer(refusing: refusal)
    HTTP1ResponseWriter(request: method, version: .http11, keepAlive: false)
      .append(exchange.response, date: exchange.date.value(), to: &output)
    state = .closing
    refused = true
  }
}
