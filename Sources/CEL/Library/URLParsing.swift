internal import Memory

/// The parts of a URL, as Go's `net/url` keeps them. What was escaped is decoded and may be no UTF-8.
struct URLReference: BitwiseCopyable {
  var scheme = ByteSlice.empty
  /// What follows the scheme of a URL without slashes: `mailto:somebody`.
  var rest = ByteSlice.empty
  var hasUser = false
  var user = ByteSlice.empty
  var hasPassword = false
  var password = ByteSlice.empty
  /// With the port.
  var host = ByteSlice.empty
  var path = ByteSlice.empty
  /// The path as it was written, where that is not how it is escaped by default.
  var rawPath = ByteSlice.empty
  var omitsHost = false
  var hasEmptyQuery = false
  var query = ByteSlice.empty
  var fragment = ByteSlice.empty
  var rawFragment = ByteSlice.empty
}

/// Reads URLs as Go's `net/url` of version 1.26 does.
///
/// Why a text is no URL is kept in ``failure`` and not thrown: throwing takes memory from the heap in unoptimised
/// builds.
///
/// https://pkg.go.dev/net/url and RFC 3986
struct URLParser {
  let context: EvaluationContext
  private(set) var failure: URLFailure?
  /// The text that the failure is one of.
  private(set) var failed = ByteSlice.empty

  init(_ context: EvaluationContext) { self.context = context }

  private var arena: Arena.Handle { context.arena }

  private mutating func fail<Result>(_ failure: URLFailure) -> Result? {
    self.failure = failure
    return nil
  }

  private mutating func unescape(_ text: ByteSlice, _ part: URLPart) -> ByteSlice? {
    switch text.unescaped(part, arena) {
    case .success(let decoded): return decoded
    case .failure(let failure): return fail(failure)
    }
  }

  /// A URL that may end in a fragment.
  mutating func parse(_ text: ByteSlice) -> URLReference? {
    guard let hash = text.firstIndex(of: UInt8(ascii: "#")) else { return parse(text, isRequest: false) }
    guard var url = parse(text.prefix(hash), isRequest: false) else { return nil }
    failed = text
    let fragment = text.dropFirst(hash + 1)
    guard !fragment.isEmpty else { return url }
    guard let decoded = unescape(fragment, .fragment) else { return nil }
    url.fragment = decoded
    if url.fragment.escaped(.fragment, arena) != fragment { url.rawFragment = fragment }
    return url
  }

  /// A URL without fragment.
  /// - Parameter isRequest: whether it must be absolute or an absolute path.
  mutating func parse(_ text: ByteSlice, isRequest: Bool) -> URLReference? {
    failed = text
    for index in 0..<text.count where text[index] < 0x20 || text[index] == 0x7F {
      return fail(.message("net/url: invalid control character in URL"))
    }
    if text.isEmpty, isRequest { return fail(.message("empty url")) }
    var url = URLReference()
    if text == "*" {
      url.path = text
      return url
    }
    guard var rest = scheme(of: text, &url) else { return nil }
    if let mark = rest.firstIndex(of: UInt8(ascii: "?")) {
      url.query = rest.dropFirst(mark + 1)
      url.hasEmptyQuery = url.query.isEmpty
      rest = rest.prefix(mark)
    }
    if !rest.hasPrefix(ByteSlice("/")) {
      if !url.scheme.isEmpty {
        url.rest = rest
        return url
      }
      if isRequest { return fail(.message("invalid URI for request")) }
      let segment = rest.prefix(rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.count)
      if segment.firstIndex(of: UInt8(ascii: ":")) != nil {
        return fail(.message("first path segment in URL cannot contain colon"))
      }
    }
    let mayHaveHost = !url.scheme.isEmpty || !isRequest && !rest.hasPrefix(ByteSlice("///"))
    if mayHaveHost, rest.hasPrefix(ByteSlice("//")) {
      let authority = rest.dropFirst(2)
      let end = authority.firstIndex(of: UInt8(ascii: "/")) ?? authority.count
      guard parseAuthority(authority.prefix(end), &url) else { return nil }
      rest = authority.dropFirst(end)
    } else if !url.scheme.isEmpty, rest.hasPrefix(ByteSlice("/")) {
      url.omitsHost = true
    }
    guard let path = unescape(rest, .path) else { return nil }
    url.path = path
    if url.path.escaped(.path, arena) != rest { url.rawPath = rest }
    return url
  }

