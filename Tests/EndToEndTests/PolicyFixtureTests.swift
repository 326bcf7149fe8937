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

  @Test("are four at least, and without mistakes")
  func check() throws {
    #expect(Self.names.count >= 4)
    let outcome = try Tool.run(Tool.webhook, ["check", "policies"], in: SharedData.checkout)
    #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
  }

  @Test("each have a README, fixtures that pass and fixtures that fail", arguments: names)
  func complete(_ name: String) throws {
    #expect(FileManager.default.fileExists(atPath: Self.folder.appending(path: "\(name)/README.md").path))
    #expect(try !Self.fixtures(name, "pass").isEmpty)
    #expect(try !Self.fixtures(name, "fail").isEmpty)
  }

  @Test("decide each of their fixtures as its folder says", arguments: names, ["pass", "fail"])
  func decide(_ name: String, _ expectation: String) throws {
    let fixtures = try Self.fixtures(name, expectation)
    let outcome = try Tool.run(
      Tool.webhook, ["test", "--policies", "policies/\(name)/policy.yaml", "-o", "jsonl"] + fixtures,
      in: SharedData.checkout)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let lines = outcome.output.split(separator: "\n")
    try #require(lines.count == fixtures.count, "a line for each fixture, which holds one review")
    for (line, fixture) in zip(lines, fixtures) {
      let result = try JSONDecoder().decode(Result.self, from: Data(line.utf8))
      #expect(result.allowed == (expectation == "pass"), "\(fixture): \(result.message ?? "allowed")")
    }
  }

  private struct Result: Decodable {
    let allowed: Bool
    let message: String?
  }

  /// The paths of a policy's fixtures, from the checkout, sorted.
  private static func fixtures(_ name: String, _ expectation: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "\(name)/tests/\(expectation)").path)
      .sorted().map { "policies/\(name)/tests/\(expectation)/\($0)" }
  }
}
