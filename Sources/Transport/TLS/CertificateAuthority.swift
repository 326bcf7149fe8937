internal import COpenSSL

/// A certificate authority of our own, for serving certificates: an ECDSA P-256 key and a certificate that it signed itself.
///
/// It keeps nothing on disk: what it makes is PEM in memory, and the caller decides where that goes and with which mode.
public final class CertificateAuthority {
  /// A certificate and its key as PEM (the key in PKCS #8, not encrypted).
  public struct Pair: Sendable {
    public let certificatePEM: [UInt8]
    public let keyPEM: [UInt8]
  }

  /// `ca.crt` and `ca.key`.
  public let pair: Pair
  public var certificatePEM: [UInt8] { pair.certificatePEM }
  public var keyPEM: [UInt8] { pair.keyPEM }

  private let certificate: Owned
  private let key: Owned

  /// The validity that can be asked for, in days: up to a hundred years.
  public static let validityRange = 1...36_500

  /// Makes a key and a certificate that is signed with it.
  /// - Parameter commonName: 1 to 64 characters, shown to people and trusted by nobody.
  public init(commonName: String, validDays: Int) throws(TransportError) {
    let key = try Self.makeKey()
    let certificate = try CertificateBuilder(
      commonName: commonName, validDays: validDays, publicKey: key.pointer, issuer: nil)
    try certificate.add(NID_basic_constraints, "critical,CA:TRUE,pathlen:0")
    try certificate.add(NID_key_usage, "critical,keyCertSign,cRLSign")
    try certificate.add(NID_subject_key_identifier, "hash")
    self.pair = try Pair(certificatePEM: certificate.sign(with: key.pointer), keyPEM: Self.pem(ofKey: key.pointer))
    self.certificate = certificate.take()
    self.key = key
  }

  /// Takes up an authority that was made before, to sign more certificates.
  public init(certificatePEM: [UInt8], keyPEM: [UInt8]) throws(TransportError) {
    let key = try PEMLoader.loadKey(keyPEM, "key")
    OpenSSL.clearErrors()
    let read: OpaquePointer?? = OpenSSL.withInput(certificatePEM) { PEM_read_bio_X509($0, nil, nil, nil) }
    OpenSSL.clearErrors()
    guard let read, let read else {
      throw .certificate(file: "certificate", problem: "no PEM certificate (`-----BEGIN CERTIFICATE-----`) in it")
    }
    let certificate = try Owned("PEM_read_bio_X509", read, X509_free)
    guard X509_check_ca(certificate.pointer) == 1 else {
      throw .certificate(file: "certificate", problem: "it is not the certificate of an authority")
    }
    guard X509_check_private_key(certificate.pointer, key.pointer) == 1 else {
      OpenSSL.clearErrors()
      throw .certificate(file: "key", problem: "the key does not belong to the certificate")
    }
    self.pair = Pair(certificatePEM: certificatePEM, keyPEM: keyPEM)
    self.certificate = certificate
    self.key = key
  }

  /// Makes a key and a certificate for a server: `tls.crt` and `tls.key`.
  /// - Parameters:
  ///   - names: DNS names (a `*` may be the first label) and IP addresses, at least one.
  ///   - commonName: the first name, where it is nil.
  public func makeServingCertificate(
    names: [String], commonName: String? = nil, validDays: Int
  ) throws(TransportError) -> Pair {
    try makeCertificate(names, commonName, validDays, usage: "serverAuth")
  }

  /// The same for a client, which a server knows by one of its names.
  public func makeClientCertificate(
    names: [String], commonName: String? = nil, validDays: Int
  ) throws(TransportError) -> Pair {
    try makeCertificate(names, commonName, validDays, usage: "clientAuth")
  }

  private func makeCertificate(
    _ names: [String], _ commonName: String?, _ validDays: Int, usage: String
  ) throws(TransportError) -> Pair {
    let alternatives = try SubjectAlternativeNames(names)
    let key = try Self.makeKey()
    // A common name holds 64 characters, a DNS name 253; clients look at the alternative names only.
    let name = commonName ?? names.first { $0.utf8.count <= 64 } ?? "server"
    let builder = try CertificateBuilder(
      commonName: name, validDays: validDays, publicKey: key.pointer, issuer: certificate.pointer)
    try builder.add(NID_basic_constraints, "critical,CA:FALSE")
    try builder.add(NID_key_usage, "critical,digitalSignature")
    try builder.add(NID_ext_key_usage, usage)
    try builder.add(NID_subject_key_identifier, "hash")
    try builder.add(NID_authority_key_identifier, "keyid:always")
    try builder.add(NID_subject_alt_name, alternatives.extensionText)
    return try Pair(certificatePEM: builder.sign(with: self.key.pointer), keyPEM: Self.pem(ofKey: key.pointer))
  }

