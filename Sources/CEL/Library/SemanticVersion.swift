internal import Memory

/// A version by the rules of semver.org. What is none, and in which words, follows the library that the API server
/// uses.
///
/// https://semver.org/spec/v2.0.0.html
struct SemanticVersion: BitwiseCopyable {
  var major: UInt64
  var minor: UInt64
  var patch: UInt64
  /// The identifiers with the dots between them; empty where there are none.
  var prerelease = ByteSlice.empty
  var build = ByteSlice.empty

  /// -1, 0 or 1. Builds do not count.
  static func compare(_ left: SemanticVersion, _ right: SemanticVersion) -> Int {
    if left.major != right.major { return left.major < right.major ? -1 : 1 }
    if left.minor != right.minor { return left.minor < right.minor ? -1 : 1 }
    if left.patch != right.patch { return left.patch < right.patch ? -1 : 1 }
    if left.prerelease.isEmpty || right.prerelease.isEmpty {
      return left.prerelease.isEmpty == right.prerelease.isEmpty ? 0 : left.prerelease.isEmpty ? 1 : -1
    }
    var first = left.prerelease
    var second = right.prerelease
    while true {
      let order = compareIdentifiers(first.firstIdentifier, second.firstIdentifier)
      if order != 0 { return order }
      let firstEnds = first.firstIdentifier.count == first.count
      let secondEnds = second.firstIdentifier.count == second.count
      if firstEnds || secondEnds { return firstEnds == secondEnds ? 0 : firstEnds ? -1 : 1 }
      first = first.dropFirst(first.firstIdentifier.count + 1)
      second = second.dropFirst(second.firstIdentifier.count + 1)
    }
  }

  /// Numbers come before words.
  private static func compareIdentifiers(_ left: ByteSlice, _ right: ByteSlice) -> Int {
    switch (left.isNumber, right.isNumber) {
    case (true, false): return -1
    case (false, true): return 1
    // No zeros in front: the longer one is the larger one.
    case (true, true) where left.count != right.count: return left.count < right.count ? -1 : 1
    default: return left == right ? 0 : left < right ? -1 : 1
    }
  }
}

/// Reads versions, with the messages of the API server's library.
///
/// Why a text is none is kept in ``failure`` and not thrown: throwing takes memory from the heap in unoptimised builds.
struct VersionParser {
  let arena: Arena.Handle
  private(set) var failure: VersionFailure?

  init(_ arena: Arena.Handle) { self.arena = arena }

  private mutating func fail<Result>(_ failure: VersionFailure) -> Result? {
    if self.failure == nil { self.failure = failure }
    return nil
  }

  mutating func parse(_ text: ByteSlice) -> SemanticVersion? {
    if text.isEmpty { return fail(.message("Version string empty")) }
    guard let first = text.firstIndex(of: UInt8(ascii: ".")),
      let second = text.dropFirst(first + 1).firstIndex(of: UInt8(ascii: "."))
    else { return fail(.message("No Major.Minor.Patch elements found")) }
    guard let major = number(text.prefix(first), .major),
      let minor = number(text[first + 1..<first + 1 + second], .minor)
    else { return nil }
    var rest = text.dropFirst(first + second + 2)
    var build: ByteSlice?
    var prerelease: ByteSlice?
    if let plus = rest.firstIndex(of: UInt8(ascii: "+")) {
      build = rest.dropFirst(plus + 1)
      rest = rest.prefix(plus)
    }
    if let hyphen = rest.firstIndex(of: UInt8(ascii: "-")) {
      prerelease = rest.dropFirst(hyphen + 1)
      rest = rest.prefix(hyphen)
    }
    guard let patch = number(rest, .patch) else { return nil }
    if let prerelease { checkPrerelease(prerelease) }
    if failure == nil, let build { checkBuild(build) }
    guard failure == nil else { return nil }
    return SemanticVersion(
      major: major, minor: minor, patch: patch, prerelease: prerelease ?? .empty, build: build ?? .empty)
  }

  /// Without a `v` in front, missing parts as zeros, and no zeros in front of numbers.
  mutating func parseNormalized(_ text: ByteSlice) -> SemanticVersion? {
    var rest = text
    if rest.hasPrefix(ByteSlice("v")) { rest = rest.dropFirst(1) }
    var result = ArenaText(arena, capacity: rest.count + 8)
    for index in 0..<3 {
      let dot = index < 2 ? rest.firstIndex(of: UInt8(ascii: ".")) : nil
      let part = rest.prefix(dot ?? rest.count)
      if index > 0 { result.append(byte: UInt8(ascii: ".")) }
      append(part, to: &result)
      if let dot {
        rest = rest.dropFirst(dot + 1)
        continue
      }
      guard index < 2 else { break }
      for place in 0..<part.count where part[place] == UInt8(ascii: "+") || part[place] == UInt8(ascii: "-") {
        return fail(.message("short version cannot contain PreRelease/Build meta data"))
      }
      for _ in index..<2 { result.append(".0") }
      break
    }
    return parse(result.text)
  }

  private func append(_ part: ByteSlice, to result: inout ArenaText) {
    guard part.count > 1 else { return result.append(part) }
    var rest = part
    while !rest.isEmpty, rest[0] == UInt8(ascii: "0") { rest = rest.dropFirst(1) }
    if rest.isEmpty || rest[0] &- UInt8(ascii: "0") >= 10 { result.append(byte: UInt8(ascii: "0")) }
    result.append(rest)
  }

  private enum Part {
    case major, minor, patch

    var invalid: StaticString {
      switch self {
      case .major: "Invalid character(s) found in major number "
      case .minor: "Invalid character(s) found in minor number "
      case .patch: "Invalid character(s) found in patch number "
      }
    }

