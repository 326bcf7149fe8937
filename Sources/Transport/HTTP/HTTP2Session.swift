internal import CNghttp2
package import Memory

/// One connection's HTTP/2 state: bytes go in, frames come out. Framing, HPACK, flow control and the rules of RFC 9113 are
/// nghttp2's; requests, limits and abuse are ours. It does no I/O and reads no clock. Exclusive access is checked as in `HTTP2Stream`.
package final class HTTP2Session {
  let exchange: Exchange
  @exclusivity(unchecked) private var native: OpaquePointer?
  private(set) var streams: ContiguousArray<HTTP2Stream> = []
  /// The stream whose header block is arriving.
  @exclusivity(unchecked) private var headerStream: HTTP2Stream?
  /// Requests that are complete, in the order in which they became so. Those before `readyStart` are taken.
  private var ready: ContiguousArray<HTTP2Stream> = []
  @exclusivity(unchecked) private var readyStart = 0
  /// The same for requests that take long: no other of the connection waits for them.
  private var longReady: ContiguousArray<HTTP2Stream> = []
  /// Streams that we have reset, the last of them: their peer may have sent more before it knew.
  private var resets = RecentResets()
  private var floods: FloodGuard
  @exclusivity(unchecked) private var now: MonotonicInstant
  /// When the bytes that came last were read.
  @exclusivity(unchecked) private var readAt: MonotonicInstant

  /// Since when no stream is open.
  @exclusivity(unchecked) package private(set) var idleSince: MonotonicInstant
  /// Whether a request was ever answered.
  @exclusivity(unchecked) package private(set) var hasAnswered = false
  /// Whether the peer broke the protocol: what output there is should be written, and the connection closed.
  @exclusivity(unchecked) package private(set) var failed = false

  package init?(_ exchange: Exchange, at now: MonotonicInstant) {
    self.exchange = exchange
    self.now = now
    readAt = now
    idleSince = now
    floods = FloodGuard(exchange.limits, at: now)
    guard let callbacks = HTTP2Callbacks.table, let options = HTTP2Callbacks.options,
      nghttp2_session_server_new2(&native, callbacks, Unmanaged.passUnretained(self).toOpaque(), options) == 0,
      submitSettings()
    else { return nil }
  }

  deinit {
    nghttp2_session_del(native)
    while let stream = streams.last { retire(stream) }
  }

  /// Takes bytes that arrived at `now`, and answers what is complete as far as the connection's turn allows. Answers wait in the
  /// session until `write`.
  package func receive(_ bytes: ByteSlice, at now: MonotonicInstant) {
    if failed { return }
    self.now = now
    readAt = exchange.clock
    let taken = nghttp2_session_mem_recv(native, bytes.start, bytes.count)
    if taken < 0 { fail() }
    resume()
  }

  /// Answers what is complete. A request is not answered while frames are read, so that one that is taken back right behind costs
  /// nothing.
  package func resume() {
    if failed { return }
    while readyStart < ready.count, !exchange.turnIsOver {
      let stream = ready[readyStart]
      readyStart += 1
      answer(stream)
    }
    if readyStart < ready.count { return }
    ready.removeAll(keepingCapacity: true)
    readyStart = 0
    while let next = firstDue, !exchange.isForNextTurn(bodyBytes: longReady[next].body.count) {
      answer(longReady.remove(at: next))
    }
  }

  /// Which of those that take long has to be answered first.
  private var firstDue: Int? {
    longReady.isEmpty ? nil : longReady.indices.min { longReady[$0].deadline < longReady[$1].deadline }
  }

  /// Whether requests wait for the connection's next turn.
  package var waitsForTurn: Bool { (readyStart < ready.count || !longReady.isEmpty) && !failed }

  /// When the request that is answered in the connection's next turn has to be answered, and how large it is; nil where none waits.
  package var turn: (deadline: MonotonicInstant, bodyBytes: Int)? {
    if failed { return nil }
    if readyStart < ready.count { return (ready[readyStart].deadline, ready[readyStart].body.count) }
    return firstDue.map { (longReady[$0].deadline, longReady[$0].body.count) }
  }

  /// When the first of the requests whose body is arriving has to be complete.
  package var deadline: MonotonicInstant {
    var first = MonotonicInstant.distantFuture
    for stream in streams where stream.state == .receiving && stream.headComplete {
      first = min(first, stream.deadline)
    }
    return first
  }

  /// Refuses requests that are not complete though their time is over at `horizon`.
  package func refuseOverdue(until horizon: MonotonicInstant, at now: MonotonicInstant) {
    self.now = now
    for stream in streams where stream.state == .receiving && stream.headComplete && stream.deadline <= horizon {
      exchange.counters.overdueRequests.add()
      refuse(stream, .overdue)
    }
  }

  /// Refuses requests that are not complete and cannot be answered in time.
  /// - Parameters:
  ///   - free: until when the worker does something else.
  ///   - before: what comes before them then, in nanoseconds.
  /// - Returns: what the others count for against those that come after them, in nanoseconds.
  package func shed(at free: MonotonicInstant, before: UInt64, now: MonotonicInstant) -> UInt64 {
    self.now = now
    var claims: UInt64 = 0
    for stream in streams where stream.state == .receiving && stream.headComplete {
      let bodyBytes = max(stream.declaredBytes, stream.body.count)
      let demand = Workload.Demand(
        deadline: stream.deadline, receivedAt: stream.firstByteAt, bodyBytes: bodyBytes,
        missingBytes: bodyBytes - stream.body.count)
      if let refusal = exchange.refusal(of: demand, at: free, before: before + claims) {
        refuse(stream, refusal)
      } else {
        claims += exchange.workload.claim(demand, perByte: exchange.limits.nanosecondsPerBodyByte)
      }
    }
    return claims
  }

  /// Appends frames to `output` until there are no more or it holds more than `Limits.outputBytes`.
  package func write(to output: inout ByteBuffer) {
    while output.count < exchange.limits.outputBytes {
      var frame: UnsafePointer<UInt8>?
      let count = nghttp2_session_mem_send(native, &frame)
      if count < 0 { fail() }
      guard count > 0, let frame else { return }
      output.append(start: frame, count: count)
    }
  }

  /// Whether there is nothing more to read or to write.
  package var isDone: Bool { nghttp2_session_want_read(native) == 0 && nghttp2_session_want_write(native) == 0 }

  package var wantsWrite: Bool { nghttp2_session_want_write(native) != 0 }

  package var hasOpenStreams: Bool { !streams.isEmpty }

  /// Whether an answer waits for the peer to take it.
  package var hasUnsentAnswers: Bool { streams.contains { $0.state == .answered } }

  /// Tells the peer to open no more streams. Those that it opened before it knew are still served.
  package func beginDraining() {
    nghttp2_submit_shutdown_notice(native)
  }

  /// Names the last stream that is served. To be called a moment after `beginDraining`.
  package func finishDraining() {
    nghttp2_submit_goaway(
      native, UInt8(NGHTTP2_FLAG_NONE.rawValue), nghttp2_session_get_last_proc_stream_id(native),
      NGHTTP2_NO_ERROR.rawValue, nil, 0)
  }

  /// Refuses requests whose body has taken too long.
  /// - Returns: whether the connection has to be closed, because a header block takes too long, or the peer to read an answer.
  package func expire(at now: MonotonicInstant) -> Bool {
    self.now = now
    if let headerStream, now > headerStream.firstByteAt.advanced(by: exchange.limits.headerTimeout) { return true }
    for stream in streams where stream.state == .answered {
      if now > stream.answeredAt.advanced(by: exchange.limits.writeTimeout) { return true }
    }
    for stream in streams where stream.state == .receiving && stream.headComplete {
      if now > stream.headCompleteAt.advanced(by: exchange.limits.bodyTimeout) {
        exchange.counters.timeouts.add()
        refuse(stream, .timeout)
      }
    }
    resetWhatIsAnswered()
    return false
  }

  private func fail() {
    if !failed { exchange.counters.protocolErrors.add() }
    failed = true
  }

  private func submitSettings() -> Bool {
    let limits = exchange.limits
    func entry(_ id: Int32, _ value: Int) -> nghttp2_settings_entry {
      nghttp2_settings_entry(settings_id: id, value: UInt32(clamping: value))
    }
    var entries = [
      entry(Int32(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS.rawValue), limits.concurrentStreams),
      entry(Int32(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue), min(limits.streamWindowBytes, Int(Int32.max))),
      entry(Int32(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE.rawValue), limits.headerSectionBytes),
      // SETTINGS_NO_RFC7540_PRIORITIES (RFC 9218), by number because older headers do not name it.
      entry(9, 1),
    ]
    let none = UInt8(NGHTTP2_FLAG_NONE.rawValue)
    return nghttp2_submit_settings(native, none, &entries, entries.count) == 0
      && nghttp2_session_set_local_window_size(native, none, 0, Int32(clamping: limits.connectionWindowBytes)) == 0
  }

  // MARK: Streams

  /// A header block begins: of a request, or of its trailers.
  func beginHeaders(_ id: Int32, isRequest: Bool) {
    guard isRequest else {
      headerStream = stream(id)
      return
    }
    let stream = exchange.idleStreams.popLast() ?? HTTP2Stream(exchange.limits)
    stream.begin(id, at: now)
    stream.index = streams.count
    streams.append(stream)
    headerStream = stream
    nghttp2_session_set_stream_user_data(native, id, Unmanaged.passUnretained(stream).toOpaque())
  }

  func addHeader(name: ByteSlice, value: ByteSlice) {
    headerStream?.add(name: name, value: value, exchange.limits)
  }

  /// A header block is complete.
  func endHeaders(_ id: Int32, endsStream: Bool) {
    headerStream = nil
    guard let stream = stream(id) else { return }
    stream.remoteEnded = endsStream
    guard stream.state == .receiving else { return }
    if let refusal = stream.refusal {
      refuse(stream, refusal)
      return
    }
    if !stream.headComplete, let refusal = beginRequest(stream, isComplete: endsStream) {
      refuse(stream, refusal)
      return
    }
    if endsStream {
      complete(stream)
    } else if stream.expectsContinue {
      stream.expectsContinue = false
      HTTP2Callbacks.submitContinue(native, id)
    }
  }

  /// The header section of a request is there. Whether it is worth going on is decided now.
  private func beginRequest(_ stream: HTTP2Stream, isComplete: Bool) -> RequestRefusal? {
    stream.headComplete = true
    stream.headCompleteAt = now
    let refusal = exchange.refusal(
      receivedAt: stream.firstByteAt, readAt: readAt, query: stream.queryText, bodyBytes: stream.declaredBytes,
      isComplete: isComplete)
    if let refusal { return refusal }
    stream.deadline = exchange.handler.deadline(query: stream.queryText, receivedAt: stream.firstByteAt)
    exchange.workload.waiting += 1
    stream.isWaiting = true
    return nil
  }

  private func complete(_ stream: HTTP2Stream) {
    stream.state = .ready
    stream.readyNanoseconds = exchange.workload.add(bodyBytes: stream.body.count)
    if exchange.isLong(bodyBytes: stream.body.count) { longReady.append(stream) } else { ready.append(stream) }
  }

  func addBody(_ id: Int32, _ bytes: ByteSlice) {
    guard let stream = stream(id), stream.state == .receiving else { return }
    if let refusal = exchange.collect(bytes, into: &stream.body) { refuse(stream, refusal) }
  }

  /// A DATA frame ended the stream.
  func endBody(_ id: Int32) {
    guard let stream = stream(id) else { return }
    stream.remoteEnded = true
    if stream.state == .receiving { complete(stream) }
  }

  /// We have sent the end of a stream.
  func didEnd(_ id: Int32) {
    guard let stream = stream(id) else { return }
    stream.state = .ended
    stream.endedAt = now
  }

  /// RFC 9113, section 8.1: after an early answer the peer is asked, without an error, to stop sending. Not at once, because
  /// clients (curl 7.88 is one) drop an answer that a reset follows closely; most stop by themselves.
  private func resetWhatIsAnswered() {
    for stream in streams where stream.state == .ended && !stream.remoteEnded {
      if now.nanoseconds(since: stream.endedAt) < Self.resetDelay { continue }
      // So that it is asked once; the stream closes when the frame is sent.
      stream.remoteEnded = true
      nghttp2_submit_rst_stream(native, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, NGHTTP2_NO_ERROR.rawValue)
    }
  }

  private static let resetDelay: UInt64 = 200_000_000

  func didClose(_ id: Int32) {
    guard let stream = stream(id) else { return }
    retire(stream)
  }

  private func stream(_ id: Int32) -> HTTP2Stream? {
    guard let pointer = nghttp2_session_get_stream_user_data(native, id) else { return nil }
    return Unmanaged<HTTP2Stream>.fromOpaque(pointer).takeUnretainedValue()
  }

  private func retire(_ stream: HTTP2Stream) {
    // INVARIANT: a stream stands in `streams` at its index.
    assert(streams[stream.index] === stream)
    if headerStream === stream { headerStream = nil }
    if stream.state == .ready {
      exchange.workload.remove(stream.readyNanoseconds)
      if let place = ready[readyStart...].firstIndex(where: { $0 === stream }) { ready.remove(at: place) }
      longReady.removeAll { $0 === stream }
    }
    endWaiting(stream)
    let last = streams.removeLast()
    if last !== stream {
      last.index = stream.index
      streams[stream.index] = last
    }
    stream.end(exchange)
    if streams.isEmpty { idleSince = now }
    if exchange.idleStreams.count < exchange.limits.retainedStreams { exchange.idleStreams.append(stream) }
  }

  private func answer(_ stream: HTTP2Stream) {
    // INVARIANT: what is in `ready` is ready; a stream that closes is taken out.
    assert(stream.state == .ready)
    hasAnswered = true
    exchange.workload.remove(stream.readyNanoseconds)
    exchange.counters.http2Requests.add()
    if let refusal = exchange.refusal(ofWaiting: stream.deadline, bodyBytes: stream.body.count) {
      refuse(stream, refusal)
      return
    }
    exchange.answer(stream.request, by: stream.deadline)
    exchange.release(&stream.body)
    submit(stream)
  }

  private func endWaiting(_ stream: HTTP2Stream) {
    guard stream.isWaiting else { return }
    stream.isWaiting = false
    exchange.workload.waiting -= 1
  }

  private func refuse(_ stream: HTTP2Stream, _ refusal: RequestRefusal) {
    exchange.release(&stream.body)
    exchange.answer(refusing: refusal)
    submit(stream)
  }

  private func submit(_ stream: HTTP2Stream) {
    stream.state = .answered
    stream.answeredAt = now
    endWaiting(stream)
    floods.noteAnswer()
    // The answer's block goes to the stream and the stream's to the next answer: nothing is copied.
    swap(&stream.response, &exchange.response.body)
    if !HTTP2Callbacks.submitResponse(native, stream, exchange) {
      nghttp2_submit_rst_stream(
        native, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, NGHTTP2_INTERNAL_ERROR.rawValue)
    }
  }

  // MARK: Rules that nghttp2 leaves to others

  /// RFC 9113, sections 5.1 and 5.1.1: HEADERS on a stream that is closed, or was passed over, end the connection. nghttp2 ignores
  /// them, because they may be trailers that crossed our reset; which streams that can be is known here.
  func mayOpen(_ id: Int32) -> Bool {
    if id > nghttp2_session_get_last_proc_stream_id(native) || nghttp2_session_find_stream(native, id) != nil {
      return true
    }
    return resets.contains(id) || end(NGHTTP2_STREAM_CLOSED)
  }

  /// We have reset a stream.
  func didReset(_ id: Int32) { resets.add(id) }

  /// Ends the connection because of what the peer sent.
  /// - Returns: false.
  func end(_ code: nghttp2_error_code) -> Bool {
    fail()
    nghttp2_session_terminate_session(native, code.rawValue)
    return false
  }

  // MARK: Abuse

  enum CountedFrame {
    case streamReset, ping, settings, empty, other
  }

  /// - Returns: false where the peer has sent too many of these: the session ends.
  func allows(_ frame: CountedFrame) -> Bool {
    let allowed =
      switch frame {
      case .streamReset: floods.allowsStreamReset(at: now)
      case .ping: floods.allowsPing(at: now)
      case .settings: floods.allowsSettings(at: now)
      case .empty: floods.allowsEmptyFrame(at: now)
      case .other: floods.allowsOtherFrame(at: now)
      }
    return allowed || end(NGHTTP2_ENHANCE_YOUR_CALM)
  }
}

/// The last streams that were reset: 16, more than cross on their way.
private struct RecentResets: BitwiseCopyable {
  private var ids: SIMD16<Int32> = .zero
  private var next = 0

  mutating func add(_ id: Int32) {
    ids[next] = id
    next = (next + 1) % 16
  }

  func contains(_ id: Int32) -> Bool {
    for place in 0..<16 where ids[place] == id { return true }
    return false
  }
}
