internal import COpenSSL

/// Errors of OpenSSL, which keeps a queue of them for each thread.
enum OpenSSL {
  /// To be called before an operation, so that an old error is not taken for a new one.
  @inline(__always)
  static func clearErrors() { ERR_clear_error() }

  /// The latest error in words, and the queue emptied.
  static func drainErrors() -> String {
    let code = ERR_peek_last_error()
    ERR_clear_error()
    if code == 0 { return "unknown error" }
    guard let reason = ERR_reason_error_string(code) else { return "error \(code)" }
    return String(cString: reason)
  }

  static func failure(_ operation: String) -> TransportError {
    .openSSL(operation: operation, problem: drainErrors())
  }
}

/// Something of OpenSSL's that has one owner.
struct Owned: ~Copyable {
  let pointer: OpaquePointer
  private let release: @convention(c) (OpaquePointer?) -> Void

  /// - Throws: `TransportError.openSSL` where `pointer` is null.
  init(
    _ operation: String, _ pointer: OpaquePointer?, _ release: @escaping @convention(c) (OpaquePointer?) -> Void
  ) throws(TransportError) {
    guard let pointer else { throw OpenSSL.failure(operation) }
    self.pointer = pointer
    self.release = release
  }

  deinit { release(pointer) }
}

extension OpenSSL {
  /// A read-only view of bytes as OpenSSL's stream.
  static func withInput<Result, Failure: Error>(
    _ bytes: [UInt8], _ body: (OpaquePointer) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    guard let bio = BIO_new(BIO_s_mem()) else { return nil }
    defer { BIO_free(bio) }
    guard bytes.isEmpty || BIO_write(bio, bytes, Int32(clamping: bytes.count)) == bytes.count else { return nil }
    return try body(bio)
  }

  /// What `write` writes.
  static func output(_ operation: String, _ write: (OpaquePointer) -> Int32) throws(TransportError) -> [UInt8] {
    clearErrors()
    guard let bio = BIO_new(BIO_s_mem()) else { throw failure(operation) }
    defer { BIO_free(bio) }
    guard write(bio) == 1 else { throw failure(operation) }
    var bytes: UnsafePointer<CChar>?
    let count = copenssl_memory(bio, &bytes)
    guard let bytes, count > 0 else { throw failure(operation) }
    return UnsafeRawBufferPointer(start: bytes, count: count).map { $0 }
  }
}
