internal import Memory

/// One thread's share of the server: a listener, an epoll loop, the connections that it accepted, and everything that serves
/// them. Nothing in it is touched by another thread, but for the counters and the wake-up.
final class Worker {
  /// How often connections are looked over for deadlines, and while the server ends.
  private static let tick: UInt64 = 250_000_000
  private static let drainTick: UInt64 = 25_000_000
  /// How long a connection must have been silent to be closed when the server ends.
  private static let drainPatience: UInt64 = 500_000_000
  /// Connections accepted before others get their turn.
  private static let acceptsPerTurn = 64
  /// The size of the buffer that sockets are read into: four TLS records.
  private static let readBufferBytes = 64 << 10

  let exchange: Exchange
  let counters: WorkerCounters
  let epoll: Epoll
  let readBuffer: UnsafeMutableRawBufferPointer
  /// What the connection that is being served answers. Empty between connections.
  var output = ByteBuffer()

  private let wakeUp: WakeUp
  private let heartbeat: Heartbeat
  private let tls: TLSStore?
  private let limits: Limits
  private var listener: Listener?
  private var listenerIsPaused = false
  /// Kept to be closed when no descriptor is left, so that a connection can be accepted and ended.
  private var spare: Descriptor?

  private struct Slot {
    var connection: Connection?
    var generation: UInt32 = 0
  }
  private var slots: ContiguousArray<Slot> = []
  private var freeSlots: ContiguousArray<UInt32> = []
  private var openCount = 0
  /// Connections that wait for their turn.
  private var turns = TurnQueue<EventToken>()
  /// Connections in their handshake that the present round has events of.
  private var handshakes: ContiguousArray<EventToken> = []
  /// Connections whose bodies are arriving that the present round has events of, and by when they have to be there.
  private var bodies: ContiguousArray<(token: EventToken, deadline: MonotonicInstant)> = []
  /// When connections have requests that have to be complete.
  private var alarms = DeadlineQueue<EventToken>()
  /// When the previous round began, where it took so long that what arrived meanwhile has waited.
  private var arrivalFloor: MonotonicInstant?
  /// Where the search for an idle connection goes on.
  private var evictionHand = 0
  private var memory = MemoryUse()
  private var nextTick = MonotonicInstant(nanoseconds: 0)
  private var drainDeadline: MonotonicInstant?

  init(
    _ listener: consuming Listener, _ epoll: consuming Epoll, _ wakeUp: WakeUp, _ heartbeat: Heartbeat,
    tls: TLSStore?, limits: Limits, counters: WorkerCounters, handler: any RequestHandler
  ) {
    self.listener = consume listener
    self.epoll = epoll
    self.wakeUp = wakeUp
    self.heartbeat = heartbeat
    self.tls = tls
    self.limits = limits
    self.counters = counters
    exchange = Exchange(limits: limits, counters: counters, handler: handler)
    readBuffer = .allocate(byteCount: Self.readBufferBytes, alignment: 64)
    spare = Descriptor.spare()
  }

  deinit { readBuffer.deallocate() }

  /// Serves until a stop is requested and everything in flight is finished.
  func run() {
    var now = MonotonicInstant.now()
    exchange.clock = now
    nextTick = now
    while true {
      heartbeat.rest()
      let count = epoll.wait(milliseconds: timeout())
      let busy = exchange.clock.nanoseconds(since: now)
      arrivalFloor = busy > Self.longRound ? now : nil
      now = .now()
      exchange.clock = now
      heartbeat.begin(at: now)
      for index in 0..<count { dispatch(epoll.token(index), at: now) }
      if !bodies.isEmpty { readBodies(at: now) }
      if !handshakes.isEmpty { shakeHands(at: now) }
      if !turns.isEmpty { giveTurns(at: now) }
      let due = exchange.clock.advanced(byNanoseconds: Self.refusalMargin)
      if alarms.first <= due { meetDeadlines(until: due, at: now) }
      if wakeUp.isStopRequested, drainDeadline == nil { beginDraining(at: now) }
      if now >= nextTick { tick(at: now) }
      if let drainDeadline, openCount == 0 || now >= drainDeadline { break }
    }
    for slot in slots { slot.connection?.close() }
  }

  private func timeout() -> Int32 {
    if !turns.isEmpty { return 0 }
    if openCount == 0, drainDeadline == nil, !listenerIsPaused, !memory.isToBeReleased(exchange) { return -1 }
    let alarm = alarms.first.nanoseconds &- min(alarms.first.nanoseconds, Self.refusalMargin)
    let next = min(nextTick, MonotonicInstant(nanoseconds: alarm))
    return Int32(clamping: next.nanoseconds(since: exchange.clock) / 1_000_000 + 1)
  }

