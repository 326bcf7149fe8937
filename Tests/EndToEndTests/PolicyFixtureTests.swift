import Foundation
import TestSupport
import Testing

@Suite("The policies of the checkout")
struct PolicyFixtureTests {
  static let folder = SharedData.checkout.appending(path: "policies")

  /// The folders with a policy.
  static let names =
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?
    .filter { FileManager.default.fileExists(atPath: folder.appending(path: "\($0)/policy.yaml").path) }.sorted() ?? []

  @Test("are seven at least, and without mistakes")
  func check() throws {
    #expect(Self.names.count >= 7)
    let outcome = try Tool.run(Tool.webhook, ["check", "policies"], in: SharedData.checkout)
    #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
  }

  @Test("each have a README, fixtures that pass and fixtures that fail or are changed", arguments: names)
  func complete(_ name: String) throws {
    #expect(FileManager.default.fileExists(atPath: Self.folder.appending(path: "\(name)/README.md").path))
    #expect(try !Self.fixtures(name, "pass").isEmpty)
    let others = try Self.fixtures(name, "fail") + Self.fixtures(name, "change")
    #expect(!others.isEmpty)
  }

  @Test("decide each of their fixtures as its folder says", arguments: names, ["pass", "fail"])
  func decide(_ name: String, _ expectation: String) throws {
    for (fixture, result) in try Self.results(name, try Self.fixtures(name, expectation)) {
      #expect(result.allowed == (expectation == "pass"), "\(fixture): \(result.message ?? "allowed")")
      #expect(result.patch == [], "\(fixture) is changed: \(result.patch)")
    }
  }

  @Test("have an example beside them that keeps the owner from being changed through a status, and lets reports pass")
  func statusOfOwner() throws {
    let folder = "policies/require-owner-label"
    let fixtures = ["status-report-of-an-older-pod", "status-update-that-removes-the-owner"]
    let outcome = try Tool.run(
      Tool.webhook,
      ["test", "--policies", "\(folder)/status.yaml.example", "-o", "jsonl"]
        + fixtures.map { "\(folder)/tests/pass/\($0).yaml" }, in: SharedData.checkout)
    // The second is in a folder that says it passes, as the policy itself lets it.
    #expect(outcome.status == 1, "\(outcome.errors)")
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.map { $0.contains("\"allowed\":true") } == [true, false], "\(outcome.output)")
  }

  @Test("change each fixture of `change` as the patch beside it says", arguments: names)
  func change(_ name: String) throws {
    for (fixture, result) in try Self.results(name, try Self.fixtures(name, "change")) {
      #expect(result.allowed, "\(fixture): \(result.message ?? "")")
      let file = SharedData.checkout.appending(path: fixture.replacing(".yaml", with: ".patch.json"))
      let expected = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? NSArray
      #expect(result.patch == expected, "\(fixture) is changed by \(result.patch)")
    }
  }

  /// What a policy says of fixtures, each of which holds one review.
  private static func results(_ name: String, _ fixtures: [String]) throws -> [(fixture: String, result: Result)] {
    if fixtures.isEmpty { return [] }
    var policies = ["policies/\(name)"]
    let namespaces = "policies/\(name)/tests/namespaces.yaml"
    if FileManager.default.fileExists(atPath: SharedData.checkout.appending(path: namespaces).path) {
      policies.append(namespaces)
    }
    let outcome = try Tool.run(
      Tool.webhook, ["test"] + policies.flatMap { ["--policies", $0] } + ["-o", "jsonl"] + fixtures,
      in: SharedData.checkout)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let lines = outcome.output.split(separator: "\n")
    try #require(lines.count == fixtures.count, "a line for each fixture, which holds one review")
    return try zip(fixtures, lines).map { fixture, line in
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      return (
        fixture,
        Result(
          allowed: try #require(object["allowed"] as? Bool), message: object["message"] as? String,
          patch: try #require(object["patch"] as? NSArray))
      )
    }
  }

  private struct Result {
    let allowed: Bool
    let message: String?
    let patch: NSArray
  }

  /// The paths of a policy's fixtures, from the checkout, sorted; none where there is no such folder.
  private static func fixtures(_ name: String, _ expectation: String) throws -> [String] {
    let path = folder.appending(path: "\(name)/tests/\(expectation)").path
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    return try FileManager.default.contentsOfDirectory(atPath: path).filter { !$0.hasSuffix(".patch.json") }
      .sorted().map { "policies/\(name)/tests/\(expectation)/\($0)" }
  }
}
