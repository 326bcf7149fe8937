internal import Memory

/// An amount of a resource: `100m`, `1.5Gi`, `2e3`. The arithmetic is that of Kubernetes' `resource.Quantity`.
///
/// Two representations, and which one a quantity has can be seen: an integer times a power of ten, or, where that is
/// too small and for binary suffixes with fractions, decimal digits. `asInteger` knows the first only.
///
/// https://pkg.go.dev/k8s.io/apimachinery/pkg/api/resource#Quantity
struct Quantity: BitwiseCopyable {
  /// How a quantity is written, which it keeps from the text it was read from.
  enum Format: UInt8, BitwiseCopyable {
    /// `12M`
    case decimalSI
    /// `12Mi`
    case binarySI
    /// `12e6`
    case decimalExponent
  }

  /// `value` × 10^`scale`, where `isDecimal` is false.
  var value: Int64 = 0
  var scale: Int32 = 0
  /// `digits` × 10^-`decimal.scale`, where `isDecimal` is true.
  var decimal = Decimal()
  var isDecimal = false
  var format: Format
  /// The result of an addition or subtraction. On the right of `==` cel-go does not know it for a quantity.
  var isComputed = false

  var isZero: Bool { isDecimal ? decimal.isZero : value == 0 }

  var sign: Int64 { isDecimal ? decimal.sign : value.signum() }

  /// The amount as an integer where it is one in the first representation; `1000m` is not.
  var integer: Int64? {
    guard !isDecimal, scale >= 0 else { return nil }
    return Self.multiply(value, tenToThe: Int64(scale))
  }

  /// The amount as a double, as Go computes it: the digits, rounded, times a power of ten, rounded.
  func approximation(_ arena: Arena.Handle) -> Double {
    let base = isDecimal ? decimal.digitsAsDouble(arena) : Double(value)
    let exponent = isDecimal ? 0 &- decimal.scale : scale
    return exponent == 0 ? base : base * PowersOfTen.double(Int(exponent))
  }

  /// `value` × 10^`exponent`, or nil where that needs more than 64 bits.
  static func multiply(_ value: Int64, tenToThe exponent: Int64) -> Int64? {
    if value == 0 || exponent == 0 { return value }
    guard exponent < 19 else { return nil }
    let (product, overflow) = value.multipliedReportingOverflow(by: PowersOfTen.integer(Int(exponent)))
    return overflow ? nil : product
  }

  /// The amount in the second representation.
  func inDigits(_ arena: Arena.Handle) -> Decimal {
    if isDecimal { return decimal }
    var result = Decimal(value.magnitude, isNegative: value < 0, arena)
    result.scale = 0 &- scale
    return result
  }

