internal import COpenSSL

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// TLS on one socket that does not block. No call here waits; each says what it would have waited for.
package struct TLSConnection: ~Copyable {
  package enum Outcome: Equatable {
    /// So many bytes, at least one.
    case bytes(Int)
    case wantsRead
    case wantsWrite
    /// The peer has ended its side, or the connection.
    case ended
    case failed
  }

  enum Handshake {
    case done(isHTTP2: Bool)
    case wantsRead
    case wantsWrite
    case failed
  }

  /// Handshake messages that a connection may receive in its life: 1,000. A handshake takes a handful, a rekeying one. Without a
  /// bound, a peer that sends nothing else keeps one call of `SSL_read`, and with it the worker, busy as long as it likes.
  package static let handshakeMessages = 1_000

  private let native: OpaquePointer
  private let messageCount: UnsafeMutablePointer<Int>
  /// After a fatal error OpenSSL must not be asked for an orderly end.
  private var isBroken = false

  /// - Parameter descriptor: the accepted socket; it stays the caller's, who closes it after this value has ended.
  init?(_ context: TLSContext, descriptor: Int32) {
    OpenSSL.clearErrors()
    guard let native = SSL_new(context.native) else { return nil }
    guard SSL_set_fd(native, descriptor) == 1 else {
      SSL_free(native)
      OpenSSL.clearErrors()
      return nil
    }
    SSL_set_accept_state(native)
    messageCount = .allocate(capacity: 1)
    messageCount.initialize(to: 0)
    _ = copenssl_set_message_argument(native, messageCount)
    SSL_set_msg_callback(native) { isWrite, _, contentType, _, _, native, count in
      guard isWrite == 0, contentType == SSL3_RT_HANDSHAKE, let native, let count else { return }
      let counter = count.assumingMemoryBound(to: Int.self)
      counter.pointee += 1
      // The callback cannot fail the call; a socket without input does.
      if counter.pointee > TLSConnection.handshakeMessages { _ = shutdown(SSL_get_fd(native), Int32(SHUT_RDWR)) }
    }
    self.native = native
  }

  deinit {
    SSL_free(native)
    messageCount.deallocate()
  }

  mutating func handshake() -> Handshake {
    OpenSSL.clearErrors()
    let result = SSL_do_handshake(native)
    if result == 1 {
      TLSStatistics.count(native)
      var name: UnsafePointer<UInt8>?
      var count: UInt32 = 0
      SSL_get0_alpn_selected(native, &name, &count)
      return .done(isHTTP2: count == 2)
    }
    switch outcome(result) {
    case .wantsRead: return .wantsRead
    case .wantsWrite: return .wantsWrite
    default: return .failed
    }
  }

  mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Outcome {
    OpenSSL.clearErrors()
    let count = SSL_read(native, buffer.baseAddress, Int32(clamping: buffer.count))
    return count > 0 ? .bytes(Int(count)) : outcome(count)
  }

  /// Writes a part. After `.wantsWrite` the next call has to begin with the same bytes, at any place in memory.
  mutating func write(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    OpenSSL.clearErrors()
    let count = SSL_write(native, bytes.baseAddress, Int32(clamping: bytes.count))
    return count > 0 ? .bytes(Int(count)) : outcome(count)
  }

  /// Whether bytes were taken from the socket that `read` has not returned, so that the socket may stay silent about them.
  var hasPending: Bool { SSL_has_pending(native) == 1 }

  /// Says to the peer that nothing more comes. Whether that arrives is not waited for.
  mutating func end() {
    if isBroken || SSL_in_init(native) == 1 { return }
    OpenSSL.clearErrors()
    SSL_shutdown(native)
    OpenSSL.clearErrors()
  }

  private mutating func outcome(_ result: Int32) -> Outcome {
    let error = SSL_get_error(native, result)
    OpenSSL.clearErrors()
    switch error {
    case SSL_ERROR_WANT_READ: return .wantsRead
    case SSL_ERROR_WANT_WRITE: return .wantsWrite
    case SSL_ERROR_ZERO_RETURN: return .ended
    case SSL_ERROR_SYSCALL:
      // The socket failed: a reset, or a write after the peer has gone.
      isBroken = true
      return .ended
    default:
      isBroken = true
      return .failed
    }
  }
}
