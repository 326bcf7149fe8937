#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What a ``TLSContext`` is made of, in memory, with the names that messages give the parts.
public struct TLSMaterial: Sendable {
  public var certificatePEM: [UInt8]
  public var certificateName = "certificate"
  public var keyPEM: [UInt8]
  public var keyName = "key"
  public var clients: ClientAuthentication?
  /// In DER.
  public var ocspResponse: [UInt8]?
  public var ocspName = "OCSP response"
  /// Why there is no OCSP response where there should be one.
  public var ocspProblem: String?

  public init(certificatePEM: [UInt8], keyPEM: [UInt8]) {
    self.certificatePEM = certificatePEM
    self.keyPEM = keyPEM
  }

  /// Tells this material from any other: SHA-256 in hex digits.
  public var digest: String {
    var digest = SHA256()
    digest.add(certificatePEM)
    digest.add(keyPEM)
    digest.add(clients?.sessionContext ?? [])
    digest.add(ocspResponse ?? [])
    digest.add(ocspProblem ?? "")
    return digest.text()
  }
}

/// What the contexts of one server have in common while certificates come and go.
public struct TLSShared: Sendable {
  let tickets = TicketKeys()
  public let statistics = TLSStatistics()

  public init() {}
}

/// The files that a ``TLSContext`` is made of.
public struct TLSFiles: Sendable {
  /// PEM: the chain, the server's own certificate first.
  public var certificate: String
  /// PEM, not encrypted.
  public var key: String
  /// PEM: the authorities that sign clients' certificates; nil where no client is asked for one.
  public var clientAuthorities: String?
  public var clientMode: ClientAuthentication.Mode
  public var allowedClientNames: [String]
  /// DER; nil for none.
  public var ocspResponse: String?

  public init(
    certificate: String, key: String, clientAuthorities: String? = nil,
    clientMode: ClientAuthentication.Mode = .required, allowedClientNames: [String] = [], ocspResponse: String? = nil
  ) {
    self.certificate = certificate
    self.key = key
    self.clientAuthorities = clientAuthorities
    self.clientMode = clientMode
    self.allowedClientNames = allowedClientNames
    self.ocspResponse = ocspResponse
  }

  /// All of them.
  public var paths: [String] { [certificate, key] + [clientAuthorities, ocspResponse].compactMap { $0 } }

  /// Reads the files. An OCSP response that cannot be read is noted in the material and no error.
  public func read() throws(TransportError) -> TLSMaterial {
    var material = TLSMaterial(
      certificatePEM: try FileReader.contents(of: certificate), keyPEM: try FileReader.contents(of: key))
    material.certificateName = certificate
    material.keyName = key
    if let clientAuthorities {
      material.clients = ClientAuthentication(
        mode: clientMode, authoritiesPEM: try FileReader.contents(of: clientAuthorities),
        authoritiesName: clientAuthorities, allowedNames: allowedClientNames)
    }
    if let ocspResponse {
      material.ocspName = ocspResponse
      do throws(TransportError) {
        material.ocspResponse = try FileReader.contents(of: ocspResponse)
      } catch {
        material.ocspProblem = "\(error)"
      }
    }
    return material
  }
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
