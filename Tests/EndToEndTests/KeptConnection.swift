import Foundation
import TestSupport
import Testing

/// One TLS connection that is kept and asked several times, by OpenSSL's own client.
final class KeptConnection: Sendable {
  static let openssl = TestProcess.find("openssl")
  static let absence: Comment = "openssl is not installed"

  struct Answer {
    let status: Int
    /// The header section, with the status line.
    let head: String
    let body: String
  }

  private let process: TestProcess

  init(_ server: RunningWebhook) throws {
    process = try TestProcess(
      #require(Self.openssl),
      [
        "s_client", "-quiet", "-connect", "127.0.0.1:\(server.port)", "-servername", "localhost", "-CAfile",
        server.authority, "-verify_return_error", "-alpn", "http/1.1",
      ], isInteractive: true)
  }

  /// Sends a review so many times, and waits for nothing.
  func send(_ review: Data, count: Int = 1) throws {
    let head =
      "POST /validate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: \(review.count)\r\n\r\n"
    let request = Data(head.utf8) + review
    try process.send(Data((0..<count).flatMap { _ in request }))
  }

  /// The answer with this number, from 0.
  func answer(_ number: Int) throws -> Answer {
    try #require(process.waitForOutput { Self.answers(in: $0).dropFirst(number).first }, "\(process.errorsSoFar)")
  }

  private static func answers(in data: Data) -> [Answer] {
    var answers: [Answer] = []
    var rest = String(decoding: data, as: UTF8.self)[...]
    while let end = rest.firstRange(of: "\r\n\r\n") {
      let head = rest[..<end.lowerBound]
      guard let length = head.firstMatch(of: /(?i)content-length: (\d+)/).flatMap({ Int($0.1) }),
        rest[end.upperBound...].utf8.count >= length
      else { break }
      let body = rest[end.upperBound...].utf8.prefix(length)
      let status = head.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
      answers.append(Answer(status: status, head: String(head), body: String(Substring(body))))
      rest = rest[body.endIndex...]
    }
    return answers
  }
}
