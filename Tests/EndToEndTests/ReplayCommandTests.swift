import Foundation
import TestSupport
import Testing

@Suite("Replaying on the command line")
struct ReplayCommandTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let recorded = ["reviews.jsonl", "operations.jsonl"].map { SharedData.folder.appending(path: $0).path }
  private static let absence: Comment = "there are no recorded reviews beside the checkout"

  private func test(_ arguments: [String]) throws -> TestProcess.Result { try WebhookProgram.run(["test"] + arguments) }

  /// The lines of `-o jsonl` by their ids, without the times.
  private func verdicts(_ policies: String) throws -> [String: NSDictionary] {
    let result = try test(["--policies", policies, "-o", "jsonl"] + Self.recorded)
    var verdicts: [String: NSDictionary] = [:]
    for line in result.output.split(separator: UInt8(ascii: "\n")) {
      var object = try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
      object["micros"] = nil
      object["policies"] = nil
      verdicts[try #require(object["id"] as? String)] = object as NSDictionary
    }
    return verdicts
  }

  @Test("runs every test of the checkout's policies, each as it should")
  func policies() throws {
    let result = try test(["policies", "--output-file", "junit=\(folder.path)/report.xml"])
    #expect(result.status == 0, "\(result.text.suffix(2000))\(result.errors)")
    #expect(result.text.contains(" as expected, 0 not\n"))
    #expect(FileManager.default.fileExists(atPath: "\(folder.path)/report.xml"))
  }

  @Test("shows rows of what fails alone, where that is wanted")
  func failOnly() throws {
    let passing = "policies/require-owner-label/tests/pass/pod.yaml"
    let failing = "policies/require-owner-label/tests/fail/pod-without-labels.yaml"
    let quiet = try test(["policies/require-owner-label", "--fail-only"])
    #expect(quiet.status == 0 && !quiet.text.contains("CREATE") && quiet.text.contains(" as expected, 0 not"))
    let plain = try folder.write(
      String(contentsOf: SharedData.checkout.appending(path: failing), encoding: .utf8), to: "plain.yaml")
    let result = try test(
      ["--policies", "policies/require-owner-label", "--fail-only", "--fail-on", "deny", passing, plain])
    #expect(result.status == 1)
    #expect(result.text.contains("\(plain)  CREATE Pod") && !result.text.contains(passing))
  }

  @Test("keeps columns apart where an entry is wider than its column")
  func wideEntries() throws {
    let name = String(repeating: "n", count: 100)
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \(name)}\n"
    let wide = try folder.write(text, to: "\(name).yaml")
    let result = try test(["--policies", "policies/require-owner-label", wide])
    #expect(result.text.contains("\(wide)  CREATE ConfigMap default/\(name)  allowed   no policy matched\n"))
  }

  @Test("says what is missing where there are neither policies nor tests")
  func nothingToTest() throws {
    let gone = try test(["policies/nowhere"])
    #expect(gone.status == 2 && gone.errors == "webhook: policies/nowhere: no such file or directory\n")
    let map = try folder.write("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", to: "m/a.yaml")
    let plain = try test([map])
    #expect(
      plain.status == 64
        && plain.errors.contains("There are no tests: name the policies to judge by with '--policies <path>'"))
  }

  @Test("ends with 1 where a test is not as expected, and says which")
  func unexpected() throws {
    try FileManager.default.copyItem(
      at: SharedData.checkout.appending(path: "policies/disallow-host-network"), to: folder.url.appending(path: "p"))
    try FileManager.default.moveItem(
      at: folder.url.appending(path: "p/tests/fail/pod.yaml"), to: folder.url.appending(path: "p/tests/pass/moved.yaml")
    )
    let result = try test(["\(folder.path)/p"])
    #expect(result.status == 1)
    #expect(result.text.contains("NOT AS EXPECTED: expected to be allowed, but is denied: disallow-host-network: "))
    #expect(result.errors == "webhook: 1 review not as expected\n")
  }

  @Test(
    "writes recorded reviews in every form", .enabled(if: SharedData.isPresent, absence),
    arguments: ["table", "json", "jsonl", "junit", "markdown", "github", "html"])
  func forms(_ form: String) throws {
    let result = try test(["--policies", "policies", "-o", form, "--coverage"] + Self.recorded)
    #expect(result.status == 0, "\(result.errors)")
    // What its lines have no place for is told beside them.
    let told = form == "jsonl" ? result.errors : result.text
    #expect(told.contains("require-owner-label: matchConditions") || form == "json")
    #expect(result.errors.isEmpty == (form != "jsonl"))
    #expect(result.output.count > 1_000)
    #expect(!result.output.contains(0x1B))
  }

  @Test("names exactly the reviews whose verdict a changed policy changes", .enabled(if: SharedData.isPresent, absence))
  func baseline() throws {
    let old = SharedData.checkout.appending(path: "policies/require-image-digest/policy.yaml")
    let text = try String(contentsOf: old, encoding: .utf8)
    // The new one lets the images of one registry pass.
    let changed = text.replacing(
      "judgedContainers.filter(c,", with: "judgedContainers.filter(c, !c.?image.orValue('').startsWith('quay.io/') &&")
    try #require(changed != text)
    let new = try folder.write(changed, to: "new/policy.yaml")
    let (before, after) = (try verdicts(old.path), try verdicts(new))
    let expected = Set(before.keys.filter { before[$0] != after[$0] })
    try #require(!expected.isEmpty && expected.count < before.count)

    let result = try test(
      ["--policies", new, "--baseline", old.path, "-o", "json", "--fail-on", "change"] + Self.recorded)
    #expect(result.status == 1)
    let report = try #require(try JSONSerialization.jsonObject(with: result.output) as? [String: Any])
    let notable = try #require(report["notable"] as? [[String: Any]])
    #expect(Set(notable.compactMap { $0["id"] as? String }) == expected)
    let summary = try #require(report["summary"] as? [String: Any])
    #expect(summary["changed"] as? Int == expected.count && summary["compared"] as? Int == before.count)
    for review in notable {
      for difference in try #require(review["differences"] as? [[String: Any]]) {
        #expect(difference["policies"] as? [String] == ["require-image-digest"])
      }
    }
    try expectGroups(notable, expected, try #require(summary["impact"] as? [String: Any]))
    let table = try test(["--policies", new, "--baseline", old.path] + Self.recorded)
    #expect(table.text.contains("compared with the baseline: \(expected.count) of \(before.count) differ ("))
    let markdown = try test(["--policies", new, "--baseline", old.path, "-o", "markdown"] + Self.recorded)
    #expect(markdown.text.contains("\(expected.count) of \(before.count) verdicts change ("))
    #expect(markdown.text.contains("<summary>Examples</summary>"))
    let same = try test(["--policies", "policies", "--baseline", "policies", "--fail-on", "change"] + Self.recorded)
    #expect(same.status == 0 && same.text.contains("compared with the baseline: 0 of \(before.count) differ (0%)"))
  }

  /// Compares the groups of an impact report with those that the recorded reviews themselves give.
  private func expectGroups(_ notable: [[String: Any]], _ ids: Set<String>, _ impact: [String: Any]) throws {
    var wanted: [String: [String: Int]] = [:]
    let kinds = Dictionary(
      uniqueKeysWithValues: notable.map { review in
        (
          review["id"] as? String ?? "",
          (review["differences"] as? [[String: Any]] ?? []).map { $0["kind"] as? String ?? "" }
        )
      })
    for line in try ["reviews.jsonl", "operations.jsonl"].flatMap({ try SharedData.lines($0) }) {
      let record = try #require(try JSONSerialization.jsonObject(with: line) as? [String: Any])
      guard let id = record["id"] as? String, ids.contains(id) else { continue }
      let request = try #require((record["review"] as? [String: Any])?["request"] as? [String: Any])
      let kind = try #require((request["kind"] as? [String: Any])?["kind"] as? String)
      for change in kinds[id] ?? [] {
        wanted["\(change) policy", default: [:]]["require-image-digest", default: 0] += 1
        wanted["\(change) namespace", default: [:]][request["namespace"] as? String ?? "(none)", default: 0] += 1
        wanted["\(change) kind", default: [:]][kind, default: 0] += 1
        wanted["\(change) owner", default: [:]][Self.owner(of: request["object"]), default: 0] += 1
      }
    }
    for (change, section) in impact {
      let section = try #require(section as? [String: Any])
      for dimension in ["policy", "namespace", "kind", "owner"] {
        #expect(
          section[dimension] as? [String: Int] == wanted.removeValue(forKey: "\(change) \(dimension)"),
          "\(change) \(dimension)")
      }
    }
    #expect(wanted.isEmpty)
  }

  /// The label `owner`, of the object or of its Pod template.
  private static func owner(of object: Any?) -> String {
    func member(_ value: Any?, _ path: String...) -> Any? {
      path.reduce(value) { ($0 as? [String: Any])?[$1] }
    }
    let found =
      member(object, "metadata", "labels", "owner") ?? member(object, "spec", "template", "metadata", "labels", "owner")
      ?? member(object, "spec", "jobTemplate", "spec", "template", "metadata", "labels", "owner")
    return found as? String ?? "(none)"
  }

  @Test("holds a run to an earlier one", .enabled(if: SharedData.isPresent, absence))
  func expect() throws {
    let file = folder.url.appending(path: "expected.jsonl").path
    let arguments = ["--policies", "policies", "-o", "jsonl"] + Self.recorded
    #expect(try test(arguments + ["--write-expect", file]).status == 0)
    let text = try String(contentsOfFile: file, encoding: .utf8)
    #expect(try test(arguments + ["--expect", file]).status == 0)
    #expect(try test(arguments + ["--write-expect", file]).status == 0)
    #expect(try String(contentsOfFile: file, encoding: .utf8) == text)

    var lines = text.split(separator: "\n").map(String.init)
    // In another order, one verdict another, one review gone, one new.
    lines.reverse()
    lines[0] = lines[0].replacing("\"allowed\":true", with: "\"allowed\":false")
    lines[1] = lines[1].replacing("{\"id\":\"", with: "{\"id\":\"x-")
    let other = try folder.write(lines.joined(separator: "\n"), to: "other.jsonl")
    let result = try test(arguments + ["--expect", other])
    #expect(result.status == 1)
    #expect(result.errors.contains("which --expect has"))
    #expect(result.errors.contains("webhook: 3 reviews not as expected"))
  }

  @Test("counts false positives among reviews that are known to be safe")
  func allowlist() throws {
    let passing = "policies/require-owner-label/tests/pass/pod.yaml"
    let failing = "policies/require-owner-label/tests/fail/pod-without-labels.yaml"
    let list = try folder.write("# safe\n\(passing)\n\(failing)\n", to: "safe.txt")
    let result = try test(["--policies", "policies/require-owner-label", "--allowlist", list, passing, failing])
    #expect(result.text.contains("false positives: 1 of 2 on the allowlist (50%)\n  \(failing)"))
  }

  @Test("ends with 1 where something is not covered and that was asked for")
  func uncovered() throws {
    let policy = try folder.write(
      """
      apiVersion: policy.example.com/v1
      kind: Policy
      metadata: {name: small}
      spec:
        matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]}
        validations: [{expression: "has(object.data)"}]
      """, to: "small.yaml")
    let map = try folder.write("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", to: "a.yaml")
    let full = try folder.write("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b}\n", to: "b.yaml")
    let pod = "policies/require-owner-label/tests/pass/pod.yaml"
    let arguments = ["--policies", policy, "--fail-on", "uncovered"]
    #expect(try test(arguments + [map]).status == 0)
    let passing = try test(arguments + [full])
    #expect(passing.status == 1 && passing.errors == "webhook: not covered: 1 validation\n")
    let unmatched = try test(arguments + [pod])
    #expect(unmatched.status == 1 && unmatched.errors == "webhook: not covered: 1 policy\n")
    #expect(unmatched.text.contains("no policy matched") && !unmatched.text.contains("passed"))
    #expect(unmatched.text.contains("NOT COVERED\n  small: no review was matched"))
  }
}
