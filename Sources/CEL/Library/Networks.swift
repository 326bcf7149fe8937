internal import Memory

/// `ip`, `cidr` and what can be asked of them: Kubernetes' IP and CIDR libraries and cel-go's network extension, whose
/// functions are the same.
///
/// https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-ip-address-library
extension EvaluationContext {
  func networkFunction(_ function: Function, _ arguments: UnsafeBufferPointer<Value>) -> Value {
    let first = arguments[0]
    switch (function, first.tag) {
    case (.ip, .string): return parseAddress(first.slice, allowsMapped: false)
    case (.cidr, .string): return parseNetwork(first.slice)
    case (.isIP, .string):
      return .bool(
        first.count <= Self.longestAddress && !parseAddress(first.slice, allowsMapped: false).isError)
    case (.isCIDR, .string): return .bool(!parseNetwork(first.slice).isError)
    case (.specIP, .string): return parseAddress(first.slice, allowsMapped: true)
    case (.specIsIP, .string): return .bool(!parseAddress(first.slice, allowsMapped: true).isError)
    case (.ipIsCanonical, .string):
      let address = parseAddress(first.slice, allowsMapped: false)
      return address.isError ? address : .bool(text(of: address.opaque(as: IPAddress.self)) == first.slice)
    default: break
    }
    switch first.opaqueType {
    case .address: return addressFunction(function, first.opaque(as: IPAddress.self)) ?? noOverload(function, arguments)
    case .network: return networkMember(function, first.opaque(as: IPNetwork.self), arguments)
    default: return noOverload(function, arguments)
    }
  }

  private func addressFunction(_ function: Function, _ address: IPAddress) -> Value? {
    switch function {
    case .family: .int(address.isIPv4 ? 4 : 6)
    case .isUnspecified: .bool(address.isUnspecified)
    case .isLoopback: .bool(address.isLoopback)
    case .isLinkLocalMulticast: .bool(address.isLinkLocalMulticast)
    case .isLinkLocalUnicast: .bool(address.isLinkLocalUnicast)
    case .isGlobalUnicast: .bool(address.isGlobalUnicast)
    default: nil
    }
  }

  private func networkMember(
    _ function: Function, _ network: IPNetwork, _ arguments: UnsafeBufferPointer<Value>
  ) -> Value {
    switch (function, arguments.count) {
    case (.networkIP, 1): return opaque(.address, network.address)
    case (.masked, 1): return opaque(.network, network.masked)
    case (.prefixLength, 1): return .int(Int64(network.length))
    case (.isMask, 1): return .bool(network == network.masked)
    case (.containsIP, 2):
      let other = arguments[1].tag == .string ? parseAddress(arguments[1].slice, allowsMapped: false) : arguments[1]
      if other.isError { return other }
      guard other.opaqueType == .address else { return noOverload(function, arguments) }
      return .bool(network.contains(other.opaque(as: IPAddress.self)))
    case (.containsCIDR, 2):
      let other = arguments[1].tag == .string ? parseNetwork(arguments[1].slice) : arguments[1]
      if other.isError { return other }
      guard other.opaqueType == .network else { return noOverload(function, arguments) }
      return .bool(network.contains(other.opaque(as: IPNetwork.self)))
    default: return noOverload(function, arguments)
    }
  }

  /// - Parameter allowsMapped: whether an address that stands for an IPv4 one is that one, if it is not written with
  ///   dots. cel-spec's tests want that; the API server refuses it.
  private func parseAddress(_ source: ByteSlice, allowsMapped: Bool) -> Value {
    var hasZone = false
    var hasDots = false
    switch IPAddress.parse(source, hasZone: &hasZone, hasDots: &hasDots) {
    case .failure(let failure):
      var message = ArenaText(arena, capacity: 128 + 2 * source.count)
      message.append("IP Address ")
      message.append(quoted: source)
      message.append(" parse error during conversion from string: ")
      append(failure, of: source, to: &message)
      return .error(message.text)
    case .success(let address):
      if hasZone { return quotedError("IP address ", source, " with zone value is not allowed") }
      if address.isMapped {
        guard allowsMapped, !hasDots else { return quotedError("IPv4-mapped IPv6 address ", source, " is not allowed") }
        return opaque(.address, address.unmapped)
      }
      return opaque(.address, address)
    }
  }

