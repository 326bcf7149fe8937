/// What a connection waits for, and since when: together with the limits that is its deadline. No clock is read here.
package enum Waiting: Equatable {
  case handshake(since: MonotonicInstant)
  case request(since: MonotonicInstant)
  case head(since: MonotonicInstant)
  case body(since: MonotonicInstant)
  case write(since: MonotonicInstant)
  case linger(since: MonotonicInstant)
  /// For nothing that has a time: requests of HTTP/2 have deadlines of their own.
  case streams

  package func deadline(_ limits: Limits) -> MonotonicInstant {
    switch self {
    case .handshake(let since): since.advanced(by: limits.handshakeTimeout)
    case .request(let since): since.advanced(by: limits.idleTimeout)
    case .head(let since): since.advanced(by: limits.headerTimeout)
    case .body(let since): since.advanced(by: limits.bodyTimeout)
    case .write(let since): since.advanced(by: limits.writeTimeout)
    case .linger(let since): since.advanced(by: limits.lingerTimeout)
    case .streams: .distantFuture
    }
  }
}
