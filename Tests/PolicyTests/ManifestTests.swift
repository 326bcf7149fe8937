import Foundation
import Policy
import TestSupport
import Testing

@Suite("Reading manifests")
struct ManifestTests {
  static let head = "apiVersion: policy.example.com/v1\nkind: Policy\nmetadata: {name: p}\n"
  static let rule = "{apiGroups: [''], apiVersions: [v1], resources: [pods], operations: [CREATE]}"
  static let match = "  matchConstraints: {resourceRules: [\(rule)]}\n"

  @Test(
    "reports each mistake at its place",
    arguments: [
      ("kind: Policy\n", "1:1: `apiVersion` is required"),
      ("a: 1\n", "1:1: `kind` is required: this is no Kubernetes manifest"),
      ("a: [1\n", "2:1: is no valid YAML: did not find expected ',' or ']'"),
      ("a: 1\na: 2\n", "1:1: the key `a` is given more than once"),
      (
        "apiVersion: policy.example.com/v2\nkind: Policy\n",
        "1:13: apiVersion: `policy.example.com/v2` is not served; write `policy.example.com/v1`"
      ),
      (
        "apiVersion: policy.example.com/v1\nkind: Polcy\n",
        "2:7: kind: the kind `Polcy` of `policy.example.com/v1` is unknown; did you mean `Policy`?"
      ),
      ("# nothing\n", "1:1: holds no manifests"),
      (
        "apiVersion: v1\nkind: Service\n",
        "2:7: kind: the kind `Service` of `v1` is neither a policy nor the parameter of one, and is passed over"
      ),
      (
        "apiVersion: policy.example.com/v1\nkind: Policy\nspec: {matchConstraints: {resourceRules: [\(rule)]}, validations: [{expression: 'true'}]}\n",
        "1:1: metadata.name: Required value: name or generateName is required"
      ),
    ])
  func documents(text: String, problem: String) {
    #expect(problems(text) == [problem])
  }

  static let mistakes: [(spec: String, problem: String)] = [
    ("", "spec.matchConstraints: Required value"),
    (
      "  validations: [{expression: 'true'}]\n",
      "spec.matchConstraints: Required value"
    ),
    (
      "  matchConstraints: {}\n  validations: [{expression: 'true'}]\n",
      "spec.matchConstraints.resourceRules: Required value"
    ),
    (
      "@", "spec.validations: Required value: validations, mutations or auditAnnotations must contain at least one item"
    ),
    (
      "@  validations: []\n",
      "spec.validations: Required value: validations, mutations or auditAnnotations must contain at least one item"
    ),
    (
      "@  validation: [{expression: 'true'}]\n",
      "spec.validation: strict decoding error: unknown field \"spec.validation\"; did you mean `validations`?"
    ),
    (
      "@  validations: [{expresion: 'true'}]\n",
      "spec.validations[0].expresion: strict decoding error: unknown field \"spec.validations[0].expresion\"; did you mean `expression`?"
    ),
    ("@  validations: {}\n", "spec.validations: must be a list, but is a mapping"),
    (
      "@  validations: [{expression: true}]\n",
      "spec.validations[0].expression: must be a string, but is a boolean; write \"true\" with quotes"
    ),
    (
      "@  validations: [{expression: ' '}]\n",
      "spec.validations[0].expression: Required value: expression is not specified"
    ),
    (
      "@  validations: [{expression: '1'}]\n",
      "spec.validations[0].expression: must evaluate to bool but got int"
    ),
    (
      "@  validations: [{expression: 'true', messageExpression: '1'}]\n",
      "spec.validations[0].messageExpression: must evaluate to string but got int"
    ),
    (
      "@  validations: [{expression: 'true', message: \"a\\nb\"}]\n",
      "spec.validations[0].message: Invalid value: \"a\\nb\": must not contain line breaks"
    ),
    (
      "@  validations: [{expression: 'true', reason: Forbiden}]\n",
      #"spec.validations[0].reason: Unsupported value: "Forbiden": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"; did you mean `Forbidden`?"#
    ),
    (
      "@  validations: [{expression: \"true &&\\n true\"}]\n",
      "spec.validations[0]: users see the whole expression, over several lines: write a `message` or a `messageExpression`"
    ),
    (
      "@  failurePolicy: fail\n  validations: [{expression: 'true'}]\n",
      #"spec.failurePolicy: Unsupported value: "fail": supported values: "Fail", "Ignore"; did you mean `Fail`?"#
    ),
    (
      "@  validationActions: []\n  validations: [{expression: 'true'}]\n",
      "spec.validationActions: Required value: at least one validation action is required"
    ),
    (
      "@  validationActions: [Deny, Warn]\n  validations: [{expression: 'true'}]\n",
      #"spec.validationActions: Invalid value: ["Deny","Warn"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)"#
    ),
    (
      "@  podTemplates: include\n  validations: [{expression: 'true'}]\n",
      #"spec.podTemplates: Unsupported value: "include": supported values: "Ignore", "Include"; did you mean `Include`?"#
    ),
    (
      "@  mutations: [{patchType: JSONPatch}]\n  validations: [{expression: 'true'}]\n",
      "spec.mutations[0].jsonPatch: Required value: must be specified when patchType is JSONPatch"
    ),
    (
      "@  variables: [{name: a-b, expression: '1'}]\n  validations: [{expression: 'true'}]\n",
      #"spec.variables[0].name: Invalid value: "a-b": must be a valid CEL identifier"#
    ),
    (
      "@  variables: [{name: a, expression: '1'}, {name: a, expression: '2'}]\n  validations: [{expression: 'true'}]\n",
      #"spec.variables[1].name: Duplicate value: "a""#
    ),
    (
      "@  auditAnnotations: [{key: a/b, valueExpression: \"''\"}]\n",
      "spec.auditAnnotations[0].key: Invalid value: \"p/a/b\": a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
    ),
    (
      "  matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], resources: [Pods], operations: [CREATE]}]}\n  validations: [{expression: 'true'}]\n",
      "spec.matchConstraints.resourceRules[0].resources[0]: `Pods` can match nothing: resources are the lower-case plural names, like `pods`"
    ),
    (
      "  matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], resources: [pods], operations: [create]}]}\n  validations: [{expression: 'true'}]\n",
      #"spec.matchConstraints.resourceRules[0].operations[0]: Unsupported value: "create": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"; did you mean `CREATE`?"#
    ),
    (
      "  matchConstraints: {resourceRules: [{apiGroups: ['', '*'], apiVersions: [v1], resources: [pods], operations: [CREATE]}]}\n  validations: [{expression: 'true'}]\n",
      #"spec.matchConstraints.resourceRules[0].apiGroups: Invalid value: ["","*"]: if '*' is present, must not specify other API groups"#
    ),
    (
      "  matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], resources: [a/b/c], operations: [CREATE]}]}\n  validations: [{expression: 'true'}]\n",
      "spec.matchConstraints.resourceRules[0].resources[0]: `a/b/c` can match nothing; write `pods`, `pods/status`, `pods/*`, `*/scale`, `*` or `*/*`"
    ),
    (
      "  matchConstraints: {objectSelector: {matchExpressions: [{key: a, operator: In}]}, resourceRules: [RULE]}\n  validations: [{expression: 'true'}]\n",
      "spec.matchConstraints.objectSelector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'"
    ),
    (
      "  matchConstraints: {namespaceSelector: {matchLabels: {'a b': c}}, resourceRules: [RULE]}\n  validations: [{expression: 'true'}]\n",
      "spec.matchConstraints.namespaceSelector.matchLabels: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
    ),
  ]

