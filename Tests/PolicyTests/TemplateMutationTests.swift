import Policy
import Testing

@Suite("Mutations of pod templates")
struct TemplateMutationTests {
  private typealias M = Mutations

  struct Workload: CustomTestStringConvertible {
    let kind: String
    let group: String
    let resource: String
    /// Where the template stands.
    let path: String
    let start: String
    let end: String

    var testDescription: String { kind }

    func object(_ template: String) -> String {
      let version = group.isEmpty ? "v1" : "\(group)/v1"
      return """
        {"apiVersion":"\(version)","kind":"\(kind)","metadata":{"name":"web","namespace":"shop"},\(start)\(template)\(end)}
        """
    }

    func request(_ template: String) -> String {
      PolicyTests.request(
        "CREATE", group: group, resource: resource, kind: kind, object: object(template))
    }
  }

  static let workloads =
    [
      ("Deployment", "deployments"), ("StatefulSet", "statefulsets"), ("DaemonSet", "daemonsets"),
      ("ReplicaSet", "replicasets"),
    ]
    .map {
      Workload(
        kind: $0.0, group: "apps", resource: $0.1, path: "/spec/template", start: #""spec":{"template":"#, end: "}")
    } + [
      Workload(
        kind: "ReplicationController", group: "", resource: "replicationcontrollers", path: "/spec/template",
        start: #""spec":{"template":"#, end: "}"),
      Workload(
        kind: "Job", group: "batch", resource: "jobs", path: "/spec/template", start: #""spec":{"template":"#, end: "}"),
      Workload(
        kind: "CronJob", group: "batch", resource: "cronjobs", path: "/spec/jobTemplate/spec/template",
        start: #""spec":{"schedule":"0 3 * * *","jobTemplate":{"spec":{"template":"#, end: "}}}"),
      Workload(
        kind: "PodTemplate", group: "", resource: "podtemplates", path: "/template", start: #""template":"#, end: ""),
    ]

  private static let template =
    #"{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"a","image":"x"}]}}"#

  private static let included = "{policy.example.com/pod-templates: Include}"

  @Test("land at the template", arguments: workloads)
  func place(_ workload: Workload) throws {
    let set = try policySet(
      M.policy(
        "a",
        [
          M.patch(
            "object.kind == 'Pod' && object.metadata.namespace == 'shop' ? [JSONPatch{op: 'add', path: '/spec/hostNetwork', value: true}] : []"
          ), M.apply("Object{metadata: Object.metadata{labels: {'kind': request.kind.kind}}}"),
        ], annotations: Self.included))
    let mutated = try mutate(workload.request(Self.template), under: set)
    #expect(mutated.allowed, "\(mutated.message)")
    #expect(mutated.patch.contains(#""path":"\#(workload.path)/spec/hostNetwork","value":true}"#), "\(mutated.patch)")
    let changed = #"""
      {"metadata":{"labels":{"app":"web","kind":"\#(workload.kind)"}},"spec":{"containers":[{"name":"a","image":"x"}],"hostNetwork":true}}
      """#
    #expect(mutated.object == workload.object(changed))
  }

  @Test("do nothing for a policy of Kubernetes' kind that does not ask for them", arguments: workloads)
  func withoutAnnotation(_ workload: Workload) throws {
    let set = try policySet(M.policy("a", [M.label("x", "'1'")]))
    #expect(try mutate(workload.request(Self.template), under: set).results == [:])
  }

  @Test("are carried out for a `Policy` unless it says otherwise, where `allContainers` follows each change")
  func ownKind() throws {
    let mutation = """
      mutations:
      - patchType: JSONPatch
        jsonPatch: {expression: "[JSONPatch{op: 'add', path: '/spec/containers/-', value: {'name': 'b', 'image': 'y'}}]"}
      - patchType: JSONPatch
        jsonPatch: {expression: "[JSONPatch{op: 'add', path: '/metadata/labels/count', value: string(size(allContainers))}]"}
      """
    let workload = Self.workloads[6]
    let mutated = try mutate(workload.request(Self.template), under: policySet(podPolicy(mutation)))
    #expect(mutated.object?.contains(#""count":"2""#) == true, "\(mutated)")
    let without = try mutate(
      workload.request(Self.template), under: policySet(podPolicy("podTemplates: Ignore\n\(mutation)")))
    #expect(without.results == [:])
  }

  @Test("see a workload first as it is and then its template, in one policy's turn")
  func bothViews() throws {
    let set = try policySet(
      M.policy(
        "a", [M.patch("[JSONPatch{op: 'add', path: '/metadata/labels', value: {'seen': object.kind}}]")],
        annotations: Self.included, resources: "[pods, deployments]"))
    let mutated = try mutate(Self.workloads[0].request(#"{"spec":{"containers":[]}}"#), under: set)
    #expect(
      mutated.object == """
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop","labels":{"seen":"Deployment"}},\
        "spec":{"template":{"metadata":{"labels":{"seen":"Pod"}},"spec":{"containers":[]}}}}
        """)
  }

  @Test(
    "refuse what a template does not have, as an error of the policy",
    arguments: [
      ("[JSONPatch{op: 'replace', path: '/kind', value: 'Node'}]", "kind"),
      ("[JSONPatch{op: 'replace', path: '/apiVersion', value: 'v2'}]", "apiVersion"),
      ("[JSONPatch{op: 'replace', path: '/metadata/namespace', value: 'kube-system'}]", "metadata.namespace"),
      ("[JSONPatch{op: 'remove', path: '/metadata/namespace'}]", "metadata.namespace"),
      ("[JSONPatch{op: 'remove', path: '/metadata'}]", "metadata.namespace"),
      ("[JSONPatch{op: 'add', path: '/metadata/name', value: 'x'}]", "metadata.name"),
      ("[JSONPatch{op: 'add', path: '/metadata/generateName', value: 'x'}]", "metadata.generateName"),
      ("[JSONPatch{op: 'add', path: '/status', value: {'phase': 'Running'}}]", "status"),
    ])
  func foreignFields(expression: String, field: String) throws {
    let set = try policySet(
      M.policy(
        "a", [M.patch(expression), M.label("still", "'here'")],
        spec: "reinvocationPolicy: Never\nfailurePolicy: Ignore", annotations: Self.included))
    let mutated = try mutate(Self.workloads[0].request(Self.template), under: set)
    #expect(
      mutated.failures == [
        "a": [
          "-1: policy 'a' with binding 'a' denied request: a pod template has labels, annotations and a spec to change, but no `\(field)` of its own"
        ]
      ])
    #expect(
      mutated.object
        == Self.workloads[0].object(Self.template.replacing(#""app":"web""#, with: #""app":"web","still":"here""#)))
  }

  @Test("leave what a template says of a namespace, and what else stands in the workload")
  func untouched() throws {
    let template = #"{"metadata":{"namespace":"other","labels":{"a":"b"}},"spec":{}}"#
    let set = try policySet(M.policy("a", [M.label("x", "object.metadata.namespace")], annotations: Self.included))
    let mutated = try mutate(Self.workloads[0].request(template), under: set)
    #expect(mutated.patch.contains("shop") && mutated.object?.contains(#""namespace":"other""#) == true, "\(mutated)")
  }

  @Test("do nothing for a workload without a template")
  func absent() throws {
    let set = try policySet(M.policy("a", [M.label("x", "'1'")], annotations: Self.included))
    #expect(try mutate(Self.workloads[0].request("null"), under: set).results == [:])
  }
}
