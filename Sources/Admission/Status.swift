internal import JSON
public import Memory

/// A Kubernetes `Status` object, with which a request that is no decision is answered: wrong method, broken JSON, too large.
///
/// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
public enum FailureStatus {
  public static func write(code: Int, reason: StaticString, message: String, to buffer: inout ByteBuffer) {
    buffer.writeObjectStart()
    buffer.writeKey("kind")
    buffer.writeString("Status")
    buffer.writeKey("apiVersion")
    buffer.writeString("v1")
    buffer.writeKey("metadata")
    buffer.writeObjectStart()
    buffer.writeObjectEnd()
    buffer.writeKey("status")
    buffer.writeString("Failure")
    buffer.writeKey("message")
    buffer.writeString(message)
    buffer.writeKey("reason")
    buffer.writeString(reason)
    buffer.writeKey("code")
    buffer.writeInteger(Int64(code))
    buffer.writeObjectEnd()
  }
}
