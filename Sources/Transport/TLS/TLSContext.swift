internal import COpenSSL

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A certificate chain, its key, and how TLS is spoken with them: versions 1.2 and 1.3, AEAD ciphers with forward secrecy,
/// ALPN `h2` before `http/1.1`. Immutable and shared by all workers; a new certificate is a new context.
public final class TLSContext: @unchecked Sendable {
  let native: OpaquePointer

  /// When the certificate stops being valid, in seconds since 1970, for metrics and renewal.
  public let notAfter: Int64

  /// Reads PEM files: the certificate chain, the server's own first, and its key, which must not be encrypted.
  public convenience init(certificateFile: String, keyFile: String) throws(TransportError) {
    try self.init(
      certificatePEM: FileReader.contents(of: certificateFile), certificateName: certificateFile,
      keyPEM: FileReader.contents(of: keyFile), keyName: keyFile)
  }

  /// The same from PEM in memory.
  public convenience init(certificatePEM: [UInt8], keyPEM: [UInt8]) throws(TransportError) {
    try self.init(certificatePEM: certificatePEM, certificateName: "certificate", keyPEM: keyPEM, keyName: "key")
  }

  private init(
    certificatePEM: [UInt8], certificateName: String, keyPEM: [UInt8], keyName: String
  ) throws(TransportError) {
    OpenSSL.clearErrors()
    let context = try Owned("SSL_CTX_new", SSL_CTX_new(TLS_server_method()), SSL_CTX_free)
    try Self.configure(context.pointer)
    notAfter = try PEMLoader.useChain(certificatePEM, certificateName, in: context.pointer)
    try PEMLoader.useKey(keyPEM, keyName, certificateName: certificateName, in: context.pointer)
    SSL_CTX_up_ref(context.pointer)
    native = context.pointer
  }

  deinit { SSL_CTX_free(native) }

  private static func configure(_ context: OpaquePointer) throws(TransportError) {
    guard copenssl_set_minimum_version(context, TLS1_2_VERSION) == 1,
      // TLS 1.2: ECDHE and AEAD only. Those of TLS 1.3 are all fine as they come.
      SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1,
      copenssl_set_groups(context, "X25519:P-256:P-384") == 1
    else { throw OpenSSL.failure("configuring a context") }
    SSL_CTX_set_options(context, copenssl_options)
    _ = copenssl_set_mode(context, copenssl_modes)
    // One read from the socket takes all records that are there.
    _ = copenssl_set_read_ahead(context, 1)
    // Sessions are resumed by tickets alone, so that workers share nothing that needs a lock.
    _ = copenssl_set_session_cache_mode(context, Int(SSL_SESS_CACHE_OFF))
    SSL_CTX_set_num_tickets(context, 1)
    // A context without an identifier refuses resumption when client certificates are asked for.
    SSL_CTX_set_session_id_context(context, [0x77], 1)
    SSL_CTX_set_alpn_select_cb(
      context,
      { _, selected, selectedCount, offered, offeredCount, _ in
        guard let selected, let selectedCount, let offered else { return SSL_TLSEXT_ERR_NOACK }
        return selectProtocol(
          UnsafeBufferPointer(start: offered, count: Int(offeredCount)), selected, selectedCount)
      }, nil)
  }
}

/// The protocols that are spoken, the preferred one first, in the form of the ALPN extension.
private let spokenProtocols: [StaticString] = ["h2", "http/1.1"]

/// Chooses from a client's list (length-prefixed names). Where nothing fits, the handshake fails (RFC 7301, section 3.2).
private func selectProtocol(
  _ offered: UnsafeBufferPointer<UInt8>, _ selected: UnsafeMutablePointer<UnsafePointer<UInt8>?>,
  _ selectedCount: UnsafeMutablePointer<UInt8>
) -> Int32 {
  for name in spokenProtocols {
    var position = 0
    while position < offered.count {
      let count = Int(offered[position])
      guard count > 0, position + 1 + count <= offered.count, let base = offered.baseAddress else { break }
      let candidate = UnsafeBufferPointer(start: base + position + 1, count: count)
      if count == name.utf8CodeUnitCount,
        candidate.elementsEqual(UnsafeBufferPointer(start: name.utf8Start, count: count))
      {
        selected.pointee = candidate.baseAddress
        selectedCount.pointee = UInt8(count)
        return SSL_TLSEXT_ERR_OK
      }
      position += 1 + count
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL
}

/// Small files, read whole.
enum FileReader {
  /// A PEM file larger than this is none: 1 MiB.
  static let largest = 1 << 20

  static func contents(of path: String) throws(TransportError) -> [UInt8] {
    let number: Int32
    switch SystemCall.attempt({ open(path, O_RDONLY | O_CLOEXEC) }) {
    case .done(let descriptor): number = descriptor
    case .failed(let code): throw .certificate(file: path, problem: SystemCall.message(code))
    }
    let file = Descriptor(number)
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      switch SystemCall.attempt({ read(file.number, &block, block.count) }) {
      case .done(0): return bytes
      case .done(let count): bytes.append(contentsOf: block[..<count])
      case .failed(let code): throw .certificate(file: path, problem: SystemCall.message(code))
      }
      if bytes.count > largest { throw .certificate(file: path, problem: "larger than \(largest) bytes") }
    }
  }
}