  private func dispatch(_ token: EventToken, at now: MonotonicInstant) {
    if token == .listener {
      acceptConnections(at: now)
    } else if token == .wakeUp {
      wakeUp.clear()
      exchange.handler.refresh()
    } else if let connection = connection(token) {
      if connection.isInHandshake {
        handshakes.append(token)
      } else if connection.alarm != .distantFuture {
        bodies.append((token, connection.alarm))
      } else {
        connection.advance(at: now)
      }
    }
  }

  private func connection(_ token: EventToken) -> Connection? {
    let slot = Int(token.slot)
    guard slot < slots.count, slots[slot].generation == token.generation else { return nil }
    return slots[slot].connection
  }

  // MARK: Turns

  /// After a round that took longer than this the kernel is asked when something arrived: 1 ms.
  private static let longRound: UInt64 = 1_000_000
  /// How long before its time is over a request that is not complete is refused: 1 ms, since the kernel wakes nobody more exactly.
  private static let refusalMargin: UInt64 = 1_000_000
  /// What handshakes may take of a round: 2 ms, or a quarter of what the rest has taken. They come back with the next round.
  private static let handshakeShare: UInt64 = 2_000_000

  /// When what is read now arrived: at the beginning of the round; earlier where the worker was busy with the one before.
  func arrival(of channel: borrowing Channel, at now: MonotonicInstant) -> MonotonicInstant {
    guard let arrivalFloor else { return now }
    guard let arrived = channel.arrival else { return arrivalFloor }
    return max(arrivalFloor, min(arrived, now))
  }

  private func shakeHands(at now: MonotonicInstant) {
    let start = exchange.clock
    let share = max(Self.handshakeShare, start.nanoseconds(since: now) / 4)
    for token in handshakes {
      connection(token)?.advance(at: now)
      if exchange.clock.nanoseconds(since: start) > share { break }
    }
    handshakes.removeAll(keepingCapacity: true)
  }

  /// What bodies that have begun may take of a round: 2 ms, after which new requests are looked at.
  private static let bodyShare: UInt64 = 2_000_000

  /// Reads the bodies that have to be there first before the others: read all at the same pace, none of many would be complete in time.
  private func readBodies(at now: MonotonicInstant) {
    if bodies.count > 1 {
      bodies.sort { $0.deadline < $1.deadline }
      shedBodies(at: now)
    }
    let start = exchange.clock
    for body in bodies {
      connection(body.token)?.advance(at: now)
      exchange.readClock()
      if exchange.clock.nanoseconds(since: start) > Self.bodyShare { break }
    }
    bodies.removeAll(keepingCapacity: true)
  }

  /// Refuses of the bodies that keep arriving those that will not be answered in time, because of those that have to be there before.
  private func shedBodies(at now: MonotonicInstant) {
    var before = exchange.workload.readyNanoseconds
    for body in bodies {
      guard let connection = connection(body.token) else { continue }
      before += connection.shed(at: exchange.clock, before: before, now: now)
    }
  }

  /// Has the connection go on when it is its turn, though its socket may be silent.
  func queue(_ connection: Connection) {
    turns.add(connection.token)
  }

  /// One turn for each that waits.
  private func giveTurns(at now: MonotonicInstant) {
    // Who asks again meanwhile waits for the next round.
    for _ in 0..<turns.count {
      // Where requests take long, the one that has to be answered first is the next.
      if exchange.hasLongRequests { turns.bringForward { connection($0)?.turn?.deadline } }
      guard let token = turns.next(), let connection = connection(token) else { continue }
      let turn = connection.turn
      let isLong = turn.map { exchange.isLong(bodyBytes: $0.bodyBytes) } ?? false
      if isLong, let turn { refuseWhatIsTooMuch(besides: turn, at: now) }
      connection.takeTurn(at: now)
      // Sockets are looked at after each long one: who came meanwhile and cannot be answered in time learns it at once.
      if isLong { break }
    }
  }

  /// A long request has its turn: while it takes as long as others did, nobody else gets an answer. Those whose bodies are arriving
  /// and who cannot be answered in time after it learn it now, and can ask another server.
  private func refuseWhatIsTooMuch(besides turn: (deadline: MonotonicInstant, bodyBytes: Int), at now: MonotonicInstant)
  {
    exchange.readClock()
    let long = exchange.workload.cost(ofBody: turn.bodyBytes).long
    let end = min(exchange.clock.advanced(byNanoseconds: long), turn.deadline)
    for alarm in alarms.entries { connection(alarm.element)?.shed(at: end, now: now) }
    meetDeadlines(until: end, at: now)
  }

  /// Has the connection look for requests that are overdue when it is time.
  func setAlarm(_ connection: Connection, at deadline: MonotonicInstant) {
    alarms.add(connection.token, at: deadline)
  }

