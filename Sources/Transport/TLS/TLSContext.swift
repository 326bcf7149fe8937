internal import COpenSSL

/// A certificate chain, its key, and how TLS is spoken with them: versions 1.2 and 1.3, AEAD ciphers with forward secrecy,
/// ALPN `h2` before `http/1.1`. Immutable and shared by all workers; a new certificate is a new context.
public final class TLSContext: @unchecked Sendable {
  let native: OpaquePointer

  /// When the certificate begins to be valid, and when it stops, in seconds since 1970, for warnings and metrics.
  public let notBefore: Int64
  public let notAfter: Int64

  /// The OCSP response that is sent with the certificate, if any.
  public let staple: OCSPStaple?

  /// Why no OCSP response is sent although there is one. A response that does not fit is no reason to refuse a certificate: it comes
  /// from elsewhere, and later.
  public let stapleProblem: String?

  /// Reads PEM files: the certificate chain, the server's own first, and its key, which must not be encrypted.
  public convenience init(certificateFile: String, keyFile: String) throws(TransportError) {
    try self.init(TLSFiles(certificate: certificateFile, key: keyFile).read())
  }

  /// The same from PEM in memory.
  public convenience init(certificatePEM: [UInt8], keyPEM: [UInt8]) throws(TransportError) {
    try self.init(TLSMaterial(certificatePEM: certificatePEM, keyPEM: keyPEM))
  }

  /// - Parameter shared: what the contexts of one server have in common, so that clients resume across certificates.
  public init(_ material: TLSMaterial, _ shared: TLSShared = TLSShared()) throws(TransportError) {
    OpenSSL.clearErrors()
    let context = try Owned("SSL_CTX_new", SSL_CTX_new(TLS_server_method()), SSL_CTX_free)
    let native = context.pointer
    try Self.configure(native)
    (notBefore, notAfter) = try PEMLoader.useChain(material.certificatePEM, material.certificateName, in: native)
    try PEMLoader.useKey(material.keyPEM, material.keyName, certificateName: material.certificateName, in: native)
    var sessionContext: [UInt8] = [0x77]
    if let clients = material.clients {
      try clients.install(in: native)
      sessionContext = clients.sessionContext
    }
    // A context without an identifier refuses resumption when client certificates are asked for.
    SSL_CTX_set_session_id_context(native, sessionContext, UInt32(sessionContext.count))
    (staple, stapleProblem) = Self.staple(material, native)
    try TLSState(
      tickets: shared.tickets, statistics: shared.statistics,
      allowedClientNames: material.clients?.allowedNames ?? [], staple: staple
    ).attach(to: native)
    TicketKeys.install(in: native)
    if staple != nil { OCSPStaple.install(in: native) }
    SSL_CTX_up_ref(native)
    self.native = native
  }

  deinit { SSL_CTX_free(native) }

  private static func staple(_ material: TLSMaterial, _ context: OpaquePointer) -> (OCSPStaple?, String?) {
    if let problem = material.ocspProblem { return (nil, problem) }
    guard let response = material.ocspResponse, let certificate = SSL_CTX_get0_certificate(context) else {
      return (nil, nil)
    }
    do throws(TransportError) {
      return (try OCSPStaple(response, name: material.ocspName, certificate: certificate), nil)
    } catch {
      return (nil, "\(error)")
    }
  }

  private static func configure(_ context: OpaquePointer) throws(TransportError) {
    guard copenssl_set_minimum_version(context, TLS1_2_VERSION) == 1,
      // TLS 1.2: ECDHE and AEAD only. Those of TLS 1.3 are all fine as they come.
      SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1,
      // The hybrid with ML-KEM, which Go's clients prefer, is known to OpenSSL from 3.5 on.
      copenssl_set_groups(context, "X25519MLKEM768:X25519:P-256:P-384") == 1
        || copenssl_set_groups(context, "X25519:P-256:P-384") == 1
    else { throw OpenSSL.failure("configuring a context") }
    // Whatever the system's configuration says: no RSA below 2,048 bits, no SHA-1 (112 bits of security).
    if SSL_CTX_get_security_level(context) < 2 { SSL_CTX_set_security_level(context, 2) }
    SSL_CTX_set_options(context, copenssl_options)
    _ = copenssl_set_mode(context, copenssl_modes)
    // One read from the socket takes all records that are there.
    _ = copenssl_set_read_ahead(context, 1)
    // Sessions are resumed by tickets alone, so that workers share nothing that needs a lock.
    _ = copenssl_set_session_cache_mode(context, Int(SSL_SESS_CACHE_OFF))
    SSL_CTX_set_num_tickets(context, 1)
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
