internal import Memory

/// The header section of an HTTP/1 request, parsed: what the framing needs, and places in the section's bytes.
struct HTTP1Head: BitwiseCopyable {
  enum Framing: BitwiseCopyable {
    case length(Int)
    case chunked
  }

  /// A place in the section.
  struct Place: BitwiseCopyable {
    var offset: UInt32 = 0
    var count: UInt32 = 0

    @inline(__always)
    func slice(of section: ByteSlice) -> ByteSlice {
      ByteSlice(start: section.start + Int(offset), count: Int(count))
    }
  }

  var method = HTTPMethod.other
  var version = HTTPVersion.http11
  var framing = Framing.length(0)
  var keepAlive = true
  var expectsContinue = false
  /// Empty means `/`.
  var path = Place()
  var query = Place()
  var contentType = Place()
  var fieldCount = 0
}

/// Parses complete header sections (RFC 9112), strictly: what two servers could read in two ways is refused.
struct HTTP1HeadParser {
  let limits: Limits

  /// - Parameters:
  ///   - section: from the request line to the empty line at its end, both included. Every line feed in it follows a
  ///     carriage return (`HTTP1SectionScanner` saw to that).
  ///   - fields: room for `limits.headerFields` places.
  func parse(
    _ section: ByteSlice, fields: UnsafeMutablePointer<HeaderField>, into head: inout HTTP1Head
  ) -> RequestRefusal? {
    var lines = Lines(section: section)
    guard let first = lines.next() else { return .malformed("the request line is missing") }
    if let refusal = parseRequestLine(section, first, into: &head) { return refusal }

    var seen = Seen()
    while let line = lines.next() {
      if head.fieldCount == limits.headerFields { return .tooManyFields(limits) }
      let place = fields + head.fieldCount
      if let refusal = Self.parseField(section, line, into: place) { return refusal }
      head.fieldCount += 1
      if let refusal = note(place.pointee, of: section, &head, &seen) { return refusal }
    }
    return finish(&head, seen)
  }

  // MARK: Request line

  private func parseRequestLine(_ section: ByteSlice, _ line: Range<Int>, into head: inout HTTP1Head) -> RequestRefusal?
  {
    let bytes = section[line]
    guard let methodEnd = bytes.firstIndex(of: 0x20), methodEnd > 0 else {
      return .malformed("the request line is not a method, a target and a version")
    }
    for offset in 0..<methodEnd where !CharacterClass.token.contains(bytes[offset]) {
      return .malformed("the method has a character that is not allowed")
    }
    head.method = HTTPMethod(token: bytes[0..<methodEnd])

    let rest = bytes.dropFirst(methodEnd + 1)
    guard let targetEnd = rest.firstIndex(of: 0x20), targetEnd > 0 else {
      return .malformed("the request line is not a method, a target and a version")
    }
    let version = rest.dropFirst(targetEnd + 1)
    guard version.count == 8, version.hasPrefix(ByteSlice("HTTP/")), version[6] == UInt8(ascii: "."),
      version[5] &- 0x30 < 10, version[7] &- 0x30 < 10
    else { return .malformed("the version is not `HTTP/1.1`") }
    guard version[5] == UInt8(ascii: "1") else {
      return RequestRefusal(status: 505, reason: "only HTTP/1.0, HTTP/1.1 and, over TLS, HTTP/2 are spoken")
    }
    head.version = version[7] == UInt8(ascii: "0") ? .http10 : .http11
    head.keepAlive = head.version == .http11
    return parseTarget(rest[0..<targetEnd], at: line.lowerBound + methodEnd + 1, into: &head)
  }

  /// RFC 9112, section 3.2: origin-form; absolute-form, of which the path counts; `*` with OPTIONS; an authority with CONNECT.
  private func parseTarget(_ target: ByteSlice, at offset: Int, into head: inout HTTP1Head) -> RequestRefusal? {
    for index in 0..<target.count where !CharacterClass.target.contains(target[index]) {
      return .malformed("the request target has a character that is not allowed")
    }
    if head.method == .connect {
      for index in 0..<target.count where !CharacterClass.host.contains(target[index]) {
        return .malformed("the target of CONNECT is not a host and a port")
      }
      head.path = Self.place(offset, target.count)
      return nil
    }
    var start = 0
    if target[0] != UInt8(ascii: "/") {
      if target == "*", head.method == .options {
        head.path = Self.place(offset, 1)
        return nil
      }
      guard let authority = Self.authority(of: target) else {
        return .malformed("the request target does not begin with `/`")
      }
      start = authority
    }
    let question = target.dropFirst(start).firstIndex(of: UInt8(ascii: "?")).map { $0 + start }
    head.path = Self.place(offset + start, (question ?? target.count) - start)
    if let question { head.query = Self.place(offset + question + 1, target.count - question - 1) }
    return nil
  }

