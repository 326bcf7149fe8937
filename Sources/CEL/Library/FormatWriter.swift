internal import Memory

/// Writes one argument of `format`.
struct FormatWriter {
  let context: EvaluationContext
  let dialect: FormatDialect

  private var isStandard: Bool { dialect == .standard }

  /// - Returns: why the argument does not go with the clause.
  func write(_ value: Value, _ clause: FormatClause, to result: inout ArenaText) -> ByteSlice? {
    switch clause.verb {
    case .string: return writeString(value, to: &result)
    case .fixed, .scientific:
      guard let number = double(value) else { break }
      writeNumber(number, clause, to: &result)
      return nil
    case .decimal:
      if value.tag == .double, isStandard {
        writePlain(value.doubleValue, to: &result)
        return nil
      }
      if writeInteger(value, radix: 10, to: &result) { return nil }
    case .binary:
      if value.tag == .bool {
        result.append(value.payload != 0 ? "1" : "0")
        return nil
      }
      if writeInteger(value, radix: 2, to: &result) { return nil }
    case .octal: if writeInteger(value, radix: 8, to: &result) { return nil }
    case .hex, .upperHex: if writeHex(value, uppercase: clause.verb == .upperHex, to: &result) { return nil }
    }
    return refuse(value, clause.verb)
  }

  private func refuse(_ value: Value, _ verb: FormatClause.Verb) -> ByteSlice {
    var text = ArenaText(context.arena)
    text.append(verb.restriction(dialect))
    text.append(", was given ")
    text.append(value.typeName)
    return text.text
  }

  // MARK: Numbers

  private func writeInteger(_ value: Value, radix: UInt64, uppercase: Bool = false, to result: inout ArenaText) -> Bool
  {
    switch value.tag {
    case .int:
      if value.intValue < 0 { result.append("-") }
      result.append(value.intValue.magnitude, radix: radix, uppercase: uppercase)
    case .uint: result.append(value.payload, radix: radix, uppercase: uppercase)
    default: return false
    }
    return true
  }

  private func writeHex(_ value: Value, uppercase: Bool, to result: inout ArenaText) -> Bool {
    if writeInteger(value, radix: 16, uppercase: uppercase, to: &result) { return true }
    guard value.tag == .string || value.tag == .bytes else { return false }
    for byte in value.slice.buffer { result.append(UInt64(byte), radix: 16, width: 2, uppercase: uppercase) }
    return true
  }

  private func writeNumber(_ number: Double, _ clause: FormatClause, to result: inout ArenaText) {
    guard number.isFinite else { return writeSpecial(number, to: &result) }
    var digits = ExactDecimal(number)
    if clause.verb == .fixed {
      digits.writeFixed(clause.precision, groups: !isStandard, to: &result)
    } else {
      writeExponent(digits.writeMantissa(clause.precision, to: &result), to: &result)
    }
  }

  /// The number to write; in the older dialect doubles only, and three names of doubles.
  private func double(_ value: Value) -> Double? {
    switch value.tag {
    case .double: return value.doubleValue
    case .int where isStandard: return Double(value.intValue)
    case .uint where isStandard: return Double(value.payload)
    case .string where !isStandard:
      if value.slice == "NaN" { return .nan }
      if value.slice == "Infinity" { return .infinity }
      return value.slice == "-Infinity" ? -.infinity : nil
    default: return nil
    }
  }

  private func writeSpecial(_ number: Double, to result: inout ArenaText) {
    if number.isNaN { return result.append("NaN") }
    if number < 0 { result.append("-") }
    result.append(isStandard ? "Infinity" : "∞")
  }

  /// `e+03`, or in the older dialect ` × 10⁰³` with narrow spaces that do not break.
  private func writeExponent(_ exponent: Int, to result: inout ArenaText) {
    if isStandard {
      result.append(exponent < 0 ? "e-" : "e+")
      return result.append(UInt64(exponent.magnitude), radix: 10, width: 2)
    }
    result.append("\u{202F}×\u{202F}10")
    if exponent < 0 { result.append("⁻") }
    var divisor = exponent.magnitude >= 100 ? 100 : 10 as UInt
    while divisor > 0 {
      switch exponent.magnitude / divisor % 10 {
      case 0: result.append("⁰")
      case 1: result.append("¹")
      case 2: result.append("²")
      case 3: result.append("³")
      case let digit: result.append(scalar: Unicode.Scalar(0x2070 + UInt32(digit)) ?? "⁴")
      }
      divisor /= 10
    }
  }

