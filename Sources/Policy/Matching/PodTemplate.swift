internal import Admission
internal import JSON
internal import Memory

/// The pod template inside a workload.
enum PodTemplate {
  /// The resources that have one.
  static let resources = [
    "deployments", "statefulsets", "daemonsets", "replicasets", "replicationcontrollers", "jobs", "cronjobs",
    "podtemplates",
  ]

  /// Where the template stands in objects of a resource.
  enum Place: UInt8, BitwiseCopyable {
    case specTemplate, jobTemplate, root

    var path: String {
      switch self {
      case .specTemplate: "spec.template"
      case .jobTemplate: "spec.jobTemplate.spec.template"
      case .root: "template"
      }
    }
  }

  /// Nil for what is no workload, and for subresources, whose objects are others (`Scale`) or cannot change the template.
  static func place(in request: AdmissionRequest) -> Place? {
    guard request.subResource.isEmpty else { return nil }
    let group = request.resource.group
    let resource = request.resource.resource
    // `extensions` had workloads until Kubernetes 1.15; an older cluster still sends them.
    if group == "apps" || group == "extensions" {
      if resource == "deployments" || resource == "statefulsets" || resource == "daemonsets"
        || resource == "replicasets"
      {
        return .specTemplate
      }
    } else if group == "batch" {
      if resource == "jobs" { return .specTemplate }
      if resource == "cronjobs" { return .jobTemplate }
    } else if group.isEmpty {
      if resource == "replicationcontrollers" { return .specTemplate }
      if resource == "podtemplates" { return .root }
    }
    return nil
  }

  enum Finding {
    /// The workload has none, or it is null: it makes no Pods.
    case absent
    case found(Cursor)
    /// Something on the way to it, or itself, is no object, so that nobody can tell what Pods there would be.
    case unreadable
  }

  static func find(_ place: Place, in object: Cursor) -> Finding {
    switch place {
    case .root: return step(.found(object), "template")
    case .specTemplate: return step(step(.found(object), "spec"), "template")
    case .jobTemplate:
      return step(step(step(step(.found(object), "spec"), "jobTemplate"), "spec"), "template")
    }
  }

  private static func step(_ finding: Finding, _ name: StaticString) -> Finding {
    guard case .found(let cursor) = finding else { return finding }
    guard let member = cursor.member(name), !member.isNull else { return .absent }
    return member.isObject ? .found(member) : .unreadable
  }
}

extension PodTemplate.Place {
  /// The labels of the Pods that a workload makes.
  func podLabels(in object: Cursor?) -> Cursor? {
    guard let object, case .found(let template) = PodTemplate.find(self, in: object) else { return nil }
    return template.member("metadata")?.member("labels")
  }
}
