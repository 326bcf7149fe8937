internal import Memory

/// One accepted connection: its socket, its protocol, and what waits to be written. It belongs to its worker.
final class Connection {
  enum Stage {
    case handshake
    case http1(HTTP1Session)
    case http2(HTTP2Session)
    /// Everything is written; input is discarded until the peer ends.
    case linger(remaining: Int)
  }

  let token: EventToken
  private unowned(unsafe) let worker: Worker
  private var channel: Channel
  private(set) var stage: Stage
  private var interest = Epoll.Interest.read
  /// What the socket did not take.
  // INVARIANT: while this is not empty nothing is read, so it holds one batch of answers and no more.
  private var pending = ByteBuffer(capacity: 0)
  /// Since when the present stage lasts, or when the socket last took bytes.
  private var since: MonotonicInstant
  private var goAwaySent = false

  init(_ channel: consuming Channel, _ token: EventToken, _ worker: Worker, at now: MonotonicInstant) {
    self.channel = channel
    self.token = token
    self.worker = worker
    since = now
    // Without TLS nothing comes before the first request.
    stage = self.channel.isPlain ? .http1(HTTP1Session(worker.exchange, at: now)) : .handshake
  }

  var number: Int32 { channel.number }

  /// Does what the socket is ready for.
  func advance(at now: MonotonicInstant) {
    switch stage {
    case .handshake: advanceHandshake(at: now)
    case .linger(let remaining): linger(remaining)
    case .http1, .http2:
      if !pending.isEmpty {
        guard writePending(at: now), writeOutput(at: now) else { return }
      }
      serve(at: now)
    }
  }

  // MARK: Handshake

  private func advanceHandshake(at now: MonotonicInstant) {
    switch channel.handshake() {
    case .wantsRead: setInterest(.read)
    case .wantsWrite: setInterest(.write)
    case .failed:
      worker.counters.handshakeFailures.add()
      worker.remove(self)
    case .done(let isHTTP2):
      since = now
      setInterest(.read)
      if isHTTP2 {
        guard let session = HTTP2Session(worker.exchange, at: now) else {
          worker.remove(self)
          return
        }
        stage = .http2(session)
        if worker.exchange.isDraining { session.beginDraining() }
        // The settings go out now, in the same flight as the end of the handshake.
        guard writeOutput(at: now) else { return }
      } else {
        stage = .http1(HTTP1Session(worker.exchange, at: now))
      }
      // The first request may have come with the end of the handshake.
      serve(at: now)
    }
  }

  // MARK: Serving

  /// Fillings of the read buffer before other connections get their turn.
  private static let roundsPerTurn = 16

  private func serve(at now: MonotonicInstant) {
    for _ in 0..<Self.roundsPerTurn {
      let (bytes, last) = fill()
      if bytes.count > 0 {
        worker.counters.bytesIn.add(bytes.count)
        switch stage {
        case .http1(let session): session.receive(bytes, at: now, output: &worker.output)
        case .http2(let session): session.receive(bytes, at: now)
        case .handshake, .linger: assertionFailure("only a session is served")
        }
        guard writeOutput(at: now) else { return }
      }
      switch last {
      case .bytes:
        // What is still in the socket's buffer epoll tells again; what is in OpenSSL's it does not know.
        if !channel.hasPending { return }
      case .wantsRead: return
      case .wantsWrite:
        setInterest(.write)
        return
      case .ended:
        worker.remove(self)
        return
      case .failed:
        worker.counters.protocolErrors.add()
        worker.remove(self)
        return
      }
    }
    worker.advanceAgain(self)
  }

  /// Reads what is there, up to the size of the worker's buffer.
  private func fill() -> (ByteSlice, TLSConnection.Outcome) {
    let buffer = worker.readBuffer
    var count = 0
    var last = TLSConnection.Outcome.wantsRead
    // A record holds up to 16 KiB; with less room than that it would be handed over in pieces.
    repeat {
      last = channel.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
      guard case .bytes(let part) = last else { break }
      count += part
    } while buffer.count - count >= 16 << 10 && channel.hasPending
    return (ByteSlice(UnsafeRawBufferPointer(rebasing: buffer[..<count])), last)
  }

  /// Writes what the session has to say, until it is silent, or the socket takes no more, or the connection ends.
  /// - Returns: whether the connection goes on reading.
  private func writeOutput(at now: MonotonicInstant) -> Bool {
    while true {
      if case .http2(let session) = stage { session.write(to: &worker.output) }
      let count = worker.output.count
      if count == 0 { return endIfDone(at: now) }
      let written = write(worker.output.bytes, at: now)
      guard let written else { return false }
      if written < count {
        pending.append(worker.output.bytes.dropFirst(written))
        since = now
        worker.output.removeAll()
        setInterest(.write)
        return false
      }
      worker.output.removeAll(keepingCapacity: worker.exchange.limits.retainedBufferBytes)
      if count < worker.exchange.limits.outputBytes { return endIfDone(at: now) }
      // The output was full: requests may be waiting behind it.
      if case .http1(let session) = stage { session.resume(at: now, output: &worker.output) }
    }
  }

