/// A certificate authority of our own, for serving certificates: an ECDSA P-256 key and a certificate signed with it.
public final class CertificateAuthority {
  public struct SigningRequest: Sendable {
    /// DNS names and IP addresses, as text.
    public var names: [String]
    public var commonName: String
    public var validDays: Int

    public init(names: [String], commonName: String, validDays: Int) {
      self.names = names
      self.commonName = commonName
      self.validDays = validDays
    }
  }

  /// A certificate and its key as PEM.
  public struct Pair: Sendable {
    public let certificatePEM: [UInt8]
    public let keyPEM: [UInt8]
  }

  /// Makes a key and a certificate that is signed with it.
  public init(commonName: String, validDays: Int) throws(TransportError) {
    throw .openSSL(operation: "EVP_EC_gen", problem: "not there")
  }

  public var certificatePEM: [UInt8] { [] }
  public var keyPEM: [UInt8] { [] }

  /// Makes a key and a certificate for a server. The names are checked first: at least one, each a DNS name (a `*` may be
  /// its first label) or an IP address.
  public func makeServingCertificate(_ request: SigningRequest) throws(TransportError) -> Pair {
    throw .openSSL(operation: "EVP_EC_gen", problem: "not there")
  }
}