  private static func makeKey() throws(TransportError) -> Owned {
    OpenSSL.clearErrors()
    return try Owned("making a P-256 key", copenssl_generate_p256(), EVP_PKEY_free)
  }

  private static func pem(ofKey key: OpaquePointer) throws(TransportError) -> [UInt8] {
    try OpenSSL.output("writing a key") { PEM_write_bio_PKCS8PrivateKey($0, key, nil, nil, 0, nil, nil) }
  }
}

/// An X.509 v3 certificate in the making.
private struct CertificateBuilder: ~Copyable {
  private let certificate: Owned
  private let issuer: OpaquePointer?

  /// - Parameter issuer: nil for a certificate that signs itself.
  init(
    commonName: String, validDays: Int, publicKey: OpaquePointer, issuer: OpaquePointer?
  ) throws(TransportError) {
    guard CertificateAuthority.validityRange.contains(validDays) else {
      throw .certificate(file: "certificate", problem: "a validity of \(validDays) days is not from 1 to 36500")
    }
    guard (1...64).contains(commonName.unicodeScalars.count) else {
      throw .certificate(file: "certificate", problem: "the common name `\(commonName)` has not 1 to 64 characters")
    }
    OpenSSL.clearErrors()
    let certificate = try Owned("X509_new", X509_new(), X509_free)
    let subject = try Owned("X509_NAME_new", X509_NAME_new(), X509_NAME_free)
    let name = Array(commonName.utf8)
    // Valid from five minutes ago: clocks differ between machines.
    guard X509_set_version(certificate.pointer, 2) == 1, Self.setSerial(certificate.pointer),
      X509_NAME_add_entry_by_NID(subject.pointer, NID_commonName, MBSTRING_UTF8, name, Int32(name.count), -1, 0) == 1,
      X509_set_subject_name(certificate.pointer, subject.pointer) == 1,
      X509_set_issuer_name(certificate.pointer, issuer.map { X509_get_subject_name($0) } ?? subject.pointer) == 1,
      X509_gmtime_adj(X509_getm_notBefore(certificate.pointer), -300) != nil,
      X509_time_adj_ex(X509_getm_notAfter(certificate.pointer), Int32(validDays), 0, nil) != nil,
      X509_set_pubkey(certificate.pointer, publicKey) == 1
    else { throw OpenSSL.failure("making a certificate") }
    self.certificate = certificate
    self.issuer = issuer
  }

  /// Adds an extension in the notation of OpenSSL's configuration files.
  borrowing func add(_ kind: Int32, _ value: String) throws(TransportError) {
    OpenSSL.clearErrors()
    var context = X509V3_CTX()
    X509V3_set_ctx(&context, issuer ?? certificate.pointer, certificate.pointer, nil, nil, 0)
    guard let native = X509V3_EXT_conf_nid(nil, &context, kind, value) else {
      throw OpenSSL.failure("the extension `\(value)`")
    }
    defer { X509_EXTENSION_free(native) }
    guard X509_add_ext(certificate.pointer, native, -1) == 1 else { throw OpenSSL.failure("the extension `\(value)`") }
  }

  /// - Returns: the certificate as PEM.
  borrowing func sign(with key: OpaquePointer) throws(TransportError) -> [UInt8] {
    OpenSSL.clearErrors()
    guard X509_sign(certificate.pointer, key, EVP_sha256()) > 0 else { throw OpenSSL.failure("signing") }
    let pointer = certificate.pointer
    return try OpenSSL.output("writing a certificate") { PEM_write_bio_X509($0, pointer) }
  }

  consuming func take() -> Owned { certificate }

  /// 128 random bits, of which the first is 0 so that the number is positive and the second 1 so that it is never short.
  private static func setSerial(_ certificate: OpaquePointer) -> Bool {
    var bytes = [UInt8](repeating: 0, count: 16)
    guard RAND_bytes(&bytes, 16) == 1 else { return false }
    bytes[0] = bytes[0] & 0x3F | 0x40
    guard let number = BN_bin2bn(bytes, 16, nil) else { return false }
    defer { BN_free(number) }
    return BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nil
  }
}