  private func parseNetwork(_ source: ByteSlice) -> Value {
    guard let slash = source.lastIndex(of: UInt8(ascii: "/")) else {
      return networkError(source) { $0.append("no '/'") }
    }
    var hasZone = false
    var hasDots = false
    switch IPAddress.parse(source.prefix(slash), hasZone: &hasZone, hasDots: &hasDots) {
    case .failure(let failure):
      return networkError(source) { append(failure, of: source.prefix(slash), to: &$0) }
    case .success(let address):
      if hasZone { return networkError(source) { $0.append("IPv6 zones cannot be present in a prefix") } }
      let digits = source.dropFirst(slash + 1)
      let isNumber = digits.count == 1 || !digits.isEmpty && digits[0] &- UInt8(ascii: "1") < 9
      guard isNumber, let length = EvaluationContext.parseUInt(digits) else {
        return networkError(source) {
          $0.append("bad bits after slash: ")
          $0.append(quoted: digits)
        }
      }
      guard length <= UInt64(address.bitCount) else {
        return networkError(source) { $0.append("prefix length out of range") }
      }
      if address.isMapped {
        var message = ArenaText(arena, capacity: 128 + 2 * source.count)
        message.append("network address parse error during conversion from string: IPv4-mapped IPv6 address ")
        message.append(quoted: source)
        message.append(" is not allowed")
        return .error(message.text)
      }
      return opaque(.network, IPNetwork(address: address, length: Int(length)))
    }
  }

  private func networkError(_ source: ByteSlice, _ reason: (inout ArenaText) -> Void) -> Value {
    var message = ArenaText(arena, capacity: 192 + 2 * source.count)
    message.append("network address parse error during conversion from string: ")
    message.append("network address parse error during conversion from string: netip.ParsePrefix(")
    message.append(quoted: source)
    message.append("): ")
    reason(&message)
    return .error(message.text)
  }

  private func append(_ failure: IPFailure, of source: ByteSlice, to message: inout ArenaText) {
    message.append("ParseAddr(")
    message.append(quoted: source)
    message.append("): ")
    message.append(failure.message)
    guard !failure.place.isEmpty else { return }
    message.append(" (at ")
    message.append(quoted: failure.place)
    message.append(")")
  }

  /// More than an address can have, with room for one that is wrong: `ffff:` seven times and `255.255.255.255` are 50.
  private static var longestAddress: Int { 64 }

  /// Why a text is no address in the words of Go's `netip.ParseAddr`, or nil; and whether it is an IPv4 address.
  func addressFailure(_ source: ByteSlice) -> (message: ByteSlice?, isIPv4: Bool) {
    var hasZone = false
    var hasDots = false
    switch IPAddress.parse(source, hasZone: &hasZone, hasDots: &hasDots) {
    case .success(let address): return (nil, address.isIPv4)
    case .failure(let failure):
      var message = ArenaText(arena, capacity: 128 + 2 * source.count)
      append(failure, of: source, to: &message)
      return (message.text, false)
    }
  }

  /// An error that shows a text as Go's `%q` does.
  func quotedError(_ start: StaticString, _ source: ByteSlice, _ end: StaticString) -> Value {
    var message = ArenaText(arena, capacity: 64 + 2 * source.count)
    message.append(start)
    message.append(quoted: source)
    message.append(end)
    return .error(message.text)
  }

  func text(of network: IPNetwork) -> ByteSlice {
    var result = ArenaText(arena)
    append(network.address, to: &result)
    result.append(byte: UInt8(ascii: "/"))
    result.append(decimal: UInt64(network.length))
    return result.text
  }

  func text(of address: IPAddress) -> ByteSlice {
    var result = ArenaText(arena)
    append(address, to: &result)
    return result.text
  }

  /// RFC 5952: the longest run of two or more zero groups, the first of equals, becomes `::`.
  private func append(_ address: IPAddress, to result: inout ArenaText) {
    if address.isIPv4 {
      for index in 0..<4 {
        if index > 0 { result.append(byte: UInt8(ascii: ".")) }
        result.append(decimal: UInt64(address.byte(index)))
      }
      return
    }
    var zeros = 8..<8
    var index = 0
    while index < 8 {
      var end = index
      while end < 8, address.group(end) == 0 { end += 1 }
      if end - index >= 2, end - index > zeros.count { zeros = index..<end }
      index = end + 1
    }
    index = 0
    while index < 8 {
      if index == zeros.lowerBound {
        result.append("::")
        index = zeros.upperBound
        continue
      }
      if index > 0, index != zeros.upperBound { result.append(byte: UInt8(ascii: ":")) }
      result.append(UInt64(address.group(index)), radix: 16, width: 1)
      index += 1
    }
  }
}

extension ByteSlice {
  func lastIndex(of byte: UInt8) -> Int? {
    var index = count - 1
    while index >= 0 {
      if self[index] == byte { return index }
      index -= 1
    }
    return nil
  }
}
