import Commands
import Foundation
import Policy
import Replay
import TestSupport
import Testing
import Yams

@Suite("Registration")
struct RegistrationTests {
  private static func policies(_ specs: [String]) throws -> [PolicySummary] {
    let folder = try TemporaryFolder()
    let documents = specs.enumerated().map { index, spec in
      """
      apiVersion: policy.example.com/v1
      kind: Policy
      metadata: {name: policy-\(index)}
      spec:
        validations: [{expression: "true"}]
      \(spec.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n"))
      """
    }
    try folder.write(documents.joined(separator: "\n---\n"), to: "policies.yaml")
    let loaded = LoadedManifests.load([folder.path])
    return try #require(loaded.set, "\(loaded.allProblems.map(\.rendered))").policies
  }

  /// A spec with one rule.
  private static func rule(
    _ groups: String, _ resources: String, _ operations: String = "CREATE", versions: String = "v1", more: String = "",
    scope: String = "'*'"
  ) -> String {
    """
    \(more)
    matchConstraints:
      resourceRules:
      - {apiGroups: [\(groups)], apiVersions: [\(versions)], resources: [\(resources)], operations: [\(operations)], scope: \(scope)}
    """
  }

  private func configuration(
    _ target: WebhookConfiguration.Target = .service(namespace: "webhook", name: "server", port: 443),
    failurePolicy: FailurePolicy? = nil
  ) -> WebhookConfiguration {
    WebhookConfiguration(
      name: "webhook", target: target, authorityPEM: Array("-----BEGIN CERTIFICATE-----\n".utf8),
      failurePolicy: failurePolicy, timeoutSeconds: 7)
  }

  /// `group version scope operations: resources` of each rule.
  private func summary(_ rules: WebhookRules) -> [String] {
    rules.rules.map { rule in
      let scope = rule.scope == .all ? "" : " \(rule.scope.rawValue)"
      return "\(rule.groups.joined())/\(rule.versions.joined())\(scope) \(rule.operations.joined(separator: "|")): "
        + rule.resources.joined(separator: " ")
    }
  }

