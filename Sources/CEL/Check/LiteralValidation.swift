internal import CRE2
internal import Memory

/// What an API server demands of literals beyond their types: all elements of a list, and all keys and all values of a
/// map, have exactly the same type (`[1, dyn(2)]` does not pass), and durations, timestamps and regular expressions are
/// well-formed.
struct LiteralValidation {
  static func mistakes(in checked: CheckedExpression) -> [SourceText.Mistake] {
    var validation = LiteralValidation(checked: checked)
    var pending = [(node: checked.root, isExempt: false)]
    while let (node, isExempt) = pending.popLast() {
      // What `format` gets may be of all types.
      var isFormat = false
      if case .call("format", _, _) = node.kind { isFormat = true }
      pending += node.children.map { ($0, isExempt || isFormat) }
      switch node.kind {
      case .list(let elements) where !isExempt: validation.check(elements)
      case .map(let entries) where !isExempt: validation.check(entries)
      case .call(let function, _, let arguments): validation.check(function, arguments)
      default: continue
      }
    }
    return validation.mistakes
  }

  private let checked: CheckedExpression
  private var mistakes: [SourceText.Mistake] = []

  private init(checked: CheckedExpression) {
    self.checked = checked
  }

  private mutating func report(_ node: Expression, _ message: String) {
    mistakes.append(.init(offset: node.offset, message: message))
  }

  // MARK: One type

  private func type(of node: Expression, isOptional: Bool) -> CELType {
    isOptional ? checked.types[node.id].unwrapped.type : checked.types[node.id]
  }

  private mutating func compare(_ type: CELType, _ node: Expression, isOptional: Bool) -> Bool {
    let found = self.type(of: node, isOptional: isOptional)
    if found == type { return true }
    report(node, "expected type '\(type)' but found '\(found)'")
    return false
  }

  /// Reports the first element of another type than the first.
  private mutating func check(_ elements: [Expression.ListElement]) {
    guard let first = elements.first else { return }
    let type = type(of: first.value, isOptional: first.isOptional)
    for element in elements.dropFirst() {
      guard compare(type, element.value, isOptional: element.isOptional) else { return }
    }
  }

  private mutating func check(_ entries: [Expression.MapEntry]) {
    guard let first = entries.first else { return }
    let key = type(of: first.key, isOptional: false)
    let value = type(of: first.value, isOptional: first.isOptional)
    for entry in entries.dropFirst() {
      _ = compare(key, entry.key, isOptional: false)
      _ = compare(value, entry.value, isOptional: entry.isOptional)
    }
  }

  // MARK: Well-formed text

  /// Looks at the first argument only, even where `matches(text, pattern)` has its pattern second: so does an API server.
  private mutating func check(_ function: String, _ arguments: [Expression]) {
    guard let argument = arguments.first else { return }
    if function == "timestamp", case .literal(.int(let seconds)) = argument.kind,
      !EvaluationContext.timestampSeconds.contains(seconds)
    {
      report(argument, "invalid timestamp argument")
    }
    guard case .literal(.string(let text)) = argument.kind else { return }
    let isValid =
      switch function {
      case "duration": text.withByteSlice { EvaluationContext.parseDuration($0) } != nil
      case "timestamp": text.withByteSlice { Self.isTimestamp($0) }
      case "matches": text.withByteSlice { Self.isPattern($0) }
      default: true
      }
    if !isValid { report(argument, "invalid \(function) argument") }
  }

  private static func isTimestamp(_ text: ByteSlice) -> Bool {
    guard let value = EvaluationContext.parseTimestamp(text) else { return false }
    return value.tag != .error
  }

  private static func isPattern(_ text: ByteSlice) -> Bool {
    guard case .success(let pattern) = compilePattern(text) else { return false }
    cre2_free(pattern)
    return true
  }
}
