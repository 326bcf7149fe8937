package import JSON
package import Memory

/// A Kubernetes manifest as the question that an API server would ask when somebody creates the object.
///
/// - The resource is the kind's plural (``ResourceName``).
/// - An object of a built-in kind that lives in a namespace and names none is put into `default`, as `kubectl` does. A kind that is
///   not built in lives in a namespace where its manifest names one.
/// - The user is `webhook-test`, in the group `system:authenticated`.
package enum ManifestReview {
  package static let defaultNamespace = "default"
  package static let username = "webhook-test"

  /// What somebody does with the object, and who: creates it, unless something else is said.
  package struct Circumstances {
    package static let operations = ["CREATE", "UPDATE", "DELETE"]

    package var operation = "CREATE"
    /// The object before an UPDATE.
    package var oldObject: Cursor?
    package var subResource = ""
    package var username = ManifestReview.username
    /// The whole `userInfo`, instead of the name.
    package var userInfo: Cursor?
    package var dryRun = false

    package init() {}

    /// The kind of the request's options.
    var optionsKind: String { operation.prefix(1) + operation.dropFirst().lowercased() + "Options" }
  }

  /// Writes the AdmissionReview of `manifest`, an object.
  /// - Parameters:
  ///   - id: what the review's uid is made from: the same id, the same uid.
  ///   - listVersion, listKind: what an element of a list that names no version and kind of its own has.
  /// - Returns: the namespace that the object is in; empty where it is in none.
  /// - Throws: what the manifest lacks.
  @discardableResult
  package static func write(
    _ manifest: Cursor, id: String, _ circumstances: Circumstances = Circumstances(), listVersion: String? = nil,
    listKind: String? = nil, to buffer: inout ByteBuffer
  ) throws(ManifestError) -> String {
    guard manifest.isObject else { throw ManifestError("is not an object") }
    let ownVersion = manifest.member("apiVersion")?.stringValue
    let ownKind = manifest.member("kind")?.stringValue
    guard let apiVersion = ownVersion ?? listVersion, !apiVersion.isEmpty else {
      throw ManifestError("is no Kubernetes object: `apiVersion` is missing")
    }
    guard let kind = ownKind ?? listKind, !kind.isEmpty else {
      throw ManifestError("is no Kubernetes object: `kind` is missing")
    }
    let parts = apiVersion.split(separator: "/", maxSplits: 1)
    let group = parts.count > 1 ? String(parts[0]) : ""
    let version = String(parts.last ?? "")
    let name = ResourceName(group: group, kind: kind)
    let metadata = manifest.member("metadata")
    let objectName = metadata?.member("name")?.stringValue ?? ""
    let ownNamespace = metadata?.member("namespace")?.stringValue ?? ""
    let namespace =
      switch name.isNamespaced {
      case true: ownNamespace.isEmpty ? defaultNamespace : ownNamespace
      case false: ""
      case nil: ownNamespace
      }

    buffer.writeObjectStart()
    buffer.write("kind", "AdmissionReview")
    buffer.write("apiVersion", "admission.k8s.io/v1")
    buffer.writeKey("request")
    buffer.writeObjectStart()
    buffer.write("uid", uid(of: id))
    for key in ["kind", "requestKind"] as [StaticString] {
      buffer.writeKey(key)
      buffer.writeObjectStart()
      buffer.write("group", group)
      buffer.write("version", version)
      buffer.write("kind", kind)
      buffer.writeObjectEnd()
    }
    for key in ["resource", "requestResource"] as [StaticString] {
      buffer.writeKey(key)
      buffer.writeObjectStart()
      buffer.write("group", group)
      buffer.write("version", version)
      buffer.write("resource", name.resource)
      buffer.writeObjectEnd()
    }
    if !objectName.isEmpty { buffer.write("name", objectName) }
    // A Namespace is asked about with its own name as the namespace.
    let isNamespace = group.isEmpty && kind == "Namespace"
    if isNamespace || !namespace.isEmpty { buffer.write("namespace", isNamespace ? objectName : namespace) }
    if !circumstances.subResource.isEmpty {
      buffer.write("subResource", circumstances.subResource)
      buffer.write("requestSubResource", circumstances.subResource)
    }
    buffer.write("operation", circumstances.operation)
    buffer.writeKey("userInfo")
    if let userInfo = circumstances.userInfo {
      buffer.writeValue(userInfo)
    } else {
      buffer.writeObjectStart()
      buffer.write("username", circumstances.username)
      buffer.writeKey("groups")
      buffer.writeArrayStart()
      buffer.writeString("system:authenticated")
      buffer.writeArrayEnd()
      buffer.writeObjectEnd()
    }
    func writeObject(_ object: Cursor) {
      let own = object.member("metadata")?.member("namespace")?.stringValue ?? ""
      buffer.writeObjectStart()
      if object.member("apiVersion") == nil { buffer.write("apiVersion", apiVersion) }
      if object.member("kind") == nil { buffer.write("kind", kind) }
      writeMembers(of: object, namespace: own.isEmpty ? namespace : "", to: &buffer)
      buffer.writeObjectEnd()
    }
    let isDelete = circumstances.operation == "DELETE"
    buffer.writeKey("object")
    if isDelete { buffer.writeNull() } else { writeObject(manifest) }
    buffer.writeKey("oldObject")
    if let old = isDelete ? manifest : circumstances.oldObject { writeObject(old) } else { buffer.writeNull() }
    buffer.writeKey("dryRun")
    buffer.writeBool(circumstances.dryRun)
    buffer.writeKey("options")
    buffer.writeObjectStart()
    buffer.write("kind", circumstances.optionsKind)
    buffer.write("apiVersion", "meta.k8s.io/v1")
    buffer.writeObjectEnd()
    buffer.writeObjectEnd()
    buffer.writeObjectEnd()
    return isNamespace ? objectName : namespace
  }

  /// The object as it is, with the namespace that it is put into.
  private static func writeMembers(of manifest: Cursor, namespace: String, to buffer: inout ByteBuffer) {
    var arena = Arena(blockSize: 1024)
    defer { arena.reset() }
    var hasMetadata = false
    for (key, value) in manifest.members {
      buffer.writeKey(key.string(in: arena.handle))
      guard key.isString("metadata"), value.isObject, !namespace.isEmpty else {
        buffer.writeValue(value)
        continue
      }
      hasMetadata = true
      buffer.writeObjectStart()
      for (key, value) in value.members where !key.isString("namespace") {
        buffer.writeKey(key.string(in: arena.handle))
        buffer.writeValue(value)
      }
      buffer.write("namespace", namespace)
      buffer.writeObjectEnd()
    }
    if !hasMetadata, !namespace.isEmpty, manifest.member("metadata") == nil {
      buffer.writeKey("metadata")
      buffer.writeObjectStart()
      buffer.write("namespace", namespace)
      buffer.writeObjectEnd()
    }
  }

  /// A uid in the usual form that depends on `id` alone (FNV-1a of it, twice): runs can be compared.
  package static func uid(of id: String) -> String {
    func hash(_ start: UInt64) -> String {
      let value = id.utf8.reduce(start) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
      let digits = String(value, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }
    let digits = Array(hash(0xCBF2_9CE4_8422_2325) + hash(0x8422_2325_CBF2_9CE4))
    // Version 8 and variant 2: a UUID whose bits are the program's own (RFC 9562, section 5.8).
    return String(digits[0..<8]) + "-" + String(digits[8..<12]) + "-8" + String(digits[13..<16]) + "-a"
      + String(digits[17..<20]) + "-" + String(digits[20..<32])
  }
}

/// Why something is no manifest.
package struct ManifestError: Error, CustomStringConvertible {
  package let description: String

  init(_ description: String) {
    self.description = description
  }
}

extension ByteBuffer {
  /// A member of an object.
  mutating func write(_ key: StaticString, _ value: String) {
    writeKey(key)
    writeString(value)
  }
}
