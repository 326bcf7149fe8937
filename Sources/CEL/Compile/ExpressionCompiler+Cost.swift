/// What nodes cost in the plan that an API server runs: cel-go's `interpreter/planner.go`, optimised (`decOptimize`), observed by
/// `interpreter/runtimecost.go`.
///
/// A chain of selections on a variable or on what an operation gives is one attribute: it costs 1, and each of its qualifiers 1.
/// In another attribute (an index), or as a branch of `? :`, only its qualifiers cost something.
extension ExpressionCompiler {
  /// Whether a node is an attribute of the plan.
  func isAttribute(_ node: Expression) -> Bool {
    if constantNodes.isFolded(node) { return false }
    return switch node.kind {
    case .identifier, .select: !isType(node)
    case .presence: true
    case .call(let function, nil, _): function == "_[_]" || function == "_[?_]" || function == "_?_:_"
    default: false
    }
  }

  /// Whether a node's name is a type: a constant.
  func isType(_ node: Expression) -> Bool {
    if case .type = checked.references[node.id] { true } else { false }
  }

  /// Whether a node is what selects from `? :`: an attribute that costs nothing but its qualifiers.
  func isConditional(rootOf node: Expression) -> Bool {
    var node = node
    while true {
      switch node.kind {
      case .select(let operand, _, _), .presence(let operand, _, _):
        if constantNodes.isFolded(operand) { return false }
        node = operand
      case .call("_[_]", nil, let arguments), .call("_[?_]", nil, let arguments): node = arguments[0]
      case .call("_?_:_", nil, _): return true
      default: return false
      }
    }
  }

  /// The only overload of a call, by cel-go's id.
  func overload(of node: Expression) -> String? {
    guard case .function(_, let overloads, _) = checked.references[node.id], overloads.count == 1 else { return nil }
    return overloads[0]
  }

  /// Whether an operator's cost depends on its operands.
  func hasRule(_ node: Expression) -> Bool { CostRule.of("", overload: overload(of: node)) != nil }

  /// What a folded node costs, which is constant too.
  func constantCost(_ node: Expression, _ builder: borrowing ProgramBuilder) -> Int {
    if constantNodes.isPlanned(node) { return 0 }
    switch node.kind {
    case .list(let elements):
      return elements.reduce(EvaluationContext.listCost) { $0 + constantCost($1.value, builder) }
    case .map(let entries):
      return entries.reduce(EvaluationContext.mapCost) {
        $0 + constantCost($1.key, builder) + constantCost($1.value, builder)
      }
    case .call(let function, nil, let arguments):
      var cost = arguments.reduce(0) { $0 + constantCost($1, builder) }
      if function == "@in", constantNodes.isPlannedSet(arguments[1], builder) { return cost }
      let isEquality = function == "_==_" || function == "_!=_"
      let rule = isEquality ? .shorter : CostRule.of(function, overload: overload(of: node))?.rule
      if let rule, let first = constantNodes.constant(arguments[0], builder) {
        let second = arguments.count > 1 ? constantNodes.constant(arguments[1], builder) : nil
        cost += builder.context.cost(rule, first, second ?? .null)
      } else {
        cost += 1
      }
      return cost
    default: return 0
    }
  }

  /// What a loop costs besides its range and what is computed in it: once, and for each step before its predicate or body.
  static func loopCost(_ kind: Comprehension.Kind) -> (once: Int, step: Int) {
    switch kind {
    // The accumulator in the condition, the condition, the accumulator in the step; at last the accumulator.
    case .all: (1, 3)
    case .exists: (1, 4)
    // Whether the count is 1.
    case .existsOne: (2, 0)
    case .map, .filter, .transformList, .transformMap, .transformMapEntry, .sortBy: (1, 0)
    case .bind, .optMap, .optFlatMap: (0, 0)
    }
  }

  /// What it costs to add an element to what a loop makes.
  static func additionCost(_ kind: Comprehension.Kind) -> Int {
    switch kind {
    // The accumulator, a list of one element, their sum; in a filter the element too.
    case .map, .transformList, .sortBy: EvaluationContext.listCost + 2
    case .filter: EvaluationContext.listCost + 3
    // The accumulator, the key, the insertion.
    case .transformMap: 3
    case .transformMapEntry: 2
    default: 0
    }
  }
}
