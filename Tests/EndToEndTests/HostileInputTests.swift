import Foundation
import TestSupport
import Testing

/// Files, pipes and signals as nobody wishes for them.
@Suite("Replaying what is no review, and being interrupted")
struct HostileInputTests {
  private let folder: TemporaryFolder
  private let policy: String

  init() throws {
    folder = try TemporaryFolder()
    policy = try folder.write(
      """
      apiVersion: policy.example.com/v1
      kind: Policy
      metadata: {name: small}
      spec:
        matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: [configmaps]}]}
        validations: [{expression: "has(object.data)", message: no data}]
      """, to: "small.yaml")
  }

  private func test(_ arguments: [String], input: Data? = nil) throws -> TestProcess.Result {
    try WebhookProgram.run(["test", "--policies", policy] + arguments, input: input)
  }

  private static func review(_ name: String) -> String {
    """
    {"id":"\(name)","review":{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"\(name)","operation":"CREATE",\
    "kind":{"group":"","version":"v1","kind":"ConfigMap"},"resource":{"group":"","version":"v1","resource":"configmaps"},\
    "name":"\(name)","namespace":"shop","object":{"metadata":{"name":"\(name)","annotations":{"a":"\(String(repeating: "x", count: 600))"}}}}}}

    """
  }

  @Test(
    "says once what a file is that is no text, and reads the others",
    arguments: [
      ([0x1F, 0x8B, 0x08, 0x0A, 0x0A], "is compressed; unpack it, or read `-` behind `gzip -dc`"),
      ([0x28, 0xB5, 0x2F, 0xFD, 0x0A], "is compressed; unpack it, or read `-` behind `zstd -dc`"),
      (
        [0xFF, 0xFE, 0x7B, 0x00, 0x0A, 0x00],
        "is UTF-16, not UTF-8; convert it, or read `-` behind `iconv -f UTF-16 -t UTF-8`"
      ),
      (
        [0x7B, 0x00, 0x0A, 0x00], "is UTF-16LE, not UTF-8; convert it, or read `-` behind `iconv -f UTF-16LE -t UTF-8`"
      ),
      ([0x00, 0x0A], ":1:1: is not JSON: unexpected byte 0x0"), ([], ": holds no review and no manifest"),
      ([0x0D, 0x0A, 0x0D, 0x0A], ": holds no review and no manifest"),
    ] as [([UInt8], String)])
  func noText(_ bytes: [UInt8], _ message: String) throws {
    let file = try folder.write(Data(bytes), to: "a.jsonl")
    let good = try folder.write(Self.review("r1"), to: "b.jsonl")
    let result = try test([file, good])
    #expect(result.status == 2)
    let place = message.hasPrefix(":") ? file : "\(file): "
    #expect(result.errors == "webhook: \(place)\(message)\n")
    #expect(result.text.contains("1 review: 0 allowed, 1 denied, 0 with errors, 1 unreadable"))
  }

  @Test("reads folders with links that lead around and to nothing, and recordings that were rotated")
  func folders() throws {
    let root = folder.url.appending(path: "f")
    for name in ["a.jsonl", "a.jsonl.1", "sub/b.jsonl.12", "sub/c.1", "sub/d.jsonl.bak"] {
      try folder.write(Self.review(name.replacing("/", with: "-")), to: "f/\(name)")
    }
    try FileManager.default.createSymbolicLink(atPath: root.path + "/again", withDestinationPath: ".")
    try FileManager.default.createSymbolicLink(atPath: root.path + "/sub/up", withDestinationPath: "..")
    try FileManager.default.createSymbolicLink(atPath: root.path + "/self", withDestinationPath: "self")
    try FileManager.default.createSymbolicLink(atPath: root.path + "/gone.yaml", withDestinationPath: "nowhere")
    let result = try test(["-o", "jsonl", root.path])
    let ids = result.text.split(separator: "\n").map { $0.dropFirst(7).prefix { $0 != "\"" } }
    #expect(ids == ["a.jsonl", "a.jsonl.1", "sub-b.jsonl.12"])
    #expect(result.errors == "webhook: \(root.path)/gone.yaml: no such file or directory\n")
  }

