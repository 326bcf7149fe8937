internal import JSON
internal import Memory

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// `int(x)`, `string(x)` and the other conversions; texts of errors are cel-go's (`common/types`, `ConvertToType`).
extension EvaluationContext {
  func convert(_ value: Value, _ target: Function) -> Value {
    switch (target, value.tag) {
    case (.bool, .bool), (.bytes, .bytes), (.double, .double), (.duration, .duration), (.int, .int), (.string, .string),
      (.timestamp, .timestamp), (.uint, .uint):
      return value
    case (.bool, .string): return Self.parseBool(value.slice).map(Value.bool) ?? conversionError(value, target)
    case (.bytes, .string): return .bytes(value.slice)
    case (.double, .int): return .double(Double(value.intValue))
    case (.double, .uint): return .double(Double(value.payload))
    case (.double, .string): return parseDouble(value.slice).map(Value.double) ?? conversionError(value, target)
    case (.duration, .string):
      return Self.parseDuration(value.slice).map(Value.duration(nanoseconds:)) ?? conversionError(value, target)
    case (.int, .uint): return Int64(exactly: value.payload).map(Value.int) ?? .error("integer overflow")
    case (.int, .double):
      // cel-go takes neither end of the range, since it cannot tell them from their neighbours.
      let number = value.doubleValue
      return number > -0x1p63 && number < 0x1p63 ? .int(Int64(number)) : .error("integer overflow")
    case (.int, .string): return Self.parseInt(value.slice).map(Value.int) ?? conversionError(value, target)
    case (.int, .timestamp): return .int(value.intValue)
    case (.int, .duration): return .int(value.intValue)
    case (.uint, .int):
      return value.intValue >= 0 ? .uint(value.payload) : .error("unsigned integer overflow")
    case (.uint, .double):
      let number = value.doubleValue
      return number >= 0 && number < 0x1p64 ? .uint(UInt64(number)) : .error("unsigned integer overflow")
    case (.uint, .string): return Self.parseUInt(value.slice).map(Value.uint) ?? conversionError(value, target)
    case (.string, .bytes):
      return value.slice.isValidUTF8
        ? .string(value.slice) : .error("invalid UTF-8 in bytes, cannot convert to string")
    case (.string, .bool), (.string, .int), (.string, .uint), (.string, .double), (.string, .timestamp),
      (.string, .duration):
      return .string(text(value))
    case (.timestamp, .int):
      return Self.timestampSeconds.contains(value.intValue)
        ? .timestamp(seconds: value.intValue, nanoseconds: 0) : .error("timestamp overflow")
    case (.timestamp, .string): return Self.parseTimestamp(value.slice) ?? conversionError(value, target)
    case (.string, .opaque):
      switch value.opaqueType {
      case .address, .network: return .string(opaqueText(value))
      default: return noOverload(target, value)
      }
    default: return noOverload(target, value)
    }
  }

  private func conversionError(_ value: Value, _ target: Function) -> Value {
    let name: StaticString =
      switch target {
      case .bool: "bool"
      case .double: "double"
      case .duration: "google.protobuf.Duration"
      case .int: "int"
      case .timestamp: "google.protobuf.Timestamp"
      default: "uint"
      }
    return error(
      "type conversion error from '",
      arena.concatenate(value.typeName, arena.concatenate(ByteSlice("' to '"), ByteSlice(name))), "'")
  }

  /// Go's `strconv.ParseBool`.
  static func parseBool(_ text: ByteSlice) -> Bool? {
    if text == "1" || text == "t" || text == "T" || text == "true" || text == "TRUE" || text == "True" { return true }
    if text == "0" || text == "f" || text == "F" || text == "false" || text == "FALSE" || text == "False" {
      return false
    }
    return nil
  }

  /// Go's `strconv.ParseInt` of base 10: a sign, also plus, and digits.
  static func parseInt(_ text: ByteSlice) -> Int64? {
    guard !text.isEmpty, text[0] == UInt8(ascii: "+") else { return Numbers.integer(text) }
    let digits = text.dropFirst(1)
    guard !digits.isEmpty, digits[0] != UInt8(ascii: "-") else { return nil }
    return Numbers.integer(digits)
  }