  /// Takes the scheme off, in lower case; what does not begin with one is returned as it is.
  private mutating func scheme(of text: ByteSlice, _ url: inout URLReference) -> ByteSlice? {
    for index in 0..<text.count {
      switch text[index] {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): continue
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
        if index == 0 { return text }
      case UInt8(ascii: ":"):
        if index == 0 { return fail(.message("missing protocol scheme")) }
        let place = arena.allocate(UInt8.self, count: index)
        for offset in 0..<index {
          let byte = text[offset]
          place[offset] = byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
        }
        url.scheme = ByteSlice(start: place, count: index)
        return text.dropFirst(index + 1)
      default: return text
      }
    }
    return text
  }

  /// False where there is none.
  private mutating func parseAuthority(_ authority: ByteSlice, _ url: inout URLReference) -> Bool {
    let at = authority.lastIndex(of: UInt8(ascii: "@"))
    guard let host = host(authority.dropFirst(at.map { $0 + 1 } ?? 0), scheme: url.scheme) else { return false }
    url.host = host
    guard let at else { return true }
    let user = authority.prefix(at)
    let allowed = ByteSlice("-._:~!$&'()*+,;=%@")
    for index in 0..<user.count {
      let byte = user[index]
      let isAlphanumeric = byte &- UInt8(ascii: "0") < 10 || (byte | 0x20) &- UInt8(ascii: "a") < 26
      if !isAlphanumeric, allowed.firstIndex(of: byte) == nil {
        failure = .message("net/url: invalid userinfo")
        return false
      }
    }
    url.hasUser = true
    let colon = user.firstIndex(of: UInt8(ascii: ":"))
    guard let name = unescape(user.prefix(colon ?? user.count), .userPassword) else { return false }
    url.user = name
    guard let colon else { return true }
    guard let password = unescape(user.dropFirst(colon + 1), .userPassword) else { return false }
    url.hasPassword = true
    url.password = password
    return true
  }

  private mutating func host(_ text: ByteSlice, scheme: ByteSlice) -> ByteSlice? {
    if let bracket = text.lastIndex(of: UInt8(ascii: "[")) {
      return bracket > 0 ? fail(.message("invalid IP-literal")) : literalHost(text)
    }
    // With more than one colon the first one ends the host of HTTP; other schemes may list hosts with ports.
    if let last = text.lastIndex(of: UInt8(ascii: ":")) {
      let isWeb = scheme == "http" || scheme == "https"
      let colon = isWeb ? text.firstIndex(of: UInt8(ascii: ":")) ?? last : last
      guard text.dropFirst(colon).isOptionalPort else { return fail(.port(text.dropFirst(colon))) }
    }
    return unescape(text, .host)
  }

  /// `[2001:db8::1]:80`, `[fe80::1%25en0]`.
  private mutating func literalHost(_ text: ByteSlice) -> ByteSlice? {
    guard let end = text.lastIndex(of: UInt8(ascii: "]")) else { return fail(.message("missing ']' in host")) }
    let port = text.dropFirst(end + 1)
    guard port.isOptionalPort else { return fail(.port(port)) }
    let name = text[1..<end]
    let zone = name.firstIndex(of: ByteSlice("%25")) ?? name.count
    guard let plain = unescape(name.prefix(zone), .host), let scope = unescape(name.dropFirst(zone), .zone) else {
      return nil
    }
    let address = arena.concatenate(plain, scope)
    let (message, isIPv4) = context.addressFailure(address)
    if let message { return fail(.address(message)) }
    if isIPv4 { return fail(.message("invalid IP-literal")) }
    var result = ArenaText(arena, capacity: text.count + 16)
    result.append("[")
    result.append(address)
    result.append("]")
    result.append(port)
    return result.text
  }
}

extension ByteSlice {
  /// Nothing, or a colon and digits, which may be none.
  fileprivate var isOptionalPort: Bool {
    guard let first = isEmpty ? nil : self[0] else { return true }
    guard first == UInt8(ascii: ":") else { return false }
    for index in 1..<Swift.max(count, 1) where self[index] &- UInt8(ascii: "0") >= 10 { return false }
    return true
  }

  /// A host and the port behind it, without the colon and without the brackets of an IPv6 address.
  fileprivate var hostAndPort: (host: ByteSlice, port: ByteSlice) {
    var host = self
    var port = ByteSlice.empty
    if let colon = lastIndex(of: UInt8(ascii: ":")), dropFirst(colon).isOptionalPort {
      host = prefix(colon)
      port = dropFirst(colon + 1)
    }
    if host.count >= 2, host[0] == UInt8(ascii: "["), host.last == UInt8(ascii: "]") { host = host[1..<host.count - 1] }
    return (host, port)
  }
}

extension URLReference {
  var hostName: ByteSlice { host.hostAndPort.host }

  var port: ByteSlice { host.hostAndPort.port }

  func escapedPath(_ arena: Arena.Handle) -> ByteSlice {
    if !rawPath.isEmpty, rawPath.isValidEncoding(of: .path) { return rawPath }
    return path == "*" ? path : path.escaped(.path, arena)
  }

  func escapedFragment(_ arena: Arena.Handle) -> ByteSlice {
    if !rawFragment.isEmpty, rawFragment.isValidEncoding(of: .fragment) { return rawFragment }
    return fragment.escaped(.fragment, arena)
  }
}
