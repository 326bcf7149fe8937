import Foundation
import TestSupport
import Testing

@Suite("Mutations over the wire", .enabled(if: Curl.path != nil, Curl.absence))
struct ServedMutationsTests {
  private static let policies = """
    apiVersion: policy.example.com/v1
    kind: Policy
    metadata: {name: label-and-judge}
    spec:
      matchConstraints:
        resourceRules:
        - {apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: [configmaps]}
      mutations:
      - patchType: JSONPatch
        jsonPatch:
          expression: >-
            object.metadata.name == 'kept' ? []
            : [JSONPatch{op: 'add', path: '/metadata/labels', value: {'owner': object.metadata.annotations['for']}}]
      validations:
      - {expression: "'owner' in object.metadata.?labels.orValue({})", message: it has no owner}
    """

  private func review(_ metadata: String, version: String = "v1", operation: String = "CREATE") -> Data {
    let object = #"{"apiVersion":"v1","kind":"ConfigMap","metadata":\#(metadata)}"#
    let isDeletion = operation == "DELETE"
    return Data(
      """
      {"kind":"AdmissionReview","apiVersion":"admission.k8s.io/\(version)","request":{"uid":"u1",\
      "kind":{"group":"","version":"v1","kind":"ConfigMap"},"resource":{"group":"","version":"v1","resource":"configmaps"},\
      "namespace":"default","operation":"\(operation)","userInfo":{"username":"alice"},\
      "object":\(isDeletion ? "null" : object),"oldObject":\(isDeletion ? object : "null")}}
      """.utf8)
  }

  private func ask(_ server: RunningWebhook, _ path: String, _ review: Data) throws -> [String: Any] {
    let answer = try Curl.ask(server, path, ["--header", "Content-Type: application/json"], body: review)
    #expect(answer.status == 200)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
    return object
  }

  @Test("go out as a patch in base64 from /mutate, in the version asked, and never from /validate")
  func answers() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.policies, to: "policy.yaml")
    let server = try RunningWebhook(policies: folder.path)
    let changed = #"{"name":"new","annotations":{"for":"payments"}}"#
    for version in ["v1", "v1beta1"] {
      let answer = try ask(server, "/mutate?timeout=5s", review(changed, version: version))
      #expect(answer["apiVersion"] as? String == "admission.k8s.io/\(version)")
      let response = try #require(answer["response"] as? [String: Any])
      #expect(response["allowed"] as? Bool == true)
      #expect(response["patchType"] as? String == "JSONPatch")
      let patch = try #require((response["patch"] as? String).flatMap { Data(base64Encoded: $0) })
      #expect(
        String(decoding: patch, as: UTF8.self)
          == #"[{"op":"add","path":"/metadata/labels","value":{"owner":"payments"}}]"#)
    }
    for (path, metadata, operation) in [
      ("/mutate", #"{"name":"kept"}"#, "CREATE"), ("/mutate", changed, "DELETE"),
      ("/validate", #"{"name":"new","labels":{"owner":"x"}}"#, "CREATE"),
    ] {
      let answer = try ask(server, path, review(metadata, operation: operation))
      let response = try #require(answer["response"] as? [String: Any])
      #expect(response["allowed"] as? Bool == true, "\(response)")
      #expect(response["patch"] == nil && response["patchType"] == nil)
    }
    // A mutation that fails denies; what is not changed is judged by /validate alone.
    let failed = try ask(server, "/mutate", review(#"{"name":"new"}"#))["response"] as? [String: Any]
    #expect(failed?["allowed"] as? Bool == false && failed?["patch"] == nil)
    let status = failed?["status"] as? [String: Any]
    #expect((status?["message"] as? String)?.hasPrefix("label-and-judge: expression '") == true)
    #expect(status?["code"] as? Int == 403)
    let denied = try ask(server, "/validate", review(changed))["response"] as? [String: Any]
    #expect(denied?["allowed"] as? Bool == false)
    #expect(try server.metric(#"webhook_policy_decisions_total{policy="label-and-judge",result="mutated"}"#) == 2)
    #expect(server.stop().status == 0)
  }

  @Test("are shown by `webhook test` in the phase that is asked for, and judged as changed in both")
  func phases() throws {
    let folder = try TemporaryFolder()
    let policies = try folder.write(Self.policies, to: "policy.yaml")
    let manifest = try folder.write(
      "{apiVersion: v1, kind: ConfigMap, metadata: {name: new, namespace: default, annotations: {for: payments}}}\n",
      to: "new.yaml")
    func lines(_ arguments: [String]) throws -> [String: Any] {
      let result = try WebhookProgram.run(["test", "--policies", policies, "-o", "jsonl"] + arguments + [manifest])
      try #require(result.status == 0, "\(result.errors)")
      return try #require(try JSONSerialization.jsonObject(with: Data(result.output)) as? [String: Any])
    }
    func result(_ line: [String: Any]) -> String? {
      (line["policies"] as? [[String: Any]])?.compactMap { $0["result"] as? String }.joined(separator: " ")
    }
    let both = try lines([])
    #expect(both["allowed"] as? Bool == true && result(both) == "mutated")
    #expect((both["patch"] as? [Any])?.count == 1)
    let mutation = try lines(["--phase", "mutate"])
    #expect((mutation["patch"] as? [Any])?.count == 1 && result(mutation) == "mutated")
    let validation = try lines(["--phase", "validate"])
    #expect(validation["allowed"] as? Bool == false && result(validation) == "fail")
    #expect((validation["patch"] as? [Any])?.isEmpty == true)
  }
}
