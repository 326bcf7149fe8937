import Foundation
import TestSupport
import Testing

@Suite("A server that cannot start")
struct ServeErrorTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func serve(_ arguments: [String]) throws -> TestProcess.Result {
    try WebhookProgram.run(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"] + arguments)
  }

  private func certificates(_ name: String = "localhost") throws -> String {
    let path = folder.url.appending(path: "certs-\(name)").path
    let made = try WebhookProgram.run(["certs", "--output", path, "--dns-name", name])
    try #require(made.status == 0)
    return path
  }

  @Test("lists every mistake of every policy with its place, and ends with 2")
  func brokenPolicies() throws {
    try folder.write(
      """
      apiVersion: policy.example.com/v1
      kind: Policy
      metadata: {name: a}
      spec:
        matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}
        validations:
        - expression: object.metadata.name ==
        - expression: nonsense.x
        failurePolicy: Perhaps
      """, to: "policies/a.yaml")
    try folder.write("kind: [\n", to: "policies/sub/b.yaml")
    let result = try serve(["--policies", folder.url.appending(path: "policies").path])
    #expect(result.status == 2)
    #expect(result.output.isEmpty)
    for place in ["a.yaml:7:", "a.yaml:8:", "a.yaml:9:", "sub/b.yaml:"] {
      let start = "\(folder.path)/policies/\(place)"
      #expect(result.errors.split(separator: "\n").contains { $0.hasPrefix(start) }, "\(place) in \(result.errors)")
    }
    #expect(result.errors.contains("  failurePolicy: Perhaps\n"))
    #expect(result.errors.hasSuffix("webhook: 4 mistakes in the policies\n"), "\(result.errors)")
  }

  @Test("says that it allows everything, where a folder turns out to hold no policy")
  func noPolicies() throws {
    try folder.write("# to be written\n", to: "policies/a.yaml")
    let path = folder.url.appending(path: "policies").path
    let ended = try RunningWebhook(policies: path).stop()
    #expect(ended.status == 0)
    #expect(ended.errors.contains("\(path)/a.yaml:1:1: warning: holds no manifests\n"), "\(ended.errors)")
    #expect(ended.errors.contains("webhook: warning: without a policy every request is allowed\n"))
  }

  @Test("says which policy path does not exist")
  func missingPolicies() throws {
    let result = try serve(["--policies", "/nowhere/policies"])
    #expect(result.status == 2)
    #expect(result.errors.contains("/nowhere/policies"))
  }

  @Test("says what is wrong with the certificate or its key")
  func certificate() throws {
    let good = try certificates()
    let other = try certificates("other")
    let text = try folder.write("no pem", to: "text")
    for (certificate, key, wrong) in [
      ("/nowhere.crt", "\(good)/tls.key", "/nowhere.crt"), ("\(good)/tls.crt", "/nowhere.key", "/nowhere.key"),
      (text, "\(good)/tls.key", text), ("\(good)/tls.crt", text, text),
      ("\(good)/tls.crt", "\(other)/tls.key", "\(other)/tls.key"),
    ] {
      let result = try serve(["--policies", WebhookProgram.policies, "--certificate", certificate, "--key", key])
      #expect(result.status == 2)
      #expect(result.errors.contains("webhook: \(wrong): "), "\(result.errors)")
    }
  }

  @Test("says which address is taken", .enabled(if: Curl.path != nil, Curl.absence))
  func address() throws {
    let running = try RunningWebhook()
    let certificates = try certificates()
    let port = try #require(running.adminURL.split(separator: ":").last)
    let result = try WebhookProgram.run([
      "serve", "--policies", WebhookProgram.policies, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:\(port)",
      "--certificate", "\(certificates)/tls.crt", "--key", "\(certificates)/tls.key",
    ])
    #expect(result.status == 2)
    #expect(result.errors.contains("127.0.0.1:\(port)"), "\(result.errors)")
  }
}
