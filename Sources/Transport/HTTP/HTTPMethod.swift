public import Memory

/// The method of a request (RFC 9110, section 9). Methods are case-sensitive: `post` is `.other`.
@frozen
public enum HTTPMethod: UInt8, Sendable {
  case get, head, post, put, delete, patch, options, connect, trace
  /// A method that is well formed and that nothing here is called by.
  case other

  /// The method that the token names.
  public init(token: ByteSlice) {
    self =
      if token == "POST" {
        .post
      } else if token == "GET" {
        .get
      } else if token == "HEAD" {
        .head
      } else if token == "PUT" {
        .put
      } else if token == "DELETE" {
        .delete
      } else if token == "PATCH" {
        .patch
      } else if token == "OPTIONS" {
        .options
      } else if token == "CONNECT" {
        .connect
      } else if token == "TRACE" {
        .trace
      } else {
        .other
      }
  }
}

/// The version of HTTP that a request came in.
@frozen
public enum HTTPVersion: UInt8, Sendable {
  case http10, http11, http2
}
