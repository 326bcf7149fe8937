internal import Memory

/// What a connection waits for, and what happens when that takes too long.
extension Connection {
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
      // The session looks after answers that the peer's windows hold back.
      if !pending.isEmpty { return .write(since: since) }
      return session.hasOpenStreams ? .streams : .request(since: session.idleSince)
    }
  }

  /// Ends what has waited too long. Called every now and then.
  func expire(at now: MonotonicInstant) {
    if isQueued { return }
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
    case (.request, _): closeUnlessAsked(at: now)
    case (.linger, _): worker.remove(self)
    default:
      worker.counters.timeouts.add()
      worker.remove(self)
    }
  }

  /// Has the worker wake it when a request has to be complete.
  func setAlarm() {
    let deadline: MonotonicInstant
    switch stage {
    case .http1(let session): deadline = session.deadline
    case .http2(let session): deadline = session.deadline
    case .handshake, .linger: return
    }
    guard deadline < alarm else { return }
    alarm = deadline
    worker.setAlarm(self, at: deadline)
  }

  /// Refuses the requests that are not complete and whose time is over at `horizon`.
  /// - Parameter alarm: the instant for which this was asked.
  func refuseOverdue(_ alarm: MonotonicInstant, until horizon: MonotonicInstant, at now: MonotonicInstant) {
    if self.alarm == alarm { self.alarm = .distantFuture }
    // Who does not take what was answered before gets no further answer.
    guard pending.isEmpty else { return }
    switch stage {
    case .http1(let session):
      if session.deadline <= horizon {
        session.overdue(output: &worker.output)
        guard writeOutput(at: now) else { return }
      }
    case .http2(let session):
      session.refuseOverdue(until: horizon, at: now)
      guard writeOutput(at: now) else { return }
    case .handshake, .linger: return
    }
    setAlarm()
  }

  /// Refuses requests whose bodies are arriving and that cannot be answered in time.
  /// - Parameters:
  ///   - free: until when the worker does something else.
  ///   - before: what comes before them then, in nanoseconds.
  /// - Returns: what the others count for against those that come after them, in nanoseconds.
  @discardableResult
  func shed(at free: MonotonicInstant, before: UInt64 = 0, now: MonotonicInstant) -> UInt64 {
    guard pending.isEmpty else { return 0 }
    let claims: UInt64
    switch stage {
    case .http1(let session): claims = session.shed(at: free, before: before, output: &worker.output)
    case .http2(let session): claims = session.shed(at: free, before: before, now: now)
    case .handshake, .linger: return 0
    }
    _ = writeOutput(at: now)
    return claims
  }

  /// When the request that waits for the connection's turn has to be answered, and how large it is; nil where none waits.
  var turn: (deadline: MonotonicInstant, bodyBytes: Int)? {
    switch stage {
    case .http1(let session): session.turn
    case .http2(let session): session.turn
    case .handshake, .linger: nil
    }
  }

  /// Since when the connection could be closed without harm to a request, and whether it ever had one; nil where it could not.
  var idleness: (since: MonotonicInstant, hasServed: Bool)? {
    guard pending.isEmpty, !isQueued else { return nil }
    switch stage {
    case .handshake, .linger: return (since, false)
    case .http1(let session): return session.phase == .idle ? (session.firstByteAt, session.hasAnswered) : nil
    case .http2(let session): return session.hasOpenStreams ? nil : (session.idleSince, session.hasAnswered)
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
      if session.phase == .idle, now.nanoseconds(since: session.firstByteAt) > patience { closeUnlessAsked(at: now) }
    case .http2(let session):
      if !goAwaySent {
        goAwaySent = true
        session.finishDraining()
        guard writeOutput(at: now) else { return }
      }
      if !session.hasOpenStreams, now.nanoseconds(since: session.idleSince) > patience { closeUnlessAsked(at: now) }
    case .linger:
      // The answer is on its way; who still sends has had his time.
      if now.nanoseconds(since: since) > 5 * patience { worker.remove(self) }
    case .handshake: break
    }
  }
}
