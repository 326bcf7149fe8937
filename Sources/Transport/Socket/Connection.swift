internal import Memory

/// One accepted connection: its socket, its protocol, and what waits to be written. It belongs to its worker. Exclusive access is checked
/// as in `HTTP2Stream`.
final class Connection {
  enum Stage {
    case handshake
    case http1(HTTP1Session)
    case http2(HTTP2Session)
    /// Everything is written; input is discarded until the peer ends.
    case linger(remaining: Int)
  }

  let token: EventToken
  unowned(unsafe) let worker: Worker
  private var channel: Channel
  @exclusivity(unchecked) private(set) var stage: Stage
  @exclusivity(unchecked) private var interest = Epoll.Interest.read
  /// What the socket did not take.
  // INVARIANT: while this is not empty nothing is read, so it holds one batch of answers and no more.
  private(set) var pending = ByteBuffer(capacity: 0)
  /// Since when the present stage lasts, or answers wait for the socket.
  @exclusivity(unchecked) private(set) var since: MonotonicInstant
  /// Whether it stands in the worker's queue: requests wait for its next turn, and nothing is read until they had it.
  @exclusivity(unchecked) private(set) var isQueued = false
  /// Whether the peer has ended its side while requests waited.
  @exclusivity(unchecked) private var peerEnded = false
  /// The instant for which the worker wakes it.
  @exclusivity(unchecked) var alarm = MonotonicInstant.distantFuture
  var goAwaySent = false

  init(_ channel: consuming Channel, _ token: EventToken, _ worker: Worker, at now: MonotonicInstant) {
    self.channel = channel
    self.token = token
    self.worker = worker
    since = now
    // Without TLS nothing comes before the first request.
    stage = self.channel.isPlain ? .http1(HTTP1Session(worker.exchange, at: now)) : .handshake
  }

  var number: Int32 { channel.number }

  var isInHandshake: Bool {
    if case .handshake = stage { return true }
    return false
  }

  /// Does what the socket is ready for, unless it is not its turn.
  func advance(at now: MonotonicInstant) {
    if isQueued { return }
    switch stage {
    case .handshake: advanceHandshake(at: now)
    case .linger(let remaining): linger(remaining)
    case .http1, .http2:
      worker.exchange.beginReading()
      if !pending.isEmpty {
        guard writePending(at: now), writeOutput(at: now) else { return }
        if waitsForTurn { return queue() }
      }
      serve(at: now)
      setAlarm()
    }
  }

  /// Answers requests that waited, and reads on.
  func takeTurn(at now: MonotonicInstant) {
    isQueued = false
    if waitsForTurn { worker.exchange.beginTurn() } else { worker.exchange.beginReading() }
    switch stage {
    case .handshake: return
    case .linger(let remaining): return linger(remaining)
    case .http1(let session): session.resume(at: now, output: &worker.output)
    case .http2(let session): session.resume()
    }
    guard writeOutput(at: now) else { return }
    if waitsForTurn {
      queue()
    } else if peerEnded {
      worker.remove(self)
    } else {
      serve(at: now)
      setAlarm()
    }
  }

  /// Whether complete requests wait.
  var waitsForTurn: Bool {
    switch stage {
    case .http1(let session): session.waitsForTurn
    case .http2(let session): session.waitsForTurn
    case .handshake, .linger: false
    }
  }

  private func queue() {
    if isQueued { return }
    isQueued = true
    worker.queue(self)
  }

  // MARK: Handshake

  private func advanceHandshake(at now: MonotonicInstant) {
    let outcome = channel.handshake()
    // A handshake is the one thing here that takes long and is no request.
    worker.exchange.readClock()
    switch outcome {
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
      worker.exchange.beginReading()
      serve(at: now)
      setAlarm()
    }
  }

  // MARK: Serving

  /// Fillings of the read buffer before other connections get their turn: 256 KiB, a fifth of a millisecond.
  private static let roundsPerTurn = 4

  private func serve(at now: MonotonicInstant) {
    let arrivedAt = worker.arrival(of: channel, at: now)
    for _ in 0..<Self.roundsPerTurn {
      let (bytes, last) = fill()
      if bytes.count > 0 {
        worker.counters.bytesIn.add(bytes.count)
        switch stage {
        case .http1(let session): session.receive(bytes, at: arrivedAt, output: &worker.output)
        case .http2(let session): session.receive(bytes, at: arrivedAt)
        case .handshake, .linger: assertionFailure("only a session is served")
        }
        guard writeOutput(at: now) else { return }
      }
      switch last {
      case .bytes:
        if waitsForTurn { return queue() }
        // What is still in the socket's buffer epoll tells again; what is in OpenSSL's it does not know.
        if !channel.hasPending { return }
      case .wantsRead:
        if waitsForTurn { queue() }
        return
      case .wantsWrite:
        if waitsForTurn { return queue() }
        setInterest(.write)
        return
      case .ended:
        peerEnded = true
        if waitsForTurn { return queue() }
        worker.remove(self)
        return
      case .failed:
        worker.counters.protocolErrors.add()
        worker.remove(self)
        return
      }
      if worker.exchange.turnIsOver { break }
    }
    worker.exchange.readClock()
    queue()
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
  func writeOutput(at now: MonotonicInstant) -> Bool {
    while true {
      if case .http2(let session) = stage { session.write(to: &worker.output) }
      let count = worker.output.count
      if count == 0 { return endIfDone(at: now) }
      let written = write(worker.output.bytes, at: now)
      guard let written else { return false }
      if written < count {
        pending.append(worker.output.bytes.dropFirst(written))
        // From here on, and not from every byte that the socket takes: a peer that reads slowly enough would never be done.
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

  /// Ends a connection without a request, or reads the one that has come meanwhile and waits in the socket.
  func closeUnlessAsked(at now: MonotonicInstant) {
    if channel.hasUnread { advance(at: now) } else { close() }
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
}
