internal import Memory

/// A request on a stream of HTTP/2, from its first header field to the last byte of its answer. Reused from stream to stream.
///
/// What is only ever read or written as a whole, and never handed on `inout`, cannot be accessed twice at a time: the check for that,
/// which costs more than the access, is left out there (`@exclusivity(unchecked)`).
final class HTTP2Stream {
  enum State {
    /// The header section or the body is arriving.
    case receiving
    /// The request is complete and waits for the worker.
    case ready
    /// The answer has been given to nghttp2.
    case answered
    /// The answer has been sent; what still arrives is dropped.
    case ended
  }

  @exclusivity(unchecked) var id: Int32 = 0
  /// Its place among the session's open streams.
  @exclusivity(unchecked) var index = 0
  @exclusivity(unchecked) var state = State.receiving
  /// Whether the peer has ended its side.
  @exclusivity(unchecked) var remoteEnded = false
  @exclusivity(unchecked) var headComplete = false
  @exclusivity(unchecked) var refusal: RequestRefusal?

  @exclusivity(unchecked) var method = HTTPMethod.other
  @exclusivity(unchecked) var path = HTTP1Head.Place()
  @exclusivity(unchecked) var query = HTTP1Head.Place()
  @exclusivity(unchecked) var contentType = HTTP1Head.Place()
  @exclusivity(unchecked) var expectsContinue = false
  @exclusivity(unchecked) var firstByteAt = MonotonicInstant(nanoseconds: 0)
  @exclusivity(unchecked) var headCompleteAt = MonotonicInstant(nanoseconds: 0)
  /// When the request has to be complete.
  @exclusivity(unchecked) var deadline = MonotonicInstant.distantFuture
  @exclusivity(unchecked) var answeredAt = MonotonicInstant(nanoseconds: 0)
  @exclusivity(unchecked) var endedAt = MonotonicInstant(nanoseconds: 0)
  /// Whether it counts as a request that waits, and what it counts for once it is complete.
  @exclusivity(unchecked) var isWaiting = false
  @exclusivity(unchecked) var readyNanoseconds: UInt64 = 0
  /// What `content-length` says; 0 where there is none.
  @exclusivity(unchecked) var declaredBytes = 0

  @exclusivity(unchecked) private(set) var fieldCount = 0
  private let fieldLimit: Int
  private let fields: UnsafeMutablePointer<HeaderField>
  private var fieldBytes = ByteBuffer(capacity: 1024)
  /// Bytes of the header list as RFC 9113 counts them, and its fields, trailers included.
  @exclusivity(unchecked) private var listBytes = 0
  @exclusivity(unchecked) private var listCount = 0

  var body = ByteBuffer()
  var response = ByteBuffer()
  /// How much of `response` has been framed.
  @exclusivity(unchecked) var responseOffset = 0
  /// The digits of the status and the length, which nghttp2 refers to until the header section is sent.
  // INVARIANT: it never grows past what it has from the start, so that the digits do not move.
  var digits = ByteBuffer(capacity: 64)

  init(_ limits: Limits) {
    fieldLimit = max(1, limits.headerFields)
    fields = .allocate(capacity: fieldLimit)
  }

  deinit { fields.deallocate() }

  func begin(_ id: Int32, at now: MonotonicInstant) {
    self.id = id
    firstByteAt = now
    state = .receiving
    remoteEnded = false
    headComplete = false
    refusal = nil
    method = .other
    path = HTTP1Head.Place()
    query = path
    contentType = path
    expectsContinue = false
    deadline = .distantFuture
    isWaiting = false
    declaredBytes = 0
    fieldCount = 0
    listBytes = 0
    listCount = 0
    fieldBytes.removeAll()
    digits.removeAll()
    response.removeAll()
    responseOffset = 0
  }

  /// Gives back what one large request made the buffers grow to.
  func end(_ exchange: Exchange) {
    exchange.release(&body)
    response.removeAll(keepingCapacity: exchange.limits.retainedConnectionBytes)
  }

