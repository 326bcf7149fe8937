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

  @Test("keeps the namespaces that are named, fields out of sight, and a few files, which a folder is replayed from")
  func options() throws {
    let server = try RunningWebhook([
      "--record", recording, "--record-namespaces", "payments,demo", "--redact", "metadata.annotations",
      "--record-max-bytes",
      "1048576", "--record-files", "2",
    ])
    let (configuration, _) = try transfers(server, rounds: 6)
    let curl = try TestProcess.run(
      #require(Curl.path), ["--silent", "--show-error", "--parallel", "--parallel-max", "4", "--config", configuration])
    #expect(curl.status == 0, "\(curl.errors)")
    #expect(server.stop().status == 0)

    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("traffic") }
      .sorted()
    #expect(names == ["traffic.jsonl", "traffic.jsonl.1", "traffic.jsonl.2"])
    var count = 0
    for name in names {
      let file = folder.url.appending(path: name)
      let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
      #expect(mode == 0o600)
      for line in try Data(contentsOf: file).split(separator: UInt8(ascii: "\n")) {
        let record = try #require(try JSONSerialization.jsonObject(with: line) as? [String: Any])
        let request = try #require((record["review"] as? [String: Any])?["request"] as? [String: Any])
        #expect(["payments", "demo"].contains(request["namespace"] as? String ?? ""))
        for object in [request["object"], request["oldObject"]] {
          let metadata = (object as? [String: Any])?["metadata"] as? [String: Any]
          #expect(metadata?["annotations"] is [String: Any] == false)
        }
        count += 1
      }
    }
    // What was taken for the requests is no review.
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where !names.contains(name) {
      try FileManager.default.removeItem(at: folder.url.appending(path: name))
    }
    let result = try WebhookProgram.run(["test", "--policies", WebhookProgram.policies, "-o", "json", folder.path])
    let summary = try summary(result)
    #expect(count > 0 && summary["reviews"] as? Int == count && summary["unreadable"] as? Int == 0, "\(result.errors)")
  }

  private func summary(_ result: TestProcess.Result) throws -> [String: Any] {
    let report = try #require(try JSONSerialization.jsonObject(with: result.output) as? [String: Any])
    return try #require(report["summary"] as? [String: Any])
  }
}