  /// Where the authority of an `http` or `https` URI ends, or nil where `target` is none.
  private static func authority(of target: ByteSlice) -> Int? {
    for scheme in [ByteSlice("http://"), ByteSlice("https://")] where target.count > scheme.count {
      guard target.prefix(scheme.count).equalsIgnoringCase(scheme) else { continue }
      var end = scheme.count
      while end < target.count, target[end] != UInt8(ascii: "/"), target[end] != UInt8(ascii: "?") {
        guard CharacterClass.host.contains(target[end]) else { return nil }
        end += 1
      }
      return end > scheme.count ? end : nil
    }
    return nil
  }

  // MARK: Fields

  /// `name:value`, used for header and trailer sections.
  static func parseField(
    _ section: ByteSlice, _ line: Range<Int>, into field: UnsafeMutablePointer<HeaderField>
  ) -> RequestRefusal? {
    var colon = line.lowerBound
    while colon < line.upperBound, CharacterClass.token.contains(section[colon]) { colon += 1 }
    guard colon < line.upperBound, section[colon] == UInt8(ascii: ":"), colon > line.lowerBound else {
      // This covers folded lines and white space before the colon too, which once let requests be smuggled.
      return .malformed("a header field's name has a character that is not allowed")
    }
    var start = colon + 1
    var end = line.upperBound
    for offset in start..<end where !isFieldValueByte(section[offset]) {
      return .malformed("a header field's value has a control character")
    }
    while start < end, isBlank(section[start]) { start += 1 }
    while end > start, isBlank(section[end - 1]) { end -= 1 }
    field.initialize(
      to: HeaderField(
        nameOffset: UInt32(truncatingIfNeeded: line.lowerBound),
        nameCount: UInt32(truncatingIfNeeded: colon - line.lowerBound),
        valueOffset: UInt32(truncatingIfNeeded: start), valueCount: UInt32(truncatingIfNeeded: end - start)))
    return nil
  }

  /// What the fields that concern the transport said.
  private struct Seen {
    var hosts = 0
    var contentLength: Int?
    var transferEncoding = false
    var contentTypes = 0
    var expectation = false
  }

  private func note(
    _ field: HeaderField, of section: ByteSlice, _ head: inout HTTP1Head, _ seen: inout Seen
  ) -> RequestRefusal? {
    let name = ByteSlice(start: section.start + Int(field.nameOffset), count: Int(field.nameCount))
    let value = ByteSlice(start: section.start + Int(field.valueOffset), count: Int(field.valueCount))
    // By length first: most fields are none of these.
    switch name.count {
    case 4 where name.equalsIgnoringCase(ByteSlice("host")):
      seen.hosts += 1
      for offset in 0..<value.count where !CharacterClass.host.contains(value[offset]) {
        return .malformed("the value of Host has a character that is not allowed")
      }
    case 6 where name.equalsIgnoringCase(ByteSlice("expect")):
      guard value.equalsIgnoringCase(ByteSlice("100-continue")) else {
        // An expectation of HTTP/1.0 is ignored (RFC 9110, section 10.1.1).
        if head.version == .http10 { return nil }
        return RequestRefusal(status: 417, reason: "the only expectation that is met is `100-continue`")
      }
      head.expectsContinue = head.version == .http11
    case 10 where name.equalsIgnoringCase(ByteSlice("connection")):
      noteConnection(value, &head)
    case 12 where name.equalsIgnoringCase(ByteSlice("content-type")):
      seen.contentTypes += 1
      if seen.contentTypes > 1 { return .malformed("Content-Type is given more than once") }
      head.contentType = HTTP1Head.Place(offset: field.valueOffset, count: field.valueCount)
    case 14 where name.equalsIgnoringCase(ByteSlice("content-length")):
      if seen.contentLength != nil { return .malformed("Content-Length is given more than once") }
      guard let length = Self.decimal(value) else { return .malformed("the value of Content-Length is not a number") }
      seen.contentLength = length
    case 17 where name.equalsIgnoringCase(ByteSlice("transfer-encoding")):
      if seen.transferEncoding { return .malformed("Transfer-Encoding is given more than once") }
      seen.transferEncoding = true
      if !value.equalsIgnoringCase(ByteSlice("chunked")) { return Self.refuseCoding(value) }
    default:
      break
    }
    return nil
  }

