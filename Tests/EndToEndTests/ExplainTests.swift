import Foundation
import TestSupport
import Testing

@Suite("webhook explain")
struct ExplainTests {
  private static let policy = "policies/disallow-host-network"
  private static let pod = "policies/disallow-host-network/tests/fail/pod.yaml"

  private func explain(_ arguments: String..., input: Data? = nil) throws -> TestProcess.Result {
    try WebhookProgram.run(["explain"] + arguments, input: input)
  }

  @Test("ends with 0 whatever the decision, and without colours where nobody looks")
  func decisions() throws {
    let denied = try explain(Self.pod, "--policies", Self.policy)
    #expect(denied.status == 0 && denied.errors.isEmpty)
    #expect(denied.text.contains("disallow-host-network: denies"))
    #expect(!denied.output.contains(0x1B))
    let allowed = try explain("policies/require-image-digest/tests/pass", "--policies", "policies")
    #expect(allowed.status == 0 && allowed.text.contains(": allowed\n"), "\(allowed.errors)")
  }

  @Test("ends with 2 where a policy, an id or a file is not there, and says which")
  func missing() throws {
    let policy = try explain(Self.pod, "--policies", "policies", "--policy", "disallow-hostnetwork")
    #expect(policy.status == 2 && policy.output.isEmpty)
    #expect(
      policy.errors
        == "webhook: there is no policy `disallow-hostnetwork`; did you mean `disallow-host-network`?\n")
    let id = try explain(Self.pod, "--policies", Self.policy, "--id", "nobody")
    #expect(id.status == 2 && id.errors == "webhook: no review has the id `nobody`\n")
    let file = try explain("nowhere.yaml", "--policies", Self.policy)
    #expect(file.status == 2 && file.errors == "webhook: nowhere.yaml: no such file or directory\n")
    #expect(try explain("Makefile", "--policies", Self.policy).status == 2)
    #expect(try explain(Self.pod, "--policies", "nowhere").status == 2)
  }

  @Test("explains the reviews and the policies that are asked for")
  func choices() throws {
    let folder = try TemporaryFolder()
    let review = try String(
      contentsOf: SharedData.checkout.appending(
        path: "policies/require-image-digest/tests/fail/review-for-curl.json"), encoding: .utf8
    ).replacing("\n", with: "")
    let path = try folder.write(
      ["first", "second"].map { #"{"id":"\#($0)","path":"/validate?timeout=5s","review":\#(review)}"# }
        .joined(separator: "\n"), to: "traffic.jsonl")
    let result = try explain(
      path, "--policies", "policies", "--id", "second", "--policy", "require-owner-label", "--policy",
      "default-run-as-non-root")
    #expect(result.status == 0 && result.errors.isEmpty)
    #expect(result.text.contains("id second") && !result.text.contains("id first"))
    #expect(result.text.contains("require-owner-label: denies") && !result.text.contains("require-image-digest: "))
    // The path says that only validation was asked for.
    #expect(result.text.contains("it has no validations, and nothing else is asked for"))
    let mutation = try explain(
      path, "--policies", "policies", "--id", "second", "--policy", "default-run-as-non-root", "--phase", "mutate")
    #expect(mutation.text.contains("default-run-as-non-root: changes the object"))
    let standardInput = try explain("-", "--policies", "policies", input: Data(review.utf8))
    #expect(standardInput.status == 0 && standardInput.text.contains("require-image-digest: denies"))
  }

  @Test("writes every form, several at once")
  func forms() throws {
    let folder = try TemporaryFolder()
    let result = try explain(
      Self.pod, "--policies", Self.policy, "--output-file", "html=\(folder.path)/why.html", "--output-file",
      "json=\(folder.path)/why.json", "--full")
    #expect(result.status == 0 && result.errors.isEmpty && result.text.contains("disallow-host-network: denies"))
    let json = try Data(contentsOf: folder.url.appending(path: "why.json"))
    let object = try #require(try JSONSerialization.jsonObject(with: json) as? [String: [NSDictionary]])
    #expect(object["reviews"]?.first?["allowed"] as? Bool == false)
    let page = try String(contentsOf: folder.url.appending(path: "why.html"), encoding: .utf8)
    #expect(page.hasPrefix("<!DOCTYPE html>") && page.hasSuffix("</html>\n"))
    #expect(try explain(Self.pod, "--policies", Self.policy, "--output-file", "html=/nowhere/x").status == 2)
  }

  private static let script = TestProcess.find("script")

  @Test(
    "is coloured on a terminal, unless NO_COLOR is set, and as wide as it is",
    .enabled(if: script != nil, "script is not installed"))
  func terminal() throws {
    func run(_ environment: String) throws -> String {
      let command = "\(environment) \(WebhookProgram.path) explain \(Self.pod) --policies \(Self.policy)"
      return try TestProcess.run(
        #require(Self.script), ["--quiet", "--command", command, "/dev/null"], folder: SharedData.checkout
      ).text
    }
    let coloured = try run("env -u NO_COLOR TERM=xterm")
    #expect(coloured.contains("\u{1B}[31mdenies\u{1B}[0m"), "\(coloured.debugDescription)")
    let plain = try run("env TERM=xterm NO_COLOR=1 COLUMNS=70")
    #expect(!plain.contains("\u{1B}") && plain.contains("disallow-host-network: denies"))
    let expression = plain.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("      | ") }
    #expect(!expression.isEmpty && expression.allSatisfy { $0.count <= 70 })
  }

  @Test("does what the guide shows")
  func guide() throws {
    let guide = try String(contentsOf: SharedData.checkout.appending(path: "policies/TESTING.md"), encoding: .utf8)
    let block = try #require(guide.firstMatch(of: /```console\n\$ webhook (explain [^\n]+)\n([\s\S]+?)```/))
    let result = try WebhookProgram.run(block.1.split(separator: " ").map(String.init))
    // What it took is another time each time.
    func comparable(_ text: some StringProtocol) -> String {
      String(text).replacing(/[0-9.]+ [µm]?s\b/, with: "TIME").replacing(/[ ]{2,}(line|policies)/) { "  \($0.1)" }
    }
    #expect(comparable(result.text) == comparable(block.2))
  }

  @Test(
    "explains every recorded review without a word of complaint",
    .enabled(if: SharedData.isPresent, "needs the recorded reviews"))
  func recorded() throws {
    let result = try explain(
      SharedData.folder.appending(path: "operations.jsonl").path, "--policies",
      SharedData.folder.appending(path: "vap/requests-policies.yaml").path, "-o", "json")
    #expect(result.status == 0 && result.errors.isEmpty)
    let object = try #require(try JSONSerialization.jsonObject(with: result.output) as? [String: [NSDictionary]])
    #expect(object["reviews"]?.count == 52)
    #expect(object["reviews"]?.allSatisfy { ($0["disagreements"] as? [String]) == [] } ?? false)
  }
}
