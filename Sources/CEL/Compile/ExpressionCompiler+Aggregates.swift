internal import Memory

/// List and map literals that are not constant.
extension ExpressionCompiler {
  mutating func list(
    _ elements: [Expression.ListElement], into destination: Operand?, _ builder: inout ProgramBuilder
  ) throws(CompileErrors) -> Operand {
    let mark = nextTemporary
    pay(EvaluationContext.listCost)
    if elements.contains(where: \.isOptional) {
      let d = allocate()
      emit(.listForCount, d: d, b: elements.count, &builder)
      for element in elements {
        let value = try compile(element.value, &builder)
        let append = emit(.append, x: element.isOptional ? 1 : 0, d: d, a: value, &builder)
        land([append], &builder)
        nextTemporary = d.index + 1
      }
      return move(d, to: destination, &builder)
    }
    let first = allocate(elements.count)
    for (index, element) in elements.enumerated() {
      _ = try compile(element.value, into: first.advanced(by: index), &builder)
    }
    nextTemporary = mark
    let d = destination ?? allocate()
    emit(.list, d: d, a: first, b: elements.count, &builder)
    return d
  }

  /// `Object.spec{…}`: a map, and then the name of its type.
  mutating func object(
    _ type: String, _ fields: [(key: Expression?, name: String?, value: Expression, isOptional: Bool)],
    into destination: Operand?, _ builder: inout ProgramBuilder
  ) throws(CompileErrors) -> Operand {
    let mark = nextTemporary
    let value = try map(fields, cost: EvaluationContext.objectCost, into: nil, &builder)
    nextTemporary = mark
    let d = destination ?? allocate()
    emit(.call2, .makeObject, d: d, a: value, b: Int(builder.constant(type).bits), &builder)
    return d
  }

  mutating func map(
    _ entries: [(key: Expression?, name: String?, value: Expression, isOptional: Bool)], cost: Int,
    into destination: Operand?, _ builder: inout ProgramBuilder
  ) throws(CompileErrors) -> Operand {
    let d = allocate()
    pay(cost)
    emit(.mapForCount, d: d, b: entries.count, &builder)
    let key = allocate(2)
    let mark = nextTemporary
    let modes: (plain: PutMode, optional: PutMode) =
      builder.options.isStrict ? (.strict, .strictOptional) : (.replace, .replaceOptional)
    for entry in entries {
      if let node = entry.key {
        _ = try compile(node, into: key, &builder)
      } else {
        _ = move(builder.constant(entry.name ?? ""), to: key, &builder)
      }
      nextTemporary = mark
      _ = try compile(entry.value, into: key.advanced(by: 1), &builder)
      nextTemporary = mark
      let mode = entry.isOptional ? modes.optional : modes.plain
      land([emit(.put, x: mode.rawValue, d: d, a: key, &builder)], &builder)
    }
    nextTemporary = d.index + 1
    return move(d, to: destination, &builder)
  }
}
