internal import Memory

/// How `format` words its results: cel-go has two.
enum FormatDialect {
  /// The strings extension up to version 3 in the locale `en_US`, as Kubernetes has it: literals inside lists are quoted, thousands
  /// of fixed-point numbers grouped, exponents superscript.
  case localized
  /// From version 4 on, as https://github.com/google/cel-spec/blob/master/doc/extensions/strings.md defines it.
  case standard

  /// The most digits behind the point: cel-go's limit from version 5 on. Go itself formats none past a million.
  var maximumPrecision: Int { self == .standard ? 100 : 1_000_000 }
}

/// `format` of the strings extension (`ext/formatting.go`, `ext/formatting_v2.go`).
extension EvaluationContext {
  func format(_ arguments: UnsafeBufferPointer<Value>, _ dialect: FormatDialect) -> Value {
    guard arguments[0].tag == .string, arguments[1].isList, var values = Elements(arguments[1]) else {
      return noOverload(.format, arguments)
    }
    let format = arguments[0].slice
    var result = ArenaText(arena, capacity: format.count + 64)
    var index = 0
    var argument = 0
    while index < format.count, !result.isTooLong {
      guard format[index] == UInt8(ascii: "%") else {
        let end = format.dropFirst(index).firstIndex(of: UInt8(ascii: "%")).map { $0 + index } ?? format.count
        result.append(format[index..<end])
        index = end
        continue
      }
      index += 1
      if index < format.count, format[index] == UInt8(ascii: "%") {
        result.append("%")
        index += 1
        continue
      }
      guard values.remaining > 0 else { return error("index ", text(.int(Int64(argument))), " out of range") }
      guard index < format.count else { return .error("unexpected end of string") }
      let value = values.next(self)
      argument += 1
      switch FormatClause.parse(format, &index, dialect) {
      case .failure(let problem):
        // The error path: what is made on the heap here is copied.
        return problem.text(dialect).withByteSlice {
          error("could not parse formatting clause: ", $0)
        }
      case .success(let clause):
        if let problem = FormatWriter(context: self, dialect: dialect).write(value, clause, to: &result) {
          return error("error during formatting: ", problem)
        }
      }
    }
    return result.value
  }
}

/// What follows a percent sign.
struct FormatClause {
  enum Verb: UInt8 {
    case string = 0x73
    case decimal = 0x64
    case fixed = 0x66
    case scientific = 0x65
    case binary = 0x62
    case hex = 0x78
    case upperHex = 0x58
    case octal = 0x6F
  }

  let verb: Verb
  /// Digits behind the point.
  let precision: Int

  static let defaultPrecision = 6

  enum Problem: Error {
    case endless
    /// The digits of the precision, which are none or too many for a number.
    case noNumber(ByteSlice)
    case tooPrecise(Int)
    case unknown(UInt8)

    func text(_ dialect: FormatDialect) -> String {
      let precision = "error while parsing precision: "
      return switch self {
      case .endless: precision + "could not find end of precision specifier"
      case .noNumber(let digits):
        precision + "error while converting precision to integer: strconv.Atoi: parsing \"\(digits.string)\": "
          + (digits.isEmpty ? "invalid syntax" : "value out of range")
      case .tooPrecise(let number):
        precision + "precision \(number) exceeds maximum allowed precision \(dialect.maximumPrecision)"
      case .unknown(let byte): "unrecognized formatting clause \"\(Unicode.Scalar(byte))\""
      }
    }
  }

  /// Reads a clause; `index` is behind the percent sign, with at least one byte left.
  static func parse(_ format: ByteSlice, _ index: inout Int, _ dialect: FormatDialect) -> Result<FormatClause, Problem>
  {
    var precision = defaultPrecision
    if format[index] == UInt8(ascii: ".") {
      index += 1
      let start = index
      while index < format.count, format[index] &- UInt8(ascii: "0") < 10 { index += 1 }
      guard index < format.count else { return .failure(.endless) }
      let digits = format[start..<index]
      guard let number = EvaluationContext.parseUInt(digits), number <= UInt64(Int64.max) else {
        return .failure(.noNumber(digits))
      }
      precision = Int(number)
      if precision > dialect.maximumPrecision { return .failure(.tooPrecise(precision)) }
    }
    let letter = format[index]
    index += 1
    guard let verb = Verb(rawValue: letter) else { return .failure(.unknown(letter)) }
    return .success(FormatClause(verb: verb, precision: precision))
  }
}

extension FormatClause.Verb {
  /// What a message says that the clause is for.
  func restriction(_ dialect: FormatDialect) -> StaticString {
    switch (self, dialect) {
    case (.string, _):
      """
      string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps
      """
    case (.decimal, .localized): "decimal clause can only be used on integers"
    case (.decimal, .standard): "decimal clause can only be used on ints, uints, and doubles"
    case (.fixed, .localized): "fixed-point clause can only be used on doubles"
    case (.fixed, .standard): "fixed-point clause can only be used on ints, uints, and doubles"
    case (.scientific, .localized): "scientific clause can only be used on doubles"
    case (.scientific, .standard): "scientific clause can only be used on ints, uints, and doubles"
    case (.binary, .localized): "only integers and bools can be formatted as binary"
    case (.binary, .standard): "only ints, uints, and bools can be formatted as binary"
    case (.hex, .localized), (.upperHex, .localized):
      "only integers, byte buffers, and strings can be formatted as hex"
    case (.hex, .standard), (.upperHex, .standard):
      "only ints, uints, bytes, and strings can be formatted as hex"
    case (.octal, .localized): "octal clause can only be used on integers"
    case (.octal, .standard): "octal clause can only be used on ints and uints"
    }
  }
}
