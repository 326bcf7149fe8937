internal import Memory

/// Which nodes of an expression are constant, found in one pass, and their values.
struct ConstantNodes {
  private let checked: CheckedExpression
  private var isConstant: [Bool]

  init(_ checked: CheckedExpression) {
    self.checked = checked
    isConstant = []
    mark(checked.root)
  }

  /// The value of a constant node that is more than a literal; nil where it is not constant or its value is an error,
  /// which is left to the evaluation.
  func fold(_ node: Expression, _ builder: borrowing ProgramBuilder) -> Value? {
    guard isMarked(node) else { return nil }
    if case .literal = node.kind { return nil }
    return value(node, builder)
  }

  /// Whether ``fold(_:_:)`` may give a value, or the node is a literal.
  func isFolded(_ node: Expression) -> Bool { isMarked(node) }

  /// The value of a node that is constant and no error.
  func constant(_ node: Expression, _ builder: borrowing ProgramBuilder) -> Value? {
    isMarked(node) ? value(node, builder) : nil
  }

  /// Whether a node is a constant in the API server's plan, which computes it when it is made: a literal, a list or map of
  /// constants, a conversion of one. Operators are not.
  func isPlanned(_ node: Expression) -> Bool {
    switch node.kind {
    case .literal: true
    case .list(let elements): elements.allSatisfy { isPlanned($0.value) }
    case .map(let entries): entries.allSatisfy { isPlanned($0.key) && isPlanned($0.value) }
    case .call(let function, nil, let arguments):
      arguments.count == 1 && Self.plannedConversions.contains(function) && isPlanned(arguments[0])
    default: false
    }
  }

  private static let plannedConversions: Set = [
    "bool", "bytes", "double", "duration", "dyn", "int", "string", "timestamp", "type", "uint",
  ]

  /// Whether the API server's plan makes a set of a list, so that `in` costs nothing: a constant list of scalars.
  func isPlannedSet(_ node: Expression, _ builder: borrowing ProgramBuilder) -> Bool {
    guard case .list(let elements) = node.kind, isPlanned(node) else { return false }
    return elements.allSatisfy { element in
      switch constant(element.value, builder)?.tag {
      case .bool, .int, .uint, .double, .string: true
      default: false
      }
    }
  }

  private func isMarked(_ node: Expression) -> Bool { node.id < isConstant.count && isConstant[node.id] }

  @discardableResult
  private mutating func mark(_ node: Expression) -> Bool {
    let result = isConstantKind(node)
    while isConstant.count <= node.id { isConstant.append(false) }
    isConstant[node.id] = result
    return result
  }

  private mutating func isConstantKind(_ node: Expression) -> Bool {
    switch node.kind {
    case .literal: return true
    case .identifier: return false
    case .select(let operand, _, _), .presence(let operand, _, _):
      mark(operand)
      return false
    case .call(let function, let target, let arguments):
      var all = true
      for argument in arguments where !mark(argument) { all = false }
      if let target, !mark(target) { all = false }
      return all && target == nil && Self.isFoldable(function, arguments.count)
    case .list(let elements):
      var all = true
      for element in elements where !mark(element.value) || element.isOptional { all = false }
      return all
    case .map(let entries):
      var all = true
      for entry in entries {
        if !mark(entry.key) { all = false }
        if !mark(entry.value) || entry.isOptional { all = false }
      }
      return all
    case .message(_, let fields):
      for field in fields { mark(field.value) }
      return false
    case .comprehension(let macro):
      mark(macro.range)
      if let predicate = macro.predicate { mark(predicate) }
      if let body = macro.body { mark(body) }
      return false
    }
  }

  private static func isFoldable(_ function: String, _ count: Int) -> Bool {
    if count == 2 { return Opcode.binaryOperators[function] != nil }
    guard count == 1 else { return false }
    return function == "-_" || function == "!_" || conversions[function] != nil
  }

  private static let conversions: [String: Function] = [
    "bytes": .bytes, "double": .double, "duration": .duration, "int": .int, "string": .string, "timestamp": .timestamp,
    "uint": .uint,
  ]

  private func value(_ node: Expression, _ builder: borrowing ProgramBuilder) -> Value? {
    let context = builder.context
    switch node.kind {
    case .literal(let literal): return Self.value(literal, builder)
    case .list(let elements):
      var values: [Value] = []
      for element in elements {
        guard let value = value(element.value, builder) else { return nil }
        values.append(value)
      }
      return values.withUnsafeBufferPointer { builder.handle.list($0) }
    case .map(let entries):
      let map = UnsafeMutablePointer<Value>.allocate(capacity: 1)
      defer { map.deallocate() }
      map.initialize(to: context.emptyMap(capacity: entries.count))
      for entry in entries {
        guard let key = value(entry.key, builder), let value = value(entry.value, builder) else { return nil }
        context.put(key, value, to: map, builder.options.isStrict ? .strict : .replace)
      }
      return map.pointee.isError ? nil : map.pointee
    case .call(let function, _, let arguments):
      guard let first = value(arguments[0], builder) else { return nil }
      let result: Value
      if arguments.count == 2 {
        guard let second = value(arguments[1], builder), let opcode = Opcode.binaryOperators[function] else {
          return nil
        }
        result = context.operate(opcode, first, second)
      } else if let conversion = Self.conversions[function] {
        result = context.convert(first, conversion)
      } else {
        result = context.operate(function == "!_" ? .not : .negate, first, .null)
      }
      return result.isError ? nil : result
    default: return nil
    }
  }

  static func value(_ literal: Literal, _ builder: borrowing ProgramBuilder) -> Value {
    switch literal {
    case .null: .null
    case .bool(let value): .bool(value)
    case .int(let value): .int(value)
    case .uint(let value): .uint(value)
    case .double(let value): .double(value)
    case .string(let value): .string(value.withByteSlice { builder.handle.copy($0) })
    case .bytes(let value):
      .bytes(value.withUnsafeBufferPointer { builder.handle.copy(ByteSlice($0)) })
    }
  }
}

extension EvaluationContext {
  /// An operator outside the loop, for constants.
  func operate(_ opcode: Opcode, _ left: Value, _ right: Value) -> Value {
    switch opcode {
    case .equal: .bool(equal(left, right))
    case .notEqual: .bool(!equal(left, right))
    case .less, .lessOrEqual, .greater, .greaterOrEqual: ordered(opcode, left, right)
    case .add: add(left, right)
    case .subtract: subtract(left, right)
    case .multiply, .divide, .modulo: scale(opcode, left, right)
    case .contains: contains(right, left)
    case .negate: negate(left)
    case .not: left.tag == .bool ? .bool(left.payload == 0) : .noOverload
    default: .noOverload
    }
  }
}
