import Foundation
import Policy
import TestSupport
import Testing

/// What an API server says of manifests that it refuses, with the places in the file.
///
/// Beside the recorded manifests: branch by branch of `pkg/apis/admissionregistration/validation`.
@Suite("An API server's words for mistakes")
struct ValidationMessageTests {
  private static let head = "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\n"
  private static let form =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
  private static let subdomain =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
  private static let label1035 =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
  private static let value =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

  private static func policy(
    name: String = "{name: v}", rule: String = "", constraints: String = "", spec: String = ""
  ) -> String {
    """
    \(head)metadata: \(name)
    spec:
      matchConstraints:
        resourceRules: [{\(rule.isEmpty ? "apiGroups: [''], apiVersions: [v1], resources: [pods], operations: ['*']" : rule)}]
    \(constraints)
    \(spec.isEmpty ? "  validations: [{expression: 'true'}]" : spec)
    """
  }

  private func errors(_ manifest: String) -> [String] {
    problems(manifest).filter { !$0.contains("no binding puts") && !$0.contains("there is no policy") }
  }

  private static let metadataCases: [(name: String, problem: [String])] = [
    ("{name: V_1}", [#"3:18: metadata.name: Invalid value: "V_1": \#(subdomain)"#]),
    ("{generateName: v-}", ["3:11: metadata.name: Required value: name or generateName is required"]),
    ("{name: v, namespace: x}", ["3:32: metadata.namespace: Forbidden: not allowed on this type"]),
    ("{name: v, labels: {a: '-'}}", [#"3:29: metadata.labels: Invalid value: "-": \#(value)"#]),
    (
      "{name: v, labels: {a: b}, annotations: {A/b/C: x}}",
      [
        #"3:50: metadata.annotations: Invalid value: "A/b/C": a valid label key \#(form) with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"#
      ]
    ),
    (
      "{name: v, lables: {}}",
      [
        #"3:21: metadata.lables: strict decoding error: unknown field "metadata.lables"; did you mean `labels`?"#
      ]
    ),
  ]

  @Test("metadata", arguments: metadataCases)
  func metadata(name: String, problem: [String]) {
    #expect(errors(Self.policy(name: name)) == problem)
  }

  private static let ruleCases: [(rule: String, problem: [String])] = [
    (
      "apiGroups: [], apiVersions: [''], resources: [''], operations: []",
      [
        "6:85: spec.matchConstraints.resourceRules[0].operations: Required value",
        "6:33: spec.matchConstraints.resourceRules[0].apiGroups: Required value",
        "6:51: spec.matchConstraints.resourceRules[0].apiVersions[0]: Required value",
        "6:68: spec.matchConstraints.resourceRules[0].resources[0]: Required value",
      ]
    ),
    (
      "apiGroups: ['*', a], apiVersions: [v1, '*'], resources: ['*/*', pods], operations: [CREATE, '*']",
      [
        #"6:105: spec.matchConstraints.resourceRules[0].operations: Invalid value: ["CREATE","*"]: if '*' is present, must not specify other operations"#,
        #"6:33: spec.matchConstraints.resourceRules[0].apiGroups: Invalid value: ["*","a"]: if '*' is present, must not specify other API groups"#,
        #"6:56: spec.matchConstraints.resourceRules[0].apiVersions: Invalid value: ["v1","*"]: if '*' is present, must not specify other API versions"#,
        #"6:78: spec.matchConstraints.resourceRules[0].resources: Invalid value: ["*/*","pods"]: if '*/*' is present, must not specify other resources"#,
      ]
    ),
    (
      "apiGroups: [''], apiVersions: [v1], resources: [pods/*, pods/status, '*/scale', a/scale], operations: ['*']",
      [
        #"6:78: spec.matchConstraints.resourceRules[0].resources[1]: Invalid value: "pods/status": if 'pods/*' is present, must not specify pods/status"#,
        #"6:102: spec.matchConstraints.resourceRules[0].resources[3]: Invalid value: "a/scale": if '*/scale' is present, must not specify a/scale"#,
      ]
    ),
    (
      "apiGroups: [''], apiVersions: [v1], resources: ['*', pods], operations: ['*']",
      [
        #"6:69: spec.matchConstraints.resourceRules[0].resources: Invalid value: ["*","pods"]: if '*' is present, must not specify other resources without subresources"#
      ]
    ),
    // The order decides in the API server.
    ("apiGroups: [''], apiVersions: [v1], resources: [pods, '*'], operations: ['*']", []),
    (
      "apiGroups: [''], apiVersions: [v1], resources: [pods], operations: ['*'], scope: cluster",
      [
        #"6:103: spec.matchConstraints.resourceRules[0].scope: Unsupported value: "cluster": supported values: "*", "Cluster", "Namespaced"; did you mean `Cluster`?"#
      ]
    ),
    (
      "apiGroups: [''], apiVersions: [v1], resources: [pods], operations: ['*'], resourceNames: [a, '..', 'b%', a]",
      [
        #"6:115: spec.matchConstraints.resourceRules[0].resourceNames[1]: Invalid value: "..": may not be '..'"#,
        #"6:121: spec.matchConstraints.resourceRules[0].resourceNames[2]: Invalid value: "b%": may not contain '%'"#,
        #"6:127: spec.matchConstraints.resourceRules[0].resourceNames[3]: Duplicate value: "a""#,
      ]
    ),
  ]

  @Test("rules", arguments: ruleCases)
  func rules(rule: String, problem: [String]) {
    #expect(errors(Self.policy(rule: rule)) == problem)
  }

  private static let selectorCases: [(selector: String, problem: [String])] = [
    (
      "{matchLabels: {'a b': c, d: 'e f'}}",
      [
        #"7:39: spec.matchConstraints.objectSelector.matchLabels: Invalid value: "a b": name part \#(form)"#,
        #"7:39: spec.matchConstraints.objectSelector.matchLabels: Invalid value: "e f": \#(value)"#,
      ]
    ),
    (
      "{matchExpressions: [{key: '', operator: In}]}",
      [
        "7:45: spec.matchConstraints.objectSelector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
        #"7:51: spec.matchConstraints.objectSelector.matchExpressions[0].key: Invalid value: "": name part must be non-empty"#,
        #"7:51: spec.matchConstraints.objectSelector.matchExpressions[0].key: Invalid value: "": name part \#(form)"#,
      ]
    ),
    (
      "{matchExpressions: [{key: a, operator: Exists, values: [b]}]}",
      [
        "7:80: spec.matchConstraints.objectSelector.matchExpressions[0].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
      ]
    ),
    (
      "{matchExpressions: [{key: a, operator: in, values: ['b c']}]}",
      [
        #"7:64: spec.matchConstraints.objectSelector.matchExpressions[0].operator: Invalid value: "in": not a valid selector operator; did you mean `In`?"#,
        #"7:77: spec.matchConstraints.objectSelector.matchExpressions[0].values[0]: Invalid value: "b c": \#(value)"#,
      ]
    ),
  ]

  @Test("selectors", arguments: selectorCases)
  func selectors(selector: String, problem: [String]) {
    #expect(errors(Self.policy(constraints: "    objectSelector:     \(selector)")) == problem)
  }

  private static let specificationCases: [(spec: String, problem: [String])] = [
    (
      "  validations: []",
      [
        "8:16: spec.validations: Required value: validations or auditAnnotations must contain at least one item",
        "5:3: spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item",
      ]
    ),
    (
      "  failurePolicy: ''\n  validations: [{expression: 'true'}]",
      [
        #"8:18: spec.failurePolicy: Unsupported value: "": supported values: "Fail", "Ignore""#
      ]
    ),
    (
      "  validations: [{}, {expression: ' ', message: ' ', messageExpression: ' '}]",
      [
        "8:17: spec.validations[0].expression: Required value: expression is not specified",
        "8:34: spec.validations[1].expression: Required value: expression is not specified",
        #"8:72: spec.validations[1].messageExpression: Invalid value: " ": must be non-empty if specified"#,
        #"8:48: spec.validations[1].message: Invalid value: " ": must be non-empty if specified"#,
      ]
    ),
    (
      "  validations: [{expression: 'true', message: \"a\\rb\"}]",
      [
        #"8:47: spec.validations[0].message: Invalid value: "a\rb": must not contain line breaks"#
      ]
    ),
    (
      "  matchConditions: [{name: a b, expression: 'true'}, {expression: ''}, {name: a, expression: '1'}, {name: a, expression: 'true'}]\n  validations: [{expression: 'true'}]",
      [
        #"8:28: spec.matchConditions[0].name: Invalid value: "a b": name part \#(form)"#,
        "8:67: spec.matchConditions[1].expression: Required value",
        "8:54: spec.matchConditions[1].name: Required value",
        #"8:107: spec.matchConditions[3].name: Duplicate value: "a""#,
        "8:94: spec.matchConditions[2].expression: must evaluate to bool but got int",
      ]
    ),
    (
      "  variables: [{name: ' ', expression: '1'}, {name: 'in', expression: '1'}, {name: a}]\n  validations: [{expression: 'true'}]",
      [
        "8:22: spec.variables[0].name: Required value: name is not specified",
        #"8:52: spec.variables[1].name: Invalid value: "in": must be a valid CEL identifier"#,
        "8:76: spec.variables[2].expression: Required value: expression is not specified",
      ]
    ),
    (
      "  auditAnnotations: [{key: a, valueExpression: ' '}, {key: '', valueExpression: \"'x'\"}, {key: a, valueExpression: '1'}]",
      [
        "8:48: spec.auditAnnotations[0].valueExpression: Required value: valueExpression is not specified",
        #"8:60: spec.auditAnnotations[1].key: Invalid value: "v/": name part must be non-empty"#,
        #"8:60: spec.auditAnnotations[1].key: Invalid value: "v/": name part \#(form)"#,
        #"8:95: spec.auditAnnotations[2].key: Duplicate value: "a""#,
        "8:115: spec.auditAnnotations[2].valueExpression: must evaluate to one of [string null_type] but got int",
      ]
    ),
    (
      "  paramKind: {}\n  validations: [{expression: 'true'}]",
      [
        "8:14: spec.paramKind.apiVersion: Required value", "8:14: spec.paramKind.kind: Required value",
      ]
    ),
    (
      "  paramKind: {apiVersion: a/b/c, kind: 1a}\n  validations: [{expression: 'true'}]",
      [
        #"8:27: spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c"#,
        #"8:40: spec.paramKind.kind: Invalid value: "1a": may have mixed case, but should otherwise match: \#(label1035)"#,
      ]
    ),
    (
      "  paramKind: {apiVersion: A/1, kind: ConfigMap}\n  validations: [{expression: 'true'}]",
      [
        #"8:27: spec.paramKind.apiVersion: Invalid value: "A": \#(subdomain)"#,
        #"8:27: spec.paramKind.apiVersion: Invalid value: "1": \#(label1035)"#,
      ]
    ),
  ]

  @Test("specifications", arguments: specificationCases)
  func specifications(spec: String, problem: [String]) {
    #expect(errors(Self.policy(spec: spec)) == problem)
  }

  @Test("what is missing altogether")
  func missing() {
    #expect(
      errors(Self.head + "metadata: {name: v}\n") == [
        "1:1: spec.matchConstraints: Required value",
        "1:1: spec.validations: Required value: validations or auditAnnotations must contain at least one item",
        "1:1: spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item",
      ])
  }

  @Test("limits: 64 match conditions, 20 audit annotations, 5 KiB of an annotation's expression")
  func limits() {
    func conditions(_ count: Int) -> String {
      "  matchConditions:\n" + (0..<count).map { "  - {name: c\($0), expression: 'true'}\n" }.joined()
        + "  validations: [{expression: 'true'}]"
    }
    #expect(errors(Self.policy(spec: conditions(64))) == [])
    #expect(
      errors(Self.policy(spec: conditions(65)))
        == ["9:3: spec.matchConditions: Too many: 65: must have at most 64 items"])
    func annotations(_ count: Int) -> String {
      "  auditAnnotations:\n" + (0..<count).map { "  - {key: k\($0), valueExpression: \"'x'\"}\n" }.joined()
    }
    #expect(errors(Self.policy(spec: annotations(20))) == [])
    let tooMany = errors(Self.policy(spec: annotations(21)))
    #expect(tooMany.count == 1 && tooMany[0].hasSuffix(": must not have more than 20 auditAnnotations"))
    func expression(_ length: Int) -> String {
      "  auditAnnotations: [{key: k, valueExpression: \"  '\(String(repeating: "x", count: length - 2))'  \"}]"
    }
    #expect(errors(Self.policy(spec: expression(5120))) == [])
    #expect(
      errors(Self.policy(spec: expression(5121)))
        == ["8:48: spec.auditAnnotations[0].valueExpression: Required value: must not exceed 5120 bytes in length"])
  }

  private static let bindingCases: [(spec: String, problem: [String])] = [
    (
      "{}",
      [
        "4:7: spec.policyName: Required value",
        "4:7: spec.validationActions: Required value: at least one validation action is required",
      ]
    ),
    (
      "{policyName: A, validationActions: []}",
      [
        #"4:20: spec.policyName: Invalid value: "A": \#(subdomain)"#,
        "4:42: spec.validationActions: Required value: at least one validation action is required",
      ]
    ),
    (
      "{policyName: a, validationActions: [Deny, Warn, Deny, deny]}",
      [
        #"4:55: spec.validationActions[2]: Duplicate value: "Deny""#,
        #"4:61: spec.validationActions[3]: Unsupported value: "deny": supported values: "Audit", "Deny", "Warn"; did you mean `Deny`?"#,
        #"4:42: spec.validationActions: Invalid value: ["Deny","Warn","Deny","deny"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)"#,
      ]
    ),
    (
      "{policyName: a, validationActions: [Deny], matchResources: {matchPolicy: equivalent}}",
      [
        #"4:80: spec.matchResources.matchPolicy: Unsupported value: "equivalent": supported values: "Equivalent", "Exact"; did you mean `Equivalent`?"#
      ]
    ),
  ]

  @Test("bindings", arguments: bindingCases)
  func bindings(spec: String, problem: [String]) {
    let head = "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\n"
    #expect(errors(head + "metadata: {name: b}\nspec: \(spec)\n") == problem)
  }

  @Test("what an API server takes although nobody would want it is taken, with a warning")
  func warnings() {
    let rule = "apiGroups: [''], apiVersions: [v1], resources: [Pods, pods/], operations: ['*']"
    let loaded = LoadedManifests.load(texts: [("v.yaml", Self.policy(rule: rule))])
    #expect(loaded.set != nil && loaded.allProblems.map(\.severity) == [.warning, .warning, .warning])
  }

  @Test("a folder that is reached once more through a link is read once")
  func linkedFolder() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createSymbolicLink(
      atPath: folder.url.appending(path: "again").path, withDestinationPath: folder.path)
    try Self.policy().write(to: folder.url.appending(path: "v.yaml"), atomically: true, encoding: .utf8)
    let loaded = LoadedManifests.load([folder.path])
    #expect(loaded.manifests.count == 1 && loaded.set != nil)
  }

  @Test("direction marks in a manifest are shown as U+FFFD, which turn nothing around")
  func directions() {
    let problem = Problem(
      severity: .error, file: "a", line: 1, column: 1, field: "", message: "\u{202E}b\u{2066}c\u{200F}", sourceLine: "")
    #expect(problem.rendered == "a:1:1: error: \u{FFFD}b\u{FFFD}c\u{FFFD}")
  }
}
