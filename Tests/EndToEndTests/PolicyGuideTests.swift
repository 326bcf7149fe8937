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

  /// The code blocks of the guide, in order.
  private static func blocks() throws -> [Block] {
    let text = try String(contentsOf: SharedData.checkout.appending(path: "policies/README.md"), encoding: .utf8)
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
}
