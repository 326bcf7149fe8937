import Foundation
import Testing
import TestSupport
import Transport

@Suite("Certificates")
struct CertificateTests {
  private func openssl(_ arguments: String...) throws -> String {
    let outcome = try ClientTool.openssl.run(arguments)
    return outcome.output + outcome.errors
  }

  @Test(
    "OpenSSL itself verifies what was made, for each name and for no other",
    .enabled(if: ClientTool.openssl.isPresent, "needs the openssl command"))
  func verify() throws {
    let folder = try TemporaryFolder()
    let authority = try CertificateAuthority(commonName: "test authority", validDays: 365)
    let pair = try authority.makeServingCertificate(
      names: ["webhook.example.svc", "*.pods.example", "127.0.0.1", "::1", "Webhook.example.svc"], validDays: 30)
    let ca = try folder.write("ca.crt", authority.certificatePEM)
    let certificate = try folder.write("tls.crt", pair.certificatePEM)
    let key = try folder.write("tls.key", pair.keyPEM)
    for name in [
      ["-verify_hostname", "webhook.example.svc"], ["-verify_hostname", "a.pods.example"], ["-verify_ip", "127.0.0.1"],
      ["-verify_ip", "::1"],
    ] {
      let outcome = try ClientTool.openssl.run(
        ["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", ca] + name + [certificate])
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    let other = try ClientTool.openssl.run(["verify", "-CAfile", ca, "-verify_hostname", "other.example", certificate])
    #expect(other.status != 0)
    let text = try openssl("x509", "-in", certificate, "-noout", "-text")
    #expect(text.contains("ASN1 OID: prime256v1"))
    #expect(text.contains("X509v3 Basic Constraints: critical\n                CA:FALSE"))
    #expect(text.contains("X509v3 Key Usage: critical\n                Digital Signature\n"))
    #expect(text.contains("TLS Web Server Authentication\n"))
    #expect(
      text.contains(
        "DNS:webhook.example.svc, DNS:*.pods.example, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1\n"))
    #expect(text.contains("X509v3 Authority Key Identifier"))
    let caText = try openssl("x509", "-in", ca, "-noout", "-text")
    #expect(caText.contains("CA:TRUE, pathlen:0"))
    #expect(caText.contains("Certificate Sign, CRL Sign"))
    #expect(try openssl("pkey", "-in", key, "-noout", "-text").contains("prime256v1"))
    let serial = try openssl("x509", "-in", certificate, "-noout", "-serial")
    #expect(serial.trimmingCharacters(in: .whitespacesAndNewlines).count == "serial=".count + 32)
  }

  @Test("Serial numbers and keys are never the same")
  func fresh() throws {
    let authority = try CertificateAuthority(commonName: "a", validDays: 1)
    let first = try authority.makeServingCertificate(names: ["a.example"], validDays: 1)
    let second = try authority.makeServingCertificate(names: ["a.example"], validDays: 1)
    #expect(first.certificatePEM != second.certificatePEM)
    #expect(first.keyPEM != second.keyPEM)
  }

