public import Memory

/// Durations as Go writes and reads them: `5s`, `100ms`, `1h15m30.918s`.
///
/// https://pkg.go.dev/time#ParseDuration, without negative durations, which mean nothing here.
public enum GoDuration {
  /// Nanoseconds, or nil where the text is no duration or does not fit. Allocates nothing.
  public static func nanoseconds(_ text: ByteSlice) -> UInt64? {
    var rest = text
    if rest.count > 1, rest[0] == UInt8(ascii: "+") { rest = rest.dropFirst(1) }
    if rest == "0" { return 0 }
    guard !rest.isEmpty else { return nil }
    var total: UInt64 = 0
    while !rest.isEmpty {
      guard let part = part(&rest) else { return nil }
      let (sum, overflow) = total.addingReportingOverflow(part)
      // Go's durations are signed.
      guard !overflow, sum <= UInt64(Int64.max) else { return nil }
      total = sum
    }
    return total
  }

  /// A number with an optional fraction, and its unit.
  private static func part(_ rest: inout ByteSlice) -> UInt64? {
    let (whole, wholeDigits) = digits(&rest)
    guard let whole else { return nil }
    var fraction: UInt64 = 0
    var fractionDigits = 0
    if !rest.isEmpty, rest[0] == UInt8(ascii: ".") {
      rest = rest.dropFirst(1)
      // Nanoseconds of an hour have 13 digits: what stands behind the eighteenth digit cannot be seen.
      while !rest.isEmpty, rest[0] &- 0x30 < 10 {
        if fractionDigits < 18 {
          fraction = fraction &* 10 &+ UInt64(rest[0] &- 0x30)
          fractionDigits += 1
        }
        rest = rest.dropFirst(1)
      }
      if fractionDigits == 0, wholeDigits == 0 { return nil }
    } else if wholeDigits == 0 {
      return nil
    }
    guard let unit = unit(&rest) else { return nil }
    let (product, overflow) = whole.multipliedReportingOverflow(by: unit)
    if overflow { return nil }
    var scale: UInt64 = 1
    for _ in 0..<fractionDigits { scale &*= 10 }
    let (high, low) = fraction.multipliedFullWidth(by: unit)
    // INVARIANT: fraction < scale, so the quotient is less than the unit.
    let (sum, carried) = product.addingReportingOverflow(scale.dividingFullWidth((high, low)).quotient)
    return carried ? nil : sum
  }

  /// The number that the text starts with; nil where it does not fit.
  private static func digits(_ rest: inout ByteSlice) -> (value: UInt64?, count: Int) {
    var value: UInt64 = 0
    var count = 0
    while !rest.isEmpty, rest[0] &- 0x30 < 10 {
      if value > UInt64.max / 10 - 1 { return (nil, count) }
      value = value &* 10 &+ UInt64(rest[0] &- 0x30)
      count += 1
      rest = rest.dropFirst(1)
    }
    return (value, count)
  }

  private static func unit(_ rest: inout ByteSlice) -> UInt64? {
    var length = 0
    while length < rest.count, rest[length] != UInt8(ascii: "."), rest[length] &- 0x30 >= 10 { length += 1 }
    let name = rest.prefix(length)
    rest = rest.dropFirst(length)
    if name == "s" { return 1_000_000_000 }
    if name == "ms" { return 1_000_000 }
    // Two characters stand for micro: U+00B5 and U+03BC.
    if name == "us" || name == "\u{B5}s" || name == "\u{3BC}s" { return 1_000 }
    if name == "ns" { return 1 }
    if name == "m" { return 60_000_000_000 }
    if name == "h" { return 3_600_000_000_000 }
    return nil
  }
}
