internal import CDecimal
internal import Memory

/// Values as text: what `string()` makes, what messages show.
extension EvaluationContext {
  /// A value as messages show it, which for a string is its text: Go's `%v`. Containers as in ``describe(_:into:)``.
  @inline(never)
  func text(_ value: Value) -> ByteSlice {
    switch value.tag {
    case .string, .bytes, .error, .type: return value.slice
    case .bool: return value.payload != 0 ? ByteSlice("true") : ByteSlice("false")
    case .null: return ByteSlice("NULL_VALUE")
    case .int:
      return decimal(value.intValue.magnitude, isNegative: value.intValue < 0)
    case .uint: return decimal(value.payload, isNegative: false)
    case .double: return doubleText(value.doubleValue)
    case .timestamp: return timestampText(value)
    case .duration: return durationText(value.intValue)
    case .opaque: return opaqueText(value)
    case .list, .jsonList, .map, .jsonMap, .optional:
      var buffer = ByteBuffer()
      describe(value, into: &buffer)
      return arena.copy(buffer.bytes)
    }
  }

  private func decimal(_ magnitude: UInt64, isNegative: Bool) -> ByteSlice {
    let place = arena.allocate(UInt8.self, count: 21)
    var index = 21
    var rest = magnitude
    repeat {
      index -= 1
      place[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest > 0
    if isNegative {
      index -= 1
      place[index] = UInt8(ascii: "-")
    }
    return ByteSlice(start: place + index, count: 21 - index)
  }

  /// Go's `%g` of the shortest digits that read back as the number.
  private func doubleText(_ number: Double) -> ByteSlice {
    if number.isNaN { return ByteSlice("NaN") }
    if number.isInfinite { return number < 0 ? ByteSlice("-Inf") : ByteSlice("+Inf") }
    var writer = TextWriter(arena: arena, capacity: 32)
    let digits = DoubleDigits(number)
    digits.writeGeneral(to: &writer)
    return writer.text
  }

  /// RFC 3339 with as many digits of a second as are not zero, in the timestamp's own zone: Go's `RFC3339Nano`.
  private func timestampText(_ timestamp: Value) -> ByteSlice {
    let offset = Int64(timestamp.offsetMinutes)
    let time = CivilTime(seconds: timestamp.intValue + offset * 60)
    var writer = TextWriter(arena: arena, capacity: 48)
    writer.append(UInt64(max(time.year, 0)), width: 4)
    writer.append("-")
    writer.append(UInt64(time.month), width: 2)
    writer.append("-")
    writer.append(UInt64(time.day), width: 2)
    writer.append("T")
    writer.append(UInt64(time.hour), width: 2)
    writer.append(":")
    writer.append(UInt64(time.minute), width: 2)
    writer.append(":")
    writer.append(UInt64(time.second), width: 2)
    writer.appendFraction(UInt64(timestamp.count))
    if offset == 0 {
      writer.append("Z")
    } else {
      writer.append(offset < 0 ? "-" : "+")
      writer.append(offset.magnitude / 60, width: 2)
      writer.append(":")
      writer.append(offset.magnitude % 60, width: 2)
    }
    return writer.text
  }

  /// Seconds as a decimal fraction with an `s`, as cel-go has it: the seconds are a double there, whose shortest digits
  /// are shown.
  private func durationText(_ nanoseconds: Int64) -> ByteSlice {
    let seconds = Double(nanoseconds / 1_000_000_000) + Double(nanoseconds % 1_000_000_000) / 1e9
    var writer = TextWriter(arena: arena, capacity: 48)
    DoubleDigits(seconds).writePlain(to: &writer)
    writer.append("s")
    return writer.text
  }
}

/// Text that is made in the arena, of a length bounded beforehand.
struct TextWriter {
  private let start: UnsafeMutablePointer<UInt8>
  private let capacity: Int
  private var count = 0

  init(arena: Arena.Handle, capacity: Int) {
    start = arena.allocate(UInt8.self, count: capacity)
    self.capacity = capacity
  }

  var text: ByteSlice { ByteSlice(start: start, count: count) }

  mutating func append(byte: UInt8) {
    precondition(count < capacity)
    start[count] = byte
    count += 1
  }

  mutating func append(_ character: Unicode.Scalar) { append(byte: UInt8(ascii: character)) }

  /// Decimal digits, padded with zeros to `width`.
  mutating func append(_ number: UInt64, width: Int) {
    var divisor: UInt64 = 1
    var digits = 1
    while number / divisor >= 10 || digits < width {
      divisor *= 10
      digits += 1
    }
    while divisor > 0 {
      append(byte: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
      divisor /= 10
    }
  }

  /// A point and the digits of a fraction of a second without the zeros at the end; nothing for zero.
  mutating func appendFraction(_ nanoseconds: UInt64) {
    guard nanoseconds > 0 else { return }
    append(".")
    var rest = nanoseconds
    var digits = 9
    while rest % 10 == 0 {
      rest /= 10
      digits -= 1
    }
    append(rest, width: digits)
  }
}

/// The shortest decimal digits that read back as a finite number: `0.digits × 10^exponent`.
struct DoubleDigits {
  private var digits: InlineArray<20, UInt8> = .init(repeating: 0)
  private var count = 0
  private var exponent = 0
  private let isNegative: Bool

  init(_ number: Double) {
    isNegative = number.sign == .minus
    // `1.25e+01`; a description of Swift's has the same digits, but may take its text from the heap.
    var text = InlineArray<24, CChar>(repeating: 0)
    var span = text.mutableSpan
    let length = span.withUnsafeMutableBufferPointer { cdecimal_shortest(number.magnitude, $0.baseAddress, $0.count) }
    // INVARIANT: 17 digits, a point and an exponent of three digits fit.
    assert(length > 0)
    var shift = 0
    var isExponent = false
    var isExponentNegative = false
    for index in 0..<length {
      switch UInt8(bitPattern: text[index]) {
      case UInt8(ascii: "e"): isExponent = true
      case UInt8(ascii: "-"): isExponentNegative = true
      case let byte where byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"):
        if isExponent {
          shift = shift * 10 + Int(byte - UInt8(ascii: "0"))
        } else {
          digits[count] = byte
          count += 1
        }
      default: break
      }
    }
    while count > 0, digits[count - 1] == UInt8(ascii: "0") { count -= 1 }
    exponent = 1 + (isExponentNegative ? -shift : shift)
  }

  private func digit(_ index: Int) -> UInt8 { index < count ? digits[index] : UInt8(ascii: "0") }

  /// Go's `%g`: with an exponent where it is below -4 or at least 6.
  func writeGeneral(to writer: inout TextWriter) {
    let power = exponent - 1
    guard count > 0, power < -4 || power >= 6 else { return writePlain(to: &writer) }
    if isNegative { writer.append("-") }
    writer.append(byte: digit(0))
    if count > 1 { writer.append(".") }
    for index in 1..<max(count, 1) { writer.append(byte: digit(index)) }
    writer.append("e")
    writer.append(power < 0 ? "-" : "+")
    writer.append(UInt64(power.magnitude), width: 2)
  }

  /// Without exponent.
  func writePlain(to writer: inout TextWriter) {
    if isNegative { writer.append("-") }
    if exponent <= 0 {
      writer.append("0")
      if count > 0 {
        writer.append(".")
        for _ in 0..<(-exponent) { writer.append("0") }
        for index in 0..<count { writer.append(byte: digit(index)) }
      }
      return
    }
    for index in 0..<exponent { writer.append(byte: digit(index)) }
    guard count > exponent else { return }
    writer.append(".")
    for index in exponent..<count { writer.append(byte: digit(index)) }
  }
}
