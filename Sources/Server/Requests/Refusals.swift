internal import Admission
internal import Memory
internal import Transport

/// The answers to requests that are no question: a `Status` that says what is wrong and where.
enum Refusals {
  /// The answer to what the transport refuses.
  static func write(_ refusal: RequestRefusal, to response: inout Response) {
    response.contentType = "application/json"
    let limit = refusal.limit.map { " (limit \($0))" } ?? ""
    FailureStatus.write(
      code: refusal.status, reason: reason(of: refusal.status), message: "\(refusal.reason)\(limit)", to: &response.body
    )
  }

  static func write(_ status: Int, _ message: String, to response: inout Response) {
    response.status = status
    FailureStatus.write(code: status, reason: reason(of: status), message: message, to: &response.body)
  }

  /// What is repeated of a peer's own text: enough to recognise it.
  static func excerpt(_ text: ByteSlice) -> String {
    let maximumBytes = 200
    return text.count <= maximumBytes ? text.string : text.prefixOfCharacters(maximumBytes: maximumBytes).string + "…"
  }

  /// The `metav1.StatusReason` that goes with a status code.
  static func reason(of status: Int) -> StaticString {
    switch status {
    case 404: "NotFound"
    case 405: "MethodNotAllowed"
    case 408: "Timeout"
    case 413: "RequestEntityTooLarge"
    case 415: "UnsupportedMediaType"
    case 503: "ServiceUnavailable"
    case 500, 501, 505: "InternalError"
    default: "BadRequest"
    }
  }
}
