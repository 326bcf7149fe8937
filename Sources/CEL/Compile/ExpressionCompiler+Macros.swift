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
    start(macro.kind, result, walk, &builder)
    let step = emit(macro.secondVariable == nil ? .step : .stepEntry, d: walk, &builder)
    exits.append(step)

    locals.append((macro.variable, variable))
    if let second = macro.secondVariable { locals.append((second, variable.advanced(by: 1))) }
    try body(macro, result, variable, step, &builder)
    locals.removeLast(macro.secondVariable == nil ? 1 : 2)

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
      emit(.call2, y: Function.sortByAssociatedKeys.rawValue, d: d, a: sorted, b: Int(result.bits), &builder)
      return d
    }
    nextTemporary = result.index + 1
    return move(result, to: destination, &builder)
  }

  /// `optional.optMap(v, body)`: none and errors pass the body by.
  private mutating func optionalMap(
    _ macro: Comprehension, into destination: Operand?, _ builder: inout ProgramBuilder
  ) throws(CompileErrors) -> Operand {
    let d = destination ?? allocate()
    let mark = nextTemporary
    let optional = try compile(macro.range, &builder)
    nextTemporary = mark
    let jump = emit(.unwrap, d: d, a: optional, &builder)
    let variable = allocate()
    _ = move(d, to: variable, &builder)
    locals.append((macro.variable, variable))
    if let body = macro.body { _ = try compile(body, into: d, &builder) }
    locals.removeLast()
    if macro.kind == .optMap { emit(.call1, y: Function.optionalOf.rawValue, d: d, a: d, &builder) }
    land([jump], &builder)
    nextTemporary = mark
    return d
  }

  private func start(
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
    case .filter: emit(.append, d: result, a: variable, b: step, &builder)
    case .map, .transformList, .sortBy:
      guard let body = macro.body else { return }
      let value = try compile(body, &builder)
      emit(.append, d: result, a: value, b: step, &builder)
    case .transformMap:
      guard let body = macro.body else { return }
      let key = allocate(2)
      _ = try compile(body, into: key.advanced(by: 1), &builder)
      _ = move(variable, to: key, &builder)
      emit(.put, x: PutMode.insert.rawValue, d: result, a: key, b: step, &builder)
    case .transformMapEntry:
      guard let body = macro.body else { return }
      let entries = try compile(body, &builder)
      emit(.putAll, d: result, a: entries, b: step, &builder)
    }
  }
}
