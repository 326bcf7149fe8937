import COpenSSL
import Foundation
import Testing
import TestSupport
import Transport

@Suite("Clients that are asked for a certificate")
struct ClientAuthenticationTests {
  private let authority: CertificateAuthority
  private let shared = TLSShared()

  init() throws { authority = try CertificateAuthority(commonName: "clients", validDays: 2) }

  private func server(_ mode: ClientAuthentication.Mode, names: [String] = []) throws -> RunningServer {
    try RunningServer(
      workers: 1, shared: shared,
      clients: ClientAuthentication(
        mode: mode, authoritiesPEM: authority.certificatePEM, authoritiesName: "ca.crt", allowedNames: names))
  }

  private func pair(_ names: [String] = ["kube-apiserver"], commonName: String = "admission") throws
    -> CertificateAuthority.Pair
  {
    try authority.makeClientCertificate(names: names, commonName: commonName, validDays: 1)
  }

  @Test("are admitted with one of the authority, and not without", arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
  func required(_ version: Int32) throws {
    let running = try server(.required)
    #expect(try TLSClient(running, pair: pair(), version: version).ask(running)?.text.hasSuffix("me") == true)
    #expect(try TLSClient(running, version: version).ask(running) == nil)
    let stranger = try CertificateAuthority(commonName: "clients", validDays: 2)
      .makeClientCertificate(names: ["kube-apiserver"], validDays: 1)
    #expect(try TLSClient(running, pair: stranger, version: version).ask(running) == nil)
    #expect(shared.statistics.refusedClients == 1)
    // A certificate for serving is none for asking.
    let serving = try authority.makeServingCertificate(names: ["kube-apiserver"], validDays: 1)
    #expect(try TLSClient(running, pair: serving, version: version).ask(running) == nil)
    #expect(running.waitUntil { $0.handshakeFailures == 3 })
  }

  @Test("are admitted without one where it is optional, and counted, but not with a bad one")
  func optional() throws {
    let running = try server(.optional)
    #expect(try TLSClient(running).ask(running) != nil)
    #expect(shared.statistics.anonymousClients == 1)
    #expect(try TLSClient(running, pair: pair()).ask(running) != nil)
    #expect(shared.statistics.anonymousClients == 1)
    let stranger = try CertificateAuthority(commonName: "other", validDays: 2)
      .makeClientCertificate(names: ["kube-apiserver"], validDays: 1)
    #expect(try TLSClient(running, pair: stranger).ask(running) == nil)
  }

  @Test(
    "are admitted by a DNS name or the common name, to the letter",
    arguments: [
      (["kube-apiserver"], true), (["nobody", "admission"], true), (["KUBE-apiserver"], true), (["kube"], false),
      (["*"], false), (["kube-apiserver.default"], false),
    ])
  func names(_ allowed: [String], _ isAdmitted: Bool) throws {
    let running = try server(.required, names: allowed)
    #expect(try (TLSClient(running, pair: pair()).ask(running) != nil) == isAdmitted)
    #expect(shared.statistics.refusedClients == (isAdmitted ? 0 : 1))
  }

  @Test("are not taken for a name by a wildcard in their certificate")
  func wildcard() throws {
    let running = try server(.required, names: ["api.example.com"])
    #expect(try TLSClient(running, pair: pair(["*.example.com"])).ask(running) == nil)
  }

  @Test("resume their session under the same rule, and not when the rule has changed")
  func resumption() throws {
    let running = try server(.required, names: ["kube-apiserver"])
    let client = try TLSClient(running, pair: pair())
    let session = try #require(try client.ask(running)?.session)
    #expect(try client.ask(running, resuming: session)?.isResumed == true)
    let rule = ClientAuthentication(
      mode: .required, authoritiesPEM: authority.certificatePEM, authoritiesName: "ca.crt", allowedNames: ["somebody"])
    running.server.replaceTLS(try running.makeContext(names: ["localhost"], shared: shared, clients: rule))
    #expect(try client.ask(running, resuming: session) == nil)
  }

  @Test("are not asked for anything by a file without certificates, which is a mistake")
  func noAuthorities() throws {
    #expect(throws: TransportError.self) {
      try RunningServer(
        workers: 1,
        clients: ClientAuthentication(
          mode: .required, authoritiesPEM: Array("nothing".utf8), authoritiesName: "ca.crt", allowedNames: []))
    }
  }

  @Test("cannot renegotiate", .enabled(if: ClientTool.openssl.isPresent, "openssl is not installed"))
  func renegotiation() throws {
    let running = try RunningServer(workers: 1)
    let outcome = try ClientTool.openssl.run(
      ["s_client", "-connect", "127.0.0.1:\(running.port)", "-CAfile", running.authorityFile, "-tls1_2"],
      input: Data("R\n".utf8))
    #expect(outcome.output.contains("Secure Renegotiation IS supported"))
    #expect(outcome.errors.contains("no renegotiation"), "\(outcome.errors)")
  }
}

