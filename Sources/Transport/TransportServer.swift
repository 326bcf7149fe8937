/// A running server: worker threads that accept TLS connections on one address, and at most one that serves plain HTTP on
/// another for probes and metrics.
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

  /// Starts the threads. When it returns, connections are accepted.
  /// - Parameters:
  ///   - handler: makes the handler of a TLS worker; called once for each, on its thread, with its number from 0.
  ///   - adminHandler: makes the handler of the plain listener, on its thread.
  public init(
    _ configuration: Configuration, tls: TLSContext, handler: @escaping @Sendable (Int) -> any RequestHandler,
    adminHandler: (@Sendable () -> any RequestHandler)? = nil
  ) throws(TransportError) {
    address = configuration.address
    adminAddress = configuration.adminAddress
    throw .system(call: "none", errno: 38, about: "starting a server")
  }

  /// Serves this certificate to every connection that is accepted from now on; open ones keep theirs.
  public func replaceTLS(_ tls: TLSContext) {}

  /// Ends the server: accepts nothing more, lets requests in flight finish for at most `Limits.drainTimeout`, closes what is
  /// left, and returns when every thread has ended. Calling it again does nothing more.
  public func stop() {}

  /// The counters of each TLS worker, in the order of their numbers.
  public var workerCounters: [TransportCounters] { [] }

  /// The counters of the plain listener.
  public var adminCounters: TransportCounters? { nil }
}
