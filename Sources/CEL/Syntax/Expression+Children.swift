extension Expression {
  /// The nodes directly below this one, in the order of the text, which is that of evaluation.
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
