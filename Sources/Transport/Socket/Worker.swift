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
  private var again: ContiguousArray<EventToken> = []
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
    nextTick = now
    while true {
      heartbeat.rest()
      let count = epoll.wait(milliseconds: timeout(at: now))
      now = .now()
      heartbeat.begin(at: now)
      for index in 0..<count { dispatch(epoll.token(index), at: now) }
      if !again.isEmpty { advanceWaiting(at: now) }
      if wakeUp.isStopRequested, drainDeadline == nil { beginDraining(at: now) }
      if now >= nextTick { tick(at: now) }
      if let drainDeadline, openCount == 0 || now >= drainDeadline { break }
    }
    for slot in slots { slot.connection?.close() }
  }

  private func timeout(at now: MonotonicInstant) -> Int32 {
    if !again.isEmpty { return 0 }
    if openCount == 0, drainDeadline == nil, !listenerIsPaused { return -1 }
    return Int32(clamping: nextTick.nanoseconds(since: now) / 1_000_000 + 1)
  }

  private func dispatch(_ token: EventToken, at now: MonotonicInstant) {
    if token == .listener {
      acceptConnections(at: now)
    } else if token == .wakeUp {
      wakeUp.clear()
      exchange.handler.refresh()
    } else {
      connection(token)?.advance(at: now)
    }
  }

  private func connection(_ token: EventToken) -> Connection? {
    let slot = Int(token.slot)
    guard slot < slots.count, slots[slot].generation == token.generation else { return nil }
    return slots[slot].connection
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
    guard openCount < limits.connectionsPerWorker else {
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

  /// Has the connection go on in the next round, though its socket may be silent.
  func advanceAgain(_ connection: Connection) {
    again.append(connection.token)
  }

  private func advanceWaiting(at now: MonotonicInstant) {
    // Who asks again meanwhile waits for the next round.
    let count = again.count
    for index in 0..<count { connection(again[index])?.advance(at: now) }
    again.removeFirst(count)
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
