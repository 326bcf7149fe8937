import Foundation
import Memory
import Testing
import TestSupport
import Transport

/// A server on a port of the system's choosing, with a certificate of its own, for as long as the value lives.
final class RunningServer: Sendable {
  let server: TransportServer
  let folder: TemporaryFolder
  let authorityFile: String
  private let authority: (certificate: [UInt8], key: [UInt8])

  init(
    workers: Int = 2, admin: Bool = false, address: String = "127.0.0.1:0", adminAddress: String = "127.0.0.1:0",
    shared: TLSShared = TLSShared(), clients: ClientAuthentication? = nil, _ limits: Limits = Limits(),
    adminHandler: @escaping @Sendable () -> any RequestHandler = { Recorder() }
  ) throws {
    let authority = try CertificateAuthority(commonName: "test authority", validDays: 1)
    let pair = try authority.makeServingCertificate(names: ["localhost", "127.0.0.1", "::1"], validDays: 1)
    self.authority = (authority.certificatePEM, authority.keyPEM)
    folder = try TemporaryFolder()
    authorityFile = try folder.write("ca.crt", authority.certificatePEM)
    var material = TLSMaterial(certificatePEM: pair.certificatePEM, keyPEM: pair.keyPEM)
    material.clients = clients
    server = try TransportServer(
      .init(
        address: SocketAddress(address), workers: workers, adminAddress: admin ? SocketAddress(adminAddress) : nil,
        limits: limits), tls: TLSContext(material, shared),
      handler: { _ in Recorder() }, adminHandler: adminHandler)
  }

  deinit { server.stop() }

  var port: UInt16 { server.address.port }
  func url(_ path: String) -> String { "https://127.0.0.1:\(port)\(path)" }

  /// The counters of all workers together.
  var counters: TransportCounters {
    server.workerCounters.reduce(into: TransportCounters()) { $0 += $1 }
  }

  /// Waits until the counters show it: what a worker counts after the client's end is not there at once.
  func waitUntil(_ condition: (TransportCounters) -> Bool) -> Bool {
    let deadline = MonotonicInstant.now().advanced(by: .seconds(20))
    while MonotonicInstant.now() < deadline {
      if condition(counters) { return true }
      usleep(2_000)
    }
    return false
  }

  func makeContext(
    names: [String], shared: TLSShared = TLSShared(), clients: ClientAuthentication? = nil
  ) throws -> TLSContext {
    let authority = try CertificateAuthority(certificatePEM: authority.certificate, keyPEM: authority.key)
    let pair = try authority.makeServingCertificate(names: names, validDays: 1)
    var material = TLSMaterial(certificatePEM: pair.certificatePEM, keyPEM: pair.keyPEM)
    material.clients = clients
    return try TLSContext(material, shared)
  }

  /// Runs curl; `%{http_code}` and the like are written behind the body.
  func curl(_ arguments: [String], _ path: String, input: Data? = nil) throws -> ClientTool.Outcome {
    try ClientTool.curl.run(
      ["--silent", "--show-error", "--max-time", "30", "--cacert", authorityFile] + arguments + [url(path)],
      input: input)
  }
}

/// A bare TCP client, for what no proper client sends.
final class RawClient {
  let descriptor: Int32
  /// So that the server runs as long as the client.
  private let running: RunningServer

  /// Connects to the plain listener, or to the one with TLS.
  init(_ running: RunningServer, tls: Bool = false) throws {
    self.running = running
    let port = tls ? running.port : try #require(running.server.adminAddress).port
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    var patience = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    if result != 0 { throw POSIXError(.ECONNREFUSED) }
  }

  deinit { close(descriptor) }

  func send(_ bytes: [UInt8]) {
    _ = Foundation.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }

  func send(_ text: String) { send(Array(text.utf8)) }

  /// Everything up to the peer's end.
  func receiveAll() -> [UInt8] {
    var all: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = recv(descriptor, &block, block.count, 0)
      if count <= 0 { return all }
      all += block[..<count]
    }
  }
}