  /// -1, 0 or 1, exactly.
  static func compare(_ left: Quantity, _ right: Quantity) -> Int {
    if !left.isDecimal, !right.isDecimal, left.scale == right.scale {
      return left.value < right.value ? -1 : left.value == right.value ? 0 : 1
    }
    if left.sign != right.sign { return left.sign < right.sign ? -1 : 1 }
    if left.sign == 0 { return 0 }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 40) { buffer in
      guard let base = buffer.baseAddress else { return 0 }
      let order = Decimal.compareMagnitudes(left.magnitude(base), right.magnitude(base + 20))
      return left.sign < 0 ? -order : order
    }
  }

  /// The digits of the amount without its sign, those of an integer in `buffer`, which has room for 20.
  private func magnitude(_ buffer: UnsafeMutablePointer<UInt8>) -> Decimal {
    if isDecimal { return decimal }
    var index = 20
    var rest = value.magnitude
    while rest > 0 {
      index -= 1
      buffer[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    return Decimal(
      digits: ByteSlice(start: UnsafePointer(buffer + index), count: 20 - index), scale: 0 &- scale, isNegative: false)
  }

  /// The sum, or nil where it has too many digits.
  static func add(_ left: Quantity, _ right: Quantity, _ arena: Arena.Handle) -> Quantity? {
    var result = left
    result.isComputed = true
    if left.isZero { result.format = right.format }
    if !left.isDecimal, !right.isDecimal, result.addInteger(right) { return result }
    guard let sum = Decimal.add(left.inDigits(arena), right.inDigits(arena), arena) else { return nil }
    result.setDecimal(sum)
    return result
  }

  /// The difference, or nil where it has too many digits.
  static func subtract(_ left: Quantity, _ right: Quantity, _ arena: Arena.Handle) -> Quantity? {
    var opposite = right
    opposite.value = 0 &- right.value
    // The lowest integer has no opposite; Go's wraps around, and so does ours in the first representation.
    if !right.isDecimal, right.value == .min {
      var result = left
      result.isComputed = true
      if left.isZero { result.format = right.format }
      if !left.isDecimal, result.addInteger(opposite) { return result }
      opposite.decimal = right.inDigits(arena)
      opposite.isDecimal = true
    }
    opposite.decimal.isNegative.toggle()
    return add(left, opposite, arena)
  }

  private mutating func setDecimal(_ value: Decimal) {
    self.value = 0
    scale = 0
    decimal = value
    isDecimal = true
  }

  /// Adds in the first representation; false, and nothing is changed, where the sum does not fit.
  private mutating func addInteger(_ other: Quantity) -> Bool {
    if other.value == 0 { return true }
    if value == 0 {
      value = other.value
      scale = other.scale
      return true
    }
    let difference = Int64(scale) - Int64(other.scale)
    guard let first = Self.multiply(value, tenToThe: max(difference, 0)),
      let second = Self.multiply(other.value, tenToThe: max(-difference, 0))
    else { return false }
    let (sum, overflow) = first.addingReportingOverflow(second)
    if overflow { return false }
    value = sum
    scale = min(scale, other.scale)
    return true
  }
}

/// Powers of ten without tables on the heap.
enum PowersOfTen {
  /// 10^0 to 10^18.
  static func integer(_ exponent: Int) -> Int64 {
    assert(exponent >= 0 && exponent < 19)
    var power: Int64 = 1
    for _ in 0..<exponent { power &*= 10 }
    return power
  }

  /// Go's `math.Pow10`: the product or quotient of two powers that are each the nearest double.
  static func double(_ exponent: Int) -> Double {
    if exponent < -323 { return 0 }
    if exponent > 308 { return .infinity }
    if exponent >= 0 { return large(exponent / 32) * small(exponent % 32) }
    return largeInverse(-exponent / 32) / small(-exponent % 32)
  }

  private static func small(_ exponent: Int) -> Double {
    switch exponent {
    case 23: 1e23
    case 24: 1e24
    case 25: 1e25
    case 26: 1e26
    case 27: 1e27
    case 28: 1e28
    case 29: 1e29
    case 30: 1e30
    case 31: 1e31
    default: exact(exponent)
    }
  }

  /// Up to 10^22 every product is exact.
  private static func exact(_ exponent: Int) -> Double {
    var power = 1.0
    for _ in 0..<exponent { power *= 10 }
    return power
  }

  private static func large(_ index: Int) -> Double {
    switch index {
    case 0: 1
    case 1: 1e32
    case 2: 1e64
    case 3: 1e96
    case 4: 1e128
    case 5: 1e160
    case 6: 1e192
    case 7: 1e224
    case 8: 1e256
    default: 1e288
    }
  }

  private static func largeInverse(_ index: Int) -> Double {
    switch index {
    case 0: 1
    case 1: 1e-32
    case 2: 1e-64
    case 3: 1e-96
    case 4: 1e-128
    case 5: 1e-160
    case 6: 1e-192
    case 7: 1e-224
    case 8: 1e-256
    case 9: 1e-288
    // 10^-320, which is not normal.
    default: Double(bitPattern: 2024)
    }
  }
}
