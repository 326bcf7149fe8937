internal import Admission
internal import JSON
internal import Memory

/// The Pod that a workload's template stands for, as a document of its own, and the way back: mutations of Pods change the
/// template of a workload.
///
/// A template has metadata and a spec. Whatever else a mutation changes of the Pod (`apiVersion`, `kind`, `status`, the
/// namespace, which is the workload's, and the name, which the workload's controller gives) has no place in a workload,
/// and is an error of the mutation: it must not be dropped in silence, and must not end up in the template.
enum TemplatePod {
  /// Appends the Pod of `template`, which lives in `namespace`.
  static func write(_ template: Cursor, namespace: ByteSlice, into buffer: inout ByteBuffer) {
    buffer.writeObjectStart()
    buffer.writeKey("apiVersion")
    buffer.writeString("v1")
    buffer.writeKey("kind")
    buffer.writeString("Pod")
    buffer.writeKey("metadata")
    buffer.writeObjectStart()
    if let metadata = template.member("metadata") {
      for (key, value) in metadata.members where !key.isString("namespace") { write(key, value, into: &buffer) }
    }
    if !namespace.isEmpty {
      buffer.writeKey("namespace")
      buffer.writeString(namespace)
    }
    buffer.writeObjectEnd()
    if let spec = template.member("spec") {
      buffer.writeKey("spec")
      buffer.writeValue(spec)
    }
    buffer.writeObjectEnd()
  }

  /// What a mutation has changed of a template's Pod that a template does not have; nil where it kept to metadata and spec.
  static func problem(_ pod: Cursor, was template: Cursor, namespace: ByteSlice, _ arena: Arena.Handle) -> ByteSlice? {
    func change(of field: StaticString) -> ByteSlice {
      arena.concatenate(
        arena.concatenate(
          ByteSlice("a pod template has labels, annotations and a spec to change, but no `"), ByteSlice(field)),
        ByteSlice("` of its own"))
    }
    guard let version = pod.member("apiVersion"), version.isString("v1") else { return change(of: "apiVersion") }
    guard let kind = pod.member("kind"), kind.isString("Pod") else { return change(of: "kind") }
    let (metadata, old) = (pod.member("metadata"), template.member("metadata"))
    let place = metadata?.member("namespace")
    guard namespace.isEmpty ? place == nil : place?.isString(namespace) == true else {
      return change(of: "metadata.namespace")
    }
    if differ(metadata?.member("name"), old?.member("name"), arena) { return change(of: "metadata.name") }
    if differ(metadata?.member("generateName"), old?.member("generateName"), arena) {
      return change(of: "metadata.generateName")
    }
    if let status = pod.member("status"), !status.isObject || status.count > 0 { return change(of: "status") }
    return nil
  }

  private static func differ(_ new: Cursor?, _ old: Cursor?, _ arena: Arena.Handle) -> Bool {
    switch (new, old) {
    case (nil, nil): false
    case (let new?, let old?): !new.isString(old.string(in: arena))
    default: true
    }
  }

  /// Appends `workload` with `pod` in its template's place.
  static func writeBack(_ pod: Cursor, to place: PodTemplate.Place, of workload: Cursor, into buffer: inout ByteBuffer)
  {
    step(0, place, pod, workload, into: &buffer)
  }

  /// The names on the way to a template.
  private static func name(_ step: Int, _ place: PodTemplate.Place) -> StaticString? {
    switch (place, step) {
    case (.root, 0): "template"
    case (.specTemplate, 0), (.jobTemplate, 0), (.jobTemplate, 2): "spec"
    case (.jobTemplate, 1): "jobTemplate"
    case (.specTemplate, 1), (.jobTemplate, 3): "template"
    default: nil
    }
  }

  private static func step(
    _ step: Int, _ place: PodTemplate.Place, _ pod: Cursor, _ object: Cursor, into buffer: inout ByteBuffer
  ) {
    guard let name = name(step, place) else { return writeTemplate(pod, was: object, into: &buffer) }
    buffer.writeObjectStart()
    for (key, value) in object.members {
      guard key.isString(name) else {
        write(key, value, into: &buffer)
        continue
      }
      buffer.writeMemberKey(key)
      Self.step(step + 1, place, pod, value, into: &buffer)
    }
    buffer.writeObjectEnd()
  }

  private static func writeTemplate(_ pod: Cursor, was template: Cursor, into buffer: inout ByteBuffer) {
    let (metadata, spec) = (pod.member("metadata"), pod.member("spec"))
    buffer.writeObjectStart()
    let old = template.member("metadata")
    let hasMembers = metadata?.members.contains { !$0.key.isString("namespace") } ?? false
    if let metadata, old != nil || hasMembers {
      buffer.writeKey("metadata")
      buffer.writeObjectStart()
      for (key, value) in metadata.members where !key.isString("namespace") { write(key, value, into: &buffer) }
      // What the template says of a namespace means nothing, and stays.
      if let old {
        for (key, value) in old.members where key.isString("namespace") { write(key, value, into: &buffer) }
      }
      buffer.writeObjectEnd()
    }
    if let spec {
      buffer.writeKey("spec")
      buffer.writeValue(spec)
    }
    for (key, value) in template.members where !key.isString("metadata") && !key.isString("spec") {
      write(key, value, into: &buffer)
    }
    buffer.writeObjectEnd()
  }

  private static func write(_ key: Cursor, _ value: Cursor, into buffer: inout ByteBuffer) {
    buffer.writeMemberKey(key)
    buffer.writeValue(value)
  }
}
