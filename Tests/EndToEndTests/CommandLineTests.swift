import Foundation
import TestSupport
import Testing
import Yams

@Suite("The command line")
struct CommandLineTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let passing = "policies/require-owner-label/tests/pass/pod.yaml"
  private static let failing = "policies/require-owner-label/tests/fail"

  private func test(_ arguments: [String], input: Data? = nil) throws -> TestProcess.Result {
    try WebhookProgram.run(["test", "--policies", "policies/require-owner-label"] + arguments, input: input)
  }

  @Test("ends with 0 though something was denied, and with 1 where that was asked to be a failure")
  func failOn() throws {
    let path = try folder.write(
      "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: []}\n", to: "a.yaml")
    let result = try test([path])
    #expect(result.status == 0)
    #expect(result.text.contains("1 review: 0 allowed, 1 denied, 0 with errors, 0 unreadable"))
    #expect(try test([path, "--fail-on", "deny"]).status == 1)
    #expect(try test([path, "--fail-on", "deny", "--phase", "mutate"]).status == 0)
  }

  @Test("goes on behind what cannot be read, and ends with 2")
  func unreadable() throws {
    let path = try folder.write("{\n}\nkind: x\n{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\"}\n", to: "a.jsonl")
    let result = try test([path, "/nowhere", "-o", "jsonl", "--fail-on", "deny"])
    #expect(result.status == 2)
    #expect(result.text.split(separator: "\n").count == 1)
    for place in ["\(path):1:", "\(path):2:", "\(path):3:", "webhook: /nowhere: no such file or directory"] {
      #expect(result.errors.contains(place), "\(place) in \(result.errors)")
    }
  }

  @Test("reads standard input, in YAML and in JSON")
  func standardInput() throws {
    let list = """
      apiVersion: v1
      kind: List
      items:
      - {apiVersion: v1, kind: Pod, metadata: {name: a}}
      - {apiVersion: v1, kind: Service, metadata: {name: b}}
      """
    let yaml = try test(["-", "-o", "jsonl"], input: Data(list.utf8))
    #expect(yaml.status == 0, "\(yaml.errors)")
    #expect(yaml.text.split(separator: "\n").map { $0.prefix(12) } == [#"{"id":"-#1","#, #"{"id":"-#2","#])
    let json = try test(["-", "-o", "jsonl"], input: Data(#"{"apiVersion":"v1","kind":"Pod"}"#.utf8))
    #expect(json.text.hasPrefix(#"{"id":"-","uid":"#))
  }

  @Test("judges the fixtures of a policy as their folders say")
  func fixtures() throws {
    let passing = try test([Self.passing, "--fail-on", "deny"])
    #expect(passing.status == 0, "\(passing.text)\(passing.errors)")
    let failing = try test([Self.failing])
    #expect(failing.status == 0)
    #expect(failing.text.contains(": 0 allowed, "), "\(failing.text.suffix(500))")
  }

  @Test("refuses policies with mistakes, with 2")
  func mistakes() throws {
    let path = try folder.write("apiVersion: policy.example.com/v1\nkind: Policy\nmetadata: {name: a}\n", to: "a.yaml")
    let result = try WebhookProgram.run(["test", "--policies", path, Self.passing])
    #expect(result.status == 2)
    #expect(result.output.isEmpty)
    #expect(result.errors.contains("\(path):"))
  }

  @Test("checks manifests: 0 where all are accepted, 1 where one is not, 2 where a file cannot be read")
  func check() throws {
    let good = try WebhookProgram.run(["check", "policies"])
    #expect(good.status == 0, "\(good.text)")
    let path = try folder.write(
      "apiVersion: policy.example.com/v1\nkind: Policy\nmetadata: {name: a}\nspec: {x: 1}\n", to: "a.yaml")
    let bad = try WebhookProgram.run(["check", path, "-o", "jsonl"])
    #expect(bad.status == 1)
    let line = try #require(try JSONSerialization.jsonObject(with: bad.output) as? [String: Any])
    #expect(line["file"] as? String == path && line["kind"] as? String == "Policy" && line["name"] as? String == "a")
    #expect(line["accepted"] as? Bool == false)
    let problem = try #require((line["problems"] as? [[String: Any]])?.first)
    #expect(Set(problem.keys) == ["severity", "field", "line", "column", "message"])
    #expect(
      bad.text.hasPrefix(#"{"file":"\#(path)","kind":"Policy","name":"a","accepted":false,"problems":[{"severity":"#))
    #expect(try WebhookProgram.run(["check", "/nowhere"]).status == 2)
    #expect(try WebhookProgram.run(["check", "-o", "jsonl", "/nowhere"]).text.contains(#""accepted":false"#))
  }

  @Test("makes certificates whose keys are private under any umask", arguments: ["000", "022", "077"])
  func certificates(_ mask: String) throws {
    let path = folder.url.appending(path: "new").path
    let made = try TestProcess.run(
      "/bin/sh",
      ["-c", "umask \(mask); exec \"$0\" certs --output \"$1\" --dns-name localhost", WebhookProgram.path, path])
    #expect(made.status == 0, "\(made.errors)")
    for key in ["ca.key", "tls.key"] {
      let attributes = try FileManager.default.attributesOfItem(atPath: "\(path)/\(key)")
      #expect(attributes[.posixPermissions] as? Int == 0o600)
    }
    let again = try WebhookProgram.run(["certs", "--output", path, "--dns-name", "localhost"])
    #expect(again.status == 2)
    #expect(again.errors.contains("\(path)/ca.crt exists already"))
    #expect(try WebhookProgram.run(["certs", "--output", path, "--dns-name", "localhost", "--force"]).status == 0)
  }

  @Test("prints a registration of the policies of the checkout")
  func register() throws {
    let certificates = folder.url.appending(path: "certs").path
    #expect(try WebhookProgram.run(["certs", "--output", certificates, "--dns-name", "localhost"]).status == 0)
    let result = try WebhookProgram.run([
      "register", "--service", "webhook/webhook", "--policies", "policies", "--ca", "\(certificates)/ca.crt",
    ])
    #expect(result.status == 0, "\(result.errors)")
    let roots = try Yams.load_all(yaml: result.text).compactMap { $0 as? [String: Any] }
    #expect(
      roots.compactMap { $0["kind"] as? String } == ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"])
    let root = try #require(roots.last)
    let webhook = try #require((root["webhooks"] as? [[String: Any]])?.first)
    let bundle = try #require((webhook["clientConfig"] as? [String: Any])?["caBundle"] as? String)
    #expect(try Data(base64Encoded: bundle) == Data(contentsOf: URL(filePath: "\(certificates)/ca.crt")))
    let resources = try #require(webhook["rules"] as? [[String: Any]]).flatMap { $0["resources"] as? [String] ?? [] }
    for resource in ["pods", "deployments", "cronjobs", "pods/ephemeralcontainers"] {
      #expect(resources.contains(resource))
    }
  }

  @Test("says where no authority is to be found")
  func noAuthority() throws {
    let result = try WebhookProgram.run([
      "register", "--url", "https://a", "--policies", "policies", "--ca", "/nowhere",
    ])
    #expect(result.status == 2)
    #expect(result.errors.contains("webhook: /nowhere: no such file or directory"))
  }

  @Test("ends with 64 where it is used wrongly, and with 0 for help and version")
  func usage() throws {
    #expect(try WebhookProgram.run(["serve"]).status == 64)
    #expect(try WebhookProgram.run(["nonsense"]).status == 64)
    #expect(try WebhookProgram.run(["--help"]).status == 0)
    #expect(try WebhookProgram.run(["test", "--help"]).status == 0)
    #expect(try WebhookProgram.run(["--version"]).text.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
  }
}
