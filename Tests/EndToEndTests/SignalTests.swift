import Foundation
import TestSupport
import Testing

@Suite("Signals to a running server", .enabled(if: Curl.path != nil, Curl.absence))
struct SignalTests {
  @Test("end it with 0", arguments: [SIGTERM, SIGINT])
  func idle(_ signal: Int32) throws {
    let server = try RunningWebhook()
    server.process.signal(signal)
    let end = server.process.wait()
    #expect(end.status == 0)
    #expect(end.errors.hasSuffix("webhook: stopped\n"), "\(end.errors)")
  }

  @Test(
    "end it with 0 under load, and every request that was answered was answered whole", arguments: [SIGTERM, SIGINT])
  func underLoad(_ signal: Int32) throws {
    let server = try RunningWebhook()
    let folder = try TemporaryFolder()
    let body = SharedData.checkout.appending(path: "policies/require-image-digest/tests/fail/review-for-curl.json").path
    // More requests than will be answered before the signal.
    let sections = (0..<3_000).map { index in
      """
      url = "\(server.url)/validate"
      cacert = "\(server.authority)"
      header = "Content-Type: application/json"
      data-binary = "@\(body)"
      output = "\(folder.url.appending(path: "\(index).out").path)"
      write-out = "\(index) %{http_code} %{exitcode}\\n"
      """
    }
    let config = try folder.write(sections.joined(separator: "\nnext\n") + "\n", to: "curl.config")
    let client = try TestProcess(
      try #require(Curl.path), ["--silent", "--http1.1", "--parallel", "--parallel-max", "8", "--config", config])
    let series = #"webhook_admission_requests_total{path="/validate",operation="CREATE",decision="denied"}"#
    try server.waitForMetric(series) { $0 >= 20 }
    server.process.signal(signal)
    let end = server.process.wait()
    #expect(end.status == 0, "\(end.errors)")
    #expect(end.errors.hasSuffix("webhook: stopped\n"))

    // What curl calls complete is complete.
    let lines = client.wait().text.split(separator: "\n").map { $0.split(separator: " ") }
    let answered = lines.filter { $0.dropFirst() == ["200", "0"] }
    #expect(answered.count >= 20)
    let broken = try answered.filter { line in
      let answer = try Data(contentsOf: folder.url.appending(path: "\(line[0]).out"))
      let object = try? JSONSerialization.jsonObject(with: answer) as? [String: Any]
      return (object?["response"] as? [String: Any])?["allowed"] as? Bool != false
    }
    #expect(broken.isEmpty)
  }

  @Test(
    "end it at once when they come twice",
    .enabled(if: TestProcess.find("openssl") != nil, "openssl is not installed"))
  func twice() throws {
    let server = try RunningWebhook()
    // A request that never ends keeps the server waiting.
    let openssl = try #require(TestProcess.find("openssl"))
    let request = "POST /validate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{"
    let client = try TestProcess(
      openssl, ["s_client", "-quiet", "-connect", "127.0.0.1:\(server.port)", "-CAfile", server.authority],
      input: Data(request.utf8))
    try server.waitForMetric("webhook_received_bytes_total") { $0 >= request.utf8.count }
    server.process.signal(SIGTERM)
    let isWaiting = server.process.waitForErrorLine { $0.contains("SIGTERM: finishing") ? true : nil }
    #expect(isWaiting == true)
    server.process.signal(SIGTERM)
    #expect(server.process.wait().status == 128 + Int(SIGTERM))
    _ = client.wait()
  }
}
