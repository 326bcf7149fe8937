internal import Transport

/// Who is admitted, and what is sent along with the certificate.
public struct ClientConfiguration: Sendable {
  /// PEM: the authorities that sign clients' certificates; nil where no client is asked for one.
  public var authorities: String?
  /// Whether a client without a certificate is turned away.
  public var isRequired: Bool
  /// DNS names or common names, of which a certificate must carry one; none: any certificate of the authorities will do.
  public var allowedNames: [String]
  /// DER: the OCSP response about the serving certificate; nil for none.
  public var ocspResponse: String?

  public init(
    authorities: String? = nil, isRequired: Bool = true, allowedNames: [String] = [], ocspResponse: String? = nil
  ) {
    self.authorities = authorities
    self.isRequired = isRequired
    self.allowedNames = allowedNames
    self.ocspResponse = ocspResponse
  }

  /// What is wrong with a name that is to be allowed, or nil.
  public static func problem(ofAllowedName name: String) -> String? {
    ClientAuthentication.problem(ofAllowedName: name)
  }
}

/// How the server ends.
public struct ShutdownConfiguration: Sendable {
  /// Nanoseconds between the signal, at which `/readyz` fails, and the closing of the listeners.
  public var delay: UInt64
  /// Nanoseconds from then on in which accepted requests may finish.
  public var timeout: UInt64

  public init(delay: UInt64 = 0, timeout: UInt64 = ShutdownConfiguration.defaultTimeout) {
    self.delay = delay
    self.timeout = timeout
  }

  /// 20 s: with the delay of the kustomize base it fits into the 30 s that Kubernetes gives.
  public static let defaultTimeout: UInt64 = 20_000_000_000
}
