internal import Memory

/// Why a text is no quantity, in the words of Kubernetes.
enum QuantityFailure: Error {
  case format, number, suffix
  /// It would need more digits than ``Decimal/maximumDigits``.
  case tooLarge

  var error: Value {
    switch self {
    case .format:
      .error("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
    case .number: .error("unable to parse numeric part of quantity")
    case .suffix: .error("unable to parse quantity's suffix")
    case .tooLarge: EvaluationContext.tooLong
    }
  }
}

extension Quantity {
  /// The exponent of a suffix, of ten or of two, and how such quantities are written.
  private struct Suffix {
    var exponent: Int32
    var format: Format
  }

  /// A text cut into its parts; none of them is checked further than by its characters.
  private struct Parts {
    var isNegative = false
    /// The digits without the point, zeros in front included.
    var all = ByteSlice.empty
    /// The digits in front of the point, without zeros in front, but at least one.
    var wholeCount = 1
    var fraction = ByteSlice.empty
    /// Sign, digits and point.
    var number = ByteSlice.empty
    var suffix = ByteSlice.empty
  }

  static func parse(_ text: ByteSlice, _ arena: Arena.Handle) -> Result<Quantity, QuantityFailure> {
    if text.isEmpty { return .failure(.format) }
    guard let parts = split(text) else { return .failure(.format) }
    guard let suffix = interpret(parts.suffix) else { return .failure(.suffix) }
    if let quantity = integer(parts, suffix) { return .success(quantity) }
    return digits(parts, suffix, arena)
  }

  private static func split(_ text: ByteSlice) -> Parts? {
    var parts = Parts()
    var index = 0
    if text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: "+") {
      parts.isNegative = text[0] == UInt8(ascii: "-")
      index = 1
    }
    while index < text.count, text[index] == UInt8(ascii: "0") { index += 1 }
    if index == text.count {
      parts.number = text
      return parts
    }
    let whole = index
    index = text.endOfDigits(from: index)
    parts.wholeCount = max(index - whole, 1)
    if index < text.count, text[index] == UInt8(ascii: ".") {
      index += 1
      let fraction = index
      index = text.endOfDigits(from: index)
      parts.fraction = text[fraction..<index]
    }
    parts.number = text.prefix(index)
    let suffix = index
    while index < text.count, isSuffixLetter(text[index]) { index += 1 }
    if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") { index += 1 }
    index = text.endOfDigits(from: index)
    guard index == text.count else { return nil }
    parts.suffix = text.dropFirst(suffix)
    return parts
  }

  private static func isSuffixLetter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "i"), UInt8(ascii: "n"), UInt8(ascii: "u"),
      UInt8(ascii: "m"), UInt8(ascii: "k"), UInt8(ascii: "K"), UInt8(ascii: "M"), UInt8(ascii: "G"),
      UInt8(ascii: "T"), UInt8(ascii: "P"):
      true
    default: false
    }
  }

  private static func interpret(_ text: ByteSlice) -> Suffix? {
    switch text.count {
    case 0: return Suffix(exponent: 0, format: .decimalSI)
    case 1:
      let exponent: Int32? =
        switch text[0] {
        case UInt8(ascii: "n"): -9
        case UInt8(ascii: "u"): -6
        case UInt8(ascii: "m"): -3
        case UInt8(ascii: "k"): 3
        case UInt8(ascii: "M"): 6
        case UInt8(ascii: "G"): 9
        case UInt8(ascii: "T"): 12
        case UInt8(ascii: "P"): 15
        case UInt8(ascii: "E"): 18
        default: nil
        }
      return exponent.map { Suffix(exponent: $0, format: .decimalSI) }
    case 2 where text[1] == UInt8(ascii: "i"):
      let exponent: Int32? =
        switch text[0] {
        case UInt8(ascii: "K"): 10
        case UInt8(ascii: "M"): 20
        case UInt8(ascii: "G"): 30
        case UInt8(ascii: "T"): 40
        case UInt8(ascii: "P"): 50
        case UInt8(ascii: "E"): 60
        default: nil
        }
      return exponent.map { Suffix(exponent: $0, format: .binarySI) }
    default:
      guard text[0] | 0x20 == UInt8(ascii: "e"), let exponent = EvaluationContext.parseInt(text.dropFirst(1)) else {
        return nil
      }
      // Go cuts the exponent to 32 bits.
      return Suffix(exponent: Int32(truncatingIfNeeded: exponent), format: .decimalExponent)
    }
  }

  /// The quantity in the first representation, where few enough digits let Kubernetes choose it.
  private static func integer(_ parts: Parts, _ suffix: Suffix) -> Quantity? {
    let digitCount = parts.wholeCount + parts.fraction.count
    var multiplier: Int64 = 1
    var scale: Int32 = 0
    if suffix.format == .binarySI {
      guard parts.fraction.isEmpty, 14 - parts.wholeCount - Int(suffix.exponent) * 3 / 10 >= 0 else { return nil }
      multiplier = 1 &<< Int64(suffix.exponent)
    } else {
      guard digitCount <= 18 else { return nil }
      scale = suffix.exponent &- Int32(parts.fraction.count)
    }
    guard scale >= -9 else { return nil }
    var value: Int64 = 0
    for index in 0..<parts.number.count {
      let digit = parts.number[index] &- UInt8(ascii: "0")
      if digit < 10 { value = value &* 10 &+ Int64(digit) }
    }
    let (product, overflow) = value.multipliedReportingOverflow(by: multiplier)
    guard !overflow else { return nil }
    return Quantity(value: parts.isNegative ? -product : product, scale: scale, format: suffix.format)
  }

  /// The quantity in the second representation: at least a billionth, and with a binary suffix at most 2^63 - 1.
  private static func digits(
    _ parts: Parts, _ suffix: Suffix, _ arena: Arena.Handle
  ) -> Result<Quantity, QuantityFailure> {
    let place = arena.allocate(UInt8.self, count: parts.number.count)
    var count = 0
    var hasDigit = false
    for index in 0..<parts.number.count {
      let byte = parts.number[index]
      guard byte &- UInt8(ascii: "0") < 10 else { continue }
      hasDigit = true
      if count == 0, byte == UInt8(ascii: "0") { continue }
      place[count] = byte
      count += 1
    }
    guard hasDigit else { return .failure(.number) }
    guard count <= Decimal.maximumDigits else { return .failure(.tooLarge) }
    var amount = Decimal(
      digits: ByteSlice(start: place, count: count), scale: Int32(truncatingIfNeeded: parts.fraction.count),
      isNegative: false)
    if suffix.format == .binarySI {
      for _ in 0..<Int(suffix.exponent) / 10 { amount = amount.timesKibi(arena) }
    } else {
      amount.scale = amount.scale &- suffix.exponent
    }
    if !amount.isZero {
      guard let rounded = amount.roundedUp(to: 9, arena) else { return .failure(.tooLarge) }
      amount = rounded
    }
    var format = suffix.format
    if format == .binarySI, !amount.isZero {
      let largest = Decimal(UInt64(Int64.max), isNegative: false, arena)
      if Decimal.compareMagnitudes(amount, largest) > 0 { amount = largest }
      let one = Decimal(digits: ByteSlice("1"), scale: 0, isNegative: false)
      if Decimal.compareMagnitudes(amount, one) < 0 { format = .decimalSI }
    }
    amount.isNegative = parts.isNegative
    return .success(Quantity(decimal: amount, isDecimal: true, format: format))
  }
}