  /// Refuses what is not complete and whose time ends before `horizon`.
  private func meetDeadlines(until horizon: MonotonicInstant, at now: MonotonicInstant) {
    while let alarm = alarms.take(until: horizon) {
      connection(alarm.element)?.refuseOverdue(alarm.deadline, until: horizon, at: now)
    }
  }

  // MARK: Connections

  /// - Returns: whether more may be waiting.
  @discardableResult
  private func acceptConnections(at now: MonotonicInstant) -> Bool {
    for _ in 0..<Self.acceptsPerTurn {
      guard let accepted = listener?.accept() else { return false }
      switch accepted {
      case .connection(let number): open(Descriptor(number), at: now)
      case .none: return false
      case .outOfDescriptors:
        // Left alone, the listener would stay readable and the loop would spin.
        counters.refusedConnections.add()
        if spare == nil {
          pauseListener()
          return false
        }
        spare = nil
        if case .connection(let number)? = listener?.accept() { _ = Descriptor(number) }
        spare = Descriptor.spare()
      case .exhausted:
        pauseListener()
        return false
      }
    }
    return true
  }

  private func open(_ descriptor: consuming Descriptor, at now: MonotonicInstant) {
    guard openCount < limits.connectionsPerWorker || evictIdle(at: now) else {
      counters.refusedConnections.add()
      return
    }
    let number = descriptor.number
    guard let channel = Channel(descriptor, tls?.current) else {
      counters.refusedConnections.add()
      return
    }
    let index: UInt32
    if let free = freeSlots.popLast() {
      index = free
    } else {
      index = UInt32(slots.count)
      slots.append(Slot())
    }
    let token = EventToken(slot: index, generation: slots[Int(index)].generation)
    let connection = Connection(channel, token, self, at: now)
    slots[Int(index)].connection = connection
    openCount += 1
    counters.accepted.add()
    if !epoll.add(number, .read, token) { remove(connection) }
  }

  /// Closes the connection and forgets it. Its slot gets a new generation, so that events that were fetched for it are stale.
  func remove(_ connection: Connection) {
    let slot = Int(connection.token.slot)
    guard slots[slot].generation == connection.token.generation else { return }
    slots[slot].connection = nil
    slots[slot].generation &+= 1
    freeSlots.append(connection.token.slot)
    openCount -= 1
    counters.closed.add()
  }

  /// Connections that are looked at to find one that can be closed for a new one.
  private static let evictionCandidates = 256

  /// Closes a connection that is idle: of the next few, one that never had a request before one that had, and of these the one that
  /// has been idle longest. So neither a crowd of idle connections nor one of new ones keeps an API server out.
  private func evictIdle(at now: MonotonicInstant) -> Bool {
    var victim: (connection: Connection, idle: (since: MonotonicInstant, hasServed: Bool))?
    for _ in 0..<min(Self.evictionCandidates, slots.count) {
      evictionHand = (evictionHand + 1) % slots.count
      guard let connection = slots[evictionHand].connection, let idle = connection.idleness else { continue }
      guard let known = victim?.idle else {
        victim = (connection, idle)
        continue
      }
      if (idle.hasServed ? 1 : 0, idle.since) < (known.hasServed ? 1 : 0, known.since) { victim = (connection, idle) }
    }
    guard let victim else { return false }
    counters.evictedConnections.add()
    victim.connection.close()
    return true
  }

  private func pauseListener() {
    guard let number = listener?.descriptor.number else { return }
    listenerIsPaused = epoll.change(number, .nothing, .listener)
  }

  // MARK: Time

  private func tick(at now: MonotonicInstant) {
    nextTick = now.advanced(byNanoseconds: drainDeadline == nil ? Self.tick : Self.drainTick)
    if listenerIsPaused, let number = listener?.descriptor.number {
      if spare == nil { spare = Descriptor.spare() }
      listenerIsPaused = !epoll.change(number, .read, .listener)
    }
    memory.look(at: exchange, connections: openCount)
    if openCount == 0 { return }
    for index in slots.indices {
      slots[index].connection?.expire(at: now)
      if drainDeadline != nil { slots[index].connection?.drain(at: now, idleFor: Self.drainPatience) }
    }
  }

  private func beginDraining(at now: MonotonicInstant) {
    // Who is in the listener's queue has a connection already and would see a reset. Who comes from now on finds no room in it, asks
    // again in a second, and finds the port closed or another server.
    listener?.acceptNoMore()
    for _ in 0...Int(Listener.backlog) / Self.acceptsPerTurn {
      if !acceptConnections(at: now) { break }
    }
    listener = nil
    exchange.isDraining = true
    drainDeadline = now.advanced(by: limits.drainTimeout)
    nextTick = now.advanced(byNanoseconds: Self.drainTick)
    for index in slots.indices { slots[index].connection?.beginDraining(at: now) }
  }
}
