import Admission
import JSON
import Memory
import Replay
import Testing

@Suite("Manifests as reviews")
struct ManifestReviewTests {
  /// Writes the review of a manifest and reads it as the server would.
  private func review<Result>(_ manifest: String, _ body: (AdmissionRequest) throws -> Result) throws -> Result {
    var tape = Tape()
    var reviewTape = Tape()
    var buffer = ByteBuffer()
    let arena = Arena()
    return try manifest.withByteSlice { text in
      try tape.parse(text)
      try ManifestReview.write(tape.root, id: "a.yaml", to: &buffer)
      try reviewTape.parse(buffer.bytes)
      return try body(AdmissionReview(reviewTape.root, arena: arena.handle).request)
    }
  }

  @Test("ask whether the object may be created, by the resource of its kind")
  func deployment() throws {
    try review(#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop"},"x":[1.50]}"#)
    {
      #expect($0.operation == .create)
      #expect($0.resource == GroupVersionResource(group: "apps", version: "v1", resource: "deployments"))
      #expect($0.kind == GroupVersionKind(group: "apps", version: "v1", kind: "Deployment"))
      #expect($0.requestKind == $0.kind && $0.requestResource == $0.resource)
      #expect($0.name == "web" && $0.namespace == "shop" && $0.subResource.isEmpty)
      #expect($0.oldObject == nil && !$0.dryRun)
      #expect($0.username.string == ManifestReview.username)
      var object = ByteBuffer()
      try object.writeValue(#require($0.object))
      #expect(
        object.bytes.string
          == #"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop"},"x":[1.50]}"#)
    }
  }

  @Test(
    "put an object of a built-in kind into `default` where it names no namespace, and say so in the object",
    arguments: [
      (#""metadata":{"name":"a"}"#, #"{"name":"a","namespace":"default"}"#),
      (#""metadata":{"namespace":"","name":"a"}"#, #"{"name":"a","namespace":"default"}"#),
      (#""spec":{}"#, #"{"namespace":"default"}"#),
      (#""metadata":{"name":"a","namespace":"b"}"#, #"{"name":"a","namespace":"b"}"#),
    ])
  func defaultNamespace(_ members: String, _ metadata: String) throws {
    try review(#"{"apiVersion":"v1","kind":"Pod",\#(members)}"#) {
      #expect($0.namespace == (members.contains(#""b""#) ? "b" : "default"))
      var object = ByteBuffer()
      try object.writeValue(#require($0.object?.member("metadata")))
      #expect(object.bytes.string == metadata)
    }
  }

  @Test("leave objects without a namespace without one, and ask about a Namespace in its own")
  func clusterScoped() throws {
    try review(#"{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"a"}}"#) {
      #expect($0.namespace.isEmpty && $0.resource.resource == "clusterroles")
    }
    try review(#"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a"}}"#) {
      #expect($0.namespace == "a" && $0.resource.resource == "namespaces")
      #expect($0.object?.member("metadata")?.member("namespace") == nil)
    }
  }

  @Test("guess the plural of kinds that are not built in, which live in a namespace where they name one")
  func custom() throws {
    try review(#"{"apiVersion":"a.example/v1","kind":"Proxy","metadata":{"name":"a"}}"#) {
      #expect($0.resource.resource == "proxies" && $0.namespace.isEmpty)
    }
    try review(#"{"apiVersion":"a.example/v1","kind":"Address","metadata":{"name":"a","namespace":"b"}}"#) {
      #expect($0.resource.resource == "addresses" && $0.namespace == "b")
    }
  }

  @Test("have no name where a name is to be generated")
  func generateName() throws {
    try review(#"{"apiVersion":"v1","kind":"Pod","metadata":{"generateName":"a-"}}"#) { #expect($0.name.isEmpty) }
  }

  @Test("have the same uid for the same id, and another for another")
  func uid() {
    #expect(ManifestReview.uid(of: "a.yaml") == ManifestReview.uid(of: "a.yaml"))
    #expect(ManifestReview.uid(of: "a.yaml") != ManifestReview.uid(of: "a.yaml#2"))
    #expect(
      ManifestReview.uid(of: "").wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}/) != nil
    )
  }

  @Test(
    "know the resources of the built-in kinds",
    arguments: [
      ("", "Endpoints", "endpoints", true), ("", "Node", "nodes", false),
      ("networking.k8s.io", "Ingress", "ingresses", true),
      ("networking.k8s.io", "NetworkPolicy", "networkpolicies", true),
      ("networking.k8s.io", "IngressClass", "ingressclasses", false),
      ("networking.k8s.io", "IPAddress", "ipaddresses", false),
      ("policy", "PodDisruptionBudget", "poddisruptionbudgets", true),
      ("storage.k8s.io", "CSIStorageCapacity", "csistoragecapacities", true),
      ("discovery.k8s.io", "EndpointSlice", "endpointslices", true), ("events.k8s.io", "Event", "events", true),
      ("apiextensions.k8s.io", "CustomResourceDefinition", "customresourcedefinitions", false),
      ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy", "validatingadmissionpolicies", false),
      ("example.com", "Gateway", "gatewaies", nil),
    ] as [(String, String, String, Bool?)])
  func resources(_ group: String, _ kind: String, _ resource: String, _ isNamespaced: Bool?) {
    let name = ResourceName(group: group, kind: kind)
    #expect(name.resource == resource)
    #expect(name.isNamespaced == isNamespaced)
  }
}

extension GroupVersionResource {
  fileprivate init(group: StaticString, version: StaticString, resource: StaticString) {
    self.init(group: ByteSlice(group), version: ByteSlice(version), resource: ByteSlice(resource))
  }
}

extension GroupVersionKind {
  fileprivate init(group: StaticString, version: StaticString, kind: StaticString) {
    self.init(group: ByteSlice(group), version: ByteSlice(version), kind: ByteSlice(kind))
  }
}
