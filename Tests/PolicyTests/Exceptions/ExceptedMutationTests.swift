import Policy
import Testing

@Suite("Exceptions from mutations")
struct ExceptedMutationTests {
  /// Two policies that write an annotation each, for Pods and templates; an exception from the first one.
  private static func fixture(now: String) throws -> ExceptionFixture {
    let policies = ["net", "other"].map { name in
      """
      apiVersion: policy.example.com/v1
      kind: Policy
      metadata: {name: \(name)}
      spec:
        matchConstraints:
          resourceRules: [{apiGroups: [""], apiVersions: [v1], resources: [pods], operations: [CREATE]}]
        mutations:
          - patchType: JSONPatch
            jsonPatch:
              expression: "[JSONPatch{op: 'add', path: '/metadata/annotations/\(name)', value: 'changed'}]"
      ---

      """
    }
    return try ExceptionFixture(
      policies.joined() + exception("namespace: demo\nresourceSelector: {matchLabels: {app: a}}"), now: now)
  }

  private func mutate(_ object: String, kind: String = "Pod", now: String = "2026-09-30") throws -> Mutated {
    let fixture = try Self.fixture(now: now)
    var settings = ExceptionSettings()
    settings.rules.clock = fixture.clock
    let (group, resource) = kind == "Pod" ? ("", "pods") : ("apps", "deployments")
    return try PolicyTests.mutate(
      PolicyTests.request(
        "CREATE", group: group, resource: resource, kind: kind, namespace: "demo", object: object),
      under: fixture.set, settings: settings)
  }

  private static func pod(_ app: String) -> String {
    #"""
    {"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","namespace":"demo","labels":{"app":"\#(app)"},"annotations":{"a":"b"}},
     "spec":{"containers":[{"name":"c","image":"i"}]}}
    """#
  }

  @Test("leave out what the policy would have changed, and nothing else")
  func leavesOut() throws {
    let excepted = try mutate(Self.pod("a"))
    #expect(excepted.allowed)
    #expect(excepted.patch == #"[{"op":"add","path":"/metadata/annotations/other","value":"changed"}]"#)
    #expect(excepted.results == ["net": "excepted", "other": "mutated"])
  }

  @Test("do not reach other labels, and not past the end")
  func bounds() throws {
    for mutated in [try mutate(Self.pod("b")), try mutate(Self.pod("a"), now: "2026-10-01T00:00:00Z")] {
      #expect(mutated.results == ["net": "mutated", "other": "mutated"])
      #expect(mutated.object?.contains(#""net":"changed""#) == true)
    }
  }

  @Test("look at the labels of a template")
  func template() throws {
    let excepted = try mutate(
      #"""
      {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"demo"},
       "spec":{"template":{"metadata":{"labels":{"app":"a"},"annotations":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}
      """#, kind: "Deployment")
    #expect(excepted.results == ["net": "excepted", "other": "mutated"])
    #expect(
      excepted.patch == #"[{"op":"add","path":"/spec/template/metadata/annotations/other","value":"changed"}]"#)
  }
}