    var zeros: StaticString {
      switch self {
      case .major: "Major number must not contain leading zeroes "
      case .minor: "Minor number must not contain leading zeroes "
      case .patch: "Patch number must not contain leading zeroes "
      }
    }
  }

  private mutating func number(_ text: ByteSlice, _ part: Part) -> UInt64? {
    guard text.isEmpty || text.isNumber else { return fail(.quoted(part.invalid, text)) }
    if text.count > 1, text[0] == UInt8(ascii: "0") { return fail(.quoted(part.zeros, text)) }
    if text.isEmpty { return fail(.number(text, "invalid syntax")) }
    guard let number = EvaluationContext.parseUInt(text) else { return fail(.number(text, "value out of range")) }
    return number
  }

  private mutating func checkPrerelease(_ text: ByteSlice) {
    var rest = text
    while failure == nil {
      let identifier = rest.firstIdentifier
      if identifier.isEmpty {
        failure = .message("Prerelease is empty")
      } else if identifier.isNumber {
        if identifier.count > 1, identifier[0] == UInt8(ascii: "0") {
          failure = .quoted("Numeric PreRelease version must not contain leading zeroes ", identifier)
        } else if EvaluationContext.parseUInt(identifier) == nil {
          failure = .number(identifier, "value out of range")
        }
      } else if !identifier.isIdentifier {
        failure = .quoted("Invalid character(s) found in prerelease ", identifier)
      }
      if identifier.count == rest.count { return }
      rest = rest.dropFirst(identifier.count + 1)
    }
  }

  private mutating func checkBuild(_ text: ByteSlice) {
    var rest = text
    while failure == nil {
      let identifier = rest.firstIdentifier
      if identifier.isEmpty {
        failure = .message("Build meta data is empty")
      } else if !identifier.isIdentifier {
        failure = .quoted("Invalid character(s) found in build meta data ", identifier)
      }
      if identifier.count == rest.count { return }
      rest = rest.dropFirst(identifier.count + 1)
    }
  }
}

/// Why a text is no version.
enum VersionFailure: BitwiseCopyable {
  case message(StaticString)
  case quoted(StaticString, ByteSlice)
  /// A number that Go's `strconv.ParseUint` refuses.
  case number(ByteSlice, StaticString)
}

extension ByteSlice {
  /// Up to the first dot.
  fileprivate var firstIdentifier: ByteSlice { prefix(firstIndex(of: UInt8(ascii: ".")) ?? count) }

  /// At least one digit and nothing else.
  fileprivate var isNumber: Bool {
    for index in 0..<count where self[index] &- UInt8(ascii: "0") >= 10 { return false }
    return !isEmpty
  }

  fileprivate var isIdentifier: Bool {
    for index in 0..<count {
      let byte = self[index]
      let isAlphanumeric = byte &- UInt8(ascii: "0") < 10 || (byte | 0x20) &- UInt8(ascii: "a") < 26
      if !isAlphanumeric, byte != UInt8(ascii: "-") { return false }
    }
    return true
  }
}

/// `semver` and what can be asked of one.
///
/// https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-semver-library
extension EvaluationContext {
  func versionFunction(_ function: Function, _ arguments: UnsafeBufferPointer<Value>) -> Value {
    let first = arguments[0]
    if first.tag == .string, arguments.count == 1 || arguments[1].tag == .bool {
      let isNormalized = arguments.count > 1 && arguments[1].isTrue
      switch function {
      case .semver: return parseVersion(first.slice, isNormalized: isNormalized)
      case .isSemver: return .bool(!parseVersion(first.slice, isNormalized: isNormalized).isError)
      default: return noOverload(function, arguments)
      }
    }
    guard first.opaqueType == .version else { return noOverload(function, arguments) }
    let version = first.opaque(as: SemanticVersion.self)
    switch (function, arguments.count) {
    case (.major, 1): return .int(Int64(bitPattern: version.major))
    case (.minor, 1): return .int(Int64(bitPattern: version.minor))
    case (.patch, 1): return .int(Int64(bitPattern: version.patch))
    case (.isLessThan, 2), (.isGreaterThan, 2), (.compareTo, 2):
      guard arguments[1].opaqueType == .version else { return noOverload(function, arguments) }
      let order = SemanticVersion.compare(version, arguments[1].opaque(as: SemanticVersion.self))
      return switch function {
      case .isLessThan: .bool(order < 0)
      case .isGreaterThan: .bool(order > 0)
      default: .int(Int64(order))
      }
    default: return noOverload(function, arguments)
    }
  }

  private func parseVersion(_ text: ByteSlice, isNormalized: Bool) -> Value {
    var parser = VersionParser(arena)
    if let version = isNormalized ? parser.parseNormalized(text) : parser.parse(text) {
      return opaque(.version, version)
    }
    switch parser.failure {
    case .message(let message)?: return .error(message)
    case .quoted(let message, let part)?: return quotedError(message, part, "")
    case .number(let number, let reason)?:
      var message = ArenaText(arena)
      message.append("strconv.ParseUint: parsing ")
      message.append(quoted: number)
      message.append(": ")
      message.append(reason)
      return .error(message.text)
    case nil: preconditionFailure("a parser without a version says why")
    }
  }

  func text(of version: SemanticVersion) -> ByteSlice {
    var result = ArenaText(arena)
    result.append(decimal: version.major)
    result.append(byte: UInt8(ascii: "."))
    result.append(decimal: version.minor)
    result.append(byte: UInt8(ascii: "."))
    result.append(decimal: version.patch)
    if !version.prerelease.isEmpty {
      result.append(byte: UInt8(ascii: "-"))
      result.append(version.prerelease)
    }
    if !version.build.isEmpty {
      result.append(byte: UInt8(ascii: "+"))
      result.append(version.build)
    }
    return result.text
  }
}
