internal import Memory

/// An IPv4 or IPv6 address without a zone. What is one and how it is written follows Go's `net/netip`, which the API
/// server uses, and RFC 5952.
struct IPAddress: BitwiseCopyable, Equatable {
  var high: UInt64
  /// Of an IPv4 address, its 32 bits.
  var low: UInt64
  var isIPv4: Bool

  /// The eight groups of an IPv6 address.
  func group(_ index: Int) -> UInt16 {
    UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> UInt64((3 - index & 3) * 16))
  }

  func byte(_ index: Int) -> UInt8 { UInt8(truncatingIfNeeded: low >> UInt64((3 - index) * 8)) }

  var bitCount: Int { isIPv4 ? 32 : 128 }

  /// An IPv6 address that stands for an IPv4 one: `::ffff:0:0/96`.
  var isMapped: Bool { !isIPv4 && high == 0 && low >> 32 == 0xFFFF }

  /// The IPv4 address that a mapped one stands for.
  var unmapped: IPAddress { isMapped ? IPAddress(high: 0, low: low & 0xFFFF_FFFF, isIPv4: true) : self }

  var isUnspecified: Bool { high == 0 && low == 0 }

  var isLoopback: Bool { isIPv4 ? byte(0) == 127 : high == 0 && low == 1 }

  var isMulticast: Bool { isIPv4 ? byte(0) & 0xF0 == 0xE0 : high >> 56 == 0xFF }

  var isLinkLocalMulticast: Bool { isIPv4 ? low >> 8 == 0xE00000 : group(0) & 0xFF0F == 0xFF02 }

  var isLinkLocalUnicast: Bool { isIPv4 ? low >> 16 == 0xA9FE : group(0) & 0xFFC0 == 0xFE80 }

  var isGlobalUnicast: Bool {
    !(isIPv4 && low == 0xFFFF_FFFF) && !isUnspecified && !isLoopback && !isMulticast && !isLinkLocalUnicast
  }

  /// The first `count` bits, zeros behind them.
  func masked(_ count: Int) -> IPAddress {
    var result = self
    if isIPv4 {
      result.low = count == 0 ? 0 : low & (0xFFFF_FFFF << UInt64(32 - count)) & 0xFFFF_FFFF
    } else {
      result.high = count == 0 ? 0 : high & (UInt64.max << UInt64(max(64 - count, 0)))
      result.low = count <= 64 ? 0 : low & (UInt64.max << UInt64(128 - count))
    }
    return result
  }
}

/// An address and how many of its bits name the network.
struct IPNetwork: BitwiseCopyable, Equatable {
  var address: IPAddress
  var length: Int

  var masked: IPNetwork { IPNetwork(address: address.masked(length), length: length) }

  func contains(_ other: IPAddress) -> Bool {
    address.isIPv4 == other.isIPv4 && address.masked(length) == other.masked(length)
  }

  func contains(_ other: IPNetwork) -> Bool {
    length <= other.length && contains(other.address)
  }
}

/// Why a text is no address or network, and where.
struct IPFailure: Error {
  let message: StaticString
  /// The rest of the text from where it went wrong; empty where that says nothing.
  let place: ByteSlice

  init(_ message: StaticString, at place: ByteSlice = .empty) {
    self.message = message
    self.place = place
  }
}

extension IPAddress {
  /// - Parameter hasZone: set where the address is followed by a zone, which is not part of the result.
  /// - Parameter hasDots: set where an IPv6 address ends in dotted decimals.
  static func parse(
    _ text: ByteSlice, hasZone: inout Bool, hasDots: inout Bool
  ) -> Result<IPAddress, IPFailure> {
    for index in 0..<text.count {
      switch text[index] {
      case UInt8(ascii: "."): return parseIPv4(text)
      case UInt8(ascii: ":"): return parseIPv6(text, hasZone: &hasZone, hasDots: &hasDots)
      case UInt8(ascii: "%"): return .failure(IPFailure("missing IPv6 address"))
      default: continue
      }
    }
    return .failure(IPFailure("unable to parse IP"))
  }

  private static func parseIPv4(_ text: ByteSlice) -> Result<IPAddress, IPFailure> {
    var address: UInt64 = 0
    var fields = 0
    var field: UInt64 = 0
    var digits = 0
    for index in 0..<text.count {
      let byte = text[index]
      if byte &- UInt8(ascii: "0") < 10 {
        if digits == 1, field == 0 { return .failure(IPFailure("IPv4 field has octet with leading zero")) }
        field = field * 10 + UInt64(byte &- UInt8(ascii: "0"))
        digits += 1
        if field > 255 { return .failure(IPFailure("IPv4 field has value >255")) }
      } else if byte == UInt8(ascii: ".") {
        if digits == 0 || index == text.count - 1 {
          return .failure(IPFailure("IPv4 field must have at least one digit", at: text.dropFirst(index)))
        }
        if fields == 3 { return .failure(IPFailure("IPv4 address too long")) }
        address = address << 8 | field
        fields += 1
        field = 0
        digits = 0
      } else {
        return .failure(IPFailure("unexpected character", at: text.dropFirst(index)))
      }
    }
    if fields < 3 { return .failure(IPFailure("IPv4 address too short")) }
    return .success(IPAddress(high: 0, low: address << 8 | field, isIPv4: true))
  }