  @Test("tells a thousand broken lines, and counts the others")
  func manyBrokenLines() throws {
    let result = try test(["-"], input: Data((String(repeating: "{\n", count: 1_234) + Self.review("r")).utf8))
    #expect(result.status == 2)
    let lines = result.errors.split(separator: "\n")
    #expect(
      lines.count == 1_001 && lines[999].hasPrefix("webhook: -:1000:2: ")
        && lines[1000] == "webhook: 234 more that cannot be read")
    #expect(result.text.contains("1 review: 0 allowed, 1 denied, 0 with errors, 1234 unreadable"))
  }

  @Test("ends at the first thing that cannot be read where it is strict")
  func strict() throws {
    let file = try folder.write(Self.review("a") + "{\n" + Self.review("b") + "{\n", to: "a.jsonl")
    let (all, strict) = (try test([file]), try test(["--strict", file]))
    #expect(all.status == 2 && all.errors.split(separator: "\n").count == 2)
    // What is read with it is one batch.
    #expect(strict.status == 2 && strict.errors.hasPrefix("webhook: \(file):2:2: is not JSON: "))
    let early = try test(["--strict", "/nowhere", file])
    #expect(early.status == 2 && early.errors == "webhook: /nowhere: no such file or directory\n")
    #expect(early.text.contains("0 reviews: "))
  }

  @Test("says where a report cannot be written")
  func fullDisk() throws {
    let file = try folder.write(Self.review("a"), to: "a.jsonl")
    let report = try test(["--output-file", "junit=/dev/full", file])
    #expect(report.status == 2 && report.errors == "webhook: /dev/full: no space left on device\n")
    #expect(report.text.contains("1 review: "))
    let output = try TestProcess.run(
      "/bin/sh", ["-c", "\"\(WebhookProgram.path)\" test --policies \"\(policy)\" \"\(file)\" > /dev/full"])
    #expect(output.status == 2 && output.errors == "webhook: standard output: no space left on device\n")
  }

  @Test("writes its other reports where the reader of standard output has seen enough")
  func closedPipe() throws {
    let file = try folder.write((0..<3_000).map { Self.review("r\($0)") }.joined(), to: "a.jsonl")
    let report = folder.url.appending(path: "report.xml").path
    let command = "\"\(WebhookProgram.path)\" test --policies \"\(policy)\" -o jsonl"
    let result = try TestProcess.run(
      "/bin/sh",
      ["-c", "{ \(command) --output-file junit=\"\(report)\" \"\(file)\"; echo \"ended with $?\" >&2; } | head -n 1"])
    #expect(result.text.hasPrefix("{\"id\":\"r0\"") && result.errors == "ended with 0\n", "\(result.errors)")
    #expect(try String(contentsOfFile: report, encoding: .utf8).hasSuffix("</testsuites>\n"))
    // Where nothing else is wanted, nothing more is done.
    let alone = try TestProcess.run(
      "/bin/sh", ["-c", "{ \(command) \"\(file)\"; echo \"ended with $?\" >&2; } | head -n 1"])
    #expect(alone.errors == "ended with 141\n", "\(alone.errors)")
  }

  @Test(
    "reports what was judged when it is interrupted, and leaves what it would have replaced",
    arguments: [SIGINT, SIGTERM])
  func interrupted(_ signal: Int32) throws {
    let pipe = folder.url.appending(path: "pipe").path
    try #require(mkfifo(pipe, 0o600) == 0)
    // Held open, so that its reader waits for more.
    let writer = try #require(FileHandle(forUpdatingAtPath: pipe))
    let lines = folder.url.appending(path: "lines.jsonl").path
    let expected = try folder.write("as it was\n", to: "expected.jsonl")
    let process = try TestProcess(
      WebhookProgram.path,
      [
        "test", "--policies", policy, "-o", "json", "--output-file", "jsonl=\(lines)", "--write-expect", expected, pipe,
      ])
    try writer.write(contentsOf: Data((0..<3_000).map { Self.review("r\($0)") }.joined().utf8))
    // Until something was judged and written.
    while try Data(contentsOf: URL(filePath: lines)).isEmpty { try #require(process.isRunning) }
    process.signal(signal)
    let result = process.wait()
    #expect(result.status == 128 + Int(signal), "\(result.errors)")
    #expect(result.errors == "webhook: interrupted: the rest of the input was not judged\n")
    let report = try #require(try JSONSerialization.jsonObject(with: result.output) as? [String: Any])
    let summary = try #require(report["summary"] as? [String: Any])
    let reviews = try #require(summary["reviews"] as? Int)
    #expect(reviews >= 512 && summary["interrupted"] as? Bool == true)
    #expect((report["reviews"] as? [Any])?.count == reviews)
    #expect(try String(contentsOfFile: expected, encoding: .utf8) == "as it was\n")
    #expect(!FileManager.default.fileExists(atPath: expected + ".new"))
    try writer.close()
  }

  @Test("runs only the tests that --run finds")
  func chosen() throws {
    let result = try WebhookProgram.run([
      "test", "policies/require-image-digest", "--run", "/(tag\\.yaml|a Pod that is deleted)",
    ])
    #expect(result.status == 0 && result.text.contains("\n2 as expected, 0 not\n"), "\(result.text)\(result.errors)")
    let none = try WebhookProgram.run(["test", "policies/require-image-digest", "--run", "nothing"])
    #expect(none.status == 2 && none.errors == "webhook: --run `nothing` finds none\n")
    let wrong = try WebhookProgram.run(["test", "policies/require-image-digest", "--run", "("])
    #expect(wrong.status == 64 && wrong.errors.contains("--run: "))
  }
}
