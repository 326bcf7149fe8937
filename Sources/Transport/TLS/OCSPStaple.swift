internal import COpenSSL

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A response of a certificate authority that says that a certificate was not revoked, sent along with the certificate to clients that
/// ask for it (RFC 6066, section 8). Whoever renews the certificate also fetches this; nothing is fetched here.
public struct OCSPStaple: Sendable {
  let bytes: [UInt8]
  /// Seconds since 1970 from which on a newer one exists, and this one is not sent any more; 0 where it names no time.
  public let nextUpdate: Int64

  /// Reads a response in DER.
  /// - Throws: where it is none, or is about another certificate, or says that this one was revoked.
  init(_ der: [UInt8], name: String, certificate: OpaquePointer) throws(TransportError) {
    var status: Int32 = 0
    var nextUpdate: Int64 = 0
    OpenSSL.clearErrors()
    let result = copenssl_read_ocsp(der, der.count, certificate, &status, &nextUpdate)
    OpenSSL.clearErrors()
    switch result {
    case 0: break
    case 1: throw .certificate(file: name, problem: "no OCSP response in DER")
    case 2: throw .certificate(file: name, problem: "the OCSP responder answered with an error")
    default: throw .certificate(file: name, problem: "the OCSP response is not about the serving certificate")
    }
    switch status {
    case V_OCSP_CERTSTATUS_GOOD: break
    case V_OCSP_CERTSTATUS_REVOKED:
      throw .certificate(file: name, problem: "the OCSP response says that the serving certificate was revoked")
    default:
      throw .certificate(file: name, problem: "the OCSP responder does not know the serving certificate")
    }
    bytes = der
    self.nextUpdate = nextUpdate
  }

  /// Has a context send what its ``TLSState`` holds.
  static func install(in context: OpaquePointer) {
    _ = copenssl_set_status_callback(context) { connection, _ in
      guard let connection, let staple = TLSState.of(connection)?.staple,
        staple.nextUpdate == 0 || time(nil) < staple.nextUpdate,
        copenssl_staple(connection, staple.bytes, staple.bytes.count) == 1
      else { return SSL_TLSEXT_ERR_NOACK }
      return SSL_TLSEXT_ERR_OK
    }
  }
}