  private static func parseIPv6(
    _ text: ByteSlice, hasZone: inout Bool, hasDots: inout Bool
  ) -> Result<IPAddress, IPFailure> {
    var rest = text
    if let zone = text.firstIndex(of: UInt8(ascii: "%")) {
      rest = text.prefix(zone)
      hasZone = true
      if zone == text.count - 1 { return .failure(IPFailure("zone must be a non-empty string")) }
    }
    var groups = IPGroups()
    if rest.hasPrefix(ByteSlice("::")) {
      groups.ellipsis = 0
      rest = rest.dropFirst(2)
    }
    while groups.count < 8, !(rest.isEmpty && groups.ellipsis == 0 && groups.count == 0) {
      var value: UInt32 = 0
      var length = 0
      while length < rest.count, let digit = rest[length].hexadecimalDigit {
        value = value << 4 | UInt32(digit)
        length += 1
        // From the fifth digit on Go looks at the length, so that a text of zeros has an end.
        if length > 4 || value > 0xFFFF {
          return .failure(
            length > 4
              ? IPFailure("each group must have 4 or less digits", at: rest)
              : IPFailure("IPv6 field has value >=2^16", at: rest))
        }
      }
      if length == 0 {
        return .failure(IPFailure("each colon-separated field must have at least one digit", at: rest))
      }
      if length < rest.count, rest[length] == UInt8(ascii: ".") {
        return parseEmbedded(rest, &groups, hasDots: &hasDots)
      }
      groups.append(UInt16(truncatingIfNeeded: value))
      rest = rest.dropFirst(length)
      if rest.isEmpty { break }
      if rest[0] != UInt8(ascii: ":") { return .failure(IPFailure("unexpected character, want colon", at: rest)) }
      if rest.count == 1 { return .failure(IPFailure("colon must be followed by more characters", at: rest)) }
      rest = rest.dropFirst(1)
      if rest[0] == UInt8(ascii: ":") {
        if groups.ellipsis != nil { return .failure(IPFailure("multiple :: in address", at: rest)) }
        groups.ellipsis = groups.count
        rest = rest.dropFirst(1)
        if rest.isEmpty { break }
      }
    }
    if !rest.isEmpty { return .failure(IPFailure("trailing garbage after address", at: rest)) }
    return groups.address
  }

  /// The dotted decimals that an IPv6 address may end in.
  private static func parseEmbedded(
    _ rest: ByteSlice, _ groups: inout IPGroups, hasDots: inout Bool
  ) -> Result<IPAddress, IPFailure> {
    if groups.ellipsis == nil, groups.count != 6 {
      return .failure(IPFailure("embedded IPv4 address must replace the final 2 fields of the address", at: rest))
    }
    if groups.count > 6 {
      return .failure(
        IPFailure("too many hex fields to fit an embedded IPv4 at the end of the address", at: rest))
    }
    return parseIPv4(rest).flatMap { embedded in
      hasDots = true
      groups.append(UInt16(truncatingIfNeeded: embedded.low >> 16))
      groups.append(UInt16(truncatingIfNeeded: embedded.low))
      return groups.address
    }
  }
}

/// The groups of an IPv6 address as they are read, and where zeros were left out.
private struct IPGroups {
  private(set) var count = 0
  var ellipsis: Int?
  private var groups: InlineArray<8, UInt16> = .init(repeating: 0)

  mutating func append(_ group: UInt16) {
    groups[count] = group
    count += 1
  }

  var address: Result<IPAddress, IPFailure> {
    if count < 8, ellipsis == nil { return .failure(IPFailure("address string too short")) }
    if count == 8, ellipsis != nil {
      return .failure(IPFailure("the :: must expand to at least one field of zeros"))
    }
    var address = IPAddress(high: 0, low: 0, isIPv4: false)
    for index in 0..<count {
      let place = ellipsis.map { index < $0 ? index : index + 8 - count } ?? index
      let bits = UInt64(groups[index]) << UInt64((3 - place & 3) * 16)
      if place < 4 { address.high |= bits } else { address.low |= bits }
    }
    return .success(address)
  }
}

extension UInt8 {
  /// The value of a hexadecimal digit.
  var hexadecimalDigit: UInt8? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
