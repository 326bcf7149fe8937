internal import Memory

/// Macros: loops whose state is in registers, and bindings.
extension ExpressionCompiler {
  mutating func comprehension(
    _ macro: Comprehension, into destination: Operand?, _ builder: inout ProgramBuilder
  ) throws(CompileErrors) -> Operand {
    if macro.kind == .bind {
      let d = destination ?? allocate()
      let mark = nextTemporary
      let value = try compile(macro.range, &builder)
      locals.append((macro.variable, value))
      if let body = macro.body { _ = try compile(body, into: d, &builder) }
      locals.removeLast()
      nextTemporary = mark
      return d
    }
    if macro.kind == .optMap || macro.kind == .optFlatMap {
      return try optionalMap(macro, into: destination, &builder)
    }
    // What `sortBy` sorts by the keys that the loop makes.
    let sorted = macro.kind == .sortBy ? allocate() : nil
    // INVARIANT: the walk's state stands between the result and the variables, as `walk` and `step` expect it.
    let result = allocate(macro.secondVariable == nil ? 3 : 4)
    let walk = result.advanced(by: 1)
    let variable = result.advanced(by: 2)
    let inner = nextTemporary

    let range = try compile(macro.range, into: sorted, &builder)
    nextTemporary = inner
    var exits = [emit(.walk, d: walk, a: range, &builder)]
    let cost = Self.loopCost(macro.kind)
    pay(cost.once)
    start(macro.kind, result, walk, &builder)
    settle(&builder)
    let step = emit(macro.secondVariable == nil ? .step : .stepEntry, d: walk, &builder)
    exits.append(step)
    pay(cost.step)

    locals.append((macro.variable, variable))
    if let second = macro.secondVariable { locals.append((second, variable.advanced(by: 1))) }
    try body(macro, result, variable, step, &builder)
    locals.removeLast(macro.secondVariable == nil ? 1 : 2)
    // The work of a step, of which a jump over much of the body takes less.
    builder.instructions[step].a = UInt32(1 + (builder.instructions.count - step) / Self.instructionsPerStep)

    if macro.kind == .existsOne {
      // A range that is an error skips the count's check; the check leaves errors as they are.
      land(exits, &builder)
      emit(.oneResult, d: result, &builder)
    } else {
      land(exits, &builder)
    }
    if let sorted {
      nextTemporary = sorted.index
      let d = destination ?? allocate()
      // The list in the call and in the loop, and the call.
      pay(2)
      if macro.body.map(isSortable) ?? false {
        emit(.price, x: CostRule.pairwise.rawValue, a: result, b: Int(result.bits), &builder)
      } else {
        pay(1)
      }
      emit(.call2, .sortByAssociatedKeys, d: d, a: sorted, b: Int(result.bits), &builder)
      return d
    }
    nextTemporary = result.index + 1
    return move(result, to: destination, &builder)
  }

  /// Instructions that take as long as what else is counted as a step.
  private static var instructionsPerStep: Int { 4 }

  /// `optional.optMap(v, body)`: none and errors pass the body by.
  private mutating func optionalMap(
    _ macro: Comprehension, into destination: Operand?, _ builder: inout ProgramBuilder
  ) throws(CompileErrors) -> Operand {
    let d = destination ?? allocate()
    let mark = nextTemporary
    // The API server computes the optional twice: for `hasValue`, and for the value where the body uses it.
    let cost = allocate()
    emit(.mark, d: cost, &builder)
    let optional = try compile(macro.range, &builder)
    nextTemporary = cost.index + 1
    pay(1)
    let jump = emit(.unwrap, d: d, a: optional, &builder)
    if macro.body.map({ uses(macro.variable, in: $0) }) ?? false {
      pay(1)
      emit(.repay, d: cost, &builder)
    }
    nextTemporary = mark
    let variable = allocate()
    _ = move(d, to: variable, &builder)
    locals.append((macro.variable, variable))
    if let body = macro.body { _ = try compile(body, into: d, &builder) }
    locals.removeLast()
    if macro.kind == .optMap {
      emit(.call1, .optionalOf, d: d, a: d, &builder)
      pay(1)
    }
    land([jump], &builder)
    nextTemporary = mark
    return d
  }