  @Test("asks for the union of what policies match, sorted, each thing once")
  func union() throws {
    let rules = WebhookRules(
      try Self.policies([
        Self.rule("''", "services, configmaps", "CREATE, UPDATE"), Self.rule("'', apps", "configmaps", "UPDATE"),
        Self.rule("''", "secrets", "CREATE, UPDATE", scope: "Namespaced"),
      ]))
    #expect(
      summary(rules) == [
        "/v1 CREATE|UPDATE: configmaps services", "/v1 Namespaced CREATE|UPDATE: secrets", "apps/v1 UPDATE: configmaps",
      ])
  }

  @Test("asks for workloads too where a policy judges pod templates, on the same operations")
  func podTemplates() throws {
    let rules = WebhookRules(try Self.policies([Self.rule("''", "pods, pods/ephemeralcontainers", "CREATE, UPDATE")]))
    #expect(
      summary(rules) == [
        "/v1 CREATE|UPDATE: pods pods/ephemeralcontainers podtemplates replicationcontrollers",
        "apps/v1 CREATE|UPDATE: daemonsets deployments replicasets statefulsets",
        "batch/v1 CREATE|UPDATE: cronjobs jobs",
      ])
    let without = WebhookRules(try Self.policies([Self.rule("''", "pods", more: "podTemplates: Ignore")]))
    #expect(summary(without) == ["/v1 CREATE: pods"])
    let other = WebhookRules(try Self.policies([Self.rule("''", "pods/status"), Self.rule("apps", "pods")]))
    #expect(summary(other) == ["/v1 CREATE: pods/status", "apps/v1 CREATE: pods"])
  }

  @Test("leaves out what a wildcard covers, operation by operation")
  func wildcards() throws {
    let rules = WebhookRules(
      try Self.policies([
        Self.rule("'*'", "'*'", "CREATE", versions: "'*'"), Self.rule("''", "configmaps", "CREATE, DELETE"),
        Self.rule("''", "nodes/status", "UPDATE"), Self.rule("''", "'*/status'", "UPDATE"),
        Self.rule("''", "secrets", "'*'"), Self.rule("''", "services/proxy, services, services/*", "CONNECT"),
      ]))
    #expect(
      summary(rules) == [
        "/v1 UPDATE: */status", "/v1 DELETE: configmaps", "/v1 UPDATE|DELETE|CONNECT: secrets",
        "/v1 CONNECT: services/*", "*/* CREATE: *",
      ])
  }

  @Test("makes a webhook for each failure policy, and sends nothing twice where it can be helped")
  func failurePolicies() throws {
    let policies = try Self.policies([
      Self.rule("''", "configmaps", "CREATE, UPDATE"),
      Self.rule("''", "configmaps, secrets", "CREATE, DELETE", more: "failurePolicy: Ignore"),
    ])
    let entries = configuration().entries(for: policies)
    #expect(entries.map(\.failurePolicy) == [.fail, .ignore])
    #expect(summary(entries[0].rules) == ["/v1 CREATE|UPDATE: configmaps"])
    #expect(summary(entries[1].rules) == ["/v1 DELETE: configmaps", "/v1 CREATE|DELETE: secrets"])

    let one = configuration(failurePolicy: .ignore).entries(for: policies)
    #expect(one.map(\.failurePolicy) == [.ignore])
    #expect(
      summary(one[0].rules) == ["/v1 CREATE|UPDATE|DELETE: configmaps", "/v1 CREATE|DELETE: secrets"])
  }

  @Test("prints YAML that says what was asked for")
  func yaml() throws {
    let policies = try Self.policies([Self.rule("''", "configmaps", "CREATE, UPDATE", versions: "'*'")])
    let root = try #require(Yams.load(yaml: configuration().yaml(for: policies)) as? [String: Any])
    #expect(root["apiVersion"] as? String == "admissionregistration.k8s.io/v1")
    #expect(root["kind"] as? String == "ValidatingWebhookConfiguration")
    #expect((root["metadata"] as? [String: Any])?["name"] as? String == "webhook")
    let webhooks = try #require(root["webhooks"] as? [[String: Any]])
    try #require(webhooks.count == 1)
    let webhook = webhooks[0]
    #expect(webhook["name"] as? String == "fail.validate.policy.example.com")
    #expect(webhook["admissionReviewVersions"] as? [String] == ["v1", "v1beta1"])
    #expect(webhook["failurePolicy"] as? String == "Fail")
    #expect(webhook["matchPolicy"] as? String == "Equivalent")
    #expect(webhook["sideEffects"] as? String == "None")
    #expect(webhook["timeoutSeconds"] as? Int == 7)
    let client = try #require(webhook["clientConfig"] as? [String: Any])
    #expect(
      client["caBundle"] as? String == Data("-----BEGIN CERTIFICATE-----\n".utf8).base64EncodedString())
    let service = try #require(client["service"] as? [String: Any])
    #expect(service["namespace"] as? String == "webhook")
    #expect(service["name"] as? String == "server")
    #expect(service["path"] as? String == "/validate")
    #expect(service["port"] as? Int == 443)
    let selector = try #require(webhook["namespaceSelector"] as? [String: [[String: Any]]])
    let expression = try #require(selector["matchExpressions"]?.first)
    #expect(expression["key"] as? String == "kubernetes.io/metadata.name")
    #expect(expression["operator"] as? String == "NotIn")
    #expect(expression["values"] as? [String] == ["kube-system", "webhook"])
    let rule = try #require((webhook["rules"] as? [[String: Any]])?.first)
    #expect(rule["apiGroups"] as? [String] == [""])
    #expect(rule["apiVersions"] as? [String] == ["*"])
    #expect(rule["operations"] as? [String] == ["CREATE", "UPDATE"])
    #expect(rule["resources"] as? [String] == ["configmaps"])
    #expect(rule["scope"] as? String == "*")
  }

  /// A spec with a mutation.
  private static func mutating(_ resources: String, _ operations: String, more: String = "") -> String {
    rule("''", resources, operations, more: more)
      + "\nmutations: [{patchType: JSONPatch, jsonPatch: {expression: '[JSONPatch{op: \"test\"}]'}}]"
  }

  @Test("prints a configuration for mutations in front, which never asks about a deletion")
  func mutations() throws {
    let policies = try Self.policies([
      Self.mutating("configmaps", "'*'"), Self.mutating("secrets", "CREATE, DELETE", more: "failurePolicy: Ignore"),
      Self.rule("''", "services"),
    ])
    let entries = configuration().entries(for: policies, .mutating)
    #expect(entries.map(\.failurePolicy) == [.fail, .ignore])
    #expect(summary(entries[0].rules) == ["/v1 CREATE|UPDATE|CONNECT: configmaps"])
    #expect(summary(entries[1].rules) == ["/v1 CREATE: secrets"])

    let text = configuration().yaml(for: policies)
    let documents = try Yams.load_all(yaml: text).compactMap { $0 as? [String: Any] }
    #expect(
      documents.map { $0["kind"] as? String } == ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"])
    let webhook = try #require((documents[0]["webhooks"] as? [[String: Any]])?.first)
    #expect(webhook["name"] as? String == "fail.mutate.policy.example.com")
    #expect(webhook["reinvocationPolicy"] as? String == "Never")
    #expect(webhook["sideEffects"] as? String == "None")
    let client = webhook["clientConfig"] as? [String: Any]
    #expect((client?["service"] as? [String: Any])?["path"] as? String == "/mutate")

    let again = try Self.policies([Self.mutating("configmaps", "CREATE", more: "reinvocationPolicy: IfNeeded")])
    #expect(configuration().yaml(for: again).contains("    reinvocationPolicy: IfNeeded\n"))
    let byURL = configuration(.url("https://a:1/x/validate")).yaml(for: policies)
    #expect(byURL.contains("      url: \"https://a:1/x/mutate\"\n"))
  }

  @Test("prints the URL for a server outside the cluster")
  func url() throws {
    let policies = try Self.policies([Self.rule("''", "configmaps")])
    let text = configuration(.url("https://a:1/validate")).yaml(for: policies)
    #expect(text.contains("      url: \"https://a:1/validate\"\n"))
    #expect(text.contains("values: [\"kube-system\"]"))
  }

  @Test(
    "takes a URL as an API server does",
    arguments: [
      ("https://a", "https://a/validate"), ("https://a/", "https://a/validate"),
      ("https://a:8443", "https://a:8443/validate"),
      ("https://[::1]:8443/x/y", "https://[::1]:8443/x/y"), ("http://a", nil), ("https://", nil), ("https://u@a", nil),
      ("https://a/?b", nil), ("https://a/#b", nil), ("https://a b", nil), ("https://:80", nil), ("a", nil),
    ] as [(String, String?)])
  func urls(_ text: String, _ expected: String?) {
    let target = try? WebhookConfiguration.Target(url: text)
    #expect(target == expected.map { .url($0) })
  }

  @Test(
    "takes a Service as namespace, name and port",
    arguments: [
      ("a/b", "a", "b", 443), ("a/b:1", "a", "b", 1), ("a/b:65535", "a", "b", 65_535), ("a/b-1", "a", "b-1", 443),
    ])
  func services(_ text: String, _ namespace: String, _ name: String, _ port: Int) throws {
    #expect(
      try WebhookConfiguration.Target(service: text) == .service(namespace: namespace, name: name, port: port))
  }

  @Test(
    "refuses what is no Service",
    arguments: [
      "", "a", "a/", "/b", "a/b/c", "A/b", "a/b:", "a/b:0", "a/b:65536", "a/b:+1", "a/-b", "a.b/c",
      "a/" + String(repeating: "b", count: 64),
    ])
  func noServices(_ text: String) {
    #expect(throws: TargetError.self) { try WebhookConfiguration.Target(service: text) }
  }

  @Test("reads a bundle of certificates and nothing else")
  func bundle() throws {
    let folder = try TemporaryFolder()
    let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    #expect(try CertificateBundle.read(folder.write(pem + pem, to: "a")) == Array((pem + pem).utf8))
    for (text, problem) in [
      ("", "holds no certificate in PEM"), ("x\n", "holds no certificate in PEM"),
      (pem + "-----BEGIN PRIVATE KEY-----\n", "holds a private key"),
      (pem + String(repeating: "x", count: 5_000), "line 4 is too long"),
      (pem + String(repeating: String(repeating: "x", count: 1_023) + "\n", count: 1_024), "is longer than"),
    ] {
      let path = try folder.write(text, to: "b")
      let error = #expect(throws: FileError.self) { try CertificateBundle.read(path) }
      #expect(error?.description.hasPrefix(problem) == true, "\(error?.description ?? "")")
    }
    #expect(throws: FileError.self) { try CertificateBundle.read("/nowhere") }
  }
}
