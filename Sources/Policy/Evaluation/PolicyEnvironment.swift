internal import CEL

/// The variables that a policy's expressions may speak of, and their types.
///
/// As in the API server (`pkg/admission/plugin/cel/compile.go`): objects are dynamic, `request` and `namespaceObject` have fixed
/// fields.
enum PolicyEnvironment {
  static let object = "object"
  static let oldObject = "oldObject"
  static let request = "request"
  static let namespaceObject = "namespaceObject"
  static let variables = "variables"
  static let allContainers = "allContainers"
  static let params = "params"

  private static let variablesType = "kubernetes.variables"

  /// For a policy's match conditions, which see no variables.
  static func base(_ manifest: PolicyManifest) -> Environment {
    var environment = base(.kubernetes, hasContainers: manifest.dialect == .policy)
    if manifest.paramKind != nil { environment.declare(params, .dyn) }
    return environment
  }

  /// For an expression that belongs to no policy.
  static func base(_ profile: Environment.Profile, hasContainers: Bool = true) -> Environment {
    var environment = Environment(profile)
    declareRequest(&environment)
    declareNamespace(&environment)
    environment.declare(object, .dyn)
    environment.declare(oldObject, .dyn)
    environment.declareAuthorizer()
    if hasContainers { environment.declare(allContainers, .list(.dyn)) }
    return environment
  }

  /// With the variables that have been declared so far.
  static func environment(_ manifest: PolicyManifest, variables fields: [String: CELType]) -> Environment {
    var environment = base(manifest)
    environment.declareObject(variablesType, fields: fields)
    environment.declare(variables, .object(variablesType))
    return environment
  }

  private static func declareRequest(_ environment: inout Environment) {
    environment.declareObject(
      "kubernetes.GroupVersionKind", fields: ["group": .string, "version": .string, "kind": .string])
    environment.declareObject(
      "kubernetes.GroupVersionResource", fields: ["group": .string, "version": .string, "resource": .string])
    environment.declareObject(
      "kubernetes.UserInfo",
      fields: [
        "username": .string, "uid": .string, "groups": .list(.string), "extra": .map(.string, .list(.string)),
      ])
    environment.declareObject(
      "kubernetes.AdmissionRequest",
      fields: [
        "kind": .object("kubernetes.GroupVersionKind"),
        "resource": .object("kubernetes.GroupVersionResource"),
        "subResource": .string,
        "requestKind": .object("kubernetes.GroupVersionKind"),
        "requestResource": .object("kubernetes.GroupVersionResource"),
        "requestSubResource": .string,
        "name": .string,
        "namespace": .string,
        "operation": .string,
        "userInfo": .object("kubernetes.UserInfo"),
        "dryRun": .bool,
        "options": .dyn,
      ])
    environment.declare(request, .object("kubernetes.AdmissionRequest"))
  }

  private static func declareNamespace(_ environment: inout Environment) {
    environment.declareObject(
      "kubernetes.NamespaceMetadata",
      fields: [
        "name": .string, "generateName": .string, "namespace": .string, "labels": .map(.string, .string),
        "annotations": .map(.string, .string), "UID": .string, "creationTimestamp": .timestamp,
        "deletionGracePeriodSeconds": .int, "deletionTimestamp": .timestamp, "generation": .int,
        "resourceVersion": .string, "finalizers": .list(.string),
      ])
    environment.declareObject("kubernetes.NamespaceSpec", fields: ["finalizers": .list(.string)])
    environment.declareObject(
      "kubernetes.NamespaceCondition",
      fields: [
        "status": .string, "type": .string, "lastTransitionTime": .timestamp, "message": .string, "reason": .string,
      ])
    environment.declareObject(
      "kubernetes.NamespaceStatus",
      fields: ["conditions": .list(.object("kubernetes.NamespaceCondition")), "phase": .string])
    environment.declareObject(
      "kubernetes.Namespace",
      fields: [
        "metadata": .object("kubernetes.NamespaceMetadata"), "spec": .object("kubernetes.NamespaceSpec"),
        "status": .object("kubernetes.NamespaceStatus"),
      ])
    environment.declare(namespaceObject, .object("kubernetes.Namespace"))
  }
}
