internal import Synchronization

/// What one worker has seen, counted by its thread alone and readable from every other without locks.
package final class WorkerCounters: Sendable {
  package let accepted = Counter()
  package let closed = Counter()
  package let refusedConnections = Counter()
  package let handshakeFailures = Counter()
  package let protocolErrors = Counter()
  package let timeouts = Counter()
  package let http1Requests = Counter()
  package let http2Requests = Counter()
  package let refusedRequests = Counter()
  package let shedRequests = Counter()
  package let overdueRequests = Counter()
  package let evictedConnections = Counter()
  package let bytesIn = Counter()
  package let bytesOut = Counter()
  // A cache line that no other worker's counters share.
  private let padding: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0, 0, 0)

  package init() {}

  package var snapshot: TransportCounters {
    var all = TransportCounters()
    // In this order, so that a connection that comes and goes meanwhile does not make the difference negative.
    let closed = closed.value
    all.connectionsAccepted = accepted.value
    all.connectionsOpen = all.connectionsAccepted > closed ? all.connectionsAccepted - closed : 0
    all.connectionsRefused = refusedConnections.value
    all.handshakeFailures = handshakeFailures.value
    all.protocolErrors = protocolErrors.value
    all.timeouts = timeouts.value
    all.http1Requests = http1Requests.value
    all.http2Requests = http2Requests.value
    all.requestsRefused = refusedRequests.value
    all.requestsShed = shedRequests.value
    all.requestsOverdue = overdueRequests.value
    all.connectionsEvicted = evictedConnections.value
    all.bytesIn = bytesIn.value
    all.bytesOut = bytesOut.value
    return all
  }
}

/// A number that one thread adds to and any thread reads.
package struct Counter: ~Copyable, Sendable {
  private let number = Atomic<UInt64>(0)

  package init() {}

  // INVARIANT: one thread writes, so a load and a store do, and no locked instruction is needed.
  package func add(_ amount: Int = 1) {
    let sum = number.load(ordering: .relaxed) &+ UInt64(truncatingIfNeeded: amount)
    number.store(sum, ordering: .relaxed)
  }

  package var value: UInt64 { number.load(ordering: .relaxed) }
}

/// The counters of one worker, or the sum of several, at one moment. Each number is exact; together they are not one instant.
public struct TransportCounters: Sendable {
  public var connectionsAccepted: UInt64 = 0
  public var connectionsOpen: UInt64 = 0
  /// Closed at once: too many connections, or no descriptors left.
  public var connectionsRefused: UInt64 = 0
  public var handshakeFailures: UInt64 = 0
  /// Connections ended because of what the peer sent.
  public var protocolErrors: UInt64 = 0
  /// Connections ended because the peer was too slow.
  public var timeouts: UInt64 = 0
  public var http1Requests: UInt64 = 0
  public var http2Requests: UInt64 = 0
  /// Requests answered by the transport itself: 400, 408, 413 …
  public var requestsRefused: UInt64 = 0
  /// Of these, answered with 503 as soon as they were seen: there was too much to do.
  public var requestsShed: UInt64 = 0
  /// Of these, answered with 503 because they were not complete when their time was over.
  public var requestsOverdue: UInt64 = 0
  /// Idle connections that were closed to make room for new ones.
  public var connectionsEvicted: UInt64 = 0
  /// Bytes of HTTP, without TLS.
  public var bytesIn: UInt64 = 0
  public var bytesOut: UInt64 = 0

  public init() {}

  public static func += (sum: inout TransportCounters, one: TransportCounters) {
    sum.connectionsAccepted &+= one.connectionsAccepted
    sum.connectionsOpen &+= one.connectionsOpen
    sum.connectionsRefused &+= one.connectionsRefused
    sum.handshakeFailures &+= one.handshakeFailures
    sum.protocolErrors &+= one.protocolErrors
    sum.timeouts &+= one.timeouts
    sum.http1Requests &+= one.http1Requests
    sum.http2Requests &+= one.http2Requests
    sum.requestsRefused &+= one.requestsRefused
    sum.requestsShed &+= one.requestsShed
    sum.requestsOverdue &+= one.requestsOverdue
    sum.connectionsEvicted &+= one.connectionsEvicted
    sum.bytesIn &+= one.bytesIn
    sum.bytesOut &+= one.bytesOut
  }
}
