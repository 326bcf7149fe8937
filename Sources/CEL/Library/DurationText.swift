internal import Memory

extension EvaluationContext {
  /// Go's `time.ParseDuration` in nanoseconds: `1h30m`, `-1.5s`, `0`; nil for what it refuses.
  static func parseDuration(_ text: ByteSlice) -> Int64? {
    var index = 0
    var isNegative = false
    if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
      isNegative = text[index] == UInt8(ascii: "-")
      index += 1
    }
    if index == text.count - 1, text[index] == UInt8(ascii: "0") { return 0 }
    guard index < text.count else { return nil }
    // Summed as a magnitude, whose largest value, 2^63, is that of the smallest duration.
    let limit = UInt64(1) << 63
    var total: UInt64 = 0
    while index < text.count {
      var whole: UInt64 = 0
      var fraction: UInt64 = 0
      var scale = 1.0
      var digits = 0
      while index < text.count, text[index] &- UInt8(ascii: "0") < 10 {
        let (shifted, overflow) = whole.multipliedReportingOverflow(by: 10)
        whole = shifted &+ UInt64(text[index] &- UInt8(ascii: "0"))
        if overflow || whole > limit { return nil }
        index += 1
        digits += 1
      }
      if index < text.count, text[index] == UInt8(ascii: ".") {
        index += 1
        var isExact = true
        while index < text.count, text[index] &- UInt8(ascii: "0") < 10 {
          let next = fraction &* 10 &+ UInt64(text[index] &- UInt8(ascii: "0"))
          // Digits beyond what 63 bits hold are dropped.
          if fraction > (limit - 1) / 10 || next > limit { isExact = false }
          if isExact {
            fraction = next
            scale *= 10
          }
          index += 1
          digits += 1
        }
      }
      guard digits > 0 else { return nil }
      let start = index
      while index < text.count, text[index] != UInt8(ascii: "."), text[index] &- UInt8(ascii: "0") >= 10 { index += 1 }
      guard let unit = nanoseconds(ofUnit: text[start..<index]) else { return nil }
      let (product, overflow) = whole.multipliedReportingOverflow(by: unit)
      if overflow || product > limit { return nil }
      var part = product
      if fraction > 0 {
        part += UInt64(Double(fraction) * (Double(unit) / scale))
        if part > limit { return nil }
      }
      total += part
      if total > limit { return nil }
    }
    if isNegative { return total == limit ? .min : -Int64(total) }
    return Int64(exactly: total)
  }

  private static func nanoseconds(ofUnit unit: ByteSlice) -> UInt64? {
    if unit == "s" { return 1_000_000_000 }
    if unit == "m" { return 60_000_000_000 }
    if unit == "h" { return 3_600_000_000_000 }
    if unit == "ms" { return 1_000_000 }
    // A micro sign or a Greek letter mu.
    if unit == "us" || unit == "\u{B5}s" || unit == "\u{3BC}s" { return 1000 }
    return unit == "ns" ? 1 : nil
  }
}