  @Test("An authority is taken up again from its PEM and signs what its first certificate verifies")
  func reload() throws {
    let made = try CertificateAuthority(commonName: "a", validDays: 1)
    let again = try CertificateAuthority(certificatePEM: made.certificatePEM, keyPEM: made.keyPEM)
    let pair = try again.makeServingCertificate(names: ["a.example"], validDays: 1)
    _ = try TLSContext(certificatePEM: pair.certificatePEM + made.certificatePEM, keyPEM: pair.keyPEM)
    #expect(throws: TransportError.certificate(file: "key", problem: "the key does not belong to the certificate")) {
      try CertificateAuthority(certificatePEM: made.certificatePEM, keyPEM: pair.keyPEM)
    }
    #expect(
      throws: TransportError.certificate(file: "certificate", problem: "it is not the certificate of an authority")
    ) {
      try CertificateAuthority(certificatePEM: pair.certificatePEM, keyPEM: pair.keyPEM)
    }
  }

  @Test(
    "Names that cannot stand in a certificate are refused",
    arguments: [
      "", " ", "a b", "-a.example", "a-.example", "a..example", ".example", "a.example.", "*", "*.example",
      "a.*.example",
      "a*.example", "https://a.example", "a.example:8443", "[::1]", "1.2.3", "300.1.1.1", "10.0.0.1/8", "ä.example",
      "a,DNS:b.example", "a\nb", "email:a", String(repeating: "a", count: 64) + ".example",
      String(repeating: "abcdefg.", count: 32) + "example",
    ])
  func badNames(name: String) throws {
    let authority = try CertificateAuthority(commonName: "a", validDays: 1)
    do {
      _ = try authority.makeServingCertificate(names: ["good.example", name], validDays: 1)
      Issue.record("`\(name)` was accepted")
    } catch {
      guard case .subjectAlternativeName(name, _) = error else {
        Issue.record("\(error)")
        return
      }
    }
  }

  @Test("A validity or a common name out of range is refused", arguments: [0, -1, 36_501])
  func ranges(days: Int) {
    #expect(throws: TransportError.self) { try CertificateAuthority(commonName: "a", validDays: days) }
    #expect(throws: TransportError.self) { try CertificateAuthority(commonName: "", validDays: 1) }
    #expect(throws: TransportError.self) {
      try CertificateAuthority(commonName: String(repeating: "a", count: 65), validDays: 1)
    }
    #expect(throws: TransportError.self) {
      try CertificateAuthority(commonName: "a", validDays: 1).makeServingCertificate(names: [], validDays: 1)
    }
  }

  @Test("The end of a certificate is known")
  func notAfter() throws {
    let authority = try CertificateAuthority(commonName: "a", validDays: 400)
    let pair = try authority.makeServingCertificate(names: ["a.example"], validDays: 90)
    let context = try TLSContext(certificatePEM: pair.certificatePEM, keyPEM: pair.keyPEM)
    let days = (Double(context.notAfter) - Date().timeIntervalSince1970) / 86_400
    #expect(abs(days - 90) < 0.1)
  }

  // MARK: Loading

  @Test("What is wrong with a file is said, with its name")
  func loading() throws {
    let folder = try TemporaryFolder()
    let authority = try CertificateAuthority(commonName: "a", validDays: 1)
    let pair = try authority.makeServingCertificate(names: ["a.example"], validDays: 1)
    let other = try authority.makeServingCertificate(names: ["a.example"], validDays: 1)
    let certificate = try folder.write("tls.crt", pair.certificatePEM)
    let key = try folder.write("tls.key", pair.keyPEM)
    let otherKey = try folder.write("other.key", other.keyPEM)
    let text = try folder.write("text", Array("hello".utf8))
    let empty = try folder.write("empty", [])
    let damaged = try folder.write(
      "damaged", Array("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".utf8))
    let damagedKey = try folder.write(
      "damaged.key", Array("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".utf8))
    let missing = "\(folder.path)/missing"

    func problem(_ certificate: String, _ key: String) -> String {
      do {
        _ = try TLSContext(certificateFile: certificate, keyFile: key)
        return "none"
      } catch { return error.description }
    }
    #expect(problem(certificate, key) == "none")
    #expect(problem(missing, key) == "\(missing): no such file or directory")
    #expect(problem(certificate, missing) == "\(missing): no such file or directory")
    #expect(problem(folder.path, key) == "\(folder.path): is a directory")
    #expect(problem(text, key) == "\(text): no PEM certificate (`-----BEGIN CERTIFICATE-----`) in it")
    #expect(problem(empty, key) == "\(empty): no PEM certificate (`-----BEGIN CERTIFICATE-----`) in it")
    #expect(problem(key, key) == "\(key): no PEM certificate (`-----BEGIN CERTIFICATE-----`) in it")
    #expect(problem(damaged, key).hasPrefix("\(damaged): a certificate in it is damaged: "))
    #expect(problem(certificate, text) == "\(text): no PEM private key (`-----BEGIN PRIVATE KEY-----`) in it")
    #expect(problem(certificate, empty) == "\(empty): no PEM private key (`-----BEGIN PRIVATE KEY-----`) in it")
    #expect(problem(certificate, certificate).hasPrefix("\(certificate): no PEM private key"))
    #expect(problem(certificate, damagedKey).hasPrefix("\(damagedKey): the key is damaged: "))
    #expect(
      problem(certificate, otherKey) == "\(otherKey): the key does not belong to the certificate in \(certificate)")
  }

  @Test("An encrypted key is said to be one", .enabled(if: ClientTool.openssl.isPresent, "needs the openssl command"))
  func encryptedKey() throws {
    let folder = try TemporaryFolder()
    let authority = try CertificateAuthority(commonName: "a", validDays: 1)
    let key = try folder.write("ca.key", authority.keyPEM)
    let encrypted = try ClientTool.openssl.run(["pkey", "-in", key, "-aes256", "-passout", "pass:secret"])
    #expect(encrypted.output.contains("ENCRYPTED"))
    #expect(
      throws: TransportError.certificate(
        file: "key", problem: "the key is encrypted; decrypt it first (`openssl pkey -in … -out …`)")
    ) {
      try TLSContext(certificatePEM: authority.certificatePEM, keyPEM: Array(encrypted.output.utf8))
    }
  }

  @Test("Mutated PEM crashes nothing")
  func mutatedPEM() throws {
    let authority = try CertificateAuthority(commonName: "a", validDays: 1)
    var mutator = Mutator(
      corpus: [authority.certificatePEM, authority.keyPEM], dictionary: ["-----BEGIN ", "-----END ", "\n", "="], seed: 7
    )
    for _ in 0..<300 {
      let bytes = mutator.next()
      _ = try? TLSContext(certificatePEM: bytes, keyPEM: authority.keyPEM)
      _ = try? TLSContext(certificatePEM: authority.certificatePEM, keyPEM: bytes)
    }
  }
}
