import Foundation
import Policy
import TestSupport
import Testing

/// Ways around the policies of the checkout that somebody might try. Each is denied by the policies named.
@Suite("Ways around the policies")
struct EvasionTests {
  private static let root = #""containers":[{"name":"a","image":"nginx"}]"#
  private static let host = #""hostNetwork":true,"#
  private static let spec = "{\(host)\(root)}"
  private static let all = [
    "disallow-host-network", "require-image-digest", "require-owner-label", "require-run-as-non-root",
  ]
  /// Of Pods that are made by something other than their CREATE.
  private static let ofTemplates = ["disallow-host-network", "require-image-digest", "require-run-as-non-root"]

  private static func workload(_ group: String, _ version: String, _ resource: String, _ kind: String) -> String {
    let template = "\"template\":{\"metadata\":{},\"spec\":\(spec)}"
    let object =
      resource == "cronjobs" ? "{\"spec\":{\"jobTemplate\":{\"spec\":{\(template)}}}}" : "{\"spec\":{\(template)}}"
    return request(
      group: group, version: version, resource: resource, kind: kind,
      object: "{\"metadata\":{\"name\":\"web\"},\(object.dropFirst())")
  }

  private static func pod(_ spec: String, metadata: String = #"{"name":"web"}"#) -> String {
    request(object: "{\"metadata\":\(metadata),\"spec\":\(spec)}")
  }

  private static let attempts: [(what: String, request: String, policies: [String])] = [
    ("nothing in particular", pod(spec), all),
    (
      "escapes in the object's keys",
      pod(#"{"host\u004eetwork":true,"c\u006fntainers":[{"n\u0061me":"a","im\u0061ge":"nginx"}]}"#), all
    ),
    (
      "escapes in the request",
      pod(spec).replacing(#""resource":"pods""#, with: #""resource":"p\u006fds""#)
        .replacing(#""operation":"CREATE""#, with: #""operation":"CRE\u0041TE""#)
        .replacing(#""version":"v1""#, with: #""version":"v\u0031""#), all
    ),
    (
      "a name to be generated", pod(spec, metadata: #"{"generateName":"web-"}"#).replacing(#""name":"web","#, with: ""),
      all
    ),
    ("keys of another case, which mean nothing", pod(#"{"HostNetwork":false,"hostNetwork":true,\#(root)}"#), all),
    ("an older version", workload("apps", "v1beta2", "deployments", "Deployment"), ofTemplates),
    ("an older group", workload("extensions", "v1beta1", "deployments", "Deployment"), ofTemplates),
    ("an older group's DaemonSet", workload("extensions", "v1beta1", "daemonsets", "DaemonSet"), ofTemplates),
    ("an older CronJob", workload("batch", "v1beta1", "cronjobs", "CronJob"), ofTemplates),
    ("a ReplicaSet of one's own", workload("apps", "v1", "replicasets", "ReplicaSet"), all),
    (
      "an ephemeral container",
      request(
        "UPDATE", subresource: "ephemeralcontainers",
        object:
          #"{"metadata":{"name":"web"},"spec":{"containers":[],"ephemeralContainers":[{"name":"e","image":"sh"}]}}"#,
        oldObject: #"{"metadata":{"name":"web"},"spec":{"containers":[]}}"#),
      ["require-image-digest", "require-run-as-non-root"]
    ),
    (
      "an update that leaves the spec alone and changes the template's metadata",
      workload("apps", "v1", "deployments", "Deployment")
        .replacing(#""operation":"CREATE""#, with: #""operation":"UPDATE""#)
        .replacing(
          #""oldObject":null"#,
          with:
            "\"oldObject\":{\"metadata\":{},\"spec\":{\"template\":{\"metadata\":{\"labels\":{\"x\":\"y\"}},\"spec\":\(spec)}}}"
        ),
      all
    ),
    (
      "containers among init containers",
      pod("{\(host)\"containers\":[],\"initContainers\":[{\"image\":\"sh\",\"name\":\"i\"}]}"),
      all
    ),
    ("lists that are none", pod(#"{"hostNetwork":"true","containers":{"name":"a"}}"#), all),
  ]

  private static let set = LoadedManifests.load([SharedData.checkout.appending(path: "policies").path]).set

  @Test("are closed", arguments: attempts.map(\.what))
  func attempt(what: String) throws {
    let attempt = try #require(Self.attempts.first { $0.what == what })
    let judged = try judge(attempt.request, under: #require(Self.set))
    #expect(!judged.allowed)
    let denying = judged.results.filter { $0.value == "fail" || $0.value == "error" }.keys.sorted()
    #expect(denying.filter(Self.all.contains) == attempt.policies)
  }

  @Test("a Namespace does not get another's name by a label of its own")
  func namespaceLabel() throws {
    let set = try policySet(
      """
      apiVersion: policy.example.com/v1
      kind: Policy
      metadata: {name: p}
      spec:
        validations: [{expression: "false"}]
        matchConstraints:
          resourceRules: [{apiGroups: ["*"], apiVersions: ["*"], resources: ["*"], operations: ["*"]}]
          namespaceSelector:
            matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [kube-system]}]
      """)
    let spoof = #"{"metadata":{"name":"shop","labels":{"kubernetes.io/metadata.name":"kube-system"}}}"#
    let namespace = request(resource: "namespaces", kind: "Namespace", name: "shop", object: spoof)
    #expect(try !judge(namespace, under: set).allowed)
    #expect(try !judge(request(object: "{}"), under: set, namespace: spoof).allowed)
  }
}