  @Test("names the field of each mistake in a policy's spec", arguments: mistakes)
  func fields(spec: String, problem: String) {
    let text = spec.replacing("@", with: Self.match).replacing("RULE", with: Self.rule)
    let found = problems(Self.head + "spec:\n" + text)
    #expect(found.contains { $0.hasSuffix(problem) }, "\(found)")
  }

  @Test("lets `webhook check` list every mistake of a file in one run")
  func severalMistakes() {
    let found = problems(
      Self.head + "spec:\n" + Self.match + "  failurePolicy: no\n  variables:\n  - {name: a, expression: objekt.x}\n"
        + "  validations:\n  - expression: variables.a && variables.b\n  - expression: object.x ==\n---\nkind: 3\n")
    #expect(found.count == 5, "\(found)")
  }

  @Test("refuses two policies of one name, and names the first")
  func repeatedName() {
    let text = Self.head + "spec:\n" + Self.match + "  validations: [{expression: 'true'}]\n"
    #expect(
      problems(text + "---\n" + text) == ["10:18: metadata.name: the name `p` is taken by the policy at policy.yaml:3"])
  }

  @Test("takes a List apart, as `kubectl get -o yaml` writes it")
  func list() throws {
    let text = """
      apiVersion: v1
      kind: List
      items:
      - apiVersion: policy.example.com/v1
        kind: Policy
        metadata: {name: a}
        spec: {matchConstraints: {resourceRules: [\(Self.rule)]}, validations: [{expression: 'true'}]}
      - {apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {tier: gold}}}
      """
    let set = try policySet(text)
    #expect(set.policies.map(\.name) == ["a"])
  }

  @Test(
    "shows a mistake in an expression where it stands in the file, in every style of scalar",
    arguments: [
      ("  - expression: true && x\n", "25"),
      ("  - expression: 'true && ''a'' == x'\n", "35"),
      ("  - expression: \"true && x\"\n", "26"),
      ("  - message: m\n    expression: |\n      true &&\n        x\n", "9 of line 10"),
      ("  - message: m\n    expression: >-\n      true &&\n      x\n", "7 of line 10"),
      ("  - message: m\n    expression: >-\n\n      true\n      &&   x\n", "12 of line 11"),
      ("  - message: m\n    expression: true &&\n      x\n", "7 of line 9"),
      ("  - message: m\n    expression: 'true\n      && x'\n", "10 of line 9"),
    ])
  func expressionPlaces(validation: String, place: String) throws {
    let loaded = LoadedManifests.load(
      texts: [("policy.yaml", Self.head + "spec:\n" + Self.match + "  validations:\n" + validation)])
    let problem = try #require(loaded.allProblems.first)
    #expect(problem.message == "undeclared reference to 'x' (in container '')")
    let line = problem.line == 7 ? "" : " of line \(problem.line)"
    #expect("\(problem.column)\(line)" == place)
    #expect(Array(problem.sourceLine)[problem.column - 1] == "x")
  }

  @Test("reports a pipe in a folder, and does not wait for somebody to write")
  func pipeInFolder() throws {
    let folder = try TemporaryFolder()
    let path = folder.url.appending(path: "pipe.yaml").path
    #expect(mkfifo(path, 0o600) == 0)
    let loaded = LoadedManifests.load([folder.url.path])
    #expect(loaded.allProblems.map(\.message) == ["`\(path)` is neither a file nor a folder"])
  }

  @Test("reports a link to nothing in a folder, which stands for a policy that would not be enforced")
  func danglingLink() throws {
    let folder = try TemporaryFolder()
    let link = folder.url.appending(path: "a.yaml").path
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/nowhere")
    let loaded = LoadedManifests.load([folder.path])
    #expect(
      loaded.allProblems.map(\.rendered) == ["\(link):1:1: error: the file cannot be read: no such file or directory"])
    #expect(loaded.set == nil)
  }

  @Test("renders a mistake with its line and a caret")
  func rendering() {
    let problem = Problem(
      severity: .error, file: "a.yaml", line: 3, column: 4, field: "spec.x", message: "is wrong", sourceLine: "\tx: y")
    #expect(problem.rendered == "a.yaml:3:4: error: spec.x: is wrong\n  \tx: y\n  \t  ^")
  }

  @Test("renders what lies around the column of a long line")
  func longLine() {
    func excerpt(column: Int, of line: String) -> String {
      let problem = Problem(
        severity: .error, file: "a", line: 1, column: column, field: "", message: "m", sourceLine: line)
      return problem.rendered
    }
    func line(_ a: Int, _ x: String, _ b: Int) -> String {
      String(repeating: "a", count: a) + x + String(repeating: "b", count: b)
    }
    #expect(
      excerpt(column: 120, of: line(119, "X", 0)) == "a:1:120: error: m\n  \(line(119, "X", 0))\n  \(spaces(119))^")
    let long = line(1000, "X", 1000)
    #expect(excerpt(column: 1001, of: long) == "a:1:1001: error: m\n  …\(line(60, "X", 59))…\n  \(spaces(61))^")
    #expect(excerpt(column: 1, of: long) == "a:1:1: error: m\n  \(line(120, "", 0))…\n  ^")
    #expect(excerpt(column: 2002, of: long) == "a:1:2002: error: m\n  …\(line(0, "", 60))\n  \(spaces(61))^")
  }

  private func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }

  @Test("renders control characters as U+FFFD, so that a manifest cannot forge lines of a log")
  func controlCharacters() {
    let problem = Problem(
      severity: .error, file: "a\u{1B}[1m", line: 1, column: 3, field: "b\rc", message: "`d\ne`",
      sourceLine: "f\u{1B}g\u{9B}")
    #expect(
      problem.rendered == "a\u{FFFD}[1m:1:3: error: b\u{FFFD}c: `d\u{FFFD}e`\n  f\u{FFFD}g\u{FFFD}\n    ^")
  }

  @Test("refuses aliases that make a document gigabytes, by their number or by the length of what they repeat")
  func aliases() {
    let text = String(repeating: "x", count: 1 << 20)
    let repeated = Array(repeating: "*t", count: 200).joined(separator: ", ")
    #expect(
      problems("apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\nx: [&t '\(text)', \(repeated)]\n") == [
        "1:1: is too large or nested too deep"
      ])
    let tenfold = (1...7).map {
      "a\($0): &a\($0) [" + Array(repeating: "*a\($0 - 1)", count: 10).joined(separator: ", ") + "]\n"
    }
    #expect(
      problems("apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\na0: &a0 x\n" + tenfold.joined()) == [
        "1:1: is too large or nested too deep"
      ])
  }

  @Test("refuses hostile nesting instead of following it", arguments: ["[", "{a: "])
  func nesting(bracket: String) {
    #expect(problems(String(repeating: bracket, count: 100_000)) == ["1:1: brackets are nested more than 256 deep"])
  }
}
