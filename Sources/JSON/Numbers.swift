public import Memory

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Numbers from their text.
public enum Numbers {
  /// A decimal integer with an optional minus sign, or nil where it is none or does not fit 64 bits.
  public static func integer(_ text: ByteSlice) -> Int64? {
    let isNegative = !text.isEmpty && text[0] == UInt8(ascii: "-")
    let digits = text.dropFirst(isNegative ? 1 : 0)
    guard !digits.isEmpty else { return nil }
    // Built downwards from zero, since the negative range reaches further by one.
    var number: Int64 = 0
    for index in 0..<digits.count {
      let digit = digits[index] &- UInt8(ascii: "0")
      guard digit < 10 else { return nil }
      let (shifted, overflow) = number.multipliedReportingOverflow(by: 10)
      let (next, underflow) = shifted.subtractingReportingOverflow(Int64(digit))
      if overflow || underflow { return nil }
      number = next
    }
    if isNegative { return number }
    return number == .min ? nil : -number
  }

  /// The nearest double to a number of JSON's grammar; infinite where it is too large.
  public static func double(_ text: ByteSlice) -> Double {
    // `strtod` wants a terminated string; the text has none.
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: text.count + 1) { copy in
      for index in 0..<text.count { copy[index] = CChar(bitPattern: text[index]) }
      copy[text.count] = 0
      return copy.baseAddress.map { strtod($0, nil) } ?? 0
    }
  }
}
