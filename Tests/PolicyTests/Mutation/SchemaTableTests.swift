import JSON
import Memory
import Policy
import TestSupport
import Testing

@Suite("The table of Kubernetes types")
struct SchemaTableTests {
  @Test(
    "has the built-in kinds",
    arguments: [
      "v1 Pod", "v1 Service", "v1 ConfigMap", "v1 Secret", "v1 Namespace", "v1 Node", "v1 PersistentVolume",
      "v1 PersistentVolumeClaim", "v1 ServiceAccount", "v1 ReplicationController", "v1 PodTemplate", "v1 Event",
      "v1 LimitRange", "v1 ResourceQuota", "v1 Endpoints", "v1 Binding", "v1 PodExecOptions", "apps/v1 Deployment",
      "apps/v1 StatefulSet", "apps/v1 DaemonSet", "apps/v1 ReplicaSet", "apps/v1 ControllerRevision", "batch/v1 Job",
      "batch/v1 CronJob", "networking.k8s.io/v1 Ingress", "networking.k8s.io/v1 NetworkPolicy",
      "networking.k8s.io/v1 IngressClass", "rbac.authorization.k8s.io/v1 Role",
      "rbac.authorization.k8s.io/v1 ClusterRole", "rbac.authorization.k8s.io/v1 RoleBinding",
      "rbac.authorization.k8s.io/v1 ClusterRoleBinding", "policy/v1 PodDisruptionBudget", "policy/v1 Eviction",
      "autoscaling/v1 Scale", "autoscaling/v2 HorizontalPodAutoscaler", "storage.k8s.io/v1 StorageClass",
      "storage.k8s.io/v1 CSIDriver", "admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy",
      "admissionregistration.k8s.io/v1 MutatingAdmissionPolicy",
      "admissionregistration.k8s.io/v1 MutatingWebhookConfiguration",
      "apiextensions.k8s.io/v1 CustomResourceDefinition", "apiregistration.k8s.io/v1 APIService",
      "scheduling.k8s.io/v1 PriorityClass", "coordination.k8s.io/v1 Lease", "discovery.k8s.io/v1 EndpointSlice",
      "node.k8s.io/v1 RuntimeClass", "certificates.k8s.io/v1 CertificateSigningRequest",
      "flowcontrol.apiserver.k8s.io/v1 FlowSchema", "resource.k8s.io/v1 ResourceClaim",
      "authentication.k8s.io/v1 TokenRequest", "authorization.k8s.io/v1 SubjectAccessReview", "events.k8s.io/v1 Event",
    ])
  func kinds(kind: String) {
    #expect(schemaType(kind) != nil)
  }

  @Test(
    "has no others", arguments: ["v1 pod", "v2 Pod", "apps/v1 Pod", "example.com/v1 Widget", "v1 -", "-custom/- -"])
  func strangers(kind: String) {
    #expect(schemaType(kind) == nil)
  }

  @Test("says of what kind a field is")
  func scalars() throws {
    let table = SchemaTable.kubernetes
    let pod = try #require(schemaType("v1 Pod"))
    let spec = try #require(table.member(ByteSlice("spec"), of: pod))
    #expect(table.scalar(try #require(table.member(ByteSlice("hostNetwork"), of: spec))) == .boolean)
    #expect(table.scalar(try #require(table.member(ByteSlice("priority"), of: spec))) == .numeric)
    let containers = try #require(table.member(ByteSlice("containers"), of: spec))
    let container = try #require(table.element(of: containers))
    #expect(table.scalar(try #require(table.member(ByteSlice("image"), of: container))) == .string)
    #expect(table.scalar(containers) == .none)
    #expect(table.member(ByteSlice("nothing"), of: spec) == nil)
    #expect(table.element(of: pod) == nil)
    let metadata = try #require(table.member(ByteSlice("metadata"), of: pod))
    #expect(table.scalar(try #require(table.member(ByteSlice("creationTimestamp"), of: metadata))) == .untyped)
  }

  /// What an API server sends is in typed form: anything that changes, or is unknown, is a mistake of the table.
  @Test(
    "knows every field of the recorded objects, and that none would be left out",
    .enabled(if: SharedData.isPresent, "needs the recorded reviews"))
  func recordedObjects() throws {
    var builtIn = 0
    for file in ["reviews.jsonl", "operations.jsonl", "map/reviews.jsonl"] {
      for line in try SharedData.lines(file) {
        let text = try ParsedText(line)
        defer { withExtendedLifetime(text) {} }
        let request = try #require(text.root.member("review")?.member("request"))
        for name in ["object", "oldObject"] as [StaticString] {
          guard let object = request.member(name), object.isObject else { continue }
          let version = object.member("apiVersion")?.stringValue ?? ""
          let kind = "\(version) \(object.member("kind")?.stringValue ?? "")"
          guard let type = schemaType(kind) else {
            #expect(version.contains("."), "\(kind) is a custom resource")
            continue
          }
          builtIn += 1
          var written = ByteBuffer()
          var output = ByteBuffer()
          let arena = Arena()
          written.writeValue(object)
          if case .failed(let text) = TypedForm.write(
            object, as: type, addingStructs: true, into: &output, arena: arena.handle)
          {
            Issue.record("\(kind): \(text.string)")
          }
          if output.bytes != written.bytes {
            Issue.record("\(kind): \(output.bytes.string.prefix(3000)) instead of \(written.bytes.string.prefix(3000))")
          }
        }
      }
    }
    #expect(builtIn > 500)
  }
}