extension EvaluationContext {
  /// A quantity in its canonical form: no fraction, the largest suffix that loses nothing.
  func text(of quantity: Quantity) -> ByteSlice {
    if quantity.isZero { return ByteSlice("0") }
    var amount = quantity.inDigits(arena)
    var format = quantity.format
    if format == .binarySI {
      let kibi = Quantity(value: 1024, format: .binarySI)
      var magnitude = quantity
      magnitude.decimal = amount
      magnitude.isDecimal = true
      magnitude.decimal.isNegative = false
      if Quantity.compare(magnitude, kibi) < 0 {
        format = .decimalSI
      } else if let whole = amount.roundedUp(to: 0, arena), Decimal.compareMagnitudes(whole, amount) == 0 {
        amount = whole
      } else {
        format = .decimalSI
      }
    }
    var result = ArenaText(arena)
    if amount.isNegative { result.append(byte: UInt8(ascii: "-")) }
    if format == .binarySI {
      appendBinary(amount, to: &result)
    } else {
      appendDecimal(amount, format, to: &result)
    }
    return result.text
  }

  private func appendBinary(_ amount: Decimal, to result: inout ArenaText) {
    var amount = amount
    var power = 0
    while let smaller = amount.dividedByKibi(arena) {
      amount = smaller
      power += 1
    }
    result.append(amount.digits)
    switch power {
    case 0: break
    case 1: result.append("Ki")
    case 2: result.append("Mi")
    case 3: result.append("Gi")
    case 4: result.append("Ti")
    case 5: result.append("Pi")
    case 6: result.append("Ei")
    // Kubernetes has no suffix here and writes none.
    default: break
    }
  }

  private func appendDecimal(_ amount: Decimal, _ format: Quantity.Format, to result: inout ArenaText) {
    var digits = amount.digits
    var exponent = -Int64(amount.scale)
    while digits.count > 1, digits.last == UInt8(ascii: "0") {
      digits = digits.prefix(digits.count - 1)
      exponent += 1
    }
    result.append(digits)
    while exponent % 3 != 0 {
      result.append(byte: UInt8(ascii: "0"))
      exponent -= 1
    }
    if format == .decimalExponent {
      guard exponent != 0 else { return }
      result.append(byte: UInt8(ascii: "e"))
      return result.append(decimal: exponent)
    }
    switch exponent {
    case -9: result.append("n")
    case -6: result.append("u")
    case -3: result.append("m")
    case 3: result.append("k")
    case 6: result.append("M")
    case 9: result.append("G")
    case 12: result.append("T")
    case 15: result.append("P")
    case 18: result.append("E")
    // Kubernetes has no suffix here and writes none.
    default: break
    }
  }
}

extension ByteSlice {
  /// The first place at or behind another where no digit stands.
  fileprivate func endOfDigits(from start: Int) -> Int {
    var index = start
    while index < count, self[index] &- UInt8(ascii: "0") < 10 { index += 1 }
    return index
  }
}
