internal import Admission
internal import JSON
internal import Memory
internal import Policy

/// An exception that is to be written for an object that is denied.
struct ExceptionDraft {
  let policies: [String]
  private let name: String
  private let reason: String
  private let approvedBy: String
  private let owner: String?
  private let expiresAt: Instant
  private let namespace: String
  private let kind: String
  private let objectName: String
  /// Of the Pod template first, since Pods are what most policies are about; then of the object.
  private let labels: [[(key: String, value: String)]]

  init(
    _ request: AdmissionRequest, policies: [String], name: String?, reason: String, approvedBy: String, owner: String?,
    expiresAt: Instant
  ) {
    let object = request.object ?? request.oldObject
    self.policies = policies
    self.reason = reason
    self.approvedBy = approvedBy
    self.expiresAt = expiresAt
    // A request for a Namespace names it as its namespace, and is about an object without one.
    let isNamespace = request.resource.resource == "namespaces" && request.resource.group.isEmpty
    namespace = isNamespace ? "" : request.namespace.string
    kind = request.kind.kind.string
    let metadata = object?.member("metadata")
    let generated = metadata?.member("generateName")?.stringValue.map { "\($0)*" }
    let known = request.name.isEmpty ? metadata?.member("name")?.stringValue : request.name.string
    objectName = known ?? generated ?? ""
    let template = object?.member("spec")?.member("template") ?? object?.member("template")
    let jobTemplate = object?.member("spec")?.member("jobTemplate")?.member("spec")?.member("template")
    let candidates = [(jobTemplate ?? template)?.member("metadata"), metadata].map(Self.identity)
    labels = candidates.filter { !$0.isEmpty }
    self.owner = owner ?? metadata?.member("labels")?.member("owner")?.stringValue
    self.name = name ?? Self.name(policies[0], objectName.isEmpty ? kind : objectName)
  }

  /// Manifests, the narrowest scope first: by labels, then by kind and name.
  var texts: [String] {
    var texts = labels.map { labels in
      text { buffer in
        buffer.writeKey("resourceSelector")
        buffer.writeObjectStart()
        buffer.writeKey("matchLabels")
        buffer.writeObjectStart()
        for (key, value) in labels {
          key.withByteSlice { buffer.writeKey($0) }
          buffer.writeString(value)
        }
        buffer.writeObjectEnd()
        buffer.writeObjectEnd()
      }
    }
    if objectName.isEmpty { return texts }
    texts.append(
      text { buffer in
        for (key, value) in [("kinds", kind), ("names", objectName)] as [(StaticString, String)] {
          buffer.writeKey(key)
          buffer.writeArrayStart()
          buffer.writeString(value)
          buffer.writeArrayEnd()
        }
      })
    return texts
  }

  private func text(_ writeScope: (inout ByteBuffer) -> Void) -> String {
    var json = ByteBuffer()
    json.writeObjectStart()
    write("apiVersion", "policy.example.com/v1", to: &json)
    write("kind", "PolicyException", to: &json)
    json.writeKey("metadata")
    json.writeObjectStart()
    write("name", name, to: &json)
    json.writeObjectEnd()
    json.writeKey("spec")
    json.writeObjectStart()
    if !namespace.isEmpty { write("namespace", namespace, to: &json) }
    if policies.count == 1 {
      write("policy", policies[0], to: &json)
    } else {
      json.writeKey("policies")
      json.writeArrayStart()
      for policy in policies { json.writeString(policy) }
      json.writeArrayEnd()
    }
    writeScope(&json)
    write("reason", reason, to: &json)
    write("expiresAt", expiresAt.description, to: &json)
    write("approvedBy", approvedBy, to: &json)
    if let owner { write("owner", owner, to: &json) }
    json.writeObjectEnd()
    json.writeObjectEnd()
    var yaml = ByteBuffer()
    var tape = Tape()
    // INVARIANT: what was just written is JSON.
    guard (try? tape.parse(json.bytes)) != nil else { preconditionFailure("a manifest is no JSON") }
    YAMLWriter.write(tape.root, to: &yaml)
    return yaml.bytes.string
  }

  private func write(_ key: StaticString, _ text: String, to buffer: inout ByteBuffer) {
    buffer.writeKey(key)
    buffer.writeString(text)
  }

  // MARK: Labels and names

  /// Labels by which people tell applications apart, the most telling first.
  private static let telling = [
    ["app.kubernetes.io/name", "app.kubernetes.io/instance"], ["app.kubernetes.io/name"], ["k8s-app"], ["app"],
    ["name"],
  ]

  /// Labels that say nothing of what an object is: controllers write them anew each time.
  private static let passing: Set<String> = [
    "pod-template-hash", "controller-revision-hash", "pod-template-generation", "controller-uid", "job-name",
    "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name", "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index", "helm.sh/chart", "app.kubernetes.io/version",
  ]

  private static func identity(_ metadata: Cursor?) -> [(key: String, value: String)] {
    guard let labels = metadata?.member("labels") else { return [] }
    for keys in telling {
      let found = keys.compactMap { key in
        key.withByteSlice { labels.member($0)?.stringValue }.map { (key: key, value: $0) }
      }
      if found.count == keys.count { return found }
    }
    return labels.members.compactMap { key, value in
      guard let key = key.stringValue, let value = value.stringValue, !passing.contains(key) else { return nil }
      return (key, value)
    }.sorted { $0.key < $1.key }
  }

  private static func name(_ policy: String, _ object: String) -> String {
    let text = "\(policy)-\(object)".lowercased().map { character in
      character.isASCII && (character.isLetter || character.isNumber) ? character : "-"
    }
    var name = String(text.prefix(200))
    while name.hasSuffix("-") { name.removeLast() }
    return name
  }
}
