import Foundation
import TestSupport
import Testing

/// The examples of `policies/README.md`: files are written, commands run, and their output is compared.
@Suite("The policy author's guide")
struct PolicyGuideTests {
  private struct Block {
    let language: String
    let lines: [String]
  }

  /// The code blocks of a guide, in order.
  private static func blocks(of guide: String = "policies/README.md") throws -> [Block] {
    let text = try String(contentsOf: SharedData.checkout.appending(path: guide), encoding: .utf8)
    var blocks: [Block] = []
    var open: Block?
    for line in text.components(separatedBy: "\n") {
      if let block = open {
        open = line == "```" ? nil : Block(language: block.language, lines: block.lines + [line])
        if open == nil { blocks.append(block) }
      } else if line.hasPrefix("```") {
        open = Block(language: String(line.dropFirst(3)), lines: [])
      }
    }
    return blocks
  }

  @Test("has examples that do what it says")
  func examples() throws {
    let folder = try TemporaryFolder()
    var commands = 0
    for block in try Self.blocks() {
      if block.language == "yaml", let first = block.lines.first, first.hasPrefix("# "), first.hasSuffix(".yaml") {
        let text = block.lines.dropFirst().joined(separator: "\n") + "\n"
        try text.write(to: folder.url.appending(path: String(first.dropFirst(2))), atomically: true, encoding: .utf8)
      }
      guard block.language == "console", let command = block.lines.first, command.hasPrefix("$ webhook ") else {
        continue
      }
      commands += 1
      let script = "\"\(Tool.webhook.path)\" " + command.dropFirst("$ webhook ".count)
      let outcome = try Tool.run(URL(filePath: "/bin/sh"), ["-c", script], in: folder.url)
      let expected = block.lines.dropFirst().joined(separator: "\n") + "\n"
      #expect(outcome.output == expected, "\(command)\n\(outcome.errors)")
    }
    #expect(commands >= 5)
  }

  /// Those of `policies/TESTING.md`, in a copy of the policies: lists of tests are put where they say, and each command ends well.
  @Test(
    "of tests has examples that can be run",
    .enabled(if: SharedData.isPresent, "there are no recorded reviews beside the checkout"))
  func testing() throws {
    let folder = try TemporaryFolder()
    func copy(_ source: URL, _ name: String) throws {
      try FileManager.default.copyItem(at: source, to: folder.url.appending(path: name))
    }
    let policies = SharedData.checkout.appending(path: "policies")
    for name in ["policies", "old", "new"] { try copy(policies, name) }
    try copy(policies.appending(path: "require-owner-label/tests/fail"), "manifests")
    try copy(policies.appending(path: "disallow-host-network/tests/fail/pod.yaml"), "pod.yaml")
    try copy(SharedData.folder.appending(path: "reviews.jsonl"), "traffic.jsonl")
    let blocks = try Self.blocks(of: "policies/TESTING.md")
    var lists = 0
    for block in blocks where block.language == "yaml" {
      let path = try #require(block.lines.first?.dropFirst(2))
      try block.lines.joined(separator: "\n").write(
        to: folder.url.appending(path: String(path)), atomically: true, encoding: .utf8)
      lists += 1
    }
    var commands = 0
    for line in blocks.filter({ $0.language == "console" }).flatMap(\.lines) where line.hasPrefix("$ webhook ") {
      let script = "\"\(Tool.webhook.path)\" " + line.dropFirst("$ webhook ".count)
      let outcome = try Tool.run(URL(filePath: "/bin/sh"), ["-c", script], in: folder.url)
      #expect(outcome.status == 0, "\(line)\n\(outcome.output.suffix(2000))\(outcome.errors)")
      commands += 1
    }
    #expect(lists >= 2 && commands >= 8)
  }
}
