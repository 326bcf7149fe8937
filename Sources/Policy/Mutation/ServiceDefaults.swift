internal import JSON
internal import Memory

/// Defaults that an API server fills in after each mutation are left to it: it does the same after the webhook. One of them takes
/// something away instead, which must be gone before the next mutation: a Service without session affinity has no
/// configuration of it.
///
/// https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/core/v1/defaults.go, `SetDefaults_Service`
enum ServiceDefaults {
  /// Whether the Service has what its defaults take away.
  static func apply(to service: Cursor) -> Bool {
    guard let spec = service.member("spec"), spec.member("sessionAffinityConfig") != nil else { return false }
    guard let affinity = spec.member("sessionAffinity") else { return true }
    return affinity.isString("") || affinity.isString("None")
  }

  /// Appends the Service without it.
  static func write(_ service: Cursor, into buffer: inout ByteBuffer) {
    buffer.writeObjectStart()
    for (key, value) in service.members {
      buffer.writeMemberKey(key)
      guard key.isString("spec") else {
        buffer.writeValue(value)
        continue
      }
      buffer.writeObjectStart()
      for (key, value) in value.members where !key.isString("sessionAffinityConfig") {
        buffer.writeMemberKey(key)
        buffer.writeValue(value)
      }
      buffer.writeObjectEnd()
    }
    buffer.writeObjectEnd()
  }
}
