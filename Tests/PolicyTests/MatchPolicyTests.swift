import Policy
import Testing

/// Other versions of a resource (`matchPolicy`), and the requests that no policy is asked about.
@Suite("Match policies")
struct MatchPolicyTests {
  /// The results of a policy for `resources` of `groups` and `versions`.
  private func results(
    _ groups: String, _ versions: String, _ resources: String, _ matchPolicy: String, _ request: String,
    _ more: String = ""
  ) throws -> [String: String] {
    let set = try policySet(
      """
      apiVersion: admissionregistration.k8s.io/v1
      kind: ValidatingAdmissionPolicy
      metadata: {name: p}
      spec:
        validations: [{expression: "true"}]
        matchConstraints:
          matchPolicy: \(matchPolicy)
          resourceRules: [{apiGroups: \(groups), apiVersions: \(versions), resources: \(resources), operations: ["*"]}]
      \(more)
      ---
      apiVersion: admissionregistration.k8s.io/v1
      kind: ValidatingAdmissionPolicyBinding
      metadata: {name: b}
      spec: {policyName: p, validationActions: [Deny]}
      """)
    return try judge(request, under: set).results
  }

  /// A review that holds the object in version `given` of what was requested as `requested`.
  private func review(
    _ given: (group: String, version: String), requested: (group: String, version: String)? = nil,
    resource: String, subresource: String = ""
  ) -> String {
    let requested = requested ?? given
    return """
      {"uid":"u","kind":{"group":"\(given.group)","version":"\(given.version)","kind":"K"},
      "resource":{"group":"\(given.group)","version":"\(given.version)","resource":"\(resource)"},
      "subResource":"\(subresource)",
      "requestKind":{"group":"\(requested.group)","version":"\(requested.version)","kind":"K"},
      "requestResource":{"group":"\(requested.group)","version":"\(requested.version)","resource":"\(resource)"},
      "namespace":"shop","name":"a","operation":"CREATE","userInfo":{},"object":{}}
      """
  }

  @Test("match what was requested alone when Exact, and its other versions too when Equivalent")
  func versions() throws {
    let crd = (group: "example.com", version: "v1")
    let old = (group: "example.com", version: "v1beta1")
    let converted = review(crd, requested: old, resource: "widgets")
    // The API server converted the object to the version that the webhook asked for.
    #expect(try results("[example.com]", "[v1]", "[widgets]", "Equivalent", converted) == ["p": "pass"])
    #expect(try results("[example.com]", "[v1]", "[widgets]", "Exact", converted) == [:])
    #expect(try results("[example.com]", "[v1]", "[widgets]", "Equivalent", review(old, resource: "widgets")) == [:])
    #expect(
      try results("[example.com]", "[v1]", "[widgets]", "Exact", review(crd, resource: "widgets")) == ["p": "pass"])
    #expect(
      try results("[example.com]", "['*']", "[widgets/*]", "Exact", review(old, resource: "widgets")) == ["p": "pass"])
  }

  @Test(
    "know the versions of built-in resources",
    arguments: [
      ("[autoscaling]", "[v1]", "[horizontalpodautoscalers]", "autoscaling", "v2", "horizontalpodautoscalers", true),
      ("[autoscaling]", "[v2]", "['*']", "autoscaling", "v1", "horizontalpodautoscalers", true),
      ("['*']", "[v1]", "['*/*']", "autoscaling", "v2", "horizontalpodautoscalers", true),
      ("['']", "[v1]", "[events]", "events.k8s.io", "v1", "events", true),
      ("[events.k8s.io]", "[v1]", "[events]", "", "v1", "events", true),
      ("[resource.k8s.io]", "[v1beta1]", "[resourceclaims]", "resource.k8s.io", "v1", "resourceclaims", true),
      ("[apps]", "[v1beta1]", "[deployments]", "apps", "v1", "deployments", false),
      ("[extensions]", "[v1beta1]", "[ingresses]", "networking.k8s.io", "v1", "ingresses", false),
      (
        "[autoscaling]", "[v1]", "[horizontalpodautoscalers/status]", "autoscaling", "v2", "horizontalpodautoscalers",
        false
      ),
    ])
  func builtIns(
    groups: String, versions: String, resources: String, group: String, version: String, resource: String, matches: Bool
  ) throws {
    let request = review((group, version), resource: resource)
    #expect(try results(groups, versions, resources, "Equivalent", request).isEmpty == !matches)
    #expect(try results(groups, versions, resources, "Exact", request) == [:])
  }

  @Test("exclude other versions too when Equivalent")
  func exclusions() throws {
    let exclude = """
          excludeResourceRules: [{apiGroups: [autoscaling], apiVersions: [v1], resources: ['*'], operations: ['*']}]
      """
    let request = review(("autoscaling", "v2"), resource: "horizontalpodautoscalers")
    #expect(try results("['*']", "['*']", "['*']", "Equivalent", request, exclude) == [:])
    #expect(try results("['*']", "['*']", "['*']", "Exact", request, exclude) == ["p": "pass"])
  }

  @Test(
    "never matter for policies themselves and for questions of who may do what",
    arguments: [
      ("admissionregistration.k8s.io", "validatingadmissionpolicies", false),
      ("admissionregistration.k8s.io", "mutatingadmissionpolicybindings", false),
      ("admissionregistration.k8s.io", "validatingwebhookconfigurations", true),
      ("authentication.k8s.io", "tokenreviews", false), ("authorization.k8s.io", "subjectaccessreviews", false),
      ("authorization.k8s.io", "selfsubjectrulesreviews", false), ("example.com", "tokenreviews", true),
    ])
  func exemptions(group: String, resource: String, isJudged: Bool) throws {
    let found = try results("['*']", "['*']", "['*']", "Equivalent", review((group, "v1"), resource: resource))
    #expect(found.isEmpty == !isJudged)
  }
}
