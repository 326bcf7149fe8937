internal import COpenSSL
internal import Synchronization

/// What OpenSSL's callbacks need of ours. A context of OpenSSL's lives as long as its last connection, longer than the ``TLSContext`` that
/// made it, and it keeps this value with it.
final class TLSState: Sendable {
  let tickets: TicketKeys
  let statistics: TLSStatistics
  let allowedClientNames: [String]
  let staple: OCSPStaple?

  init(tickets: TicketKeys, statistics: TLSStatistics, allowedClientNames: [String], staple: OCSPStaple?) {
    self.tickets = tickets
    self.statistics = statistics
    self.allowedClientNames = allowedClientNames
    self.staple = staple
  }

  /// Where the state hangs on a context; -1 where OpenSSL has no memory.
  private static let index: Int32 = copenssl_new_context_index { _, state, _, _, _, _ in
    if let state { Unmanaged<TLSState>.fromOpaque(state).release() }
  }

  /// Has a context keep the state until it is freed itself.
  func attach(to context: OpaquePointer) throws(TransportError) {
    let reference = Unmanaged.passRetained(self)
    guard Self.index >= 0, SSL_CTX_set_ex_data(context, Self.index, reference.toOpaque()) == 1 else {
      reference.release()
      throw OpenSSL.failure("keeping a context's state")
    }
  }

  static func of(_ connection: OpaquePointer) -> TLSState? {
    guard index >= 0, let state = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), index) else { return nil }
    return Unmanaged<TLSState>.fromOpaque(state).takeUnretainedValue()
  }
}

/// How handshakes ended, over all workers and all certificates that were served. Counted once for each connection, so the atomic
/// additions cost nothing that anybody sees.
public final class TLSStatistics: Sendable {
  private let fullCount = Atomic<UInt64>(0)
  private let resumedCount = Atomic<UInt64>(0)
  private let refusedCount = Atomic<UInt64>(0)
  private let anonymousCount = Atomic<UInt64>(0)

  public init() {}

  /// Handshakes with a key exchange and certificates.
  public var full: UInt64 { fullCount.load(ordering: .relaxed) }
  /// Handshakes that a session ticket shortened.
  public var resumed: UInt64 { resumedCount.load(ordering: .relaxed) }
  /// Clients whose certificate was refused, for its issuer, its time or its name.
  public var refusedClients: UInt64 { refusedCount.load(ordering: .relaxed) }
  /// Clients that were admitted without a certificate where one was asked for.
  public var anonymousClients: UInt64 { anonymousCount.load(ordering: .relaxed) }

  func countHandshake(isResumed: Bool) {
    if isResumed {
      resumedCount.wrappingAdd(1, ordering: .relaxed)
    } else {
      fullCount.wrappingAdd(1, ordering: .relaxed)
    }
  }
  func countRefusedClient() { refusedCount.wrappingAdd(1, ordering: .relaxed) }
  func countAnonymousClient() { anonymousCount.wrappingAdd(1, ordering: .relaxed) }

  /// Counts a handshake that has just ended well.
  static func count(_ connection: OpaquePointer) {
    guard let statistics = TLSState.of(connection)?.statistics else { return }
    statistics.countHandshake(isResumed: SSL_session_reused(connection) == 1)
    if SSL_get_verify_mode(connection) & SSL_VERIFY_PEER != 0, SSL_get0_peer_certificate(connection) == nil {
      statistics.countAnonymousClient()
    }
  }
}
