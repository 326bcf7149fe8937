import Policy
import Testing

@Suite("Manifests of mutations")
struct MutationManifestTests {
  private static let head = """
    apiVersion: admissionregistration.k8s.io/v1
    kind: MutatingAdmissionPolicy
    metadata: {name: p}
    spec:

    """

  private static let match =
    "  matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], resources: [pods], operations: [CREATE]}]}\n"

  /// `field: message` of each error, warnings left out.
  private func errors(_ text: String) -> [String] {
    LoadedManifests.load(texts: [("policy.yaml", text)]).allProblems.filter { $0.severity == .error }
      .map { "\($0.field): \($0.message)" }
  }

  @Test(
    "name the field of each mistake as an API server does",
    arguments: [
      (
        "@  reinvocationPolicy: Never\n",
        ["spec.mutations: Required value: mutations must contain at least one item"]
      ),
      (
        "@  reinvocationPolicy: Never\n  mutations: []\n",
        ["spec.mutations: Required value: mutations must contain at least one item"]
      ),
      (
        "@  mutations: [{patchType: JSONPatch, jsonPatch: {expression: '[JSONPatch{}]'}}]\n",
        ["spec.reinvocationPolicy: Required value: write `Never` or `IfNeeded`"]
      ),
      (
        "@  reinvocationPolicy: Never\n  mutations: [{jsonPatch: {expression: '[JSONPatch{}]'}}]\n",
        ["spec.mutations[0].patchType: Required value: write `ApplyConfiguration` or `JSONPatch`"]
      ),
      (
        "@  reinvocationPolicy: Never\n  mutations: [{patchType: JSONPatch, applyConfiguration: {expression: 'Object{}'}}]\n",
        [
          "spec.mutations[0].applyConfiguration: must not be specified when patchType is JSONPatch",
          "spec.mutations[0].jsonPatch: Required value: must be specified when patchType is JSONPatch",
        ]
      ),
      (
        "@  reinvocationPolicy: Never\n  mutations: [{patchType: ApplyConfiguration, applyConfiguration: {}}]\n",
        ["spec.mutations[0].applyConfiguration.expression: Required value: write a CEL expression"]
      ),
      (
        "@  reinvocationPolicy: Never\n  mutations: [{patchType: ApplyConfiguration, applyConfiguration: {expression: \"'x'\"}}]\n",
        ["spec.mutations[0].applyConfiguration.expression: must evaluate to Object but got string"]
      ),
      (
        "@  reinvocationPolicy: Never\n  mutations: [{patchType: ApplyConfiguration, applyConfiguration: {expression: 'Object.spec{}'}}]\n",
        ["spec.mutations[0].applyConfiguration.expression: must evaluate to Object but got Object.spec"]
      ),
      (
        "@  reinvocationPolicy: Never\n  mutations: [{patchType: JSONPatch, jsonPatch: {expression: 'Object{}'}}]\n",
        ["spec.mutations[0].jsonPatch.expression: must evaluate to list(JSONPatch) but got Object"]
      ),
      (
        """
          reinvocationPolicy: Never
          mutations: [{patchType: JSONPatch, jsonPatch: {expression: '[JSONPatch{}]'}}]
          matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], resources: [pods], operations: [CREATE, DELETE]}]}

        """,
        [
          "spec.matchConstraints.resourceRules.operations: Unsupported value: \"DELETE\": supported values: \"*\", \"CONNECT\", \"CREATE\", \"UPDATE\""
        ]
      ),
    ])
  func mistakes(spec: String, expected: [String]) {
    #expect(errors(Self.head + spec.replacing("@", with: Self.match)) == expected)
  }

  @Test("may not make objects in variables or match conditions, as for an API server")
  func patchTypes() {
    let spec = """
        reinvocationPolicy: Never
        variables: [{name: v, expression: 'Object{}'}]
        mutations: [{patchType: JSONPatch, jsonPatch: {expression: '[JSONPatch{}]'}}]

      """
    #expect(errors(Self.head + Self.match + spec).first?.hasPrefix("spec.variables[0].expression: ") == true)
  }

  @Test(
    "are read in every version that an API server has served",
    arguments: ["v1", "v1beta1", "v1alpha1"])
  func versions(version: String) throws {
    let set = try policySet(
      Mutations.policy("a", [Mutations.label("x", "'1'")]).replacing("k8s.io/v1\n", with: "k8s.io/\(version)\n"))
    #expect(set.policies.map(\.title) == ["a (a)"])
    #expect(set.policies.allSatisfy { $0.mutates && !$0.validates })
  }

  @Test("have bindings of their own kind, without validationActions")
  func bindings() {
    let binding = """
      apiVersion: admissionregistration.k8s.io/v1
      kind: MutatingAdmissionPolicyBinding
      metadata: {name: b}
      spec: {policyName: p, validationActions: [Deny], matchResources: {resourceRules: [{operations: [DELETE], apiGroups: [''],
        apiVersions: [v1], resources: [pods]}]}}

      """
    #expect(
      problems(binding) == [
        "4:23: spec.validationActions: strict decoding error: unknown field \"spec.validationActions\"",
        "4:97: spec.matchResources.resourceRules.operations: Unsupported value: \"DELETE\": supported values: \"*\", \"CONNECT\", \"CREATE\", \"UPDATE\"",
        "4:20: spec.policyName: there is no policy `p` to put into force",
      ])
  }

  @Test("of one name but different kinds do not stand in each other's way")
  func names() throws {
    let mutating = Mutations.policy("a", [Mutations.label("x", "'1'")])
    let validating = """
      apiVersion: admissionregistration.k8s.io/v1
      kind: ValidatingAdmissionPolicy
      metadata: {name: a}
      spec:
      \(Self.match)  validations: [{expression: 'true'}]
      ---
      apiVersion: admissionregistration.k8s.io/v1
      kind: ValidatingAdmissionPolicyBinding
      metadata: {name: a}
      spec: {policyName: a, validationActions: [Deny]}

      """
    let set = try policySet(mutating + validating)
    #expect(set.policies.map(\.mutates) == [false, true])
  }
}