  /// The shortest digits that read back as the number, without exponent.
  private func writePlain(_ number: Double, to result: inout ArenaText) {
    guard number.isFinite else { return writeSpecial(number, to: &result) }
    // The longest has 324 places behind the point and 17 digits.
    var writer = TextWriter(arena: context.arena, capacity: 400)
    DoubleDigits(number).writePlain(to: &writer)
    result.append(writer.text)
  }

  // MARK: Strings

  /// `%s`. The recursion is as deep as the value, which is bounded as for `equal`.
  private func writeString(_ value: Value, to result: inout ArenaText) -> ByteSlice? {
    switch value.tag {
    case .null: result.append("null")
    case .string, .type: result.append(value.slice)
    case .bytes:
      guard isStandard || value.slice.isValidUTF8 else {
        return ByteSlice("could not convert argument \"invalid UTF-8 in bytes, cannot convert to string\" to string")
      }
      result.append(value.slice)
    case .double where isStandard: writePlain(value.doubleValue, to: &result)
    case .timestamp where isStandard:
      result.append(context.text(.timestamp(seconds: value.intValue, nanoseconds: value.count)))
    case .bool, .int, .uint, .double, .timestamp, .duration: result.append(context.text(value))
    case .list, .jsonList: return writeList(value, to: &result)
    case .map, .jsonMap: return writeMap(value, to: &result)
    case .optional, .opaque, .error: return refuse(value, .string)
    }
    return nil
  }

  private func writeList(_ list: Value, to result: inout ArenaText) -> ByteSlice? {
    guard var elements = Elements(list) else { return refuse(list, .string) }
    result.append("[")
    var isFirst = true
    while elements.remaining > 0, !result.isTooLong {
      if !isFirst { result.append(", ") }
      isFirst = false
      if let problem = writeMember(elements.next(context), to: &result) { return problem }
    }
    result.append("]")
    return nil
  }

  /// A map's entries in the order of their keys as they are written.
  private func writeMap(_ map: Value, to result: inout ArenaText) -> ByteSlice? {
    guard var entries = Elements(map) else { return refuse(map, .string) }
    let count = entries.remaining
    let keys = context.arena.allocate(ByteSlice.self, count: count)
    let values = context.arena.allocate(Value.self, count: count)
    for index in 0..<count {
      guard context.goesOn(after: 16) else { return .empty }
      let (key, value) = entries.nextEntry(context)
      var text = ArenaText(context.arena, capacity: 16)
      if let problem = writeKey(key, to: &text) { return problem }
      keys[index] = text.text
      values[index] = value
    }
    let order = context.sortedIndexes(count) { keys[Int($0)] < keys[Int($1)] }
    result.append("{")
    for place in 0..<count where !result.isTooLong {
      if place > 0 { result.append(", ") }
      let index = Int(order[place])
      result.append(keys[index])
      result.append(isStandard ? ": " : ":")
      if let problem = writeMember(values[index], to: &result) { return problem }
    }
    result.append("}")
    return nil
  }

  private func writeKey(_ key: Value, to result: inout ArenaText) -> ByteSlice? {
    if isStandard { return writeString(key, to: &result) }
    switch key.tag {
    case .string: context.appendGoQuoted(key.slice, to: &result)
    case .bool, .int, .uint: result.append(context.text(key))
    default:
      result.append("no formatting function for map key of type ")
      result.append(key.typeName)
      return result.text
    }
    return nil
  }

  /// What stands in a list or map, as long as there is time: in the older dialect as a literal of CEL.
  private func writeMember(_ value: Value, to result: inout ArenaText) -> ByteSlice? {
    guard context.goesOn(after: 16) else { return .empty }
    if isStandard { return writeString(value, to: &result) }
    switch value.tag {
    case .string: context.appendGoQuoted(value.slice, to: &result)
    case .bytes:
      guard value.slice.isValidUTF8 else { return writeString(value, to: &result) }
      result.append("b")
      context.appendGoQuoted(value.slice, to: &result)
    case .timestamp, .duration:
      result.append(value.tag == .timestamp ? "timestamp(" : "duration(")
      context.appendGoQuoted(context.text(value), to: &result)
      result.append(")")
    case .double:
      guard value.doubleValue.isFinite else {
        result.append("\"")
        result.append(context.text(value))
        result.append("\"")
        return nil
      }
      var digits = ExactDecimal(value.doubleValue)
      digits.writeFixed(FormatClause.defaultPrecision, to: &result)
    case .type:
      result.append("type(")
      result.append(value.slice)
      result.append(")")
    case .optional, .opaque, .error:
      var problem = ArenaText(context.arena)
      problem.append("no formatting function for ")
      problem.append(value.typeName)
      return problem.text
    default: return writeString(value, to: &result)
    }
    return nil
  }
}
