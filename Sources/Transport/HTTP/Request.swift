public import Memory

/// A complete request: views of bytes that the worker owns.
///
/// Trap: every slice is valid during the call of `RequestHandler.handle` only.
@frozen
public struct Request: BitwiseCopyable {
  public var method: HTTPMethod
  public var version: HTTPVersion
  /// The path as it was sent, percent-encoding included, without the query. `*` in `OPTIONS *`, the authority in CONNECT.
  public var path: ByteSlice
  /// What stands behind the first `?`, without it; empty where there is none.
  public var query: ByteSlice
  /// The value of `Content-Type`, parameters included; empty where there is none.
  public var contentType: ByteSlice
  /// The content, transfer coding removed.
  public var body: ByteSlice
  /// The clock's reading when the request's first byte was read.
  public var receivedAt: MonotonicInstant
  /// The header fields in the order in which they came.
  public var headers: HeaderFields

  public init(
    method: HTTPMethod, version: HTTPVersion = .http11, path: ByteSlice, query: ByteSlice = .empty,
    contentType: ByteSlice = .empty, body: ByteSlice = .empty, receivedAt: MonotonicInstant,
    headers: HeaderFields = .none
  ) {
    self.method = method
    self.version = version
    self.path = path
    self.query = query
    self.contentType = contentType
    self.body = body
    self.receivedAt = receivedAt
    self.headers = headers
  }
}

/// A place in the bytes of a header section. Offsets, because the bytes move while they arrive.
@frozen
public struct HeaderField: BitwiseCopyable, Sendable {
  var nameOffset: UInt32
  var nameCount: UInt32
  var valueOffset: UInt32
  var valueCount: UInt32
}

/// The header fields of a request. Lookup is linear in their number.
@frozen
public struct HeaderFields: BitwiseCopyable {
  let bytes: UnsafePointer<UInt8>?
  let fields: UnsafePointer<HeaderField>?
  public let count: Int

  init(bytes: UnsafePointer<UInt8>?, fields: UnsafePointer<HeaderField>?, count: Int) {
    self.bytes = bytes
    self.fields = fields
    self.count = count
  }

  /// No fields.
  public static var none: HeaderFields { HeaderFields(bytes: nil, fields: nil, count: 0) }

  /// The name, as it was sent (HTTP/2 sends lower case), and the value without white space around it.
  public subscript(position: Int) -> (name: ByteSlice, value: ByteSlice) {
    precondition(position >= 0 && position < count)
    guard let bytes, let fields else { return (.empty, .empty) }
    let field = fields[position]
    return (
      ByteSlice(start: bytes + Int(field.nameOffset), count: Int(field.nameCount)),
      ByteSlice(start: bytes + Int(field.valueOffset), count: Int(field.valueCount))
    )
  }

  /// The value of the first field of that name, or nil.
  /// - Parameter lowercaseName: the name in lower case; case is ignored in what was sent.
  public func first(_ lowercaseName: StaticString) -> ByteSlice? {
    let wanted = ByteSlice(lowercaseName)
    for position in 0..<count {
      let (name, value) = self[position]
      if name.equalsIgnoringCase(wanted) { return value }
    }
    return nil
  }
}

extension ByteSlice {
  /// Whether these bytes are `lowercase` but for the case of ASCII letters.
  package func equalsIgnoringCase(_ lowercase: ByteSlice) -> Bool {
    guard count == lowercase.count else { return false }
    for offset in 0..<count {
      var byte = start[offset]
      if byte &- 0x41 < 26 { byte |= 0x20 }
      if byte != lowercase.start[offset] { return false }
    }
    return true
  }
}
