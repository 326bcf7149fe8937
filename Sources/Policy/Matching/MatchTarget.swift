internal import Admission
internal import Memory

/// What rules are compared with: a request's resource, or the Pod that a workload's template stands for.
struct MatchTarget: BitwiseCopyable {
  /// The resource as the user asked for it.
  var requested: GroupVersionResource
  /// The resource in whose version the review holds the objects. The API server converts them where a webhook's rules are
  /// about another version of what was requested.
  var given: GroupVersionResource
  var subresource: ByteSlice
  var operation: Operation
  var name: ByteSlice
  var namespace: ByteSlice

  init(_ request: AdmissionRequest) {
    requested = request.requestResource
    given = request.resource
    subresource = request.subResource
    operation = request.operation
    name = request.name
    namespace = request.namespace
  }

  /// The Pods that the workload in `request` makes: of the same namespace, and without a name yet.
  init(podsOf request: AdmissionRequest) {
    self.init(request)
    given = GroupVersionResource(group: .empty, version: ByteSlice("v1"), resource: ByteSlice("pods"))
    requested = given
    subresource = .empty
    name = .empty
  }

  var isConverted: Bool { requested != given }

  /// Whether no policy is asked about the request, so that nobody can lock a cluster's policies, or all that asks who may do what, away from
  /// those who could mend it: as in the API server (`pkg/kubeapiserver/admission/exclusion`).
  var isExempt: Bool {
    let name = requested.resource
    if requested.group == "admissionregistration.k8s.io" {
      return name == "validatingadmissionpolicies" || name == "validatingadmissionpolicybindings"
        || name == "mutatingadmissionpolicies" || name == "mutatingadmissionpolicybindings"
    }
    if requested.group == "authentication.k8s.io" { return name == "tokenreviews" || name == "selfsubjectreviews" }
    guard requested.group == "authorization.k8s.io" else { return false }
    return name == "subjectaccessreviews" || name == "localsubjectaccessreviews" || name == "selfsubjectaccessreviews"
      || name == "selfsubjectrulesreviews"
  }
}