  /// Go's `strconv.ParseUint` of base 10: digits only.
  static func parseUInt(_ text: ByteSlice) -> UInt64? {
    guard !text.isEmpty else { return nil }
    var number: UInt64 = 0
    for index in 0..<text.count {
      let digit = text[index] &- UInt8(ascii: "0")
      guard digit < 10 else { return nil }
      let (shifted, overflow) = number.multipliedReportingOverflow(by: 10)
      let (sum, carry) = shifted.addingReportingOverflow(UInt64(digit))
      if overflow || carry { return nil }
      number = sum
    }
    return number
  }

  /// Go's `strconv.ParseFloat`: a decimal number, or infinity and NaN by name. What is too large is an error.
  private func parseDouble(_ text: ByteSlice) -> Double? {
    var rest = text
    var sign = 1.0
    if !rest.isEmpty, rest[0] == UInt8(ascii: "-") || rest[0] == UInt8(ascii: "+") {
      if rest[0] == UInt8(ascii: "-") { sign = -1 }
      rest = rest.dropFirst(1)
    }
    if rest.equalsIgnoringCase("inf") || rest.equalsIgnoringCase("infinity") { return sign * .infinity }
    if text.count == rest.count, rest.equalsIgnoringCase("nan") { return .nan }
    guard Self.isDecimal(rest) || Self.isHexadecimalFloat(rest) else { return nil }
    let terminated = arena.allocate(CChar.self, count: rest.count + 1)
    for index in 0..<rest.count { terminated[index] = CChar(bitPattern: rest[index]) }
    terminated[rest.count] = 0
    let number = strtod(terminated, nil)
    return number.isFinite ? sign * number : nil
  }

  private static func isDecimal(_ text: ByteSlice) -> Bool {
    var index = 0
    var digits = 0
    func isDigit() -> Bool { index < text.count && text[index] &- UInt8(ascii: "0") < 10 }
    while isDigit() {
      index += 1
      digits += 1
    }
    if index < text.count, text[index] == UInt8(ascii: ".") {
      index += 1
      while isDigit() {
        index += 1
        digits += 1
      }
    }
    guard digits > 0 else { return false }
    if index < text.count, text[index] | 0x20 == UInt8(ascii: "e") {
      index += 1
      if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") { index += 1 }
      guard isDigit() else { return false }
      while isDigit() { index += 1 }
    }
    return index == text.count
  }

  /// `0x1.8p3`: Go wants the exponent.
  private static func isHexadecimalFloat(_ text: ByteSlice) -> Bool {
    guard text.count > 3, text[0] == UInt8(ascii: "0"), text[1] | 0x20 == UInt8(ascii: "x") else { return false }
    var index = 2
    var digits = 0
    var points = 0
    while index < text.count {
      let byte = text[index]
      if byte == UInt8(ascii: ".") {
        points += 1
      } else if byte &- UInt8(ascii: "0") < 10 || (byte | 0x20) &- UInt8(ascii: "a") < 6 {
        digits += 1
      } else {
        break
      }
      index += 1
    }
    guard digits > 0, points <= 1, index < text.count, text[index] | 0x20 == UInt8(ascii: "p") else { return false }
    index += 1
    if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") { index += 1 }
    guard index < text.count else { return false }
    while index < text.count, text[index] &- UInt8(ascii: "0") < 10 { index += 1 }
    return index == text.count
  }
}

extension ByteSlice {
  /// Whether the text is a lower-case ASCII literal, upper case allowed.
  func equalsIgnoringCase(_ literal: StaticString) -> Bool {
    let other = ByteSlice(literal)
    guard count == other.count else { return false }
    for index in 0..<count where self[index] | 0x20 != other[index] { return false }
    return true
  }
}

extension ByteSlice {
  /// Whether the bytes are UTF-8: no overlong form, no surrogate, nothing past U+10FFFF.
  var isValidUTF8: Bool {
    var index = 0
    while index < count {
      let first = self[index]
      if first < 0x80 {
        index += 1
        continue
      }
      let (length, second): (Int, ClosedRange<UInt8>)
      switch first {
      case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
      case 0xE0: (length, second) = (3, 0xA0...0xBF)
      case 0xED: (length, second) = (3, 0x80...0x9F)
      case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
      case 0xF0: (length, second) = (4, 0x90...0xBF)
      case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
      case 0xF4: (length, second) = (4, 0x80...0x8F)
      default: return false
      }
      guard index + length <= count, second.contains(self[index + 1]) else { return false }
      for place in index + 2..<max(index + length, index + 2) where self[place] & 0xC0 != 0x80 { return false }
      index += length
    }
    return true
  }
}
