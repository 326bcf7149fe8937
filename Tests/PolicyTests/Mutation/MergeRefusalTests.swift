import Policy
import Testing

@Suite("An ApplyConfiguration that is refused")
struct MergeRefusalTests {
  @Test(
    "because it touches what is atomic",
    arguments: [
      ("v1 Pod", #"{"spec":{"containers":[{"name":"m","args":["a"]}]}}"#, ".spec.containers[0].args"),
      (
        "v1 Pod", #"{"spec":{"containers":[{"name":"m"},{"name":"n","command":[],"args":["a"]}]}}"#,
        ".spec.containers[1].command, .spec.containers[1].args"
      ),
      ("v1 Pod", #"{"spec":{"tolerations":[{"key":"a"}]}}"#, ".spec.tolerations"),
      ("v1 Pod", #"{"spec":{"nodeSelector":{"zone":"a"}}}"#, ".spec.nodeSelector"),
      (
        "v1 Pod", #"{"spec":{"securityContext":{"supplementalGroups":[1]}}}"#,
        ".spec.securityContext.supplementalGroups"
      ),
      (
        "v1 Pod",
        #"{"spec":{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchFields":[]}]}}}}}"#,
        ".spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution, "
          + ".spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms, "
          + ".spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0], "
          + ".spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields"
      ),
      (
        "v1 Pod",
        #"{"spec":{"containers":[{"name":"a","env":[{"name":"x","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}]}]}}"#,
        ".spec.containers[0].env[0].valueFrom.secretKeyRef"
      ),
      // Each reference is atomic in itself, though the list is not.
      ("v1 Pod", #"{"spec":{"imagePullSecrets":[{"name":"a"}]}}"#, ".spec.imagePullSecrets[0]"),
      ("v1 ServiceAccount", #"{"secrets":[{"name":"b"}]}"#, ".secrets[0]"),
      ("v1 Pod", #"{"metadata":{"ownerReferences":[{"uid":"u"}]}}"#, ".metadata.ownerReferences[0]"),
      ("v1 Pod", #"{"spec":{"containers":[{"name":"a","envFrom":[]}]}}"#, ".spec.containers[0].envFrom"),
      ("apps/v1 Deployment", #"{"spec":{"selector":{"matchLabels":{"a":"b"}}}}"#, ".spec.selector"),
      ("v1 Service", #"{"spec":{"selector":{"a":"b"}}}"#, ".spec.selector"),
      ("v1 Service", #"{"spec":{"externalIPs":["10.0.0.1"]}}"#, ".spec.externalIPs"),
      ("v1 Service", #"{"spec":{"clusterIPs":["10.0.0.1"]}}"#, ".spec.clusterIPs"),
      (
        "networking.k8s.io/v1 Ingress", #"{"spec":{"rules":[{"http":{"paths":[]}}],"tls":[]}}"#,
        ".spec.rules, .spec.rules[0].http.paths, .spec.tls"
      ),
      (
        "networking.k8s.io/v1 NetworkPolicy", #"{"spec":{"podSelector":{},"ingress":[]}}"#,
        ".spec.podSelector, .spec.ingress"
      ),
      ("rbac.authorization.k8s.io/v1 Role", #"{"rules":[{"verbs":["get"]}]}"#, ".rules, .rules[0].verbs"),
      ("rbac.authorization.k8s.io/v1 RoleBinding", #"{"roleRef":{"name":"a"},"subjects":[]}"#, ".roleRef, .subjects"),
      (
        "v1 PersistentVolumeClaim", #"{"spec":{"accessModes":["ReadWriteOnce"],"dataSource":{}}}"#,
        ".spec.accessModes, .spec.dataSource"
      ),
      ("policy/v1 PodDisruptionBudget", #"{"spec":{"selector":{}}}"#, ".spec.selector"),
      ("autoscaling/v2 HorizontalPodAutoscaler", #"{"spec":{"metrics":[]}}"#, ".spec.metrics"),
      (
        "admissionregistration.k8s.io/v1 MutatingWebhookConfiguration",
        #"{"webhooks":[{"name":"a","rules":[],"namespaceSelector":{}}]}"#,
        ".webhooks[0].rules, .webhooks[0].namespaceSelector"
      ),
      ("discovery.k8s.io/v1 EndpointSlice", #"{"endpoints":[],"ports":[]}"#, ".endpoints, .ports"),
      ("storage.k8s.io/v1 StorageClass", #"{"mountOptions":[],"parameters":{"a":"b"}}"#, ".mountOptions"),
      ("v1 ObjectReference", "{}", ""),
      ("apps/v1 ControllerRevision", #"{"data":{"spec":{}}}"#, ".data"),
    ])
  func atomics(kind: String, configuration: String, paths: String) throws {
    let prefix = "error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: "
    let result: Merged = paths.isEmpty ? .object("{}") : .error(prefix + paths)
    #expect(try merged(configuration, into: "{}", as: kind) == result)
  }

  @Test(
    "because it does not fit its type",
    arguments: [
      ("apps/v1 Deployment", #"{"spec":{"replicasx":1}}"#, ".spec.replicasx: field not declared in schema"),
      (
        "apps/v1 Deployment", #"{"spec":{"replicas":"1"}}"#,
        ".spec.replicas: expected numeric (int or float), got string"
      ),
      ("apps/v1 Deployment", #"{"spec":{"paused":"true"}}"#, ".spec.paused: expected boolean, got &{true}"),
      (
        "v1 Pod", #"{"spec":{"hostname":5}}"#,
        ".spec.hostname: expected string, got &value.valueUnstructured{Value:5}"
      ),
      (
        "v1 Pod", #"{"spec":{"hostname":["a",1]}}"#,
        #".spec.hostname: expected string, got &value.valueUnstructured{Value:[]interface {}{"a", 1}}"#
      ),
      ("v1 Pod", #"{"spec":"x"}"#, ".spec: expected map, got &{x}"),
      ("v1 Pod", #"{"spec":[1,2]}"#, ".spec: expected map, got &{[1 2]}"),
      ("v1 Pod", #"{"spec":{"containers":{"a":"b"}}}"#, ".spec.containers: expected list, got &{map[a:b]}"),
      (
        "v1 Pod", #"{"metadata":{"creationTimestamp":{}}}"#,
        ".metadata.creationTimestamp: expected any scalar, got &{map[]}"
      ),
      (
        "v1 Pod", #"{"spec":{"hostname":null}}"#,
        ".spec.hostname: expected string, got &value.valueUnstructured{Value:0}"
      ),
      ("v1 Pod", #"{"spec":{"securityContext":null}}"#, ".spec.securityContext: expected map, got &{NULL_VALUE}"),
      (
        "v1 Pod", #"{"spec":{"containers":[{"name":"a","tty":1}]}}"#,
        #".spec.containers[name="a"].tty: expected boolean, got &{1}"#
      ),
      (
        "v1 Pod", #"{"spec":{"containers":[{"name":"a"},{"name":"b"},{"name":"a"}]}}"#,
        #".spec.containers: duplicate entries for key [name="a"]"#
      ),
      (
        "v1 Pod",
        #"{"spec":{"containers":[{"name":"a","ports":[{"containerPort":80},{"containerPort":80,"protocol":"TCP"}]}]}}"#,
        #".spec.containers[name="a"].ports: duplicate entries for key [containerPort=80,protocol="TCP"]"#
      ),
      (
        "v1 Pod", #"{"metadata":{"finalizers":["a","a"]}}"#,
        #".metadata.finalizers: duplicate entries for key [="a"]"#
      ),
      (
        "v1 Pod", #"{"metadata":{"finalizers":[{}]}}"#,
        ".metadata.finalizers: element 0: associative list without keys has an element that's a map type"
      ),
      (
        "v1 Pod", #"{"spec":{"containers":[{"name":["a",1]}]}}"#,
        #".spec.containers[name=["a",1]].name: expected string, got &value.valueUnstructured{Value:[]interface {}{"a", 1}}"#
      ),
      (
        "v1 Pod", #"{"spec":{"containers":["a"]}}"#,
        ".spec.containers: element 0: associative list with keys may not have non-map elements"
      ),
      (
        "v1 Pod", #"{"spec":{"containers":[{"name":"a"},null]}}"#,
        ".spec.containers: element 1: associative list with keys may not have a null element"
      ),
      (
        "v1 Pod",
        #"{"spec":{"resourceClaims":[{}],"topologySpreadConstraints":[{}],"containers":[{"name":"a","resources":{"claims":[{}]}}]}}"#,
        ""
      ),
      (
        "v1 Pod", #"{"spec":{"hostname":1,"subdomain":2}}"#,
        """
        errors:
          .spec.hostname: expected string, got &value.valueUnstructured{Value:1}
          .spec.subdomain: expected string, got &value.valueUnstructured{Value:2}
        """
      ),
    ])
  func types(kind: String, configuration: String, problem: String) throws {
    let result = try merged(configuration, into: "{}", as: kind)
    if problem.isEmpty {
      // Keys with a default may be left out.
      guard case .object = result else {
        Issue.record("\(result)")
        return
      }
    } else {
      #expect(result == .error("error applying patch: failed to convert patch object to typed object: " + problem))
    }
  }

  @Test("because the object's own list has an element without a key")
  func object() throws {
    #expect(
      try merged(#"{"spec":{"containers":[{"name":"a"}]}}"#, into: #"{"spec":{"containers":[7]}}"#, as: "v1 Pod")
        == .error(
          "error applying patch: failed to convert original object to typed object: "
            + ".spec.containers: element 0: associative list with keys may not have non-map elements"))
  }
}
