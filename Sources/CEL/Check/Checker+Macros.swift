/// Macros: their variables and their results. Each is typed as the loop that the CEL specification defines it by, so that
/// what is wrong with it is reported in the words of that loop's operators.
///
/// https://github.com/google/cel-spec/blob/master/doc/langdef.md#macros
extension Checker {
  /// Brings the variables of a macro into being.
  mutating func enterScope(of macro: Comprehension, _ node: Expression) {
    switch macro.kind {
    case .bind:
      locals.append((macro.variable, type(of: macro.range)))
    case .optMap, .optFlatMap:
      let range = type(of: macro.range)
      let hasValue = member("hasValue", range, node)
      let value = member("value", range, node)
      locals.append((macro.variable, hasValue == nil ? .error : value ?? .error))
    default:
      let (first, second) = elementTypes(of: macro.range, isPair: macro.secondVariable != nil)
      locals.append((macro.variable, first))
      if let name = macro.secondVariable { locals.append((name, second)) }
    }
  }

  private mutating func member(
    _ function: String, _ receiver: CELType, _ node: Expression, arguments: [CELType] = []
  ) -> CELType? {
    environment.function(function).flatMap { resolve($0, receiver, arguments, at: node.offset)?.0 }
  }

  /// The element of a list or the key of a map; of a pair, the index and the element or the key and the value.
  private mutating func elementTypes(of range: Expression, isPair: Bool) -> (CELType, CELType) {
    let type = substitution.apply(type(of: range))
    switch type {
    case .list(let element):
      return isPair ? (.int, element) : (element, .dyn)
    case .map(let key, let value):
      return (key, value)
    case .dyn, .error, .parameter:
      _ = substitution.assign(.dyn, to: type)
      return (.dyn, .dyn)
    default:
      report(
        range.offset,
        "expression of type '\(type)' cannot be range of a comprehension (must be list, map, or dynamic)")
      return (.error, .error)
    }
  }

  /// Types a macro whose operands have their types, and ends the life of its variables.
  mutating func checkMacro(_ macro: Comprehension, _ node: Expression) {
    let element = locals[locals.count - (macro.secondVariable == nil ? 1 : 2)].type
    locals.removeLast(macro.secondVariable == nil ? 1 : 2)
    let predicate = macro.predicate.map { type(of: $0) }
    let body = macro.body.map { type(of: $0) } ?? .error
    let result: CELType
    switch macro.kind {
    case .all, .exists:
      if let predicate = macro.predicate { _ = requireBoolean(predicate) }
      result = .bool
    case .existsOne:
      _ = choose(predicate, .int, .int, node)
      result = .bool
    case .filter:
      result = accumulate(.list(substitution.freshVariable()), predicate, node) {
        $0.call("_+_", [$1, .list(element)], node)
      }
    case .map, .transformList:
      result = accumulate(.list(substitution.freshVariable()), predicate, node) {
        $0.call("_+_", [$1, .list(body)], node)
      }
    case .transformMap, .transformMapEntry:
      let new = CELType.map(substitution.freshVariable(), substitution.freshVariable())
      let entry = macro.kind == .transformMap ? [element, body] : [body]
      result = accumulate(new, predicate, node) {
        $0.resolve(Self.mapInsert, nil, [$1] + entry, at: node.offset)?.0 ?? .error
      }
    case .sortBy:
      let keys = accumulate(.list(substitution.freshVariable()), nil, node) {
        $0.call("_+_", [$1, .list(body)], node)
      }
      result = member("@sortByAssociatedKeys", type(of: macro.range), node, arguments: [keys]) ?? .error
    case .bind:
      result = body
    case .optMap:
      result = choose(.bool, .optional(body), .optional(substitution.freshVariable()), node)
    case .optFlatMap:
      result = choose(.bool, body, .optional(substitution.freshVariable()), node)
    }
    set(node, substitution.apply(result))
  }

  /// The type that a loop's result has when each turn adds to it what `step` says, if the predicate allows.
  private mutating func accumulate(
    _ accumulator: CELType, _ predicate: CELType?, _ node: Expression, step: (inout Checker, CELType) -> CELType
  ) -> CELType {
    var type = step(&self, accumulator)
    if let predicate { type = choose(predicate, type, accumulator, node) }
    if !substitution.assign(accumulator, to: type) { reportMismatch(node.offset, expected: accumulator, found: type) }
    return accumulator
  }

  private mutating func choose(
    _ condition: CELType?, _ first: CELType, _ second: CELType, _ node: Expression
  ) -> CELType {
    call("_?_:_", [condition ?? .bool, first, second], node)
  }

  private mutating func call(_ function: String, _ arguments: [CELType], _ node: Expression) -> CELType {
    environment.function(function).flatMap { resolve($0, nil, arguments, at: node.offset)?.0 } ?? .error
  }

  /// What the loops of `transformMap` and `transformMapEntry` add an entry by. No expression can name it.
  private static let mapInsert = FunctionDeclaration(
    "cel.@mapInsert",
    [
      .init(
        "@mapInsert_map_key_value",
        [.map(.parameter("K"), .parameter("V")), .parameter("K"), .parameter("V")],
        .map(.parameter("K"), .parameter("V"))),
      .init(
        "@mapInsert_map_map",
        [.map(.parameter("K"), .parameter("V")), .map(.parameter("K"), .parameter("V"))],
        .map(.parameter("K"), .parameter("V"))),
    ])
}
