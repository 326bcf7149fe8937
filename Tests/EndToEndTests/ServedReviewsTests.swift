import Foundation
import TestSupport
import Testing

@Suite(
  "Recorded reviews over the wire",
  .enabled(if: SharedData.isPresent, "there are no recorded reviews beside the checkout"),
  .enabled(if: Curl.path != nil, Curl.absence))
struct ServedReviewsTests {
  private static let files = ["reviews.jsonl", "operations.jsonl"]

  /// What is compared of a decision.
  private struct Decision: Equatable {
    var uid: String
    var allowed: Bool
    var code: Int
    var reason: String
    var message: String
    var warnings: [String]
    var auditAnnotations: [String: String]
  }

  @Test("are decided as `webhook test` decides them, byte for byte", arguments: ["--http1.1", "--http2"])
  func decisions(_ version: String) throws {
    let expected = try expectedDecisions()
    try #require(expected.count == 569)
    let server = try RunningWebhook()
    let folder = try TemporaryFolder()
    let configuration = try writeTransfers(version, server, folder)
    let curl = try Curl.run(["--parallel", "--parallel-max", "16", "--config", configuration])
    #expect(curl.status == 0, "\(curl.errors)")

    let lines = curl.text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #expect(lines.count == expected.count)
    let wanted = version == "--http2" ? "2" : "1.1"
    #expect(lines.allSatisfy { $0.dropFirst() == ["200", wanted] })
    for (index, decision) in expected.enumerated() {
      let body = try Data(contentsOf: folder.url.appending(path: "\(index).out"))
      #expect(try self.decision(body) == decision)
    }
    #expect(try server.metric(#"webhook_http_requests_total{version="\#(wanted)"}"#) == expected.count)
    let end = server.stop()
    #expect(end.status == 0)
  }

  /// One curl process for all reviews: a section of its configuration for each.
  private func writeTransfers(_ version: String, _ server: RunningWebhook, _ folder: TemporaryFolder) throws -> String {
    var sections: [String] = []
    for line in try Self.files.flatMap({ try SharedData.lines($0) }) {
      let record = try #require(try JSONSerialization.jsonObject(with: line) as? [String: Any])
      let review = try #require(record["review"] as? [String: Any])
      let path = record["path"] as? String ?? "/validate"
      let index = sections.count
      let body = try folder.write(try JSONSerialization.data(withJSONObject: review), to: "\(index).json")
      sections.append(
        """
        url = "\(server.url)\(path)"
        cacert = "\(server.authority)"
        \(version.dropFirst(2))
        header = "Content-Type: application/json"
        header = "Expect:"
        data-binary = "@\(body)"
        output = "\(folder.url.appending(path: "\(index).out").path)"
        write-out = "\(index) %{http_code} %{http_version}\\n"
        """)
    }
    return try folder.write(sections.joined(separator: "\nnext\n") + "\n", to: "curl.config")
  }

  private func expectedDecisions() throws -> [Decision] {
    let paths = Self.files.map { SharedData.folder.appending(path: $0).path }
    let result = try WebhookProgram.run(["test", "--policies", WebhookProgram.policies, "-o", "jsonl"] + paths)
    try #require(result.status == 0, "\(result.errors)")
    return try result.output.split(separator: UInt8(ascii: "\n")).map { line in
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
      return Decision(
        uid: try #require(object["uid"] as? String), allowed: try #require(object["allowed"] as? Bool),
        code: try #require(object["code"] as? Int), reason: try #require(object["reason"] as? String),
        message: try #require(object["message"] as? String),
        warnings: try #require(object["warnings"] as? [String]),
        auditAnnotations: try #require(object["auditAnnotations"] as? [String: String]))
    }
  }

  private func decision(_ body: Data) throws -> Decision {
    let object = try #require(
      try JSONSerialization.jsonObject(with: body) as? [String: Any], "\(String(decoding: body, as: UTF8.self))")
    #expect(object["kind"] as? String == "AdmissionReview")
    #expect(object["apiVersion"] as? String == "admission.k8s.io/v1")
    let response = try #require(object["response"] as? [String: Any])
    let status = response["status"] as? [String: Any] ?? [:]
    return Decision(
      uid: try #require(response["uid"] as? String), allowed: try #require(response["allowed"] as? Bool),
      code: status["code"] as? Int ?? 200, reason: status["reason"] as? String ?? "",
      message: status["message"] as? String ?? "", warnings: response["warnings"] as? [String] ?? [],
      auditAnnotations: response["auditAnnotations"] as? [String: String] ?? [:])
  }
}
