import ArgumentParser
import Commands
import Foundation
import TestSupport
import Testing

/// The help texts as users see them. After a wanted change, write them anew and read the difference:
///
///     UPDATE_GOLDEN=1 swift test --filter HelpTests
@Suite("Help")
struct HelpTests {
  private static let folder = SharedData.checkout.appending(path: "Tests/CommandsTests/Golden")

  @Test(
    "reads as it was agreed upon",
    arguments: ["webhook", "serve", "test", "check", "eval", "explain", "exceptions", "certs", "register"])
  func help(_ name: String) throws {
    let command = try #require(
      name == "webhook"
        ? WebhookCommand.self : WebhookCommand.configuration.subcommands.first { $0._commandName == name })
    let text = WebhookCommand.helpMessage(for: command, columns: 100) + "\n"
    let file = Self.folder.appending(path: "help-\(name).txt")
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil {
      try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    #expect(try text == String(contentsOf: file, encoding: .utf8))
  }

  @Test(
    "has examples that a narrow terminal does not break",
    arguments: WebhookCommand.configuration.subcommands.map { $0._commandName })
  func examples(_ name: String) throws {
    let command = try #require(WebhookCommand.configuration.subcommands.first { $0._commandName == name })
    func examples(columns: Int) -> [Substring] {
      WebhookCommand.helpMessage(for: command, columns: columns).split(separator: "\n").filter {
        $0.hasPrefix("  webhook ") || $0.hasPrefix("  kubectl ") || $0.hasPrefix("      --")
      }
    }
    #expect(!examples(columns: 80).isEmpty)
    #expect(examples(columns: 80) == examples(columns: 200))
  }

  @Test("covers every subcommand")
  func complete() {
    let names = WebhookCommand.configuration.subcommands.map { $0._commandName }
    #expect(names == ["serve", "test", "check", "eval", "explain", "exceptions", "certs", "register"])
  }

  @Test(
    "is offered where the command line is wrong, with 64",
    arguments: [
      ["serve"], ["serve", "--policies", "p", "--listen", "nowhere"], ["serve", "--policies", "p", "--workers", "0"],
      ["serve", "--policies", "p", "--workers", "1025"], ["serve", "--policies", "p", "--latency-budget", "0s"],
      ["serve", "--policies", "p", "--latency-budget", "fast"],
      ["serve", "--policies", "p", "--max-body-bytes", "1023"],
      ["serve", "--policies", "p", "--max-body-bytes", "268435456"], ["test", "--policies", "p"], ["test", "-"],
      ["test", "--policies", "p", "-o", "xml", "x"], ["check"], ["eval"],
      ["eval", "--batch", "--disassemble"], ["eval", "--batch", "a", "--input", "b"], ["eval", "1", "-o", "xml"],
      ["eval", "1", "--environment", "all"], ["explain", "x.yaml"], ["explain", "--policies", "p"],
      ["explain", "x", "--policies", "p", "-o", "xml"], ["explain", "x", "--policies", "p", "--output-file", "x"],
      ["certs"], ["certs", "--ip", "localhost"],
      ["certs", "--dns-name", "127.0.0.1"], ["certs", "--dns-name", "a", "--days", "0"],
      ["certs", "--dns-name", "a", "--days", "36501"], ["register", "--policies", "p"],
      ["register", "--policies", "p", "--url", "https://a", "--service", "a/b"],
      ["register", "--policies", "p", "--url", "http://a"], ["register", "--policies", "p", "--service", "a"],
      ["register", "--policies", "p", "--url", "https://a", "--timeout-seconds", "31"],
      ["register", "--policies", "p", "--url", "https://a", "--name", "A"], ["nonsense"],
    ])
  func usage(_ arguments: [String]) {
    let error = #expect(throws: (any Error).self) { try WebhookCommand.parseAsRoot(arguments) }
    if let error {
      #expect(WebhookCommand.exitCode(for: error).rawValue == 64, "\(WebhookCommand.message(for: error))")
    }
  }

  @Test(
    "is not needed at the edges of what is allowed",
    arguments: [
      ["serve", "--policies", "p"], ["serve", "--policies", "p", "--workers", "1024", "--max-body-bytes", "1024"],
      ["serve", "--policies", "p", "--workers", "1", "--max-body-bytes", "268435455", "--latency-budget", "1ns"],
      ["serve", "--policies=a", "--policies=b", "--listen", "[::1]:0", "--admin-listen", "0.0.0.0:0"],
      ["test", "--policies", "p", "a", "b", "-"], ["eval", "1"], ["eval", "--batch"], ["eval", "--batch", "a"],
      ["eval", "--batch", "--environment", "full", "--input", "-"], ["eval", "1", "--input", "a", "-o", "yaml"],
      ["explain", "x", "-", "--policies", "p", "--policy", "a", "--id", "b", "--phase", "mutate", "--full"],
      ["certs", "--ip", "::1", "--days", "36500"],
      ["register", "--policies", "p", "--url", "https://a", "--timeout-seconds", "30"],
    ])
  func accepted(_ arguments: [String]) throws {
    _ = try WebhookCommand.parseAsRoot(arguments)
  }

  @Test("and the version end with 0", arguments: [["--help"], ["serve", "--help"], ["--version"], ["help", "test"]])
  func success(_ arguments: [String]) {
    do {
      // `help` is a command that succeeds by showing help.
      var command = try WebhookCommand.parseAsRoot(arguments)
      try command.run()
    } catch {
      #expect(WebhookCommand.exitCode(for: error).rawValue == 0)
    }
  }
}
