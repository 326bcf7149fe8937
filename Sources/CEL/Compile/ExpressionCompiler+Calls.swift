internal import Memory

/// Functions and operators: to instructions of their own, or to calls of the library.
extension ExpressionCompiler {
  mutating func call(
    _ node: Expression, _ function: String, _ target: Expression?, _ arguments: [Expression], base: Int,
    into destination: Operand?, _ builder: inout ProgramBuilder
  ) throws(CompileErrors) -> Operand {
    if target == nil {
      switch (function, arguments.count) {
      case ("_&&_", 2): return try logic(.and, .jumpIfFalse, function, node, into: destination, &builder)
      case ("_||_", 2): return try logic(.or, .jumpIfTrue, function, node, into: destination, &builder)
      case ("_?_:_", 3):
        return try conditional(arguments[0], arguments[1], arguments[2], into: destination, &builder)
      case ("_[_]", 2), ("_[?_]", 2):
        let isOptional = function == "_[?_]"
        if case .literal(.string(let key)) = arguments[1].kind {
          return try unary(
            isOptional ? .selectOptional : .select, arguments[0], named: key, cost: base + 1, into: destination,
            &builder)
        }
        return try index(
          isOptional ? .indexOptional : .index, arguments[0], arguments[1], cost: base + 1, into: destination, &builder)
      case ("!_", 1), ("-_", 1):
        let mark = nextTemporary
        let a = try compile(arguments[0], &builder)
        nextTemporary = mark
        let d = destination ?? allocate()
        pay(1)
        emit(function == "!_" ? .not : .negate, d: d, a: a, &builder)
        return d
      default:
        if let opcode = Opcode.binaryOperators[function], arguments.count == 2 {
          return try binary(node, opcode, arguments[0], arguments[1], into: destination, &builder)
        }
      }
    }
    var name = function
    var operands = arguments
    if case .function(let resolved, _, let isNamespaced) = checked.references[node.id] {
      name = resolved
      if !isNamespaced, let target { operands.insert(target, at: 0) }
      return try call(node, name, isMember: target != nil && !isNamespaced, operands, into: destination, &builder)
    }
    if let target {
      if case .identifier("optional") = target.kind, !locals.contains(where: { $0.name == "optional" }) {
        return try call(node, "optional.\(name)", isMember: false, operands, into: destination, &builder)
      }
      operands.insert(target, at: 0)
    }
    return try call(node, name, isMember: target != nil, operands, into: destination, &builder)
  }

  mutating func call(
    _ node: Expression, _ name: String, isMember: Bool, _ operands: [Expression], into destination: Operand?,
    _ builder: inout ProgramBuilder
  ) throws(CompileErrors) -> Operand {
    if isMember, operands.count == 2, name == "orValue" || name == "or" {
      return try alternative(
        name == "or" ? .orOptional : .orValue, operands[0], operands[1], into: destination, &builder)
    }
    guard let named = Function.named(name, isMember: isMember, argumentCount: operands.count) else {
      return try unknownFunction(node, name, into: destination, &builder)
    }
    let function = named.variant(isStrict: builder.options.isStrict, argumentCount: operands.count)
    let mark = nextTemporary
    let rule = freeDepth == 0 ? CostRule.of(name, overload: overload(of: node)) : nil
    if rule == nil { pay(1) }
    switch operands.count {
    case 1:
      let a = try compile(operands[0], &builder)
      nextTemporary = mark
      let d = destination ?? allocate()
      if function == .dyn { return move(a, to: d, &builder) }
      price(rule, isResult: false, a, a, &builder)
      emit(.call1, function, x: function == .sum ? sumKind(of: node) : 0, d: d, a: a, &builder)
      price(rule, isResult: true, d, d, &builder)
      return d
    case 2:
      let a = try compile(operands[0], &builder)
      let b = try compile(operands[1], &builder)
      nextTemporary = mark
      let d = destination ?? allocate()
      price(rule, isResult: false, a, b, &builder)
      if function == .matches, let pattern = builder.constants[b], pattern.tag == .string {
        switch builder.patterns.index(of: pattern.slice) {
        case .success(let index): emit(.match, d: d, a: a, b: index, &builder)
        case .failure(let failure): throw error(at: operands[1], failure.message)
        }
      } else {
        let b = function.takesPattern ? try compiledPattern(b, operands[1], &builder) : b
        emit(.call2, function, d: d, a: a, b: Int(b.bits), &builder)
      }
      price(rule, isResult: true, d, d, &builder)
      return d
    default:
      let first = allocate(operands.count)
      var second = first.advanced(by: operands.count > 1 ? 1 : 0)
      for (index, operand) in operands.enumerated() {
        if index == 1, function.takesPattern {
          let pattern = try compile(operand, &builder)
          // What the call costs is told from the text, which a compiled pattern has not.
          if builder.constants[pattern] != nil { second = pattern }
          _ = move(try compiledPattern(pattern, operand, &builder), to: first.advanced(by: index), &builder)
        } else {
          _ = try compile(operand, into: first.advanced(by: index), &builder)
        }
      }
      nextTemporary = mark
      let d = destination ?? allocate()
      price(rule, isResult: false, first, second, &builder)
      emit(.call, function, d: d, a: first, b: operands.count, &builder)
      price(rule, isResult: true, d, d, &builder)
      return d
    }
  }

  /// Charges by a rule for a call, in front of it or for its result.
  mutating func price(
    _ rule: (rule: CostRule, isOfResult: Bool)?, isResult: Bool, _ a: Operand, _ b: Operand,
    _ builder: inout ProgramBuilder
  ) {
    guard let rule, rule.isOfResult == isResult else { return }
    emit(.price, x: rule.rule.rawValue, a: a, b: Int(b.bits), &builder)
  }

  /// A constant pattern compiled, in its own place among the constants; any other operand as it is.
  private func compiledPattern(
    _ operand: Operand, _ node: Expression, _ builder: inout ProgramBuilder
  ) throws(CompileErrors) -> Operand {
    guard let pattern = builder.constants[operand], pattern.tag == .string else { return operand }
    switch builder.patterns.index(of: pattern.slice) {
    case .success(let index):
      let address = Value.address(of: UnsafeRawPointer(builder.patterns.pointers[index]))
      return builder.constant(Value(tag: .opaque, detail: OpaqueType.pattern.rawValue, payload: address))
    case .failure(let failure): throw error(at: node, failure.message)
    }
  }

  /// What the sum of an empty list is a zero of.
  private func sumKind(of node: Expression) -> UInt8 {
    let kind: Value.Tag =
      switch type(of: node) {
      case .uint: .uint
      case .double: .double
      case .duration: .duration
      default: .int
      }
    return kind.rawValue
  }

  /// A function that is declared but not implemented is a mistake of the environment; without a checker that has looked
  /// at it, an unknown function fails only when it is called.
  private mutating func unknownFunction(
    _ node: Expression, _ name: String, into destination: Operand?, _ builder: inout ProgramBuilder
  ) throws(CompileErrors) -> Operand {
    if case .function = checked.references[node.id] {
      throw error(at: node, "undeclared reference to '\(name)' (in container '')")
    }
    let message = "no such overload: \(name)".withByteSlice { builder.handle.copy($0) }
    return move(builder.constant(.error(message)), to: destination, &builder)
  }

  private func error(at node: Expression, _ message: String) -> CompileErrors {
    let source = SourceText(checked.source)
    return CompileErrors(source: checked.source, issues: [source.issue(at: node.offset, message)])
  }
}
