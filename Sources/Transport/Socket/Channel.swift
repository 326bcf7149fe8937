internal import CLinux

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A connected socket, with TLS on it or without.
struct Channel: ~Copyable {
  // INVARIANT: `tls` refers to the descriptor and ends before it, because it is declared first.
  private var tls: TLSConnection?
  private let descriptor: Descriptor

  /// Plain, or with TLS where there is a context. Nil where OpenSSL has no memory; the socket is closed then.
  init?(_ descriptor: consuming Descriptor, _ context: TLSContext?) {
    if let context {
      guard let connection = TLSConnection(context, descriptor: descriptor.number) else { return nil }
      tls = consume connection
    } else {
      tls = nil
    }
    self.descriptor = descriptor
  }

  var number: Int32 { descriptor.number }

  var isPlain: Bool { tls == nil }

  /// When the first of the bytes that wait to be read arrived, as the kernel has noted it; nil where there are none, or it has not.
  /// Costs a system call.
  var arrival: MonotonicInstant? {
    // Read first: should the thread be interrupted in between, it is rather too early than too late.
    let now = MonotonicInstant.now().nanoseconds
    let nanoseconds = clinux_nanoseconds_since_arrival(descriptor.number)
    if nanoseconds < 0 { return nil }
    return MonotonicInstant(nanoseconds: now - min(now, UInt64(nanoseconds)))
  }

  /// Whether something waits to be read. Costs a system call.
  var hasUnread: Bool {
    var byte: UInt8 = 0
    return recv(descriptor.number, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) > 0
  }

  mutating func handshake() -> TLSConnection.Handshake {
    tls?.handshake() ?? .done(isHTTP2: false)
  }

  @inline(__always)
  var hasPending: Bool {
    mutating get { tls?.hasPending ?? false }
  }

  @inline(__always)
  mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> TLSConnection.Outcome {
    if let outcome = tls?.read(into: buffer) { return outcome }
    switch SystemCall.attempt({ recv(descriptor.number, buffer.baseAddress, buffer.count, 0) }) {
    case .done(0): return .ended
    case .done(let count): return .bytes(count)
    case .failed(EAGAIN): return .wantsRead
    case .failed: return .ended
    }
  }

  @inline(__always)
  mutating func write(_ bytes: UnsafeRawBufferPointer) -> TLSConnection.Outcome {
    if let outcome = tls?.write(bytes) { return outcome }
    switch SystemCall.attempt({ send(descriptor.number, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL)) }) {
    case .done(let count): return .bytes(count)
    case .failed(EAGAIN): return .wantsWrite
    case .failed: return .ended
    }
  }

  /// Ends our side. The peer's bytes can still be discarded.
  mutating func endWriting() {
    tls?.end()
    _ = shutdown(descriptor.number, Int32(SHUT_WR))
  }

  /// Throws away what the peer sends, up to `limit` bytes, without decrypting or copying it.
  /// - Returns: how many bytes that were, or nil where the peer has ended.
  func discard(limit: Int) -> Int? {
    var total = 0
    while total < limit {
      // For TCP, MSG_TRUNC drops the bytes in the kernel (tcp(7)).
      switch SystemCall.attempt({ recv(descriptor.number, nil, min(limit - total, 1 << 20), Int32(MSG_TRUNC)) }) {
      case .done(0): return nil
      case .done(let count): total += count
      case .failed(EAGAIN): return total
      case .failed: return nil
      }
    }
    return total
  }
}
