import COpenSSL
import Foundation
import Testing
import Transport

/// A TLS client of OpenSSL's own, one connection at a time.
final class TLSClient {
  private let context: OpaquePointer
  private let authorityFile: String

  /// - Parameter pair: what it shows when it is asked for a certificate.
  init(_ running: RunningServer, pair: CertificateAuthority.Pair? = nil, version: Int32 = TLS1_3_VERSION) throws {
    // Writing to a connection that the server has ended must not end the test.
    signal(SIGPIPE, SIG_IGN)
    authorityFile = running.authorityFile
    context = try #require(SSL_CTX_new(TLS_client_method()))
    SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(version), nil)
    SSL_CTX_ctrl(context, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(version), nil)
    if version < TLS1_2_VERSION { SSL_CTX_set_security_level(context, 0) }
    if let pair {
      let certificate = try running.folder.write("client.crt", pair.certificatePEM)
      let key = try running.folder.write("client.key", pair.keyPEM)
      try #require(SSL_CTX_use_certificate_file(context, certificate, SSL_FILETYPE_PEM) == 1)
      try #require(SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1)
    }
  }

  deinit { SSL_CTX_free(context) }

  struct Answer {
    let text: String
    let isResumed: Bool
    /// To be resumed; nil where the server gave none.
    let session: Session?
    /// The server's certificate, in DER.
    let certificate: [UInt8]
  }

  final class Session {
    let pointer: OpaquePointer
    init(_ pointer: OpaquePointer) { self.pointer = pointer }
    deinit { SSL_SESSION_free(pointer) }
  }

  /// Connects, asks once and reads to the end.
  /// - Returns: nil where there was no connection or no answer.
  func ask(_ running: RunningServer, resuming session: Session? = nil) throws -> Answer? {
    let socket = try RawClient(running, tls: true)
    let connection = try #require(SSL_new(context))
    defer { SSL_free(connection) }
    try #require(SSL_set_fd(connection, socket.descriptor) == 1)
    if let session { try #require(SSL_set_session(connection, session.pointer) == 1) }
    guard SSL_connect(connection) == 1 else { return nil }
    let request = "GET /agent HTTP/1.0\r\nUser-Agent: me\r\n\r\n"
    guard SSL_write(connection, request, Int32(request.utf8.count)) > 0 else { return nil }
    var text = ""
    var block = [UInt8](repeating: 0, count: 4_096)
    while case let count = SSL_read(connection, &block, 4_096), count > 0 {
      text += String(decoding: block[..<Int(count)], as: UTF8.self)
    }
    if text.isEmpty { return nil }
    // Without an end in order OpenSSL forgets the session.
    SSL_shutdown(connection)
    var der: [UInt8] = []
    if let certificate = SSL_get0_peer_certificate(connection) {
      der = [UInt8](repeating: 0, count: Int(i2d_X509(certificate, nil)))
      der.withUnsafeMutableBufferPointer { buffer in
        var start = buffer.baseAddress
        _ = i2d_X509(certificate, &start)
      }
    }
    return Answer(
      text: text, isResumed: SSL_session_reused(connection) == 1,
      session: SSL_get1_session(connection).map(Session.init), certificate: der)
  }
}
