internal import Memory

/// Writes answers in the form of HTTP/1.1, header section and body behind each other, so that both go out in one write.
struct HTTP1ResponseWriter {
  var request: HTTPMethod
  var version: HTTPVersion
  var keepAlive: Bool

  func append(_ response: borrowing Response, date: ByteSlice, to output: inout ByteBuffer) {
    output.reserve(256 + response.body.count)
    Self.appendStatusLine(response.status, to: &output)
    // RFC 9110, section 8.6: neither a 204 nor a 304 says a length here.
    let hasContent = response.status != 204 && response.status != 304
    if hasContent {
      if response.contentType.utf8CodeUnitCount > 0, !response.body.isEmpty {
        output.append("Content-Type: ")
        output.append(response.contentType)
        output.append("\r\n")
      }
      output.append("Content-Length: ")
      output.append(decimal: UInt64(response.body.count))
      output.append("\r\n")
    }
    output.append("Date: ")
    output.append(date)
    if let allow = response.allow {
      output.append("\r\nAllow: ")
      output.append(allow)
    }
    if let seconds = response.retryAfter {
      output.append("\r\nRetry-After: ")
      output.append(decimal: UInt64(max(0, seconds)))
    }
    if !keepAlive {
      output.append("\r\nConnection: close\r\n\r\n")
    } else if version == .http10 {
      output.append("\r\nConnection: keep-alive\r\n\r\n")
    } else {
      output.append("\r\n\r\n")
    }
    if hasContent, request != .head { output.append(response.body.bytes) }
  }

  static func appendStatusLine(_ status: Int, to output: inout ByteBuffer) {
    switch status {
    case 200: output.append("HTTP/1.1 200 OK\r\n")
    case 204: output.append("HTTP/1.1 204 No Content\r\n")
    case 304: output.append("HTTP/1.1 304 Not Modified\r\n")
    case 400: output.append("HTTP/1.1 400 Bad Request\r\n")
    case 401: output.append("HTTP/1.1 401 Unauthorized\r\n")
    case 403: output.append("HTTP/1.1 403 Forbidden\r\n")
    case 404: output.append("HTTP/1.1 404 Not Found\r\n")
    case 405: output.append("HTTP/1.1 405 Method Not Allowed\r\n")
    case 408: output.append("HTTP/1.1 408 Request Timeout\r\n")
    case 413: output.append("HTTP/1.1 413 Content Too Large\r\n")
    case 414: output.append("HTTP/1.1 414 URI Too Long\r\n")
    case 415: output.append("HTTP/1.1 415 Unsupported Media Type\r\n")
    case 417: output.append("HTTP/1.1 417 Expectation Failed\r\n")
    case 422: output.append("HTTP/1.1 422 Unprocessable Content\r\n")
    case 429: output.append("HTTP/1.1 429 Too Many Requests\r\n")
    case 431: output.append("HTTP/1.1 431 Request Header Fields Too Large\r\n")
    case 500: output.append("HTTP/1.1 500 Internal Server Error\r\n")
    case 501: output.append("HTTP/1.1 501 Not Implemented\r\n")
    case 503: output.append("HTTP/1.1 503 Service Unavailable\r\n")
    case 505: output.append("HTTP/1.1 505 HTTP Version Not Supported\r\n")
    default:
      // The reason phrase may be empty (RFC 9112, section 4); the space before it may not be missing.
      output.append("HTTP/1.1 ")
      output.append(decimal: UInt64(max(100, min(999, status))))
      output.append(" \r\n")
    }
  }
}
