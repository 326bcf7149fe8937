public import Memory

/// What a handler answers with. The transport writes the framing (`Content-Length`, `Date`, `Connection`) itself, and
/// leaves the body away where the method or the status has none.
///
/// A worker keeps one and hands it out emptied: appending to `body` costs no heap in the steady state.
public struct Response: ~Copyable {
  /// The status code, 200 to 599. 200 unless set.
  public var status: Int
  /// The value of `Content-Type`; none is sent where it is empty or where there is no body.
  public var contentType: StaticString
  /// The value of `Allow`, which a 405 must have.
  public var allow: StaticString?
  /// The value of `Retry-After` in seconds.
  public var retryAfter: Int?
  public var body: ByteBuffer

  public init() {
    status = 200
    contentType = "application/json"
    allow = nil
    retryAfter = nil
    body = ByteBuffer()
  }

  /// Makes it new again. A body's block larger than `limit` bytes is given back.
  package mutating func reset(keepingCapacity limit: Int) {
    status = 200
    contentType = "application/json"
    allow = nil
    retryAfter = nil
    body.removeAll(keepingCapacity: limit)
  }
}
