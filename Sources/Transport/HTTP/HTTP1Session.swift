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
    case closing
  }

  private let exchange: Exchange
  private let parser: HTTP1HeadParser
  private let fields: UnsafeMutablePointer<HeaderField>
  private var state = State.head
  private var scanner = HTTP1SectionScanner()
  private var skippedEmptyLine = false
  /// What arrived and is not taken yet: the beginning of a header section, or requests that wait for the output to drain.
  private var input = ByteBuffer()
  /// The header section of the request whose body is being collected.
  private var section = ByteBuffer()
  private var body = ByteBuffer()

  /// When the present request's first byte arrived; before that, since when one is waited for.
  package private(set) var firstByteAt: MonotonicInstant
  /// When the present request's header section was complete.
  package private(set) var headCompleteAt = MonotonicInstant(nanoseconds: 0)
  /// Whether the connection is closed because of a refusal, so that unread input has to be discarded first.
  package private(set) var refused = false

  package init(_ exchange: Exchange, at now: MonotonicInstant) {
    self.exchange = exchange
    firstByteAt = now
    parser = HTTP1HeadParser(limits: exchange.limits)
    fields = .allocate(capacity: max(1, exchange.limits.headerFields))
  }

  deinit {
    exchange.release(&body)
    fields.deallocate()
  }

  package var phase: Phase {
    switch state {
    case .head: input.isEmpty ? .idle : .head
    case .body, .chunked: .body
    case .closing: .closing
    }
  }

  /// Bytes of heap that the session's buffers hold.
  package var reservedBytes: Int { input.capacity + section.capacity + body.capacity }

  /// Takes bytes that arrived at `now`. Answers are appended to `output`. When that holds more than `Limits.outputBytes`, requests
  /// wait here until `resume`.
  package func receive(_ bytes: ByteSlice, at now: MonotonicInstant, output: inout ByteBuffer) {
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

  /// Goes on with what waits, after output was written.
  package func resume(at now: MonotonicInstant, output: inout ByteBuffer) {
    guard !input.isEmpty else { return }
    let consumed = process(input.bytes, at: now, &output)
    input.removeFirst(consumed)
    if input.isEmpty { input.removeAll(keepingCapacity: exchange.limits.retainedConnectionBytes) }
  }

  /// Answers the request that has begun with a 408 (the header section or body took too long).
  package func timeOut(output: inout ByteBuffer) {
    refuse(.timeout, &output)
  }

  /// Ends the session without an answer.
  package func close() {
    state = .closing
  }

  // MARK: Requests

  private func process(_ bytes: ByteSlice, at now: MonotonicInstant, _ output: inout ByteBuffer) -> Int {
    var position = 0
    while position < bytes.count {
      let rest = bytes.dropFirst(position)
      switch state {
      case .head:
        if output.count >= exchange.limits.outputBytes { return position }
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
          finishBody(head, at: now, &output)
        } else {
          state = .body(head, remaining: remaining - part.count)
        }
      case .chunked(let head, var decoder):
        let (consumed, result) = decoder.decode(rest, into: &body, exchange)
        position += consumed
        switch result {
        case .incomplete: state = .chunked(head, decoder)
        case .complete: finishBody(head, at: now, &output)
        case .refused(let refusal): refuse(refusal, &output)
        }
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
    switch head.framing {
    case .length(let length) where length <= bytes.count - end:
      // The whole request lies in these bytes: nothing is copied.
      handle(head, section, bytes[end..<end + length], &output)
      startNext(at: now)
      return end + length
    case .length(let length):
      state = .body(head, remaining: length)
    case .chunked:
      state = .chunked(head, ChunkedDecoder())
    }
    self.section.removeAll()
    self.section.append(section)
    if head.expectsContinue, bytes.count == end { output.append("HTTP/1.1 100 Continue\r\n\r\n") }
    return end
  }

  private func finishBody(_ head: HTTP1Head, at now: MonotonicInstant, _ output: inout ByteBuffer) {
    state = .head
    handle(head, section.bytes, body.bytes, &output)
    exchange.release(&body)
    section.removeAll(keepingCapacity: exchange.limits.retainedConnectionBytes)
    startNext(at: now)
  }

  private func startNext(at now: MonotonicInstant) {
    scanner = HTTP1SectionScanner()
    skippedEmptyLine = false
    firstByteAt = now
  }

  private func handle(_ head: HTTP1Head, _ section: ByteSlice, _ body: ByteSlice, _ output: inout ByteBuffer) {
    exchange.counters.http1Requests.add()
    exchange.answer(
      Request(
        method: head.method, version: head.version,
        path: head.path.count == 0 ? ByteSlice("/") : head.path.slice(of: section),
        query: head.query.slice(of: section),
        contentType: head.contentType.slice(of: section), body: body, receivedAt: firstByteAt,
        headers: HeaderFields(bytes: section.start, fields: fields, count: head.fieldCount)))
    let keepAlive = head.keepAlive && !exchange.isDraining
    HTTP1ResponseWriter(request: head.method, version: head.version, keepAlive: keepAlive)
      .append(exchange.response, date: exchange.date.value(), to: &output)
    if !keepAlive { state = .closing }
  }

  private func refuse(_ refusal: RequestRefusal, _ output: inout ByteBuffer, method: HTTPMethod = .other) {
    if refusal.status == 400 { exchange.counters.protocolErrors.add() }
    exchange.release(&body)
    exchange.answer(refusing: refusal)
    HTTP1ResponseWriter(request: method, version: .http11, keepAlive: false)
      .append(exchange.response, date: exchange.date.value(), to: &output)
    state = .closing
    refused = true
  }
}