  /// Takes a field of the header list. After a refusal nothing more is kept.
  func add(name: ByteSlice, value: ByteSlice, _ limits: Limits) {
    if refusal != nil { return }
    // RFC 9113, section 6.5.2: each field counts 32 bytes more than it has.
    listBytes += name.count + value.count + 32
    listCount += 1
    if listBytes > limits.headerSectionBytes {
      refusal = .headerTooLarge(limits)
      return
    }
    // Trailers are checked and dropped.
    if headComplete { return }
    if !name.isEmpty, name[0] == UInt8(ascii: ":") {
      addPseudo(name, value, limits)
      return
    }
    if fieldCount == fieldLimit {
      refusal = .tooManyFields(limits)
      return
    }
    let nameOffset = fieldBytes.count
    fieldBytes.append(name)
    let valuePlace = keep(value)
    fields[fieldCount] = HeaderField(
      nameOffset: UInt32(truncatingIfNeeded: nameOffset), nameCount: UInt32(truncatingIfNeeded: name.count),
      valueOffset: valuePlace.offset, valueCount: valuePlace.count)
    fieldCount += 1
    note(name, value, valuePlace, limits)
  }

  private func addPseudo(_ name: ByteSlice, _ value: ByteSlice, _ limits: Limits) {
    if name == ":method" {
      method = HTTPMethod(token: value)
    } else if name == ":path" {
      if value.count > limits.requestLineBytes {
        refusal = RequestRefusal(
          status: 414, reason: "the path is longer than the limit in bytes", limit: limits.requestLineBytes)
        return
      }
      for offset in 0..<value.count where !CharacterClass.target.contains(value[offset]) {
        refusal = .malformed("the path has a character that is not allowed")
        return
      }
      path = keep(value)
      if let question = value.firstIndex(of: UInt8(ascii: "?")) {
        query = HTTP1Head.Place(
          offset: path.offset + UInt32(truncatingIfNeeded: question + 1),
          count: UInt32(truncatingIfNeeded: value.count - question - 1))
        path.count = UInt32(truncatingIfNeeded: question)
      }
    }
  }

  private func note(_ name: ByteSlice, _ value: ByteSlice, _ place: HTTP1Head.Place, _ limits: Limits) {
    switch name.count {
    case 6 where name == "expect":
      expectsContinue = value.equalsIgnoringCase(ByteSlice("100-continue"))
      if !expectsContinue {
        refusal = RequestRefusal(status: 417, reason: "the only expectation that is met is `100-continue`")
      }
    case 12 where name == "content-type":
      if contentType.offset > 0 { refusal = .malformed("content-type is given more than once") }
      contentType = place
    case 14 where name == "content-length":
      // nghttp2 has checked that it is a number, and will check that the body agrees.
      guard let length = HTTP1HeadParser.decimal(value) else { return }
      if length > limits.bodyBytes { refusal = .bodyTooLarge(limits) }
      declaredBytes = min(length, limits.bodyBytes)
    default:
      break
    }
  }

  private func keep(_ bytes: ByteSlice) -> HTTP1Head.Place {
    let place = HTTP1Head.Place(
      offset: UInt32(truncatingIfNeeded: fieldBytes.count), count: UInt32(truncatingIfNeeded: bytes.count))
    fieldBytes.append(bytes)
    return place
  }

  /// What stands behind the first `?` of the path. Valid until the stream takes another field.
  var queryText: ByteSlice { query.slice(of: fieldBytes.bytes) }

  /// The request, once it is complete. Valid until the stream ends.
  var request: Request {
    let section = fieldBytes.bytes
    return Request(
      method: method, version: .http2, path: path.count == 0 ? ByteSlice("/") : path.slice(of: section),
      query: query.slice(of: section), contentType: contentType.slice(of: section), body: body.bytes,
      receivedAt: firstByteAt, headers: HeaderFields(bytes: section.start, fields: fields, count: fieldCount))
  }
}
