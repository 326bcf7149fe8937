internal import Memory

/// All decimal digits of a finite double, which end, since its denominator is a power of two: `0.digits × 10^point`.
///
/// Rounding them to a given place is correct rounding, half to even, as Go's `strconv.FormatFloat` does with a precision.
struct ExactDecimal {
  /// The longest: 767 digits of the numbers next to 2^-1022.
  private var digits: InlineArray<800, UInt8> = .init(repeating: 0)
  private(set) var count = 0
  private(set) var point = 0
  let isNegative: Bool

  init(_ number: Double) {
    isNegative = number.sign == .minus
    guard number != 0 else { return }
    // number = mantissa × 2^exponent, with a mantissa of at most 53 bits.
    let isNormal = number.exponentBitPattern > 0
    var mantissa = number.significandBitPattern | (isNormal ? 1 << 52 : 0)
    var exponent = Int(max(number.exponentBitPattern, 1)) - 1075
    let shift = mantissa.trailingZeroBitCount
    mantissa >>= UInt64(shift)
    exponent += shift
    // In limbs of nine digits, the lowest first. With a negative exponent: m / 2^k = m × 5^k / 10^k.
    var limbs = InlineArray<96, UInt64>(repeating: 0)
    var used = 0
    while mantissa > 0 {
      limbs[used] = mantissa % 1_000_000_000
      mantissa /= 1_000_000_000
      used += 1
    }
    Self.multiply(&limbs, &used, by: exponent < 0 ? 5 : 2, times: abs(exponent))
    write(limbs, used)
    point = count + min(exponent, 0)
    trim()
  }

  private static func multiply(
    _ limbs: inout InlineArray<96, UInt64>, _ used: inout Int, by base: UInt64, times: Int
  ) {
    var left = times
    while left > 0 {
      // 5^13 and 2^29 are the largest powers below 2^31: a limb's product and carry fit 64 bits.
      let step = min(left, base == 5 ? 13 : 29)
      left -= step
      var factor: UInt64 = 1
      for _ in 0..<step { factor *= base }
      var carry: UInt64 = 0
      for index in 0..<used {
        let product = limbs[index] * factor + carry
        limbs[index] = product % 1_000_000_000
        carry = product / 1_000_000_000
      }
      while carry > 0 {
        limbs[used] = carry % 1_000_000_000
        carry /= 1_000_000_000
        used += 1
      }
    }
  }

  private mutating func write(_ limbs: InlineArray<96, UInt64>, _ used: Int) {
    var index = used
    while index > 0 {
      index -= 1
      var divisor: UInt64 = 100_000_000
      while divisor > 0 {
        let digit = UInt8(truncatingIfNeeded: limbs[index] / divisor % 10)
        divisor /= 10
        // The zeros before the first digit are none.
        if count == 0, digit == 0 { continue }
        digits[count] = digit
        count += 1
      }
    }
  }

  private mutating func trim() {
    while count > 0, digits[count - 1] == 0 { count -= 1 }
  }

  func digit(_ index: Int) -> UInt8 { index >= 0 && index < count ? digits[index] : 0 }

  var isZero: Bool { count == 0 }

  /// Keeps `length` digits.
  mutating func round(to length: Int) {
    guard length < count else { return }
    if length < 0 {
      count = 0
      return
    }
    let isHalf = digits[length] == 5 && count == length + 1
    let isUp = isHalf ? length > 0 && digits[length - 1] % 2 == 1 : digits[length] >= 5
    count = length
    guard isUp else { return trim() }
    var index = length
    while index > 0 {
      index -= 1
      if digits[index] < 9 {
        digits[index] += 1
        count = index + 1
        return
      }
    }
    digits[0] = 1
    count = 1
    point += 1
  }

  /// `-123.450`: as many digits behind the point as `precision` says. With `groups`, commas between thousands.
  mutating func writeFixed(_ precision: Int, groups: Bool = false, to result: inout ArenaText) {
    round(to: point + precision)
    if isNegative { result.append("-") }
    if point <= 0 || isZero { result.append("0") }
    if !isZero, point > 0 {
      for index in 0..<point {
        if groups, index > 0, (point - index) % 3 == 0 { result.append(",") }
        result.append(byte: 0x30 + digit(index))
      }
    }
    guard precision > 0 else { return }
    result.append(".")
    for index in 0..<precision { result.append(byte: 0x30 + digit(isZero ? -1 : point + index)) }
  }

  /// The digits of `1.2345`, and the exponent that goes with them.
  mutating func writeMantissa(_ precision: Int, to result: inout ArenaText) -> Int {
    round(to: precision + 1)
    if isNegative { result.append("-") }
    result.append(byte: 0x30 + digit(0))
    if precision > 0 { result.append(".") }
    for index in 1..<precision + 1 { result.append(byte: 0x30 + digit(index)) }
    return isZero ? 0 : point - 1
  }
}
