import Foundation
import TestSupport
import Testing

/// The program under test: what the tests were built with, or the one that `WEBHOOK_BINARY` names, a release build for
/// example.
enum WebhookProgram {
  static let path = ProcessInfo.processInfo.environment["WEBHOOK_BINARY"] ?? Tool.webhook.path

  /// Runs a command to its end, in the checkout.
  static func run(_ arguments: [String], input: Data? = nil) throws -> TestProcess.Result {
    try TestProcess.run(path, arguments, input: input, folder: SharedData.checkout)
  }

  static let policies = SharedData.checkout.appending(path: "policies").path
}

/// A running `webhook serve` with certificates of its own, on ports that the system chose; gone with its owner.
final class RunningWebhook: Sendable {
  let process: TestProcess
  /// `https://localhost:PORT`
  let url: String
  /// `http://127.0.0.1:PORT`
  let adminURL: String
  let port: String
  let authority: String
  private let folder: TemporaryFolder

  /// - Parameters:
  ///   - launcher: a program that becomes the server, with its own arguments: `["prlimit", "--nofile=64"]`.
  ///   - environment: what is set besides.
  init(
    policies: String = WebhookProgram.policies, _ more: [String] = [], launcher: [String] = [],
    environment: [String: String] = [:]
  ) throws {
    folder = try TemporaryFolder()
    let certificates = folder.url.appending(path: "certs").path
    let made = try WebhookProgram.run(
      ["certs", "--output", certificates, "--dns-name", "localhost", "--ip", "127.0.0.1", "--days", "2"])
    try #require(made.status == 0, "\(made.errors)")
    authority = "\(certificates)/ca.crt"
    let command =
      launcher + [
        WebhookProgram.path, "serve", "--policies", policies, "--listen", "127.0.0.1:0", "--admin-listen",
        "127.0.0.1:0", "--certificate",
        "\(certificates)/tls.crt", "--key", "\(certificates)/tls.key",
        // Machines that build and test at the same time stall for longer than a server's budget.
        "--latency-budget", "4s",
      ] + more
    let process = try TestProcess(
      #require(launcher.isEmpty ? WebhookProgram.path : TestProcess.find(launcher[0])), Array(command.dropFirst()),
      environment: environment, folder: SharedData.checkout)
    self.process = process
    let admin = process.waitForErrorLine { Self.port(in: $0, after: "serves http://127.0.0.1:") }
    let tls = process.waitForErrorLine { Self.port(in: $0, after: "serves https://127.0.0.1:") }
    adminURL = "http://127.0.0.1:\(try #require(admin, "\(process.errorsSoFar)"))"
    port = try #require(tls, "\(process.errorsSoFar)")
    url = "https://localhost:\(port)"
  }

  private static func port(in line: String, after prefix: String) -> String? {
    guard let start = line.firstRange(of: prefix)?.upperBound else { return nil }
    return String(line[start...].prefix { $0.isNumber })
  }

  /// Ends the server as an operator does.
  func stop() -> TestProcess.Result {
    process.signal(SIGTERM)
    return process.wait()
  }

  /// The value of one line of `/metrics`.
  func metric(_ series: String) throws -> Int { Int(try number(series)) }

  /// The same of what is no whole number.
  func number(_ series: String) throws -> Double {
    let text = try Curl.run(["\(adminURL)/metrics"]).text
    let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(series + " ") }, "\(series)")
    return try #require(line.split(separator: " ").last.flatMap { Double($0) })
  }

  /// Asks for a metric until it is as wanted; nil where the server ended before.
  func waitForMetric(_ series: String, _ isWanted: (Int) -> Bool) throws {
    while !isWanted(try metric(series)) { try #require(process.isRunning) }
  }
}

/// libcurl's program: a client that is not ours.
enum Curl {
  static let path = TestProcess.find("curl")
  static let absence: Comment = "curl is not installed"

  static func run(_ arguments: [String], input: Data? = nil) throws -> TestProcess.Result {
    try TestProcess.run(
      #require(path), ["--silent", "--show-error", "--max-time", "60"] + arguments, input: input)
  }

  /// Asks for one answer.
  static func ask(
    _ server: RunningWebhook, _ path: String, _ arguments: [String] = [], body: Data? = nil
  ) throws -> (status: Int, body: String) {
    var all = ["--cacert", server.authority, "--write-out", "\n%{http_code}"] + arguments
    if body != nil { all += ["--data-binary", "@-"] }
    let result = try run(all + [server.url + path], input: body)
    let lines = result.text.split(separator: "\n", omittingEmptySubsequences: false)
    return (Int(lines.last ?? "") ?? 0, lines.dropLast().joined(separator: "\n"))
  }
}
