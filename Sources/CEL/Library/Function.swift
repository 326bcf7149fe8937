/// The functions that the machine implements, one a line: what `callN` instructions name.
///
/// Which overloads of a name apply is decided by the kinds of the arguments when it is called, since most of what a
/// policy reads is `dyn`. Operators, macros and what the compiler lowers to jumps (`&&`, `orValue`) are instructions,
/// not functions.
enum Function: UInt16, CaseIterable, Sendable {
  // Conversions and the like
  case size, type, bool, bytes, double, duration, dyn, int, string, timestamp, uint
  // Strings
  case contains, endsWith, startsWith, matches
  // Timestamps and durations
  case getFullYear, getMonth, getDayOfYear, getDayOfMonth, getDate, getDayOfWeek, getHours, getMinutes, getSeconds,
    getMilliseconds
  // Optionals
  case optionalOf = 100
  case optionalNone, optionalOfNonZeroValue, hasValue, value, unwrapOptionals
  // String extensions
  case charAt = 200
  case indexOf, lastIndexOf, join, lowerAscii, upperAscii, replace, reverse, split, substring, trim
  // Lists as Kubernetes has them
  case isSorted = 300
  case sum, min, max
}

extension Function {
  /// The name in an expression and how many arguments, the receiver included, it takes.
  var signature: (name: String, isMember: Bool?, counts: ClosedRange<Int>) {
    switch self {
    // Nil: both `size(x)` and `x.size()`.
    case .size: ("size", nil, 1...1)
    case .type: ("type", false, 1...1)
    case .bool: ("bool", false, 1...1)
    case .bytes: ("bytes", false, 1...1)
    case .double: ("double", false, 1...1)
    case .duration: ("duration", false, 1...1)
    case .dyn: ("dyn", false, 1...1)
    case .int: ("int", false, 1...1)
    case .string: ("string", false, 1...1)
    case .timestamp: ("timestamp", false, 1...1)
    case .uint: ("uint", false, 1...1)
    case .contains: ("contains", true, 2...2)
    case .endsWith: ("endsWith", true, 2...2)
    case .startsWith: ("startsWith", true, 2...2)
    case .matches: ("matches", nil, 2...2)
    case .getFullYear: ("getFullYear", true, 1...2)
    case .getMonth: ("getMonth", true, 1...2)
    case .getDayOfYear: ("getDayOfYear", true, 1...2)
    case .getDayOfMonth: ("getDayOfMonth", true, 1...2)
    case .getDate: ("getDate", true, 1...2)
    case .getDayOfWeek: ("getDayOfWeek", true, 1...2)
    case .getHours: ("getHours", true, 1...2)
    case .getMinutes: ("getMinutes", true, 1...2)
    case .getSeconds: ("getSeconds", true, 1...2)
    case .getMilliseconds: ("getMilliseconds", true, 1...2)
    case .optionalOf: ("optional.of", false, 1...1)
    case .optionalNone: ("optional.none", false, 0...0)
    case .optionalOfNonZeroValue: ("optional.ofNonZeroValue", false, 1...1)
    case .hasValue: ("hasValue", true, 1...1)
    case .value: ("value", true, 1...1)
    case .unwrapOptionals: ("optional.unwrap", nil, 1...1)
    case .charAt: ("charAt", true, 2...2)
    case .indexOf: ("indexOf", true, 2...3)
    case .lastIndexOf: ("lastIndexOf", true, 2...3)
    case .join: ("join", true, 1...2)
    case .lowerAscii: ("lowerAscii", true, 1...1)
    case .upperAscii: ("upperAscii", true, 1...1)
    case .replace: ("replace", true, 3...4)
    case .reverse: ("reverse", true, 1...1)
    case .split: ("split", true, 2...3)
    case .substring: ("substring", true, 2...3)
    case .trim: ("trim", true, 1...1)
    case .isSorted: ("isSorted", true, 1...1)
    case .sum: ("sum", true, 1...1)
    case .min: ("min", true, 1...1)
    case .max: ("max", true, 1...1)
    }
  }

  private static let byName: [String: [Function]] = {
    var table: [String: [Function]] = [:]
    for function in allCases { table[function.signature.name, default: []].append(function) }
    table["unwrapOpt"] = [.unwrapOptionals]
    return table
  }()

  /// The function of a call, or nil where it is not implemented.
  static func named(_ name: String, isMember: Bool, argumentCount: Int) -> Function? {
    byName[name]?.first { function in
      let signature = function.signature
      return signature.isMember.map { $0 == isMember } ?? true && signature.counts.contains(argumentCount)
    }
  }

  /// Whether a call with constant arguments may be computed when the program is built.
  var isPure: Bool { true }
}

extension ProgramBuilder {
  /// Whether calls of a function can be compiled. The receiver counts as an argument.
  package static func implements(_ name: String, isMember: Bool, argumentCount: Int) -> Bool {
    Function.named(name, isMember: isMember, argumentCount: argumentCount) != nil
      || ExpressionCompiler.isOperator(name, argumentCount: argumentCount)
  }
}

extension ExpressionCompiler {
  /// Whether a function is an instruction of its own.
  static func isOperator(_ name: String, argumentCount: Int) -> Bool {
    switch (name, argumentCount) {
    case ("_&&_", 2), ("_||_", 2), ("_[_]", 2), ("_[?_]", 2), ("or", 2), ("orValue", 2), ("_?_:_", 3), ("!_", 1),
      ("-_", 1):
      true
    default: argumentCount == 2 && Opcode.binaryOperators[name] != nil
    }
  }
}
