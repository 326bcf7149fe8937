internal import CLinux
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A running server: worker threads that accept TLS connections on one address, and at most one that serves plain HTTP on
/// another for probes and metrics.
///
/// It runs until `stop()`, whether or not somebody keeps this value.
public final class TransportServer: Sendable {
  public struct Configuration: Sendable {
    /// Where TLS is served. Port 0 lets the system choose; `TransportServer.address` says what it chose.
    public var address: SocketAddress
    /// Threads that serve TLS, each with a listener, an epoll loop and a handler of its own.
    public var workers: Int
    /// Where plain HTTP/1.1 is served, by one more thread; nil for nowhere.
    public var adminAddress: SocketAddress?
    public var limits: Limits

    public init(address: SocketAddress, workers: Int, adminAddress: SocketAddress? = nil, limits: Limits = Limits()) {
      precondition(workers > 0)
      self.address = address
      self.workers = workers
      self.adminAddress = adminAddress
      self.limits = limits
    }
  }

  /// Where TLS is served, with the port that was chosen.
  public let address: SocketAddress
  /// Where plain HTTP is served, with the port that was chosen.
  public let adminAddress: SocketAddress?

  /// Connections of one worker: those of the limits, or fewer where the process may not open so many files.
  public let connectionsPerWorker: Int
  /// Files that the process may open, sockets included.
  public let descriptorLimit: Int

  private let tls: TLSStore
  private let workers: [WorkerThread]
  private let admin: WorkerThread?

  /// Starts the threads. When it returns, connections are accepted.
  /// - Parameters:
  ///   - handler: makes the handler of a TLS worker; called once for each, on its thread, with its number from 0.
  ///   - adminHandler: makes the handler of the plain listener, on its thread. Needed where there is an `adminAddress`.
  public init(
    _ configuration: Configuration, tls context: TLSContext,
    handler: @escaping @Sendable (Int) -> any RequestHandler,
    adminHandler: (@Sendable () -> any RequestHandler)? = nil
  ) throws(TransportError) {
    precondition(
      configuration.adminAddress == nil || adminHandler != nil, "an admin address needs a handler that serves it")
    clinux_configure_memory()
    descriptorLimit = Int(clamping: clinux_raise_descriptor_limit())
    let store = TLSStore(context)
    let limits = configuration.limits.fitting(descriptors: descriptorLimit, workers: configuration.workers)
    connectionsPerWorker = limits.connectionsPerWorker
    var started: [WorkerThread] = []
    var address = configuration.address
    var admin: WorkerThread?
    do throws(TransportError) {
      for number in 0..<configuration.workers {
        let thread = try WorkerThread("worker-\(number)", address, isFirst: number == 0, store, limits) {
          handler(number)
        }
        // The first one's port is everybody's.
        address = thread.address
        started.append(thread)
      }
      if let adminAddress = configuration.adminAddress, let adminHandler {
        admin = try WorkerThread("admin", adminAddress, isFirst: true, nil, limits.admin, adminHandler)
      }
    } catch {
      for thread in started { thread.requestStop() }
      for thread in started { thread.join() }
      throw error
    }
    tls = store
    workers = started
    self.admin = admin
    self.address = address
    adminAddress = admin?.address
  }

  /// Serves this certificate to every connection that is accepted from now on; open ones keep theirs.
  public func replaceTLS(_ context: TLSContext) { tls.replace(context) }

  /// Has every worker call its handler's `refresh()`, soon, on its own thread.
  public func refreshHandlers() {
    for worker in workers { worker.wake() }
  }

  /// For how long, in nanoseconds, each worker has been busy with one round of its loop; 0 for one that waits. A round takes as
  /// long as the requests in it; a worker whose round does not end is stuck.
  public func busyNanoseconds(at now: MonotonicInstant = .now()) -> [UInt64] {
    workers.map { $0.heartbeat.busy(at: now) }
  }

  /// Ends the server: accepts nothing more, lets requests in flight finish for at most `Limits.drainTimeout`, closes what is
  /// left, and returns when every thread has ended. The admin listener ends last, so that probes and metrics see the rest.
  /// Calling it again, from any thread, waits for the same end.
  public func stop() {
    for worker in workers { worker.requestStop() }
    for worker in workers { worker.join() }
    admin?.requestStop()
    admin?.join()
  }

  /// The counters of each TLS worker, in the order of their numbers.
  public var workerCounters: [TransportCounters] { workers.map { $0.counters.snapshot } }

  /// The counters of the plain listener.
  public var adminCounters: TransportCounters? { admin?.counters.snapshot }
}

/// A worker on its thread, as the other threads see it.
private final class WorkerThread: Sendable {
  let address: SocketAddress
  let counters = WorkerCounters()
  let heartbeat = Heartbeat()
  private let wakeUp: WakeUp
  private let thread: Mutex<Thread?>

  init(
    _ name: String, _ address: SocketAddress, isFirst: Bool, _ tls: TLSStore?, _ limits: Limits,
    _ handler: @escaping @Sendable () -> any RequestHandler
  ) throws(TransportError) {
    let resources = try Resources(address, isFirst: isFirst)
    let wakeUp = resources.wakeUp
    let counters = counters
    let heartbeat = heartbeat
    self.address = resources.address
    self.wakeUp = wakeUp
    thread = Mutex(
      try Thread(name: name) {
        guard let listener = resources.takeListener(), let epoll = resources.takeEpoll() else { return }
        Worker(
          listener, epoll, wakeUp, heartbeat, tls: tls, limits: limits, counters: counters, handler: handler()
        ).run()
      })
  }

  func requestStop() { wakeUp.requestStop() }

  func wake() { wakeUp.wake() }

  func join() { thread.withLock { $0.take()?.join() } }
}

/// What can fail to be had, got on the starting thread and carried to the new one.
private final class Resources: Sendable {
  let address: SocketAddress
  let wakeUp: WakeUp
  private let listener: Mutex<Listener?>
  private let epoll: Mutex<Epoll?>

  init(_ address: SocketAddress, isFirst: Bool) throws(TransportError) {
    let listener = try Listener(address, isFirst: isFirst)
    let epoll = try Epoll()
    wakeUp = try WakeUp()
    guard epoll.add(listener.descriptor.number, .read, .listener), epoll.add(wakeUp.number, .read, .wakeUp) else {
      throw .system(call: "epoll_ctl", errno: ENOMEM, about: "\(address)")
    }
    self.address = listener.address
    self.listener = Mutex(consume listener)
    self.epoll = Mutex(consume epoll)
  }

  func takeListener() -> Listener? { listener.withLock { $0.take() } }
  func takeEpoll() -> Epoll? { epoll.withLock { $0.take() } }
}
