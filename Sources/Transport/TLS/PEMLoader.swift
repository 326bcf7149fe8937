internal import COpenSSL

/// Certificates and keys from PEM into a context, with errors that say what is wrong with which file.
enum PEMLoader {
  /// Uses the first certificate as the server's own and the others as its chain.
  /// - Returns: when the server's own begins and ends, in seconds since 1970.
  static func useChain(
    _ pem: [UInt8], _ name: String, in context: OpaquePointer
  ) throws(TransportError) -> (notBefore: Int64, notAfter: Int64) {
    var validity: (notBefore: Int64, notAfter: Int64)?
    _ = try forEachCertificate(pem, name) { certificate throws(TransportError) in
      if validity == nil {
        guard SSL_CTX_use_certificate(context, certificate) == 1 else {
          throw .certificate(file: name, problem: "the certificate cannot be used: \(OpenSSL.drainErrors())")
        }
        validity = (
          X509_get0_notBefore(certificate).flatMap { seconds($0) } ?? 0,
          X509_get0_notAfter(certificate).flatMap { seconds($0) } ?? 0
        )
      } else if copenssl_add_chain_certificate(context, certificate) != 1 {
        throw .certificate(file: name, problem: "the chain cannot be used: \(OpenSSL.drainErrors())")
      }
    }
    guard let validity else {
      throw .certificate(file: name, problem: "no PEM certificate (`-----BEGIN CERTIFICATE-----`) in it")
    }
    return validity
  }

  /// Hands out the certificates of a file one after the other; they are valid during the call.
  /// - Returns: how many there are.
  static func forEachCertificate(
    _ pem: [UInt8], _ name: String, _ body: (OpaquePointer) throws(TransportError) -> Void
  ) throws(TransportError) -> Int {
    OpenSSL.clearErrors()
    var count = 0
    let done: Void? = try OpenSSL.withInput(pem) { bio throws(TransportError) in
      while let certificate = PEM_read_bio_X509(bio, nil, nil, nil) {
        defer { X509_free(certificate) }
        try body(certificate)
        count += 1
      }
      // The end of the input shows as a missing start line; anything else is damage.
      if copenssl_no_start_line(ERR_peek_last_error()) == 0 {
        throw .certificate(file: name, problem: "a certificate in it is damaged: \(OpenSSL.drainErrors())")
      }
      OpenSSL.clearErrors()
    }
    guard done != nil else { throw OpenSSL.failure("BIO_new") }
    return count
  }

  static func useKey(
    _ pem: [UInt8], _ name: String, certificateName: String, in context: OpaquePointer
  ) throws(TransportError) {
    let key = try loadKey(pem, name)
    OpenSSL.clearErrors()
    guard SSL_CTX_use_PrivateKey(context, key.pointer) == 1, SSL_CTX_check_private_key(context) == 1 else {
      OpenSSL.clearErrors()
      throw .certificate(file: name, problem: "the key does not belong to the certificate in \(certificateName)")
    }
  }

  static func loadKey(_ pem: [UInt8], _ name: String) throws(TransportError) -> Owned {
    OpenSSL.clearErrors()
    var encrypted = false
    let key: OpaquePointer?? = OpenSSL.withInput(pem) { bio in
      withUnsafeMutablePointer(to: &encrypted) { flag in
        // Without a callback OpenSSL would ask for a passphrase on the terminal.
        PEM_read_bio_PrivateKey(
          bio, nil,
          { _, _, _, context in
            context?.assumingMemoryBound(to: Bool.self).pointee = true
            return -1
          }, flag)
      }
    }
    if let key, let key { return try Owned("PEM_read_bio_PrivateKey", key, EVP_PKEY_free) }
    if encrypted {
      OpenSSL.clearErrors()
      throw .certificate(file: name, problem: "the key is encrypted; decrypt it first (`openssl pkey -in … -out …`)")
    }
    if !String(decoding: pem, as: UTF8.self).contains("PRIVATE KEY-----") {
      OpenSSL.clearErrors()
      throw .certificate(file: name, problem: "no PEM private key (`-----BEGIN PRIVATE KEY-----`) in it")
    }
    throw .certificate(file: name, problem: "the key is damaged: \(OpenSSL.drainErrors())")
  }

  /// Seconds since 1970, or nil for a time that is none.
  static func seconds(_ time: UnsafePointer<ASN1_TIME>) -> Int64? {
    guard let epoch = ASN1_TIME_set(nil, 0) else { return nil }
    defer { ASN1_TIME_free(epoch) }
    var days: Int32 = 0
    var seconds: Int32 = 0
    guard ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else { return nil }
    return Int64(days) * 86_400 + Int64(seconds)
  }
}
