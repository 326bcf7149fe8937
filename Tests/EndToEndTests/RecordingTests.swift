import Foundation
import TestSupport
import Testing

@Suite(
  "Recording what is served", .serialized,
  .enabled(if: SharedData.isPresent, "there are no recorded reviews beside the checkout"),
  .enabled(if: Curl.path != nil, Curl.absence))
struct RecordingTests {
  private let folder: TemporaryFolder
  private let recording: String

  init() throws {
    folder = try TemporaryFolder()
    recording = folder.url.appending(path: "traffic.jsonl").path
  }

  /// A configuration of curl that asks for each recorded review as often as `rounds` says.
  private func transfers(_ server: RunningWebhook, rounds: Int) throws -> (configuration: String, count: Int) {
    var bodies: [(path: String, file: String)] = []
    for line in try ["reviews.jsonl", "operations.jsonl"].flatMap({ try SharedData.lines($0) }) {
      let record = try #require(try JSONSerialization.jsonObject(with: line) as? [String: Any])
      let review = try JSONSerialization.data(withJSONObject: try #require(record["review"]))
      bodies.append((record["path"] as? String ?? "/validate", try folder.write(review, to: "\(bodies.count).json")))
    }
    let round = bodies.map { path, file in
      """
      url = "\(server.url)\(path)"
      cacert = "\(server.authority)"
      header = "Content-Type: application/json"
      header = "Expect:"
      data-binary = "@\(file)"
      output = "/dev/null"
      """
    }.joined(separator: "\nnext\n")
    let text = [String](repeating: round, count: rounds).joined(separator: "\nnext\n") + "\n"
    return (try folder.write(text, to: "curl.config"), bodies.count * rounds)
  }

  @Test("keeps 10,000 reviews under load, and each is decided the same again")
  func replay() throws {
    let server = try RunningWebhook(["--record", recording])
    // More than is wanted: a machine that is busy elsewhere may let some be dropped, which are counted.
    let (configuration, count) = try transfers(server, rounds: 20)
    let curl = try TestProcess.run(
      #require(Curl.path), ["--silent", "--show-error", "--parallel", "--parallel-max", "4", "--config", configuration])
    #expect(curl.status == 0, "\(curl.errors)")
    let dropped = try server.metric(#"webhook_recording_dropped_reviews_total{reason="queue"}"#)
    // What waits is written before the end.
    #expect(server.stop().status == 0)
    let recorded = count - dropped
    #expect(recorded >= 10_000)

    let result = try WebhookProgram.run(
      ["test", "--policies", WebhookProgram.policies, "--fail-on", "change", "-o", "json", recording])
    #expect(result.status == 0, "\(result.errors)")
    let summary = try summary(result)
    #expect(summary["reviews"] as? Int == recorded && summary["compared"] as? Int == recorded)
    #expect(summary["changed"] as? Int == 0 && summary["unreadable"] as? Int == 0)
  }

  @Test("loses at most the line that was being written when the process is killed")
  func killed() throws {
    let server = try RunningWebhook(["--record", recording])
    let (configuration, _) = try transfers(server, rounds: 4)
    let curl = try TestProcess(
      #require(Curl.path), ["--silent", "--parallel", "--parallel-max", "16", "--config", configuration])
    try server.waitForMetric("webhook_recorded_reviews_total") { $0 > 500 }
    server.process.signal(SIGKILL)
    _ = server.process.wait()
    _ = curl.wait()

    let lines = try Data(contentsOf: URL(filePath: recording)).split(separator: UInt8(ascii: "\n")).count
    let result = try WebhookProgram.run(["test", "--policies", WebhookProgram.policies, "-o", "json", recording])
    let summary = try summary(result)
    let reviews = try #require(summary["reviews"] as? Int)
    #expect(reviews >= lines - 1 && reviews > 500)
    #expect(summary["changed"] as? Int == 0)
    // Whatever could not be read was the last line.
    for line in result.errors.split(separator: "\n") { #expect(line.contains("\(recording):\(lines):"), "\(line)") }
  }

  private func summary(_ result: TestProcess.Result) throws -> [String: Any] {
    let report = try #require(try JSONSerialization.jsonObject(with: result.output) as? [String: Any])
    return try #require(report["summary"] as? [String: Any])
  }
}
