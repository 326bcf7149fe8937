internal import CRE2
internal import Memory

/// The regex extension of cel-go (`ext/regex.go`).
extension EvaluationContext {
  func regexFunction(
    _ function: Function, _ arguments: UnsafeBufferPointer<Value>, _ state: UnsafeMutablePointer<MachineState>
  ) -> Value {
    let (text, pattern) = (arguments[0], arguments[1])
    guard text.tag == .string, pattern.tag == .string else { return noOverload(function, arguments) }
    var limit = Int64(-1)
    if function == .regexReplace {
      guard arguments[2].tag == .string else { return noOverload(function, arguments) }
      if arguments.count == 4 {
        guard arguments[3].tag == .int else { return noOverload(function, arguments) }
        limit = max(arguments[3].intValue, -1)
        if limit == 0 { return text }
      }
    }
    if let error = state.pointee.charge(Int(pattern.count) + Int(text.count >> 4)) { return error }
    let compiled: OpaquePointer
    switch state.pointee.patternCache.pattern(pattern.slice, arena) {
    case .success(let pattern): compiled = pattern
    case .failure(let failure): return failure.error
    }
    if function == .regexReplace {
      return replace(text.slice, compiled, with: arguments[2].slice, limit: limit, state)
    }
    guard cre2_group_count(compiled) <= 1 else {
      var quoted = ArenaText(arena)
      appendGoQuoted(pattern.slice, to: &quoted)
      return error("regular expression has more than one capturing group: ", quoted.text)
    }
    return function == .regexExtract
      ? extract(text.slice, compiled) : extractAll(text.slice, compiled, state)
  }

  /// The first match's group where the pattern has one, otherwise the match; none where that is empty in a group or absent.
  private func extract(_ text: ByteSlice, _ pattern: OpaquePointer) -> Value {
    var matches = PatternMatches(pattern, text)
    guard matches.next() else { return .none }
    guard cre2_group_count(pattern) == 1 else { return arena.some(.string(matches.group(0) ?? .empty)) }
    guard let group = matches.group(1), !group.isEmpty else { return .none }
    return arena.some(.string(group))
  }

  private func extractAll(
    _ text: ByteSlice, _ pattern: OpaquePointer, _ state: UnsafeMutablePointer<MachineState>
  ) -> Value {
    let list = arena.allocate(Value.self, count: 1)
    list.pointee = emptyList(capacity: 8)
    let group = Int(cre2_group_count(pattern))
    var matches = PatternMatches(pattern, text)
    while matches.next() {
      if let error = state.pointee.charge(1) { return error }
      guard let match = matches.group(group), group == 0 || !match.isEmpty else { continue }
      append(.string(match), to: list, isOptional: false)
    }
    return list.pointee
  }

  private func replace(
    _ text: ByteSlice, _ pattern: OpaquePointer, with replacement: ByteSlice, limit: Int64,
    _ state: UnsafeMutablePointer<MachineState>
  ) -> Value {
    var result = ArenaText(arena, capacity: text.count + 16)
    var read = 0
    var replaced = Int64(0)
    var matches = PatternMatches(pattern, text)
    while limit < 0 || replaced < limit, matches.next() {
      if let error = state.pointee.charge(1 + replacement.count >> 4) { return error }
      result.append(text[read..<matches.start])
      if let error = expand(replacement, matches, to: &result) { return error }
      read = matches.end
      replaced += 1
    }
    result.append(text.dropFirst(read))
    return result.value
  }

  /// Appends the replacement of a match: `\N` stands for its group N, `\\` for a backslash.
  private func expand(_ replacement: ByteSlice, _ matches: PatternMatches, to result: inout ArenaText) -> Value? {
    var index = 0
    while index < replacement.count {
      let byte = replacement[index]
      index += 1
      guard byte == UInt8(ascii: "\\") else {
        result.append(byte: byte)
        continue
      }
      guard index < replacement.count else {
        return error("invalid replacement string: '", replacement, "' \\ not allowed at end")
      }
      let next = replacement[index]
      index += 1
      if next == byte {
        result.append(byte: byte)
        continue
      }
      let number = Int(next &- UInt8(ascii: "0"))
      guard number < 10 else {
        return error("invalid replacement string: '", replacement, "' \\ must be followed by a digit or \\")
      }
      guard number <= matches.groupCount else {
        let groups = arena.concatenate(
          ByteSlice(" but regex has only "), self.text(.int(Int64(matches.groupCount))))
        return error(
          "replacement string references group ", arena.concatenate(self.text(.int(Int64(number))), groups),
          " group(s)")
      }
      if let group = matches.group(number) { result.append(group) }
    }
    return nil
  }
}

/// The matches of a pattern in a text, one after the other and not overlapping, in the order and with the rules of Go's
/// `FindAllStringSubmatchIndex`: an empty match right behind another is none.
struct PatternMatches {
  /// The groups that a replacement can name: the match and nine more.
  static let maximumGroups = 10

  private let pattern: OpaquePointer
  private let text: ByteSlice
  let groupCount: Int
  private var position = 0
  private var previousEnd = -1
  /// Where each group starts and ends; -1 where it took no part.
  private var places: InlineArray<20, Int> = .init(repeating: -1)

  init(_ pattern: OpaquePointer, _ text: ByteSlice) {
    self.pattern = pattern
    self.text = text
    groupCount = Int(cre2_group_count(pattern))
  }

  var start: Int { places[0] }
  var end: Int { places[1] }

  func group(_ number: Int) -> ByteSlice? {
    guard number < Self.maximumGroups, places[2 * number] >= 0 else { return nil }
    return text[places[2 * number]..<places[2 * number + 1]]
  }

  /// Goes to the next match; false where there is none.
  mutating func next() -> Bool {
    while position <= text.count {
      guard find() else { return false }
      var isAccepted = true
      if end == position {
        // An empty match at the position searched from.
        isAccepted = start != previousEnd
        position = position < text.count ? text.byteOffset(ofCodePoint: 1, from: position) : text.count + 1
      } else {
        position = end
      }
      previousEnd = end
      if isAccepted { return true }
    }
    return false
  }

  private mutating func find() -> Bool {
    let groups = min(groupCount + 1, Self.maximumGroups)
    let (pattern, text, position) = (pattern, text, position)
    return withUnsafeMutablePointer(to: &places) { places in
      places.withMemoryRebound(to: Int.self, capacity: 20) { places in
        text.start.withMemoryRebound(to: CChar.self, capacity: text.count) {
          cre2_find(pattern, $0, text.count, position, places, Int32(groups))
        }
      }
    }
  }
}
