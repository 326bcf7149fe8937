internal import Memory

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A number of any size: decimal digits and how many of them stand behind the point, which may be fewer than none.
///
/// Digits are ASCII, the most significant first, without leading zeros; none is zero. Decimal and not binary, since
/// what is done with quantities is shifting by powers of ten, adding and writing.
struct Decimal: BitwiseCopyable {
  /// The most digits of a number. 64 bits have 19; sums of amounts whose exponents are far apart need more, and there
  /// has to be an end, since `1e1000000000` is ten bytes of text.
  static let maximumDigits = 4096

  var digits = ByteSlice.empty
  /// The number is `digits` × 10^-`scale`.
  var scale: Int32 = 0
  var isNegative = false

  var isZero: Bool { digits.isEmpty }

  var sign: Int64 { digits.isEmpty ? 0 : isNegative ? -1 : 1 }

  init() {}

  init(digits: ByteSlice, scale: Int32, isNegative: Bool) {
    self.digits = digits
    self.scale = scale
    self.isNegative = isNegative
  }

  init(_ magnitude: UInt64, isNegative: Bool, _ arena: Arena.Handle) {
    self.isNegative = isNegative
    guard magnitude > 0 else { return }
    let place = arena.allocate(UInt8.self, count: 20)
    var index = 20
    var rest = magnitude
    while rest > 0 {
      index -= 1
      place[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    digits = ByteSlice(start: place + index, count: 20 - index)
  }

  /// -1, 0 or 1 for the numbers without their signs, neither of which is zero.
  static func compareMagnitudes(_ left: Decimal, _ right: Decimal) -> Int {
    // Where the first digit stands decides; with the same place digit by digit, zeros behind the shorter one.
    let leftPower = Int64(left.digits.count) - Int64(left.scale)
    let rightPower = Int64(right.digits.count) - Int64(right.scale)
    if leftPower != rightPower { return leftPower < rightPower ? -1 : 1 }
    for index in 0..<max(left.digits.count, right.digits.count) {
      let first = index < left.digits.count ? left.digits[index] : UInt8(ascii: "0")
      let second = index < right.digits.count ? right.digits[index] : UInt8(ascii: "0")
      if first != second { return first < second ? -1 : 1 }
    }
    return 0
  }

  /// The same number with as many digits behind the point as `scale` says, which are not fewer; nil where that are too
  /// many.
  private func extended(to scale: Int32, _ arena: Arena.Handle) -> Decimal? {
    let zeros = Int64(scale) - Int64(self.scale)
    assert(zeros >= 0)
    if digits.isEmpty { return Decimal(digits: .empty, scale: scale, isNegative: false) }
    guard Int64(digits.count) + zeros <= Int64(Self.maximumDigits) else { return nil }
    if zeros == 0 { return self }
    let count = digits.count + Int(zeros)
    let place = arena.allocate(UInt8.self, count: count)
    place.update(from: digits.start, count: digits.count)
    (place + digits.count).update(repeating: UInt8(ascii: "0"), count: Int(zeros))
    return Decimal(digits: ByteSlice(start: place, count: count), scale: scale, isNegative: isNegative)
  }

  /// With `scale` digits behind the point, what is cut off rounded away from zero; nil where the digits are too many.
  func roundedUp(to scale: Int32, _ arena: Arena.Handle) -> Decimal? {
    guard self.scale > scale else { return extended(to: scale, arena) }
    let cut = Int64(self.scale) - Int64(scale)
    let kept = cut >= Int64(digits.count) ? 0 : digits.count - Int(cut)
    var isExact = true
    for index in kept..<digits.count where digits[index] != UInt8(ascii: "0") { isExact = false }
    let result = Decimal(digits: digits.prefix(kept), scale: scale, isNegative: isNegative)
    return isExact ? result : result.incremented(arena)
  }

  /// The number with its last digit one further from zero.
  private func incremented(_ arena: Arena.Handle) -> Decimal {
    let one = Decimal(digits: ByteSlice("1"), scale: scale, isNegative: isNegative)
    return isZero ? one : Self.sum(self, one, isNegative: isNegative, arena)
  }

  /// The sum; nil where it has too many digits.
  static func add(_ left: Decimal, _ right: Decimal, _ arena: Arena.Handle) -> Decimal? {
    let scale = max(left.scale, right.scale)
    guard let first = left.extended(to: scale, arena), let second = right.extended(to: scale, arena) else {
      return nil
    }
    if first.isZero { return second }
    if second.isZero { return first }
    if first.isNegative == second.isNegative { return sum(first, second, isNegative: first.isNegative, arena) }
    switch compareMagnitudes(first, second) {
    case 0: return Decimal(digits: .empty, scale: scale, isNegative: false)
    case 1: return difference(first, second, isNegative: first.isNegative, arena)
    default: return difference(second, first, isNegative: second.isNegative, arena)
    }
  }

  /// Of numbers with the same scale, without regard to their signs.
  private static func sum(
    _ left: Decimal, _ right: Decimal, isNegative: Bool, _ arena: Arena.Handle
  ) -> Decimal {
    let count = max(left.digits.count, right.digits.count) + 1
    let place = arena.allocate(UInt8.self, count: count)
    var carry: UInt8 = 0
    for index in 0..<count {
      let digit = left.digit(fromEnd: index) + right.digit(fromEnd: index) + carry
      place[count - 1 - index] = UInt8(ascii: "0") + digit % 10
      carry = digit / 10
    }
    return Decimal(place, count: count, scale: left.scale, isNegative: isNegative)
  }

  /// Of numbers with the same scale, without regard to their signs; `left` is not the smaller one.
  private static func difference(
    _ left: Decimal, _ right: Decimal, isNegative: Bool, _ arena: Arena.Handle
  ) -> Decimal {
    let count = left.digits.count
    let place = arena.allocate(UInt8.self, count: count)
    var borrow: UInt8 = 0
    for index in 0..<count {
      let digit = 10 + left.digit(fromEnd: index) - right.digit(fromEnd: index) - borrow
      place[count - 1 - index] = UInt8(ascii: "0") + digit % 10
      borrow = digit < 10 ? 1 : 0
    }
    return Decimal(place, count: count, scale: left.scale, isNegative: isNegative)
  }

  /// Digits that may have zeros in front.
  private init(_ place: UnsafeMutablePointer<UInt8>, count: Int, scale: Int32, isNegative: Bool) {
    var first = 0
    while first < count, place[first] == UInt8(ascii: "0") { first += 1 }
    self.init(
      digits: ByteSlice(start: place + first, count: count - first), scale: scale, isNegative: isNegative)
  }

  private func digit(fromEnd index: Int) -> UInt8 {
    index < digits.count ? digits[digits.count - 1 - index] - UInt8(ascii: "0") : 0
  }

  /// 1024 times the number.
  func timesKibi(_ arena: Arena.Handle) -> Decimal {
    let count = digits.count + 4
    let place = arena.allocate(UInt8.self, count: count)
    var carry = 0
    for index in 0..<count {
      let digit = Int(digit(fromEnd: index)) * 1024 + carry
      place[count - 1 - index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit % 10)
      carry = digit / 10
    }
    return Decimal(place, count: count, scale: scale, isNegative: isNegative)
  }

  /// The number by 1024 where nothing is left over.
  func dividedByKibi(_ arena: Arena.Handle) -> Decimal? {
    guard !isZero else { return nil }
    let place = arena.allocate(UInt8.self, count: digits.count)
    var rest = 0
    for index in 0..<digits.count {
      rest = rest * 10 + Int(digits[index] - UInt8(ascii: "0"))
      place[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / 1024)
      rest %= 1024
    }
    return rest == 0 ? Decimal(place, count: digits.count, scale: scale, isNegative: isNegative) : nil
  }

  /// The digits, without the point, as the nearest double.
  func digitsAsDouble(_ arena: Arena.Handle) -> Double {
    guard !isZero else { return 0 }
    let terminated = arena.allocate(CChar.self, count: digits.count + 1)
    for index in 0..<digits.count { terminated[index] = CChar(bitPattern: digits[index]) }
    terminated[digits.count] = 0
    let magnitude = strtod(terminated, nil)
    return isNegative ? -magnitude : magnitude
  }
}
