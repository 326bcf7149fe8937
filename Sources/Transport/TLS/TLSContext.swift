/// A certificate chain, its key, and how TLS is spoken with them. Immutable, shared by all workers.
public final class TLSContext: @unchecked Sendable {
  /// Reads PEM files: the certificate chain, the server's own first, and its key, which must not be encrypted.
  public init(certificateFile: String, keyFile: String) throws(TransportError) {
    throw .openSSL(operation: "SSL_CTX_new", problem: "not there")
  }

  /// The same from PEM in memory.
  public init(certificatePEM: [UInt8], keyPEM: [UInt8]) throws(TransportError) {
    throw .openSSL(operation: "SSL_CTX_new", problem: "not there")
  }

  /// When the certificate stops being valid, in seconds since 1970, for metrics and renewal.
  public var notAfter: Int64 { 0 }
}
