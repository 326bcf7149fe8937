import Foundation
import Replay
import TestSupport
import Testing

/// Explanations as people see them. After a wanted change, write them anew and read the difference:
///
///     UPDATE_GOLDEN=1 swift test --filter ExplanationTextTests
@Suite("An explanation in text")
struct ExplanationTextTests {
  private typealias Fixture = ExplanationFixture

  private static let folder = SharedData.checkout.appending(path: "Tests/ReplayTests/Golden")

  private static let deployment = """
    {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop"},\
    "spec":{"replicas":3,"template":{"metadata":{"labels":{"app":"web"}},"spec":{"hostNetwork":true,\
    "containers":[{"name":"app","image":"nginx"}]}}}}
    """

  private static func exception(_ name: String, _ lines: String) -> String {
    """
    ---
    apiVersion: policy.example.com/v1
    kind: PolicyException
    metadata: {name: \(name)}
    spec:
      policy: p
      reason: metrics
      approvedBy: security
    \(lines.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n"))

    """
  }

  private static let cases: [String: Fixture] = [
    "operation": Fixture(
      manifests: Fixture.policy("validations: [{expression: 'true'}]"),
      records: Fixture.record("DELETE", oldObject: Fixture.pod)),
    "rules": Fixture(
      manifests: Fixture.policy(
        "validations: [{expression: 'true'}]", rule: ", scope: Cluster, resourceNames: [db, api]")
        + "---\n"
        + Fixture.policy("validations: [{expression: 'true'}]", name: "q").replacing(
          "    resourceRules:",
          with:
            "    excludeResourceRules: [{apiGroups: ['*'], apiVersions: ['*'], resources: [pods], operations: ['*']}]\n    resourceRules:"
        ), records: Fixture.record(object: Fixture.pod)),
    "namespace-selector": Fixture(
      manifests: Fixture.policy("validations: [{expression: 'true'}]").replacing(
        "  matchConstraints:\n",
        with:
          "  matchConstraints:\n    namespaceSelector: {matchExpressions: [{key: team, operator: In, values: [a, b]}, {key: open, operator: DoesNotExist}]}\n    objectSelector: {matchLabels: {app: web}}\n"
      ), records: Fixture.record(object: Fixture.pod, namespaceLabels: #"{"team":"c"}"#)),
    "binding": Fixture(
      manifests: """
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicy
        metadata: {name: limits}
        spec:
          paramKind: {apiVersion: v1, kind: ConfigMap}
          matchConstraints:
            resourceRules: [{apiGroups: [""], apiVersions: [v1], resources: [pods], operations: ["*"]}]
          validations:
          - expression: object.spec.containers.size() <= int(params.data.most)
            messageExpression: "'at most ' + params.data.most"
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicyBinding
        metadata: {name: everywhere}
        spec:
          policyName: limits
          validationActions: [Warn]
          paramRef: {selector: {}, namespace: shop, parameterNotFoundAction: Deny}
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicyBinding
        metadata: {name: labelled}
        spec:
          policyName: limits
          validationActions: [Deny]
          matchResources: {objectSelector: {matchLabels: {tier: back}}}
          paramRef: {name: large, namespace: shop, parameterNotFoundAction: Deny}
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicyBinding
        metadata: {name: missing}
        spec:
          policyName: limits
          validationActions: [Deny]
          paramRef: {name: medium, namespace: shop, parameterNotFoundAction: Deny}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: small, namespace: shop}
        data: {most: "2"}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: large, namespace: shop}
        data: {most: "20"}

        """, records: Fixture.record(object: Fixture.pod)),
    "condition": Fixture(
      manifests: Fixture.policy(
        """
        matchConditions:
        - name: not-for-the-front
          expression: object.metadata.?labels.?tier.orValue('') != 'front' || request.userInfo.username == 'system'
        - name: another
          expression: "true"
        validations: [{expression: 'false'}]
        """), records: Fixture.record(object: Fixture.pod)),
    "list": Fixture(
      manifests: Fixture.policy(
        """
        variables:
        - name: pinned
          expression: r'@sha256:[0-9a-f]+$'
        - name: unused
          expression: "1"
        validations:
        - expression: object.spec.containers.all(c, c.image.matches(variables.pinned))
          messageExpression: "'pin ' + object.spec.containers[1].name"
        - expression: object.spec.containers.exists(c, c.name == 'proxy')
        - expression: size(object.spec.containers.filter(c, !c.image.contains('@'))) == 0
          message: no tags
        """), records: Fixture.record(object: Fixture.pod)),
    "error": Fixture(
      manifests: Fixture.policy(
        """
        failurePolicy: Ignore
        validations:
        - expression: object.spec.replicas / 0 > 1 || object.metadata.name.size() / (size(object.metadata.labels) - 2) > 1
        - expression: object.metadata.name == 'web'
        """), records: Fixture.record(object: Fixture.pod)),
    "exceptions": Fixture(
      manifests: Fixture.policy("validations: [{expression: object.metadata.name != 'web'}]")
        + exception("applies", "namespace: shop\nresourceSelector: {matchLabels: {app: web}}\nexpiresAt: '2026-10-01'")
        + exception(
          "other-place", "namespace: bank\nresourceSelector: {matchLabels: {app: web}}\nexpiresAt: '2026-10-01'")
        + exception(
          "other-label", "namespace: shop\nresourceSelector: {matchLabels: {app: db}}\nexpiresAt: '2026-10-01'")
        + exception(
          "later",
          "namespace: shop\nresourceSelector: {matchLabels: {app: web}}\nstartsAt: '2026-07-01'\nexpiresAt: '2026-10-01'"
        )
        + exception("ended", "namespace: shop\nkinds: [Pod]\nexpiresAt: '2026-05-20'"),
      records: Fixture.record(object: Fixture.pod)),
    "exception-missed": Fixture(
      manifests: Fixture.policy("validations: [{expression: object.metadata.name != 'web'}]")
        + exception(
          "condition",
          "namespace: shop\nkinds: [Pod]\nexpiresAt: '2026-10-01'\nmatchConditions: [{name: small, expression: size(object.spec.containers) < 3}]"
        )
        + exception("names", "namespace: shop\nnames: [\"db-*\"]\nexpiresAt: '2026-10-01'"),
      records: Fixture.record(object: Fixture.pod)),
    "mutation": Fixture(
      manifests: Fixture.policy(
        """
        reinvocationPolicy: IfNeeded
        mutations:
        - patchType: JSONPatch
          jsonPatch:
            expression: >-
              'seen' in object.metadata.labels ? [] : [JSONPatch{op: 'add', path: '/metadata/labels/seen', value: 'yes'}]
        - patchType: JSONPatch
          jsonPatch: {expression: "[JSONPatch{op: 'remove', path: '/spec/nothing'}]"}
        validations:
        - expression: "'seen' in object.metadata.labels"
        """), records: Fixture.record(object: Fixture.pod)),
    "parameter-missing": Fixture(
      manifests: Fixture.policy(
        """
        paramKind: {apiVersion: v1, kind: ConfigMap}
        paramRef: {name: limits, namespace: shop, parameterNotFoundAction: Allow}
        validations: [{expression: 'false'}]
        """), records: Fixture.record(object: Fixture.pod)),
    "pod-template": Fixture(
      manifests: Fixture.policy("validations: [{expression: '!object.spec.?hostNetwork.orValue(false)'}]"),
      records: Fixture.record(resource: "deployments", group: "apps", kind: "Deployment", object: deployment)),
    "template-ignored": Fixture(
      manifests: Fixture.policy("podTemplates: Ignore\nvalidations: [{expression: 'false'}]"),
      records: Fixture.record(resource: "deployments", group: "apps", kind: "Deployment", object: deployment)),
    "secret": Fixture(
      manifests: Fixture.policy(
        """
        validations:
        - expression: object.data.password.size() < 4 && object.data.all(k, object.data[k] != 'x')
          messageExpression: "'the password is ' + object.data.password"
        - expression: object.stringData.plain.substring(0, 7) + '!' != 'hunter2!' && object.type == 'Opaque'
        """
      ).replacing("resources: [pods]", with: "resources: [secrets]"),
      records: Fixture.record(
        resource: "secrets", kind: "Secret",
        object: """
          {"apiVersion":"v1","kind":"Secret","metadata":{"name":"web","namespace":"shop"},"type":"Opaque",\
          "data":{"password":"aHVudGVyMi1pcy1zZWNyZXQ=","short":"ab"},"stringData":{"plain":"hunter2-is-plain"}}
          """)),
    "hostile": Fixture(
      manifests: Fixture.policy(
        "validations: [{expression: object.metadata.name == 'x', messageExpression: string(object.metadata.name)}]"),
      records: Fixture.record(
        name: #"a\u001b[31m\u0007"#,
        object: #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"<b>\u001b[31mred\r\n\u202e\"`"}}"#)),
    "long-values": Fixture(
      manifests: Fixture.policy(
        """
        validations:
        - expression: object.metadata.annotations.note.size() < 10 || object.spec.containers == []
        """),
      records: Fixture.record(
        object: """
          {"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","annotations":{"note":"\(String(repeating: "long ", count: 500))"}},\
          "spec":{"containers":[\((0..<40).map { #"{"name":"c\#($0)"}"# }.joined(separator: ","))]}}
          """)),
  ]

  private static func check(_ text: String, _ name: String) throws {
    let file = folder.appending(path: "explain-\(name).txt")
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    #expect(try text == String(contentsOf: file, encoding: .utf8))
  }

  @Test("reads as it was agreed upon", arguments: cases.keys.sorted())
  func golden(_ name: String) throws {
    let text = try #require(Self.cases[name]).text()
    try Self.check(text, name)
    #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || 0x7F...0x9F ~= $0.value })
    #expect(text.split(separator: "\n").allSatisfy { !$0.hasSuffix(" ") })
  }

  @Test("keeps to the width of the terminal, but for texts of others", arguments: [40, 60, 80, 200])
  func widths(_ width: Int) throws {
    let text = try #require(Self.cases["list"]).text(width: width)
    try Self.check(text, "list-\(width)")
    for line in text.split(separator: "\n") where line.hasPrefix("      | ") && !line.contains("`") {
      #expect(line.count <= max(width, 38), "\(line)")
    }
  }

  @Test("is coloured where that is wanted, and says the same")
  func colours() throws {
    let fixture = try #require(Self.cases["list"])
    let coloured = try fixture.text(isColoured: true)
    #expect(coloured.contains("\u{1B}[31mvalidations[0] is false\u{1B}[0m"))
    #expect(try coloured.replacing(/\u{1B}\[[0-9]+m/, with: "") == fixture.text())
  }

  @Test("shows values as long as they are where that is wanted")
  func full() throws {
    var fixture = try #require(Self.cases["long-values"])
    fixture.options = ExplanationOptions(isFull: true)
    let text = try fixture.text(width: 20_000)
    #expect(text.contains(String(repeating: "long ", count: 500)) && text.contains("c39"))
  }

  @Test("shows nothing of what a Secret holds, in no form")
  func secret() throws {
    let fixture = try #require(Self.cases["secret"])
    for text in [
      try fixture.text(), try fixture.write(JSONExplanationReport(ReportOutput())),
      try fixture.write(HTMLExplanationReport(ReportOutput())),
    ] {
      #expect(!text.contains("aHVudGVy") && !text.contains("hunter2-"))
      #expect(text.contains("(from a Secret, not shown)"))
    }
  }
}
