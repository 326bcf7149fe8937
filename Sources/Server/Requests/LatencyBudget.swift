package import Memory
package import Transport

/// How long a request may take before every policy that has not finished is decided by its failure policy.
package struct LatencyBudget: Sendable {
  /// What a request may take at most, in nanoseconds.
  package let nanoseconds: UInt64

  package init(nanoseconds: UInt64) {
    self.nanoseconds = nanoseconds
  }

  /// What is kept of the caller's timeout for the way there and back.
  package static let margin: UInt64 = 1_000_000_000

  /// The instant on the monotonic clock by which an answer must be made: the budget, or the caller's `timeout` less one second
  /// (never under a tenth of it), whichever ends first, counted from the request's first byte.
  ///
  /// A timeout that is zero or cannot be read counts as absent: a request with a strange query still gets its decision.
  package func deadline(receivedAt: MonotonicInstant, query: ByteSlice) -> UInt64 {
    var allowed = nanoseconds
    if let timeout = Self.timeout(in: query) {
      allowed = min(allowed, max(timeout > Self.margin ? timeout - Self.margin : 0, timeout / 10))
    }
    return receivedAt.advanced(byNanoseconds: allowed).nanoseconds
  }

  /// What of a request's time is kept for what follows the decision: writing the answer, sending it, and that threads and timers are
  /// woken late. 5 ms, or a tenth where the time is shorter than 50 ms.
  package static let reserve: UInt64 = 5_000_000

  /// The instant by which everything is decided, so that the answer is made by `deadline`: earlier by the reserve.
  package func decisionEnd(receivedAt: MonotonicInstant, query: ByteSlice) -> UInt64 {
    let deadline = deadline(receivedAt: receivedAt, query: query)
    let allowed = deadline - min(deadline, receivedAt.nanoseconds)
    return deadline - min(Self.reserve, allowed / 10)
  }

  /// The first `timeout` of a query.
  static func timeout(in query: ByteSlice) -> UInt64? {
    let key = ByteSlice("timeout=")
    var rest = query
    while !rest.isEmpty {
      let end = rest.firstIndex(of: UInt8(ascii: "&")) ?? rest.count
      if rest.prefix(end).hasPrefix(key) {
        guard let timeout = GoDuration.nanoseconds(rest[key.count..<end]), timeout > 0 else { return nil }
        return timeout
      }
      rest = rest.dropFirst(min(end + 1, rest.count))
    }
    return nil
  }
}
