/// The resources that a Kubernetes 1.36 API server serves in several groups or versions, all of them views of the same
/// stored objects. Used when policies are loaded; a request is compared with what became of it.
///
/// Those served unless configured otherwise are `horizontalpodautoscalers` and `events`; the others appear with `--runtime-config`. Custom
/// resources have versions too, which only their cluster knows: a review tells of them by its `requestResource`.
///
/// https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#matching-requests-matchpolicy
enum EquivalentResources {
  struct Resource: Equatable {
    let group: String
    let version: String
    let name: String
  }

  static let families: [[Resource]] =
    [
      family("horizontalpodautoscalers", [("autoscaling", "v2"), ("autoscaling", "v1")]),
      family("events", [("", "v1"), ("events.k8s.io", "v1")]),
      family("ipaddresses", [("networking.k8s.io", "v1"), ("networking.k8s.io", "v1beta1")]),
      family("servicecidrs", [("networking.k8s.io", "v1"), ("networking.k8s.io", "v1beta1")]),
      family("volumeattributesclasses", [("storage.k8s.io", "v1"), ("storage.k8s.io", "v1beta1")]),
    ]
    + ["deviceclasses", "resourceclaims", "resourceclaimtemplates", "resourceslices"].map { name in
      family(name, ["v1", "v1beta2", "v1beta1"].map { ("resource.k8s.io", $0) })
    }

  private static func family(_ name: String, _ versions: [(group: String, version: String)]) -> [Resource] {
    versions.map { Resource(group: $0.group, version: $0.version, name: name) }
  }
}
