/// What a kind is called in a request: `Deployment` of `apps` is `deployments`, in a namespace.
///
/// https://kubernetes.io/docs/reference/kubernetes-api/ for the built-in kinds.
package struct ResourceName: Equatable, Sendable {
  package let resource: String
  /// nil where it is not known: a kind that is not built in.
  package let isNamespaced: Bool?

  /// The built-in kinds by what their group calls them. For others the rule of Kubernetes' own tools holds: lower case; `s` becomes
  /// `ses`, `y` becomes `ies`, and an `s` is put to everything else.
  package init(group: String, kind: String) {
    if let known = Self.builtIn["\(group)/\(kind)"] {
      self = known
      return
    }
    resource = Self.plural(of: kind.lowercased())
    isNamespaced = nil
  }

  private init(resource: String, isNamespaced: Bool) {
    self.resource = resource
    self.isNamespaced = isNamespaced
  }

  private static func plural(of name: String) -> String {
    if name.hasSuffix("s") { return name + "es" }
    if name.hasSuffix("y") { return name.dropLast() + "ies" }
    return name + "s"
  }

  private static let builtIn: [String: ResourceName] = {
    var names: [String: ResourceName] = [:]
    for (group, namespaced, cluster) in kinds {
      for (list, isNamespaced) in [(namespaced, true), (cluster, false)] {
        for kind in list.split(separator: " ") {
          let lower = kind.lowercased()
          names["\(group)/\(kind)"] = ResourceName(
            // The one built-in kind that is a plural already.
            resource: lower == "endpoints" ? lower : plural(of: lower), isNamespaced: isNamespaced)
        }
      }
    }
    return names
  }()

  /// Group, kinds that live in a namespace, kinds that do not.
  private static let kinds: [(group: String, namespaced: String, cluster: String)] = [
    (
      "",
      """
      Binding ConfigMap Endpoints Event LimitRange PersistentVolumeClaim Pod PodTemplate ReplicationController \
      ResourceQuota Secret Service ServiceAccount
      """, "ComponentStatus Namespace Node PersistentVolume"
    ),
    (
      "admissionregistration.k8s.io", "",
      """
      MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration ValidatingAdmissionPolicy \
      ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration
      """
    ),
    ("apiextensions.k8s.io", "", "CustomResourceDefinition"),
    ("apiregistration.k8s.io", "", "APIService"),
    ("apps", "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet", ""),
    ("authentication.k8s.io", "", "SelfSubjectReview TokenReview"),
    (
      "authorization.k8s.io", "LocalSubjectAccessReview",
      "SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview"
    ),
    ("autoscaling", "HorizontalPodAutoscaler", ""),
    ("batch", "CronJob Job", ""),
    ("certificates.k8s.io", "PodCertificateRequest", "CertificateSigningRequest ClusterTrustBundle"),
    ("coordination.k8s.io", "Lease LeaseCandidate", ""),
    ("discovery.k8s.io", "EndpointSlice", ""),
    ("events.k8s.io", "Event", ""),
    ("flowcontrol.apiserver.k8s.io", "", "FlowSchema PriorityLevelConfiguration"),
    ("internal.apiserver.k8s.io", "", "StorageVersion"),
    ("networking.k8s.io", "Ingress NetworkPolicy", "IngressClass IPAddress ServiceCIDR"),
    ("node.k8s.io", "", "RuntimeClass"),
    ("policy", "PodDisruptionBudget", ""),
    ("rbac.authorization.k8s.io", "Role RoleBinding", "ClusterRole ClusterRoleBinding"),
    ("resource.k8s.io", "ResourceClaim ResourceClaimTemplate", "DeviceClass DeviceTaintRule ResourceSlice"),
    ("scheduling.k8s.io", "", "PriorityClass"),
    (
      "storage.k8s.io", "CSIStorageCapacity",
      "CSIDriver CSINode StorageClass VolumeAttachment VolumeAttributesClass"
    ),
    ("storagemigration.k8s.io", "", "StorageVersionMigration"),
  ]
}