  private func finish(_ head: inout HTTP1Head, _ seen: Seen) -> RequestRefusal? {
    if seen.hosts > 1 { return .malformed("Host is given more than once") }
    if seen.hosts == 0, head.version == .http11 { return .malformed("Host is missing") }
    if seen.transferEncoding {
      if seen.contentLength != nil { return .malformed("both Transfer-Encoding and Content-Length are given") }
      if head.version == .http10 { return .malformed("Transfer-Encoding is given in HTTP/1.0") }
      head.framing = .chunked
    } else if let length = seen.contentLength {
      if length > limits.bodyBytes { return .bodyTooLarge(limits) }
      head.framing = .length(length)
    }
    return nil
  }

  private func noteConnection(_ value: ByteSlice, _ head: inout HTTP1Head) {
    Self.forEachElement(of: value) { option in
      if option.equalsIgnoringCase(ByteSlice("close")) {
        head.keepAlive = false
      } else if option.equalsIgnoringCase(ByteSlice("keep-alive")), head.version == .http10 {
        head.keepAlive = true
      }
    }
  }

  /// A coding other than `chunked`: 501 where the framing is clear, 400 where it is not (RFC 9112, section 6.3).
  private static func refuseCoding(_ value: ByteSlice) -> RequestRefusal {
    var chunkedCount = 0
    var lastIsChunked = false
    forEachElement(of: value) { coding in
      lastIsChunked = coding.equalsIgnoringCase(ByteSlice("chunked"))
      if lastIsChunked { chunkedCount += 1 }
    }
    if lastIsChunked, chunkedCount == 1 {
      return RequestRefusal(status: 501, reason: "the only transfer coding understood is `chunked`")
    }
    return .malformed("the last transfer coding is not `chunked`, or it is applied twice")
  }

  /// Calls `body` with each element of a comma-separated list, white space trimmed.
  private static func forEachElement(of list: ByteSlice, _ body: (ByteSlice) -> Void) {
    var start = 0
    while start <= list.count {
      var end = start
      while end < list.count, list[end] != UInt8(ascii: ",") { end += 1 }
      var from = start
      var to = end
      while from < to, isBlank(list[from]) { from += 1 }
      while to > from, isBlank(list[to - 1]) { to -= 1 }
      body(list[from..<to])
      start = end + 1
    }
  }

  /// Digits only. A number that does not fit is `Int.max`, which every limit is below.
  static func decimal(_ text: ByteSlice) -> Int? {
    guard text.count > 0 else { return nil }
    var number = 0
    for offset in 0..<text.count {
      let digit = text[offset] &- 0x30
      guard digit < 10 else { return nil }
      let (product, overflow) = number.multipliedReportingOverflow(by: 10)
      let (sum, carried) = product.addingReportingOverflow(Int(digit))
      number = overflow || carried || number == .max ? .max : sum
    }
    return number
  }

  @inline(__always)
  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  private static func place(_ offset: Int, _ count: Int) -> HTTP1Head.Place {
    HTTP1Head.Place(offset: UInt32(truncatingIfNeeded: offset), count: UInt32(truncatingIfNeeded: count))
  }
}

/// The lines of a section, without their ends and without the empty one at the end.
private struct Lines {
  let section: ByteSlice
  var position = 0

  mutating func next() -> Range<Int>? {
    guard position < section.count, let feed = section.dropFirst(position).firstIndex(of: 0x0A), feed > 1 else {
      return nil
    }
    let line = position..<position + feed - 1
    position += feed + 1
    return line
  }
}
