import Foundation
import Memory
import Policy
import Server
import TestSupport
import Testing

@Suite("Recording")
struct RecordingTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var file: String { folder.url.appending(path: "r.jsonl").path }

  /// The records that are made of bodies, asked one after the other.
  private func record(
    _ bodies: [String], path: String = "/validate", _ change: (inout RecordingConfiguration) -> Void = { _ in }
  ) throws -> [[String: Any]] {
    var configuration = RecordingConfiguration(path: file)
    change(&configuration)
    let recorder = try Recorder(configuration, workers: 1)
    let fixture = try HandlerFixture(recorder: recorder)
    for body in bodies { #expect(fixture.ask(body, path: path).status == 200) }
    recorder.close()
    return try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }

  @Test("keeps the review as it came, the answer, the path and the time, on one line")
  func record() throws {
    let pretty = HandlerFixture.review(name: "forbidden", uid: "u2").replacing(",", with: ",\n  ")
    let records = try record([HandlerFixture.review(), pretty])
    #expect(records.count == 2)
    let first = records[0]
    #expect(Set(first.keys) == ["id", "time", "path", "review", "response"])
    #expect(first["path"] as? String == "/validate?timeout=5s")
    #expect((first["time"] as? String)?.wholeMatch(of: /20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ/) != nil)
    #expect((first["id"] as? String)?.hasSuffix("-0-1") == true)
    let response = try #require(records[1]["response"] as? [String: Any])
    #expect(response["allowed"] as? Bool == false && response["uid"] as? String == "u2")
    let review = try #require(records[1]["review"] as? NSDictionary)
    #expect(review == (try JSONSerialization.jsonObject(with: Data(pretty.utf8)) as? NSDictionary))
  }

  @Test("is for its owner alone")
  func mode() throws {
    _ = try record([HandlerFixture.review()])
    let attributes = try FileManager.default.attributesOfItem(atPath: file)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
  }

  private static let secret = """
    {"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"s","kind":{"group":"","version":"v1",\
    "kind":"Secret"},"resource":{"group":"","version":"v1","resource":"secrets"},"name":"s","namespace":"default",\
    "operation":"UPDATE","userInfo":{"username":"ann"},\
    "object":{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","annotations":{"a":"kept",\
    "kubectl.kubernetes.io/last-applied-configuration":"{\\"data\\":{\\"k\\":\\"aHVudGVyMg==\\"}}"}},\
    "data":{"k":"aHVudGVyMg==","same":"c2FtZQ=="},"stringData":{"p":"hunter2"}},\
    "oldObject":{"kind":"Secret","d\\u0061ta":{"k":"aHVudGVyMQ==","same":"c2FtZQ=="}}}}
    """

  @Test("lets nothing of a Secret out of memory, in none of its objects and annotations, and keeps what is equal equal")
  func secrets() throws {
    let records = try record([Self.secret])
    let text = try String(contentsOfFile: file, encoding: .utf8)
    for leak in ["hunter", "aHVudGVy", "c2FtZQ"] { #expect(!text.contains(leak), "\(leak)") }
    let request = try #require((records[0]["review"] as? [String: Any])?["request"] as? [String: Any])
    let object = try #require(request["object"] as? [String: Any])
    let old = try #require((request["oldObject"] as? [String: Any])?["data"] as? [String: String])
    let data = try #require(object["data"] as? [String: String])
    #expect(data["same"] == old["same"] && data["k"] != old["k"])
    let decoded = try #require(Data(base64Encoded: data["k"] ?? "no base64"))
    #expect(String(decoding: decoded, as: UTF8.self).wholeMatch(of: /redacted:[0-9a-f]{32}/) != nil)
    #expect((object["stringData"] as? [String: String])?["p"]?.hasPrefix("redacted:") == true)
    let annotations = (object["metadata"] as? [String: Any])?["annotations"] as? [String: String]
    #expect(annotations?["a"] == "kept")
    #expect(annotations?["kubectl.kubernetes.io/last-applied-configuration"]?.hasPrefix("redacted:") == true)
  }

  @Test("hides the fields that are named, and where kubectl repeats them")
  func redaction() throws {
    let body = """
      {"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"s","kind":{"group":"","version":"v1",\
      "kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},"operation":"CREATE","userInfo":{"username":"ann"},\
      "object":{"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"token-1"}},\
      "spec":{"containers":[{"name":"a","env":[{"name":"T","value":"token-1"},{"name":"U","value":7},{"name":"V"}]}]}}}}
      """
    let records = try record([body]) {
      $0.redactions = [RedactionPath("spec.containers[*].env[*].value")].compactMap(\.self)
    }
    let text = try String(contentsOfFile: file, encoding: .utf8)
    #expect(!text.contains("token-1") && text.contains(#""name":"T""#) && text.contains(#"{"name":"V"}"#))
    #expect(!text.contains(#""value":7"#))
    #expect(records.count == 1)
  }

  @Test(
    "knows paths from what are none",
    arguments: [
      ("spec.containers[*].env", true), ("data.*", true), (#"metadata.annotations["a.b/c"]"#, true), ("a", true),
      ("", false),
      ("a..b", false), (".a", false), ("a[0]", false), ("a[*]b", false), (#"a["b"#, false), ("a]", false),
    ])
  func paths(_ text: String, _ isPath: Bool) {
    #expect((RedactionPath(text) != nil) == isPath)
  }

  @Test("takes only some namespaces, and a share that depends on the uid alone")
  func choice() throws {
    #expect(try record([HandlerFixture.review()]) { $0.namespaces = ["other"] }.isEmpty)
    #expect(try record([HandlerFixture.review()]) { $0.namespaces = ["other", "default"] }.count == 1)
    let bodies = (0..<400).map { HandlerFixture.review(uid: "u\($0)") }
    try FileManager.default.removeItem(atPath: file)
    let some = try record(bodies) { $0.sample = 0.25 }.count
    #expect((60...140).contains(some))
    try FileManager.default.removeItem(atPath: file)
    #expect(try record(bodies, path: "/mutate") { $0.sample = 0.25 }.count == some)
  }

  @Test("drops what a queue has no room for, and counts it")
  func dropped() throws {
    let recorder = try Recorder(RecordingConfiguration(path: file), workers: 1)
    let fixture = try HandlerFixture(recorder: recorder)
    let long = HandlerFixture.review().replacing(
      #""username":"alice""#,
      with:
        #""username":"alice","extra":{"a":["\#(String(repeating: "x", count: RecordingConfiguration.queueBytes))"]}"#)
    #expect(fixture.ask(long).status == 200)
    #expect(fixture.ask(HandlerFixture.review()).status == 200)
    recorder.close()
    var text = ByteBuffer()
    recorder.writeMetrics(to: &text)
    #expect(text.bytes.string.contains(#"webhook_recording_dropped_reviews_total{reason="queue"} 1"#))
    #expect(text.bytes.string.contains("webhook_recorded_reviews_total 1\n"))
  }

  @Test("says why the file cannot be written")
  func unwritable() {
    #expect(throws: (any Error).self) { try Recorder(RecordingConfiguration(path: "/nowhere/a"), workers: 1) }
  }
}
