internal import Memory

/// `url` and what can be asked of one.
///
/// https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-url-library
extension EvaluationContext {
  func urlFunction(_ function: Function, _ arguments: UnsafeBufferPointer<Value>) -> Value {
    let first = arguments[0]
    if first.tag == .string {
      switch function {
      case .url: return parseURL(first.slice)
      case .isURL: return .bool(requestFailure(first.slice) == nil)
      default: return noOverload(function, arguments)
      }
    }
    guard first.opaqueType == .url else { return noOverload(function, arguments) }
    let url = first.opaque(as: URLReference.self)
    switch function {
    case .getScheme: return .string(url.scheme)
    case .getHost: return .string(url.host.repaired(arena))
    case .getHostname: return .string(url.hostName.repaired(arena))
    case .getPort: return .string(url.port)
    case .getEscapedPath: return .string(url.escapedPath(arena))
    case .getQuery: return query(url.query)
    default: return noOverload(function, arguments)
    }
  }

  private func parseURL(_ text: ByteSlice) -> Value {
    var parser = URLParser(self)
    // Strict first, and then with a fragment, which the strict way knows nothing of.
    if parser.parse(text, isRequest: true) != nil, let url = parser.parse(text) { return opaque(.url, url) }
    var message = ArenaText(arena, capacity: 128 + 2 * text.count)
    message.append("URL parse error during conversion from string: ")
    append(parser.failure ?? .message("empty url"), of: parser.failed, to: &message)
    return .error(message.text)
  }

  private func append(_ failure: URLFailure, of text: ByteSlice, to message: inout ArenaText) {
    message.append("parse ")
    message.append(quoted: text)
    message.append(": ")
    failure.append(to: &message)
  }

  /// Why a text is neither an absolute URL nor an absolute path; nil where it is one.
  func requestFailure(_ text: ByteSlice) -> ByteSlice? {
    var parser = URLParser(self)
    guard parser.parse(text, isRequest: true) == nil, let failure = parser.failure else { return nil }
    var message = ArenaText(arena, capacity: 128 + 2 * text.count)
    append(failure, of: text, to: &message)
    return message.text
  }

  /// The most parameters of a query. One with more has none: Go's default.
  static var maximumQueryParameters: Int { 10_000 }

  /// A query as a map from each name to the list of its values; what is malformed is left out.
  private func query(_ text: ByteSlice) -> Value {
    if text.isEmpty { return emptyMap(capacity: 0) }
    let capacity = occurrences(of: ByteSlice("&"), in: text) + 1
    guard capacity <= Self.maximumQueryParameters else { return emptyMap(capacity: 0) }
    var parameters = QueryParameters(arena, capacity: capacity)
    var rest = text
    while !rest.isEmpty {
      let end = rest.firstIndex(of: UInt8(ascii: "&")) ?? rest.count
      let parameter = rest.prefix(end)
      rest = rest.dropFirst(min(end + 1, rest.count))
      guard !parameter.isEmpty, parameter.firstIndex(of: UInt8(ascii: ";")) == nil else { continue }
      let equals = parameter.firstIndex(of: UInt8(ascii: "=")) ?? parameter.count
      let name = parameter.prefix(equals).unescaped(.query, arena)
      let value = parameter.dropFirst(min(equals + 1, parameter.count)).unescaped(.query, arena)
      guard case .success(let name) = name, case .success(let value) = value else { continue }
      parameters.append(name.repaired(arena), value.repaired(arena))
    }
    return parameters.map
  }

  /// The URL put together again: what `==` compares.
  func text(of url: URLReference) -> ByteSlice {
    var result = ArenaText(arena, capacity: 128)
    if !url.scheme.isEmpty {
      result.append(url.scheme)
      result.append(byte: UInt8(ascii: ":"))
    }
    if !url.rest.isEmpty {
      result.append(url.rest)
    } else {
      appendHierarchy(url, to: &result)
    }
    if url.hasEmptyQuery || !url.query.isEmpty {
      result.append(byte: UInt8(ascii: "?"))
      result.append(url.query)
    }
    if !url.fragment.isEmpty {
      result.append(byte: UInt8(ascii: "#"))
      result.append(url.escapedFragment(arena))
    }
    return result.text.repaired(arena)
  }

  private func appendHierarchy(_ url: URLReference, to result: inout ArenaText) {
    let hasAuthority = !url.host.isEmpty || url.hasUser
    if hasAuthority || !url.scheme.isEmpty && !url.omitsHost {
      if hasAuthority || !url.path.isEmpty { result.append("//") }
      if url.hasUser {
        result.append(url.user.escaped(.userPassword, arena))
        if url.hasPassword {
          result.append(byte: UInt8(ascii: ":"))
          result.append(url.password.escaped(.userPassword, arena))
        }
        result.append(byte: UInt8(ascii: "@"))
      }
      result.append(url.host.escaped(.host, arena))
    }
    // A path is absolute or empty here: a relative one is no URL to `url`.
    result.append(url.escapedPath(arena))
  }
}

/// The parameters of a query by name, in the order in which the names come up: an open hash table in the arena, so that
/// a query of thousands of names costs no more than its length.
private struct QueryParameters {
  private struct Entry: BitwiseCopyable {
    var name: ByteSlice
    var count: Int
    /// Places among the values.
    var first: Int
    var last: Int
  }

  private struct Link: BitwiseCopyable {
    var value: ByteSlice
    var next: Int
  }

  private let arena: Arena.Handle
  private let slots: UnsafeMutablePointer<Int>
  private let mask: Int
  private let entries: UnsafeMutablePointer<Entry>
  private let links: UnsafeMutablePointer<Link>
  private var entryCount = 0
  private var linkCount = 0

  init(_ arena: Arena.Handle, capacity: Int) {
    self.arena = arena
    var slotCount = 16
    while slotCount < 2 * capacity { slotCount *= 2 }
    mask = slotCount - 1
    slots = arena.allocate(Int.self, count: slotCount)
    slots.update(repeating: -1, count: slotCount)
    entries = arena.allocate(Entry.self, count: capacity)
    links = arena.allocate(Link.self, count: capacity)
  }

  mutating func append(_ name: ByteSlice, _ value: ByteSlice) {
    links[linkCount] = Link(value: value, next: -1)
    var slot = ConstantSet.hash(name) & mask
    while slots[slot] >= 0, entries[slots[slot]].name != name { slot = (slot + 1) & mask }
    if slots[slot] >= 0 {
      let entry = entries + slots[slot]
      links[entry.pointee.last].next = linkCount
      entry.pointee.last = linkCount
      entry.pointee.count += 1
    } else {
      slots[slot] = entryCount
      entries[entryCount] = Entry(name: name, count: 1, first: linkCount, last: linkCount)
      entryCount += 1
    }
    linkCount += 1
  }

  var map: Value {
    let pairs = arena.allocate(Value.self, count: 2 * entryCount)
    for index in 0..<entryCount {
      let entry = entries[index]
      let values = arena.allocate(Value.self, count: entry.count)
      var link = entry.first
      for place in 0..<entry.count {
        values[place] = .string(links[link].value)
        link = links[link].next
      }
      pairs[2 * index] = .string(entry.name)
      pairs[2 * index + 1] = .list(values, count: entry.count)
    }
    return .map(pairs, count: entryCount)
  }
}
