/// What an API server demands of literals beyond their types: all elements of a list, and all keys and all values of a
/// map, have exactly the same type (`[1, dyn(2)]` does not pass), and durations, timestamps and regular expressions are
/// well-formed.
enum LiteralValidation {
  static func issues(in checked: CheckedExpression) -> [CompileIssue] {
    var issues: [CompileIssue] = []
    let source = SourceText(checked.source)
    func compare(_ first: CELType, _ node: Expression, isOptional: Bool) -> Bool {
      let type = isOptional ? checked.types[node.id].unwrapped.type : checked.types[node.id]
      if type == first { return true }
      issues.append(source.issue(at: node.offset, "expected type '\(first)' but found '\(type)'"))
      return false
    }
    var pending = [checked.root]
    while let node = pending.popLast() {
      pending += node.children
      switch node.kind {
      case .list(let elements):
        guard let first = elements.first else { continue }
        let type = first.isOptional ? checked.types[first.value.id].unwrapped.type : checked.types[first.value.id]
        for element in elements.dropFirst() where !compare(type, element.value, isOptional: element.isOptional) {
          break
        }
      case .map(let entries):
        guard let first = entries.first else { continue }
        let key = checked.types[first.key.id]
        let value = first.isOptional ? checked.types[first.value.id].unwrapped.type : checked.types[first.value.id]
        for entry in entries.dropFirst() {
          _ = compare(key, entry.key, isOptional: false)
          _ = compare(value, entry.value, isOptional: entry.isOptional)
        }
      default:
        continue
      }
    }
    return issues
  }
}

extension Expression {
  /// The nodes directly below this one, in the order of evaluation.
  package var children: [Expression] {
    switch kind {
    case .literal, .identifier: []
    case .select(let operand, _, _), .presence(let operand, _, _): [operand]
    case .call(_, let target, let arguments): (target.map { [$0] } ?? []) + arguments
    case .list(let elements): elements.map(\.value)
    case .map(let entries): entries.flatMap { [$0.key, $0.value] }
    case .message(_, let fields): fields.map(\.value)
    case .comprehension(let macro): [macro.range] + [macro.predicate, macro.body].compactMap(\.self)
    }
  }
}