  /// Whether the API server's checker knows which keys are sorted.
  private func isSortable(_ key: Expression) -> Bool {
    switch type(of: key) {
    case .int, .uint, .double, .bool, .duration, .timestamp, .string, .bytes: true
    default: false
    }
  }

  /// Whether a macro's variable occurs in its body.
  private func uses(_ variable: String, in node: Expression) -> Bool {
    switch node.kind {
    case .literal: false
    case .identifier(let name): name == variable
    case .select(let operand, _, _), .presence(let operand, _, _): uses(variable, in: operand)
    case .call(_, let target, let arguments):
      target.map { uses(variable, in: $0) } ?? false || arguments.contains { uses(variable, in: $0) }
    case .list(let elements): elements.contains { uses(variable, in: $0.value) }
    case .map(let entries): entries.contains { uses(variable, in: $0.key) || uses(variable, in: $0.value) }
    case .message(_, let fields): fields.contains { uses(variable, in: $0.value) }
    case .comprehension(let macro):
      uses(variable, in: macro.range)
        || macro.variable != variable && macro.secondVariable != variable
          && (macro.predicate.map { uses(variable, in: $0) } ?? false
            || macro.body.map { uses(variable, in: $0) } ?? false)
    }
  }

  private mutating func start(
    _ kind: Comprehension.Kind, _ result: Operand, _ walk: Operand, _ builder: inout ProgramBuilder
  ) {
    switch kind {
    case .all: _ = move(builder.constant(.bool(true)), to: result, &builder)
    case .exists: _ = move(builder.constant(.bool(false)), to: result, &builder)
    case .existsOne: _ = move(builder.constant(.int(0)), to: result, &builder)
    case .map, .filter, .transformList, .sortBy: emit(.listForLoop, d: result, a: walk, &builder)
    case .transformMap, .transformMapEntry, .bind, .optMap, .optFlatMap: emit(.mapForLoop, d: result, a: walk, &builder)
    }
  }

  private mutating func body(
    _ macro: Comprehension, _ result: Operand, _ variable: Operand, _ step: Int, _ builder: inout ProgramBuilder
  ) throws(CompileErrors) {
    let inner = nextTemporary
    defer { nextTemporary = inner }
    if let predicate = macro.predicate {
      let value = try compile(predicate, &builder)
      nextTemporary = inner
      let opcode: Opcode =
        switch macro.kind {
        case .all: .allStep
        case .exists: .existsStep
        case .existsOne: .oneStep
        default: .filterStep
        }
      emit(opcode, d: result, a: value, b: step, &builder)
    }
    switch macro.kind {
    case .all, .exists, .existsOne, .bind, .optMap, .optFlatMap: return
    case .filter:
      pay(Self.additionCost(macro.kind))
      emit(.append, d: result, a: variable, b: step, &builder)
    case .map, .transformList, .sortBy:
      guard let body = macro.body else { return }
      let value = try compile(body, &builder)
      pay(Self.additionCost(macro.kind))
      emit(.append, d: result, a: value, b: step, &builder)
    case .transformMap:
      guard let body = macro.body else { return }
      let key = allocate(2)
      _ = try compile(body, into: key.advanced(by: 1), &builder)
      _ = move(variable, to: key, &builder)
      pay(Self.additionCost(macro.kind))
      emit(.put, x: PutMode.insert.rawValue, d: result, a: key, b: step, &builder)
    case .transformMapEntry:
      guard let body = macro.body else { return }
      let entries = try compile(body, &builder)
      pay(Self.additionCost(macro.kind))
      emit(.putAll, d: result, a: entries, b: step, &builder)
    }
  }
}
