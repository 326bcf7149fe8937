internal import JSON
public import Memory

/// The answer to one AdmissionReview. What it points to is written out before the request's arena ends.
///
/// https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#response
public struct AdmissionResponse: BitwiseCopyable {
  public var uid: ByteSlice
  public var allowed: Bool
  /// Why not; nil where nothing is to be said.
  public var status: Status?
  /// An RFC 6902 patch as JSON text.
  public var patch: ByteSlice?
  public var warnings: UnsafeBufferPointer<ByteSlice>
  public var auditAnnotations: UnsafeBufferPointer<AuditAnnotation>

  public init(
    uid: ByteSlice, allowed: Bool, status: Status? = nil, patch: ByteSlice? = nil,
    warnings: UnsafeBufferPointer<ByteSlice> = .init(start: nil, count: 0),
    auditAnnotations: UnsafeBufferPointer<AuditAnnotation> = .init(start: nil, count: 0)
  ) {
    self.uid = uid
    self.allowed = allowed
    self.status = status
    self.patch = patch
    self.warnings = warnings
    self.auditAnnotations = auditAnnotations
  }

  public struct Status: BitwiseCopyable {
    /// The HTTP code that the API server gives its user.
    public var code: Int
    /// A `metav1.StatusReason`: `Forbidden`.
    public var reason: ByteSlice
    public var message: ByteSlice

    public init(code: Int, reason: ByteSlice, message: ByteSlice) {
      self.code = code
      self.reason = reason
      self.message = message
    }
  }

  public struct AuditAnnotation: BitwiseCopyable {
    /// At most 63 characters of a qualified name, without a slash: the API server puts the webhook's name in front.
    public var key: ByteSlice
    public var value: ByteSlice

    public init(key: ByteSlice, value: ByteSlice) {
      self.key = key
      self.value = value
    }
  }
}

extension AdmissionResponse {
  /// Writes the whole AdmissionReview with this response. Allocates nothing but what the buffer grows.
  public func write(to buffer: inout ByteBuffer, as version: AdmissionReviewVersion) {
    buffer.writeObjectStart()
    buffer.writeKey("kind")
    buffer.writeString("AdmissionReview")
    buffer.writeKey("apiVersion")
    buffer.writeString(version.apiVersion)
    buffer.writeKey("response")
    buffer.writeObjectStart()
    buffer.writeKey("uid")
    buffer.writeString(uid)
    buffer.writeKey("allowed")
    buffer.writeBool(allowed)
    if let status { write(status, to: &buffer) }
    if let patch {
      buffer.writeKey("patchType")
      buffer.writeString("JSONPatch")
      buffer.writeKey("patch")
      buffer.writeStringStart()
      buffer.append(base64: patch)
      buffer.writeStringEnd()
    }
    writeWarnings(to: &buffer)
    writeAuditAnnotations(to: &buffer)
    buffer.writeObjectEnd()
    buffer.writeObjectEnd()
  }

  private func write(_ status: Status, to buffer: inout ByteBuffer) {
    // The API server turns a denial with a code below 400 into an error of its own.
    let code = allowed ? status.code : max(status.code, 400)
    buffer.writeKey("status")
    buffer.writeObjectStart()
    buffer.writeKey("status")
    buffer.writeString(allowed ? "Success" : "Failure")
    buffer.writeKey("message")
    buffer.writeString(status.message)
    buffer.writeKey("reason")
    buffer.writeString(status.reason)
    buffer.writeKey("code")
    buffer.writeInteger(Int64(code))
    buffer.writeObjectEnd()
  }

  private func writeAuditAnnotations(to buffer: inout ByteBuffer) {
    if auditAnnotations.isEmpty { return }
    buffer.writeKey("auditAnnotations")
    buffer.writeObjectStart()
    for annotation in auditAnnotations {
      assert(AuditAnnotationLimits.isValid(key: annotation.key))
      buffer.writeKey(annotation.key)
      buffer.writeString(annotation.value.prefixOfCharacters(maximumBytes: AuditAnnotationLimits.maximumValueLength))
    }
    buffer.writeObjectEnd()
  }

  private func writeWarnings(to buffer: inout ByteBuffer) {
    if warnings.isEmpty { return }
    buffer.writeKey("warnings")
    buffer.writeArrayStart()
    var left = WarningLimits.maximumTotalLength
    for warning in warnings where left > 0 {
      buffer.writeStringStart()
      let text = warning.prefixOfCharacters(maximumBytes: min(WarningLimits.maximumLength, left))
      WarningLimits.writeWithoutControlCharacters(text, to: &buffer)
      buffer.writeStringEnd()
      left -= text.count
    }
    buffer.writeArrayEnd()
  }
}
