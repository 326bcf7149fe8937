internal import COpenSSL

/// Which clients are admitted: those with a certificate that an authority of ours signed, and that carries one of the names.
public struct ClientAuthentication: Sendable {
  public enum Mode: String, Sendable, CaseIterable {
    /// Who has no certificate is admitted; one that is shown must be good.
    case optional
    /// Who has no certificate is not admitted.
    case required
  }

  public var mode: Mode
  /// Certificates of authorities in PEM, and the file that they came from, for messages.
  public var authoritiesPEM: [UInt8]
  public var authoritiesName: String
  /// A certificate must carry one of these as a DNS name or as its common name, to the letter. None: every name does.
  public var allowedNames: [String]

  public init(mode: Mode, authoritiesPEM: [UInt8], authoritiesName: String, allowedNames: [String]) {
    self.mode = mode
    self.authoritiesPEM = authoritiesPEM
    self.authoritiesName = authoritiesName
    self.allowedNames = allowedNames
  }

  func install(in context: OpaquePointer) throws(TransportError) {
    try addAuthorities(to: context)
    let optional = Int32(SSL_VERIFY_PEER)
    SSL_CTX_set_verify(context, mode == .required ? optional | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : optional, nil)
    SSL_CTX_set_cert_verify_callback(
      context,
      { store, _ in
        guard let store else { return 0 }
        return ClientAuthentication.verify(store) ? 1 : 0
      }, nil)
    // A resumed session is not verified again, so its certificate's end is looked at here.
    SSL_CTX_set_session_ticket_cb(
      context, { _, _ in 1 },
      { _, session, _, _, status, _ in
        guard status == SSL_TICKET_SUCCESS || status == SSL_TICKET_SUCCESS_RENEW else {
          return status == SSL_TICKET_NO_DECRYPT || status == SSL_TICKET_EMPTY
            ? SSL_TICKET_RETURN_IGNORE_RENEW : SSL_TICKET_RETURN_IGNORE
        }
        if let certificate = SSL_SESSION_get0_peer(session),
          X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0
        {
          return SSL_TICKET_RETURN_IGNORE_RENEW
        }
        return status == SSL_TICKET_SUCCESS_RENEW ? SSL_TICKET_RETURN_USE_RENEW : SSL_TICKET_RETURN_USE
      }, nil)
  }

  private func addAuthorities(to context: OpaquePointer) throws(TransportError) {
    let store = SSL_CTX_get_cert_store(context)
    // An authority below another one, or a client's own certificate, is trusted where it is named, as Go does it.
    X509_STORE_set_flags(store, UInt(X509_V_FLAG_PARTIAL_CHAIN))
    let count = try PEMLoader.forEachCertificate(authoritiesPEM, authoritiesName) {
      certificate throws(TransportError) in
      guard X509_STORE_add_cert(store, certificate) == 1, SSL_CTX_add_client_CA(context, certificate) == 1 else {
        throw .certificate(file: authoritiesName, problem: "a certificate cannot be used: \(OpenSSL.drainErrors())")
      }
    }
    if count == 0 {
      throw .certificate(
        file: authoritiesName, problem: "no PEM certificate (`-----BEGIN CERTIFICATE-----`) in it")
    }
  }

  /// Identifies sessions that may be resumed under this rule; others shake hands in full.
  var sessionContext: [UInt8] {
    var digest = SHA256()
    digest.add(mode.rawValue)
    digest.add(authoritiesPEM)
    for name in allowedNames { digest.add(name) }
    return digest.finish()
  }

  private static func verify(_ store: OpaquePointer) -> Bool {
    let connection = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx())
    let state = connection.flatMap { TLSState.of(OpaquePointer($0)) }
    guard let state, X509_verify_cert(store) == 1, let certificate = X509_STORE_CTX_get0_cert(store) else {
      state?.statistics.countRefusedClient()
      return false
    }
    if state.allowedClientNames.isEmpty || state.allowedClientNames.contains(where: { carries($0, certificate) }) {
      return true
    }
    state.statistics.countRefusedClient()
    X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION)
    return false
  }

  /// Whether a certificate has the name among its DNS names or as its common name. A `*` stands for itself.
  private static func carries(_ name: String, _ certificate: OpaquePointer) -> Bool {
    let flags = X509_CHECK_FLAG_NO_WILDCARDS | X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT
    return X509_check_host(certificate, name, name.utf8.count, UInt32(flags), nil) == 1
  }

  /// What is wrong with a name that is to be allowed, or nil.
  public static func problem(ofAllowedName name: String) -> String? {
    if name.isEmpty { return "it is empty" }
    if name.hasPrefix(".") { return "it begins with a dot; write each name in full" }
    if name.utf8.contains(0) { return "it has a zero byte" }
    return nil
  }
}