  /// - Returns: whether everything that waited is written.
  private func writePending(at now: MonotonicInstant) -> Bool {
    guard let written = write(pending.bytes, at: now) else { return false }
    pending.removeFirst(written)
    if !pending.isEmpty { return false }
    pending.removeAll(keepingCapacity: 0)
    setInterest(.read)
    if case .http1(let session) = stage { session.resume(at: now, output: &worker.output) }
    return true
  }

  /// - Returns: how many bytes the socket took, or nil where the connection is gone.
  private func write(_ bytes: ByteSlice, at now: MonotonicInstant) -> Int? {
    var written = 0
    while written < bytes.count {
      switch channel.write(UnsafeRawBufferPointer(bytes.dropFirst(written).buffer)) {
      case .bytes(let count):
        written += count
        worker.counters.bytesOut.add(count)
        since = now
      case .wantsWrite, .wantsRead: return written
      case .ended, .failed:
        worker.output.removeAll()
        worker.remove(self)
        return nil
      }
    }
    return written
  }

  // MARK: The end

  /// - Returns: whether the connection goes on.
  private func endIfDone(at now: MonotonicInstant) -> Bool {
    switch stage {
    case .http1(let session):
      if session.phase != .closing { return true }
    case .http2(let session):
      if !session.failed, !session.isDone { return true }
    case .handshake, .linger: return true
    }
    channel.endWriting()
    since = now
    stage = .linger(remaining: worker.exchange.limits.lingerBytes)
    setInterest(.read)
    linger(worker.exchange.limits.lingerBytes)
    return false
  }

  private func linger(_ remaining: Int) {
    guard let count = channel.discard(limit: remaining), count < remaining else {
      worker.remove(self)
      return
    }
    stage = .linger(remaining: remaining - count)
  }

  /// Says goodbye, as far as the socket takes it, and ends.
  func close() {
    channel.endWriting()
    worker.remove(self)
  }

  private func setInterest(_ wanted: Epoll.Interest) {
    if wanted == interest { return }
    interest = wanted
    if !worker.epoll.change(number, wanted, token) { worker.remove(self) }
  }

  // MARK: Time

  var waiting: Waiting {
    switch stage {
    case .handshake: return .handshake(since: since)
    case .linger: return .linger(since: since)
    case .http1(let session):
      if !pending.isEmpty { return .write(since: since) }
      switch session.phase {
      case .idle: return .request(since: session.firstByteAt)
      case .head: return .head(since: session.firstByteAt)
      case .body: return .body(since: session.headCompleteAt)
      case .closing: return .write(since: since)
      }
    case .http2(let session):
      if !pending.isEmpty || session.hasUnsentAnswers { return .write(since: since) }
      return session.hasOpenStreams ? .streams : .request(since: session.idleSince)
    }
  }

  /// Ends what has waited too long. Called every now and then.
  func expire(at now: MonotonicInstant) {
    if case .http2(let session) = stage, pending.isEmpty {
      if session.expire(at: now) {
        worker.counters.timeouts.add()
        close()
        return
      }
      guard writeOutput(at: now) else { return }
    }
    let waiting = waiting
    if now <= waiting.deadline(worker.exchange.limits) { return }
    switch (waiting, stage) {
    case (.handshake, _):
      worker.counters.handshakeFailures.add()
      worker.remove(self)
    case (.head, .http1(let session)), (.body, .http1(let session)):
      worker.counters.timeouts.add()
      session.timeOut(output: &worker.output)
      _ = writeOutput(at: now)
    case (.request, .http2(let session)):
      session.beginDraining()
      session.finishDraining()
      if writeOutput(at: now) { close() }
    case (.request, _): close()
    case (.linger, _): worker.remove(self)
    default:
      worker.counters.timeouts.add()
      worker.remove(self)
    }
  }

  /// The server ends: tells a peer that speaks HTTP/2.
  func beginDraining(at now: MonotonicInstant) {
    guard case .http2(let session) = stage else { return }
    session.beginDraining()
    if pending.isEmpty { _ = writeOutput(at: now) }
  }

  /// A moment later, and again and again: ends what has nothing in flight.
  func drain(at now: MonotonicInstant, idleFor patience: UInt64) {
    guard pending.isEmpty else { return }
    switch stage {
    case .http1(let session):
      if session.phase == .idle, now.nanoseconds(since: session.firstByteAt) > patience { close() }
    case .http2(let session):
      if !goAwaySent {
        goAwaySent = true
        session.finishDraining()
        guard writeOutput(at: now) else { return }
      }
      if !session.hasOpenStreams, now.nanoseconds(since: session.idleSince) > patience { close() }
    case .linger:
      // The answer is on its way; who still sends has had his time.
      if now.nanoseconds(since: since) > 5 * patience { worker.remove(self) }
    case .handshake: break
    }
  }
}