@Suite("OCSP responses", .enabled(if: ClientTool.openssl.isPresent, "openssl is not installed"))
struct OCSPTests {
  private let folder: TemporaryFolder
  private let authority: CertificateAuthority
  private let pair: CertificateAuthority.Pair

  init() throws {
    folder = try TemporaryFolder()
    authority = try CertificateAuthority(commonName: "test authority", validDays: 2)
    pair = try authority.makeServingCertificate(names: ["localhost"], validDays: 1)
  }

  /// What an authority's responder says of a certificate.
  private func response(about certificate: [UInt8], revoked: Bool = false) throws -> [UInt8] {
    let ca = try folder.write("ca.crt", authority.certificatePEM)
    let key = try folder.write("ca.key", authority.keyPEM)
    let subject = try folder.write("subject.crt", certificate)
    let serial = try ClientTool.openssl.run(["x509", "-in", subject, "-noout", "-serial"]).output
      .split(separator: "=").last?.trimmingCharacters(in: .whitespacesAndNewlines)
    let state = revoked ? "R\t350101000000Z\t250101000000Z" : "V\t350101000000Z\t"
    let index = try folder.write("index", Array("\(state)\t\(try #require(serial))\tunknown\t/CN=localhost\n".utf8))
    let answer = "\(folder.path)/answer.der"
    let made = try ClientTool.openssl.run([
      "ocsp", "-index", index, "-rsigner", ca, "-rkey", key, "-CA", ca, "-issuer", ca, "-cert", subject, "-respout",
      answer, "-ndays", "1",
    ])
    try #require(FileManager.default.fileExists(atPath: answer), "\(made.errors)")
    return Array(try Data(contentsOf: URL(filePath: answer)))
  }

  private func context(_ response: [UInt8]) throws -> TLSContext {
    var material = TLSMaterial(certificatePEM: pair.certificatePEM, keyPEM: pair.keyPEM)
    material.ocspResponse = response
    return try TLSContext(material)
  }

  @Test("are sent with the certificate to who asks")
  func stapled() throws {
    let context = try context(response(about: pair.certificatePEM))
    #expect(context.stapleProblem == nil)
    #expect(try #require(context.staple).nextUpdate > 0)
    let running = try RunningServer(workers: 1)
    running.server.replaceTLS(context)
    let outcome = try ClientTool.openssl.run(
      ["s_client", "-connect", "127.0.0.1:\(running.port)", "-status"], input: Data())
    #expect(outcome.output.contains("OCSP Response Status: successful"), "\(outcome.output)")
    #expect(outcome.output.contains("Cert Status: good"))
  }

  @Test("that do not fit are not sent, and no reason not to serve")
  func wrong() throws {
    #expect(try context(Array("nothing".utf8)).stapleProblem == "OCSP response: no OCSP response in DER")
    let other = try authority.makeServingCertificate(names: ["other"], validDays: 1)
    #expect(
      try context(response(about: other.certificatePEM)).stapleProblem
        == "OCSP response: the OCSP response is not about the serving certificate")
    let revoked = try context(response(about: pair.certificatePEM, revoked: true))
    #expect(
      revoked.stapleProblem == "OCSP response: the OCSP response says that the serving certificate was revoked")
    #expect(revoked.staple == nil)
  }
}

@Suite("A worker's heartbeat")
struct HeartbeatTests {
  /// Does not come back from a request before it is told to.
  private final class Stuck: RequestHandler {
    let entered: DispatchSemaphore
    let release: DispatchSemaphore

    init(_ entered: DispatchSemaphore, _ release: DispatchSemaphore) {
      self.entered = entered
      self.release = release
    }

    func handle(_ request: borrowing Request, _ response: inout Response) {
      entered.signal()
      release.wait()
    }

    func refuse(_ refusal: RequestRefusal, _ response: inout Response) {}
  }

  @Test("tells how long it has been busy, and nothing of one that waits")
  func busy() throws {
    let (entered, release) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let authority = try CertificateAuthority(commonName: "a", validDays: 1)
    let pair = try authority.makeServingCertificate(names: ["localhost"], validDays: 1)
    let server = try TransportServer(
      .init(address: SocketAddress("127.0.0.1:0"), workers: 1),
      tls: TLSContext(certificatePEM: pair.certificatePEM, keyPEM: pair.keyPEM),
      handler: { _ in Stuck(entered, release) })
    let later = MonotonicInstant.now().advanced(by: .seconds(100))
    var patience = 2_000
    while server.busyNanoseconds(at: later) != [0], patience > 0 {
      patience -= 1
      usleep(1_000)
    }
    #expect(server.busyNanoseconds(at: later) == [0])
    let client = Process()
    client.executableURL = URL(filePath: ClientTool.curl.path)
    client.arguments = ["--silent", "--insecure", "https://127.0.0.1:\(server.address.port)/"]
    try client.run()
    entered.wait()
    #expect(server.busyNanoseconds(at: later).allSatisfy { $0 > 1_000_000_000 })
    release.signal()
    client.waitUntilExit()
    server.stop()
  }
}
