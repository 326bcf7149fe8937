/// Everything that bounds what a peer can make the transport spend. Each bound holds for one worker or one connection, so
/// that nothing is shared between threads.
public struct Limits: Sendable {
  /// Bytes of a request's content: 16 MiB. An UPDATE carries the object twice, each up to 3 MiB, and escaping adds to that.
  public var bodyBytes = 16 << 20

  /// Bytes of request bodies that a worker holds at one time, over all its connections: 64 MiB, four of the largest. The
  /// request that would pass it gets a 503. Anybody who reaches the port can fill it, so workers times this must fit into
  /// the memory that the process is given.
  public var bufferedBodyBytes = 64 << 20

  /// Bytes of a request line: 8,000, what RFC 9112 recommends at least. More is a 414.
  public var requestLineBytes = 8_000

  /// Bytes of a header section, request line included, and of a trailer section: 32 KiB. A bearer token and a few cookies fit.
  /// More is a 431.
  public var headerSectionBytes = 32 << 10

  /// Fields of a header section: 100. An API server sends seven.
  public var headerFields = 100

  /// Bytes of a chunk's size line, extensions included: 256. Nobody uses extensions.
  public var chunkLineBytes = 256

  /// Connections of one worker: 6,144. A further one takes the place of one that has been idle, or is closed at once where none is.
  public var connectionsPerWorker = 6_144

  /// Connections of the listener of probes and metrics: 512. Those who ask it are few, and what they ask for must be had when all others
  /// have taken what there is.
  public var adminConnections = 512

  /// There, from a request's first byte to its end: 1 s. Probes come in one piece, and wait for whoever does not go on.
  public var adminRequestTimeout = Duration.seconds(1)

  /// Requests of one worker that have begun and are not answered: 1,024, which an API server's own limits stay below. A further one
  /// gets a 503.
  public var waitingRequests = 1_024

  /// What a byte of a request's body costs at least, in nanoseconds: 2. TLS, and reading JSON, each manage about a gigabyte a second.
  public var nanosecondsPerBodyByte = 2

  /// What `Retry-After` says in a 503, in seconds: 1, the least that can be said. An API server asks again after that, while its own
  /// timeout lasts.
  public var retryAfterSeconds = 1

  /// Requests of one connection that are answered before others get their turn: as many as are begun within half a millisecond,
  /// which is dozens of the usual ones, and one of those that take long.
  public var turn = Duration.microseconds(500)

  /// HTTP/2 streams open at one time on a connection: 128.
  public var concurrentStreams = 128

  /// Bytes that a peer may send on a stream before it must wait for us: 1 MiB. With a millisecond between both ends, that
  /// allows 1 GB/s.
  public var streamWindowBytes = 1 << 20

  /// The same for a whole connection: 16 MiB.
  public var connectionWindowBytes = 16 << 20

  /// Bytes of answers that wait for a slow reader before no more of its requests are read: 256 KiB.
  public var outputBytes = 256 << 10

  /// Bytes of each buffer that a worker keeps from request to request: 256 KiB. Nearly every review fits; a larger block is
  /// given back.
  public var retainedBufferBytes = 256 << 10

  /// The same for each buffer of a connection or stream: 32 KiB, because there are thousands of them. Requests that arrive in one
  /// piece are not copied into these.
  public var retainedConnectionBytes = 32 << 10

  /// Streams of HTTP/2 whose buffers a worker keeps for the next ones: 32.
  public var retainedStreams = 32

  /// From accept to the end of the TLS handshake.
  public var handshakeTimeout = Duration.seconds(10)

  /// From a request's first byte to the end of its header section.
  public var headerTimeout = Duration.seconds(10)

  /// From the end of the header section to the end of the body: the longest an API server waits for a webhook.
  public var bodyTimeout = Duration.seconds(30)

  /// Without a request on a connection. Longer than the 90 s after which Go's client gives up an idle connection, so that the
  /// client closes first and no request is lost in between.
  public var idleTimeout = Duration.seconds(120)

  /// From an answer that the peer does not take at once until it has taken all of it.
  public var writeTimeout = Duration.seconds(30)

  /// Bytes, and time, for which input is discarded after a refusal, so that the peer reads the answer before it sees a reset.
  public var lingerBytes = 64 << 20
  public var lingerTimeout = Duration.seconds(5)

  /// How long `stop()` lets requests in flight finish.
  public var drainTimeout = Duration.seconds(20)

  /// Frames of HTTP/2 that cost work and carry no request (see `FloodGuard`): how many at once, and how many a second.
  public var streamResets = RateLimit(burst: 200, perSecond: 50)
  public var pings = RateLimit(burst: 100, perSecond: 10)
  public var settingsFrames = RateLimit(burst: 20, perSecond: 1)
  public var emptyFrames = RateLimit(burst: 100, perSecond: 10)
  /// All others that are neither HEADERS nor DATA: WINDOW_UPDATE, PRIORITY, GOAWAY, acknowledgements. Each answer allows eight more,
  /// since a client says for each how much of it has been read.
  public var otherFrames = RateLimit(burst: 1_000, perSecond: 100)
  public var otherFramesPerAnswer = 8

  public init() {}

  /// Descriptors that are kept from connections: 64, for files that are read again, watches and logs, and four for each thread.
  private static let reservedDescriptors = 64

  /// The same limits, with no more connections than a process that may open so many files can have. What it needs besides is left: probes
  /// are answered, and certificates read, while a crowd holds all the connections that there may be. Of very few, half is left.
  package func fitting(descriptors: Int, workers: Int) -> Limits {
    var limits = self
    let others = Self.reservedDescriptors + 4 * (workers + 1) + adminConnections
    let available = max(descriptors - others, descriptors / 2)
    limits.connectionsPerWorker = max(1, min(connectionsPerWorker, available / workers))
    limits.adminConnections = max(1, min(adminConnections, descriptors / 8))
    return limits
  }

  /// The limits of the listener of probes and metrics.
  package var admin: Limits {
    var limits = self
    limits.connectionsPerWorker = min(adminConnections, connectionsPerWorker)
    limits.headerTimeout = min(adminRequestTimeout, headerTimeout)
    limits.bodyTimeout = min(adminRequestTimeout, bodyTimeout)
    return limits
  }
}

/// So many at once, and so many more each second.
public struct RateLimit: BitwiseCopyable, Sendable {
  public var burst: Int
  public var perSecond: Int

  public init(burst: Int, perSecond: Int) {
    self.burst = burst
    self.perSecond = perSecond
  }
}
