import Foundation
import TestSupport
import Testing

@Suite("Wrong input to a running server", .enabled(if: Curl.path != nil, Curl.absence))
struct BadInputTests {
  private let server: RunningWebhook

  init() throws { server = try RunningWebhook(policies: WebhookProgram.policies, ["--max-body-bytes", "20000"]) }

  private static let json = ["--header", "Content-Type: application/json"]

  struct Wrong: CustomTestStringConvertible, Sendable {
    let name: String
    var path = "/validate"
    var arguments = BadInputTests.json
    var body: String? = "{}"
    let status: Int
    let message: String

    var testDescription: String { name }
  }

  @Test(
    "is answered with a Status that says what is wrong, over both versions of HTTP",
    arguments: [
      Wrong(name: "GET", arguments: [], body: nil, status: 405, message: "`/validate` answers POST only"),
      Wrong(
        name: "PUT", arguments: json + ["--request", "PUT"], status: 405, message: "`/validate` answers POST only"),
      Wrong(name: "another path", path: "/validate/x", status: 404, message: "no such path `/validate/x`"),
      Wrong(
        name: "another content type", arguments: ["--header", "Content-Type: text/yaml"], status: 415,
        message: "the `Content-Type` is `text/yaml`"),
      Wrong(
        name: "no content type", arguments: ["--header", "Content-Type:"], status: 415,
        message: "the `Content-Type` is missing"),
      Wrong(
        name: "a compressed body", arguments: json + ["--header", "Content-Encoding: gzip"], status: 415,
        message: "the body has the `Content-Encoding` `gzip`"),
      Wrong(
        name: "a compressed body behind another coding",
        arguments: json + ["--header", "Content-Encoding: Identity", "--header", "Content-Encoding: gzip"], status: 415,
        message: "the body has the `Content-Encoding` `gzip`"),
      Wrong(
        name: "an identity coding, which is none", arguments: json + ["--header", "Content-Encoding: Identity"],
        status: 400, message: "`kind` is not `AdmissionReview`"),
      Wrong(name: "an empty body", body: "", status: 400, message: "the body is empty"),
      Wrong(
        name: "malformed JSON", body: "{\n\n  \"a\":]", status: 400,
        message: "the body is not JSON: unexpected character `]` at line 3, column 7"),
      Wrong(
        name: "invalid UTF-8 escaped wrongly", body: "{\"a\":\"\\x\"}", status: 400,
        message: "the body is not JSON: invalid escape sequence"),
      Wrong(
        name: "deep nesting", body: String(repeating: "[", count: 10_000), status: 400,
        message: "the body is not JSON: nested more than 512 deep"),
      Wrong(name: "not an AdmissionReview", status: 400, message: "`kind` is not `AdmissionReview`"),
      Wrong(
        name: "no uid",
        body: """
          {"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"operation":"CREATE"}}
          """, status: 400, message: "`request.uid` is missing or empty"),
      Wrong(
        name: "a body above the limit", body: String(repeating: " ", count: 20_001), status: 413,
        message: "(limit 20000)"),
      Wrong(
        name: "a header above the limit",
        arguments: json + ["--header", "X-Long: " + String(repeating: "x", count: 40_000)],
        status: 431, message: "limit"),
    ], ["--http1.1", "--http2"])
  func status(_ wrong: Wrong, _ version: String) throws {
    let answer = try Curl.ask(
      server, wrong.path, wrong.arguments + [version], body: wrong.body.map { Data($0.utf8) })
    #expect(answer.status == wrong.status, "\(answer.body)")
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any], "\(answer.body)")
    #expect(object["kind"] as? String == "Status")
    #expect(object["code"] as? Int == wrong.status)
    #expect((object["message"] as? String)?.contains(wrong.message) == true, "\(answer.body)")
    #expect((object["reason"] as? String)?.isEmpty == false)
  }

  @Test("that is no TLS and no HTTP ends the connection, is counted, is not logged, and harms nobody else")
  func garbage() throws {
    let plain = try Curl.run(["http://127.0.0.1:\(server.port)/validate"])
    #expect(plain.status != 0)
    let garbage = Data((0..<4_096).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 1) })
    _ = try Curl.run(["--max-time", "20", "--data-binary", "@-", "telnet://127.0.0.1:\(server.port)"], input: garbage)
    try server.waitForMetric("webhook_tls_handshake_failures_total") { $0 >= 2 }
    let answer = try Curl.ask(server, "/validate", Self.json, body: Data("{}".utf8))
    #expect(answer.status == 400)
    let end = server.stop()
    #expect(end.status == 0)
    // Three or four lines at the start (what it was given and does not need is one), three at the end.
    #expect((6...7).contains(end.errors.split(separator: "\n").count), "\(end.errors)")
  }

  @Test("is the largest body that is still taken")
  func largestBody() throws {
    let answer = try Curl.ask(server, "/validate", Self.json, body: Data(String(repeating: " ", count: 20_000).utf8))
    #expect(answer.status == 400)
  }

  @Test("is no matter for the admin address, which shows health and metrics")
  func admin() throws {
    let health = try Curl.run(["--write-out", "%{http_code}", "\(server.adminURL)/healthz"])
    #expect(health.text == "ok\n200")
    #expect(
      try Curl.run(["--write-out", "%{http_code}", "--output", "/dev/null", "\(server.adminURL)/x"]).text == "404")
    #expect(try server.metric(#"webhook_build_info{version="\#(try version())"}"#) == 1)
    #expect(try server.metric("webhook_policies") == 7)
  }

  private func version() throws -> String {
    try WebhookProgram.run(["--version"]).text.trimmingCharacters(in: .newlines)
  }
}
