import COpenSSL
import Foundation
import Memory
import Testing
import TestSupport
import Transport

@Suite("Rekeying", .serialized)
struct RekeyTests {
  /// Sends so many key updates on a connection of TLS 1.3, then a request.
  /// - Returns: what came back.
  private func exchange(_ running: RunningServer, keyUpdates: Int) throws -> String {
    let context = try #require(SSL_CTX_new(TLS_client_method()))
    defer { SSL_CTX_free(context) }
    let socket = try RawClient(running, tls: true)
    let connection = try #require(SSL_new(context))
    defer { SSL_free(connection) }
    try #require(SSL_set_fd(connection, socket.descriptor) == 1)
    try #require(SSL_connect(connection) == 1)
    for _ in 0..<keyUpdates {
      guard SSL_key_update(connection, SSL_KEY_UPDATE_NOT_REQUESTED) == 1, SSL_do_handshake(connection) == 1 else {
        return ""
      }
    }
    let request = "GET /agent HTTP/1.0\r\nUser-Agent: me\r\n\r\n"
    guard SSL_write(connection, request, Int32(request.utf8.count)) > 0 else { return "" }
    var answer = ""
    var block = [UInt8](repeating: 0, count: 4_096)
    while case let count = SSL_read(connection, &block, 4_096), count > 0 {
      answer += String(decoding: block[..<Int(count)], as: UTF8.self)
    }
    return answer
  }

  @Test("A peer that rekeys is served, one that does nothing else is not")
  func keyUpdates() throws {
    // Writing to a connection that the server has ended must not end the test.
    signal(SIGPIPE, SIG_IGN)
    let running = try RunningServer(workers: 1)
    #expect(try exchange(running, keyUpdates: 900).hasSuffix("me"))
    #expect(try exchange(running, keyUpdates: TLSConnection.handshakeMessages + 1).isEmpty)
    #expect(running.waitUntil { $0.connectionsOpen == 0 && $0.connectionsAccepted == 2 })
  }
}
