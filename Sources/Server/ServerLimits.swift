internal import Transport

/// What bounds the work and the memory that peers can ask of a server. Each bound holds for one worker or one connection, so that
/// workers share nothing; `deploy/README.md` says why each is what it is.
public struct ServerLimits: Sendable {
  /// Connections of one worker.
  public var connections: Int
  /// HTTP/2 streams that are open on one connection.
  public var streams: Int
  /// Requests of one worker that have begun and are not answered.
  public var waitingRequests: Int
  /// Bytes of request bodies that one worker holds at one time.
  public var bufferedBytes: Int
  /// Nanoseconds from accept to the end of the TLS handshake.
  public var handshakeTimeout: UInt64
  /// Nanoseconds for a header section, and for a body.
  public var headerTimeout: UInt64
  public var bodyTimeout: UInt64
  /// Nanoseconds without a request on a connection.
  public var idleTimeout: UInt64
  /// Nanoseconds for a peer to take an answer.
  public var writeTimeout: UInt64

  /// The limits that hold unless others are given.
  public init() {
    let limits = Limits()
    connections = limits.connectionsPerWorker
    streams = limits.concurrentStreams
    waitingRequests = limits.waitingRequests
    bufferedBytes = limits.bufferedBodyBytes
    handshakeTimeout = limits.handshakeTimeout.wholeNanoseconds
    headerTimeout = limits.headerTimeout.wholeNanoseconds
    bodyTimeout = limits.bodyTimeout.wholeNanoseconds
    idleTimeout = limits.idleTimeout.wholeNanoseconds
    writeTimeout = limits.writeTimeout.wholeNanoseconds
  }

  /// As the transport takes them, with the largest body that is accepted: what is held has room for one.
  func transport(maximumBodyBytes: Int) -> Limits {
    var limits = Limits()
    limits.bodyBytes = maximumBodyBytes
    limits.bufferedBodyBytes = max(bufferedBytes, maximumBodyBytes)
    limits.connectionsPerWorker = connections
    limits.concurrentStreams = streams
    limits.waitingRequests = waitingRequests
    func duration(_ nanoseconds: UInt64) -> Duration { .nanoseconds(Int64(clamping: nanoseconds)) }
    limits.handshakeTimeout = duration(handshakeTimeout)
    limits.headerTimeout = duration(headerTimeout)
    limits.bodyTimeout = duration(bodyTimeout)
    limits.idleTimeout = duration(idleTimeout)
    limits.writeTimeout = duration(writeTimeout)
    return limits
  }
}
