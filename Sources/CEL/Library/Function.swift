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
  case indexOf, lastIndexOf, join, lowerAscii, upperAscii, replace, reverse, split, substring, trim, format,
    formatLocalized, quote, indexOfStrict, lastIndexOfStrict, getMillisecondsStrict
  // Lists as Kubernetes has them
  case isSorted = 300
  case sum, min, max
  // Lists extension
  case slice = 320
  case flatten, sort, sortByAssociatedKeys, range, distinct, first, last
  // Math, encoders, regex
  case mathMin = 400
  case mathMax, ceil, floor, round, trunc, isInf, isNaN, isFinite, abs, sign, sqrt, bitAnd, bitOr, bitXor, bitNot,
    bitShiftLeft, bitShiftRight
  case base64Decode = 430
  case base64Encode
  case regexExtract = 440
  case regexExtractAll, regexReplace
  // Kubernetes' libraries, sets and networks: see `Function+Kubernetes.swift`
  case ip = 1000
  case isIP, specIP, specIsIP, ipIsCanonical, networkIP, cidr, isCIDR, family, isUnspecified, isLoopback,
    isLinkLocalMulticast, isLinkLocalUnicast, isGlobalUnicast, containsIP, containsCIDR, masked, prefixLength, isMask
  case quantity = 1030
  case isQuantity, quantitySign, asApproximateFloat, asInteger, isInteger, add, subtract
  case semver = 1040
  case isSemver, major, minor, patch
  /// Of quantities and of versions.
  case isLessThan = 1050
  case isGreaterThan, compareTo
  case url = 1060
  case isURL, getScheme, getHost, getHostname, getPort, getEscapedPath, getQuery
  case formatNamed = 1070
  case validate
  // In the order of `NamedFormat`.
  case formatDNS1123Label = 1080
  case formatDNS1123Subdomain, formatDNS1035Label, formatQualifiedName, formatDNS1123LabelPrefix,
    formatDNS1123SubdomainPrefix, formatDNS1035LabelPrefix, formatLabelValue, formatURI, formatUUID, formatByte,
    formatDate, formatDateTime
  case find = 1100
  case findAll
  case setsContains = 1110
  case setsEquivalent, setsIntersects
  case escapeKey = 1120
  case makeObject
  case authorizerPath = 1130
  case authorizerGroup, authorizerServiceAccount, authorizerResource, authorizerSubresource, authorizerNamespace,
    authorizerName, authorizerCheck, authorizerErrored, authorizerError, authorizerAllowed, authorizerReason,
    authorizerFieldSelector, authorizerLabelSelector
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
    // Never named so: the compiler puts them in the place of others, see `variant`.
    case .formatLocalized: ("format@localized", true, 2...2)
    case .indexOfStrict: ("indexOf@strict", true, 3...3)
    case .lastIndexOfStrict: ("lastIndexOf@strict", true, 3...3)
    case .getMillisecondsStrict: ("getMilliseconds@strict", true, 1...1)
    case .format: ("format", true, 2...2)
    case .quote: ("strings.quote", false, 1...1)
    case .slice: ("slice", true, 3...3)
    case .flatten: ("flatten", true, 1...2)
    case .sort: ("sort", true, 1...1)
    case .sortByAssociatedKeys: ("@sortByAssociatedKeys", true, 2...2)
    case .range: ("lists.range", false, 1...1)
    case .distinct: ("distinct", true, 1...1)
    case .first: ("first", true, 1...1)
    case .last: ("last", true, 1...1)
    case .mathMin: ("math.@min", false, 1...2)
    case .mathMax: ("math.@max", false, 1...2)
    case .ceil: ("math.ceil", false, 1...1)
    case .floor: ("math.floor", false, 1...1)
    case .round: ("math.round", false, 1...1)
    case .trunc: ("math.trunc", false, 1...1)
    case .isInf: ("math.isInf", false, 1...1)
    case .isNaN: ("math.isNaN", false, 1...1)
    case .isFinite: ("math.isFinite", false, 1...1)
    case .abs: ("math.abs", false, 1...1)
    case .sign: ("math.sign", false, 1...1)
    case .sqrt: ("math.sqrt", false, 1...1)
    case .bitAnd: ("math.bitAnd", false, 2...2)
    case .bitOr: ("math.bitOr", false, 2...2)
    case .bitXor: ("math.bitXor", false, 2...2)
    case .bitNot: ("math.bitNot", false, 1...1)
    case .bitShiftLeft: ("math.bitShiftLeft", false, 2...2)
    case .bitShiftRight: ("math.bitShiftRight", false, 2...2)
    case .base64Decode: ("base64.decode", false, 1...1)
    case .base64Encode: ("base64.encode", false, 1...1)
    case .regexExtract: ("regex.extract", false, 2...2)
    case .regexExtractAll: ("regex.extractAll", false, 2...2)
    case .regexReplace: ("regex.replace", false, 3...4)
    default: kubernetesSignature
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

  /// The function that does the same as an API server's cel-go, or as the CEL specification, where they differ.
  func variant(isStrict: Bool, argumentCount: Int) -> Function {
    switch self {
    case .format where !isStrict: .formatLocalized
    case .getMilliseconds where isStrict && argumentCount == 1: .getMillisecondsStrict
    case .indexOf where isStrict && argumentCount == 3: .indexOfStrict
    case .lastIndexOf where isStrict && argumentCount == 3: .lastIndexOfStrict
    case .ip where isStrict: .specIP
    case .isIP where isStrict: .specIsIP
    default: self
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
