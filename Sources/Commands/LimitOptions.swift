internal import ArgumentParser
internal import Memory
internal import Server

/// What bounds the work and the memory that peers can ask for: options of `webhook serve`.
struct LimitOptions: ParsableArguments {
  private static let defaults = ServerLimits()

  @Option(
    help: ArgumentHelp(
      """
      How long a decision may take; policies that have not finished by then are decided by their failure policy. The \
      caller's own timeout counts when it is shorter.
      """, valueName: "duration"))
  var latencyBudget = "100ms"

  @Option(help: ArgumentHelp("The largest request body.", valueName: "bytes"))
  var maxBodyBytes = 16 << 20

  @Option(
    help: ArgumentHelp(
      "Connections of one worker. One more takes the place of an idle one, or is closed where none is.", valueName: "n")
  )
  var maxConnections = LimitOptions.defaults.connections

  @Option(help: ArgumentHelp("HTTP/2 streams that are open at one time on a connection.", valueName: "n"))
  var maxStreams = LimitOptions.defaults.streams

  @Option(
    help: ArgumentHelp(
      "Requests of one worker that have begun and are not answered. One more is answered with 503 and Retry-After.",
      valueName: "n"))
  var maxWaiting = LimitOptions.defaults.waitingRequests

  @Option(
    help: ArgumentHelp(
      "Request bodies that one worker holds at one time; never less than the largest body. More is answered with 503.",
      valueName: "bytes"))
  var maxBufferedBytes = LimitOptions.defaults.bufferedBytes

  @Option(help: ArgumentHelp("How long a TLS handshake may take.", valueName: "duration"))
  var handshakeTimeout = "10s"

  @Option(
    help: ArgumentHelp(
      "How long a header section may take to arrive. The latency budget counts when it is shorter.",
      valueName: "duration"))
  var headerTimeout = "10s"

  @Option(
    help: ArgumentHelp(
      "How long a body may take to arrive. The latency budget counts when it is shorter.", valueName: "duration"))
  var bodyTimeout = "30s"

  @Option(
    help: ArgumentHelp(
      "When a connection without a request is closed: more than the 90 seconds after which an API server closes it.",
      valueName: "duration"))
  var idleTimeout = "2m"

  @Option(help: ArgumentHelp("How long a peer may take to read an answer.", valueName: "duration"))
  var writeTimeout = "30s"

  /// Above, a slip of the finger is likelier than a machine that has so many.
  private static let counts = 1...1_000_000
  private static let bytes = 1 << 20...64 << 30

  /// A review of 1 KiB is smaller than any that an API server sends; JSON longer than a tape's text cannot be read.
  static let bodyBytesRange = 1024...(256 << 20) - 1

  mutating func validate() throws {
    _ = try budget()
    try check(maxBodyBytes, Self.bodyBytesRange, "--max-body-bytes")
    try check(maxConnections, Self.counts, "--max-connections")
    try check(maxStreams, 1...100_000, "--max-streams")
    try check(maxWaiting, Self.counts, "--max-waiting")
    try check(maxBufferedBytes, Self.bytes, "--max-buffered-bytes")
    _ = try limits()
  }

  /// The latency budget in nanoseconds.
  /// - Throws: `ValidationError` for what is no duration.
  func budget() throws -> UInt64 { try duration(latencyBudget, "--latency-budget") }

  /// - Throws: `ValidationError` for what is no duration.
  func limits() throws -> ServerLimits {
    var limits = ServerLimits()
    limits.connections = maxConnections
    limits.streams = maxStreams
    limits.waitingRequests = maxWaiting
    limits.bufferedBytes = maxBufferedBytes
    limits.handshakeTimeout = try duration(handshakeTimeout, "--handshake-timeout")
    limits.headerTimeout = try duration(headerTimeout, "--header-timeout")
    limits.bodyTimeout = try duration(bodyTimeout, "--body-timeout")
    limits.idleTimeout = try duration(idleTimeout, "--idle-timeout")
    limits.writeTimeout = try duration(writeTimeout, "--write-timeout")
    return limits
  }

  private func check(_ number: Int, _ range: ClosedRange<Int>, _ option: String) throws {
    if range.contains(number) { return }
    throw ValidationError("\(option) \(number) is not from \(range.lowerBound) to \(range.upperBound)")
  }

  private func duration(_ text: String, _ option: String) throws -> UInt64 {
    guard let nanoseconds = text.withByteSlice({ GoDuration.nanoseconds($0) }), nanoseconds > 0 else {
      throw ValidationError("\(option) `\(text)` is no duration above zero; write `100ms` or `2s`")
    }
    return nanoseconds
  }
}
