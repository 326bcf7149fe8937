internal import Memory

/// Lowers one checked expression to instructions at the end of a program that is being built.
///
/// Temporaries are a stack: what an operation computes first it releases before it takes a register for its result, so
/// that the result may lie where an operand lay. Every instruction reads its operands before it writes.
struct ExpressionCompiler {
  let checked: CheckedExpression
  let scope: Scope
  private(set) var temporaryCount = 0
  private(set) var usedLazies: Set<Int> = []
  var nextTemporary = 0
  var locals: [(name: String, register: Operand)] = []
  let constantNodes: ConstantNodes
  /// What the next instruction pays for, see ``pay(_:)``.
  private(set) var pendingCost = 0
  /// How many constants of the API server's plan are being compiled, whose parts cost nothing.
  var freeDepth = 0
  /// The shared slots of nodes, by their ids; -1 where a node is computed in its place.
  var sharedSlots: [Int32] = []
  /// Where shared slots begin, behind the lazy ones.
  var firstShared = 0

  init(_ checked: CheckedExpression, scope: Scope) {
    self.checked = checked
    self.scope = scope
    constantNodes = ConstantNodes(checked)
  }

  /// Emits code for a node; its value is then in the register returned: `destination` where one is given, and otherwise
  /// wherever it is (a variable or constant needs no code).
  ///
  /// - Parameter isPart: whether a node that is an attribute of the API server's plan, like `a.b`, is one in a larger attribute or
  ///   a branch of `? :`, so that only its qualifiers cost something.
  mutating func compile(
    _ node: Expression, into destination: Operand? = nil, isPart: Bool = false, _ builder: inout ProgramBuilder
  ) throws(CompileErrors) -> Operand {
    let isFree = constantNodes.isPlanned(node)
    if isFree { freeDepth += 1 }
    defer { if isFree { freeDepth -= 1 } }
    if let value = constantNodes.fold(node, builder) {
      pay(constantCost(node, builder))
      return move(builder.constant(value), to: destination, &builder)
    }
    if let slot = sharedSlot(node) { return try share(node, slot, into: destination, isPart: isPart, &builder) }
    guard builder.options.isTraced, freeDepth == 0 else {
      return try compute(node, into: destination, isPart: isPart, &builder)
    }
    let number = builder.traceTable.add(node)
    emit(.enter, b: number, &builder)
    let value = try compute(node, into: destination, isPart: isPart, &builder)
    emit(.leave, a: value, b: number, &builder)
    return value
  }

  /// Emits code for a node in its place.
  mutating func compute(
    _ node: Expression, into destination: Operand?, isPart: Bool, _ builder: inout ProgramBuilder
  ) throws(CompileErrors) -> Operand {
    let base = isPart || isConditional(rootOf: node) ? 0 : 1
    switch node.kind {
    case .literal(let literal):
      return move(builder.constant(ConstantNodes.value(literal, builder)), to: destination, &builder)
    case .identifier(let name):
      if !isType(node) { pay(base) }
      return move(try identifier(name, node, &builder), to: destination, &builder)
    case .select(let operand, let field, let isOptional):
      if let known = try knownSelection(node, operand, field, base, &builder) {
        return move(known, to: destination, &builder)
      }
      let opcode = isOptional ? Opcode.selectOptional : .select
      return try unary(opcode, operand, named: field, cost: base + 1, into: destination, &builder)
    case .presence(let operand, let field, _):
      // A presence test is free but for its field, and one more where it is of what `? :` gives.
      let cost = !isPart && isConditional(rootOf: operand) ? 0 : 1
      if let object = objectName(operand), scope.fields[object]?[field] != nil {
        pay(cost)
        return move(builder.constant(.bool(true)), to: destination, &builder)
      }
      return try unary(.has, operand, named: field, cost: cost, into: destination, &builder)
    case .call(let function, let target, let arguments):
      return try call(node, function, target, arguments, base: base, into: destination, &builder)
    case .list(let elements):
      return try list(elements, into: destination, &builder)
    case .map(let entries):
      return try map(
        entries.map { ($0.key, nil, $0.value, $0.isOptional) }, cost: EvaluationContext.mapCost, into: destination,
        &builder)
    case .message(_, let fields):
      let entries = fields.map {
        (key: nil as Expression?, name: $0.name as String?, value: $0.value, isOptional: $0.isOptional)
      }
      if case .type(.object(let type)) = checked.references[node.id], PatchTypes.isPatchType(type) {
        return try object(type, entries, into: destination, &builder)
      }
      return try map(entries, cost: EvaluationContext.objectCost, into: destination, &builder)
    case .comprehension(let comprehension):
      return try self.comprehension(comprehension, into: destination, &builder)
    }
  }

  // MARK: Names

  private mutating func identifier(
    _ name: String, _ node: Expression, _ builder: inout ProgramBuilder
  ) throws(CompileErrors) -> Operand {
    switch checked.references[node.id] {
    case .type(let type): return typeConstant(type, &builder)
    case .variable(let resolved): return variable(resolved, &builder)
    default:
      if let local = locals.last(where: { $0.name == name }) { return local.register }
      return variable(name, &builder)
    }
  }

  /// The register of an input variable or lazy slot; the error that it is not known where the scope has neither.
  private mutating func variable(_ name: String, _ builder: inout ProgramBuilder) -> Operand {
    if let slot = scope.variables[name] { return Operand(.variable, slot.index) }
    if let slot = scope.lazies[name] { return lazy(slot, &builder) }
    let reason = AuthorizerLibrary.missing(name) ?? "no such attribute(s): \(name)"
    let message = reason.withByteSlice { builder.handle.copy($0) }
    return builder.constant(.error(message))
  }

  private mutating func lazy(_ slot: LazySlot, _ builder: inout ProgramBuilder) -> Operand {
    let index = builder.canonicalLazy(slot)
    let register = Operand(.lazy, index)
    usedLazies.insert(index)
    emit(.lazy, d: register, b: builder.entry(ofLazy: index), &builder)
    return register
  }

  /// What a selection stands for as a whole, if it is a qualified variable, a type, or a field that is a lazy slot.
  private mutating func knownSelection(
    _ node: Expression, _ operand: Expression, _ field: String, _ base: Int, _ builder: inout ProgramBuilder
  ) throws(CompileErrors) -> Operand? {
    switch checked.references[node.id] {
    case .type(let type): return typeConstant(type, &builder)
    case .variable(let name):
      pay(base)
      return variable(name, &builder)
    default: break
    }
    if let object = objectName(operand), let slot = scope.fields[object]?[field] {
      pay(base + 1)
      return lazy(slot, &builder)
    }
    return nil
  }

  /// The name of an object whose fields are lazy slots (`variables`), if the node is one and no macro's variable hides
  /// it.
  private func objectName(_ node: Expression) -> String? {
    guard case .identifier(let name) = node.kind else { return nil }
    if case .variable(let resolved) = checked.references[node.id] { return resolved }
    return locals.contains { $0.name == name } ? nil : name
  }

  private func typeConstant(_ type: CELType, _ builder: inout ProgramBuilder) -> Operand {
    builder.constant(.type(type.runtimeName.withByteSlice { builder.handle.copy($0) }))
  }

  // MARK: Registers and instructions

  mutating func allocate(_ count: Int = 1) -> Operand {
    let register = Operand(.temporary, nextTemporary)
    nextTemporary += count
    temporaryCount = max(temporaryCount, nextTemporary)
    return register
  }

  mutating func move(_ value: Operand, to destination: Operand?, _ builder: inout ProgramBuilder) -> Operand {
    guard let destination, destination != value else { return value }
    emit(.move, d: destination, a: value, &builder)
    return destination
  }

  /// Charges for what is computed here. The next instruction pays, which is always executed after this place.
  mutating func pay(_ cost: Int) {
    if freeDepth == 0 { pendingCost += cost }
  }

  /// Lets what is pending be paid here, in front of a place that others jump to.
  mutating func settle(_ builder: inout ProgramBuilder) {
    while pendingCost > 0 { emit(.charge, &builder) }
  }

  @discardableResult
  mutating func emit(
    _ opcode: Opcode, x: UInt8 = 0, d: Operand? = nil, a: Operand? = nil, b: Int = 0,
    _ builder: inout ProgramBuilder
  ) -> Int {
    let cost = UInt16(clamping: pendingCost)
    // What does not fit an instruction stays for the next.
    pendingCost -= Int(cost)
    builder.instructions.append(
      Instruction(opcode: opcode, x: x, y: cost, d: d?.bits ?? 0, a: a?.bits ?? 0, b: UInt32(b)))
    return builder.instructions.count - 1
  }

  /// A call, which cannot pay for anything.
  mutating func emit(
    _ opcode: Opcode, _ function: Function, x: UInt8 = 0, d: Operand, a: Operand, b: Int = 0,
    _ builder: inout ProgramBuilder
  ) {
    builder.instructions.append(
      Instruction(opcode: opcode, x: x, y: function.rawValue, d: d.bits, a: a.bits, b: UInt32(b)))
  }

  /// Lets jumps go to the next instruction.
  mutating func land(_ jumps: [Int], _ builder: inout ProgramBuilder) {
    settle(&builder)
    for jump in jumps { builder.instructions[jump].b = UInt32(builder.instructions.count) }
  }

  mutating func unary(
    _ opcode: Opcode, _ operand: Expression, named field: String, cost: Int, into destination: Operand?,
    _ builder: inout ProgramBuilder
  ) throws(CompileErrors) -> Operand {
    let mark = nextTemporary
    let a = try compile(operand, isPart: isAttribute(operand), &builder)
    nextTemporary = mark
    let d = destination ?? allocate()
    pay(cost)
    emit(opcode, x: builder.options.isStrict ? 1 : 0, d: d, a: a, b: builder.name(field), &builder)
    return d
  }

  mutating func index(
    _ opcode: Opcode, _ operand: Expression, _ key: Expression, cost: Int, into destination: Operand?,
    _ builder: inout ProgramBuilder
  ) throws(CompileErrors) -> Operand {
    let mark = nextTemporary
    let a = try compile(operand, isPart: isAttribute(operand), &builder)
    let b = try compile(key, isPart: isAttribute(key), &builder)
    nextTemporary = mark
    let d = destination ?? allocate()
    pay(cost)
    emit(opcode, x: builder.options.isStrict ? 1 : 0, d: d, a: a, b: Int(b.bits), &builder)
    return d
  }

  mutating func binary(
    _ node: Expression, _ opcode: Opcode, _ left: Expression, _ right: Expression, into destination: Operand?,
    _ builder: inout ProgramBuilder
  ) throws(CompileErrors) -> Operand {
    if opcode == .contains, !builder.options.isStrict, hasRule(node), case .list(let elements) = right.kind,
      elements.isEmpty
    {
      // The API server's plan knows the answer, and does not even look for what it is about.
      return move(builder.constant(.bool(false)), to: destination, &builder)
    }
    let mark = nextTemporary
    let a = try compile(left, &builder)
    let b = try compile(right, &builder)
    nextTemporary = mark
    let d = destination ?? allocate()
    let isPriced = opcode == .equal || opcode == .notEqual || hasRule(node)
    if opcode == .contains, isPriced, constantNodes.isPlannedSet(right, builder) {
      // What the API server makes a set of costs nothing.
    } else if !isPriced {
      pay(1)
    } else if opcode == .contains, let collection = builder.constants[b] {
      pay(Int(collection.count))
    }
    if opcode == .contains, let collection = builder.constants[b],
      let set = ConstantSet(collection, memory: builder.handle)
    {
      builder.sets.append(set)
      emit(.containsConstant, d: d, a: a, b: builder.sets.count - 1, &builder)
    } else {
      let isMeasured = isPriced && freeDepth == 0 && !(opcode == .contains && builder.constants[b] != nil)
      emit(opcode, x: isMeasured ? 1 : 0, d: d, a: a, b: Int(b.bits), &builder)
    }
    return d
  }

  // MARK: Logic

  mutating func logic(
    _ opcode: Opcode, _ jump: Opcode, _ function: String, _ node: Expression, into destination: Operand?,
    _ builder: inout ProgramBuilder
  ) throws(CompileErrors) -> Operand {
    let d = destination ?? allocate()
    let mark = nextTemporary
    var jumps: [Int] = []
    for (index, term) in terms(of: node, function).enumerated() {
      if index == 0 {
        _ = try compile(term, into: d, &builder)
      } else {
        jumps.append(emit(jump, a: d, &builder))
        let right = try compile(term, &builder)
        emit(opcode, d: d, a: right, &builder)
      }
      nextTemporary = mark
    }
    land(jumps, &builder)
    return d
  }

  /// The terms of a chain of one operator in the order of the text: `a && (b && c)` means what `a && b && c` means.
  private func terms(of node: Expression, _ function: String) -> [Expression] {
    var terms: [Expression] = []
    var rest = [node]
    while let next = rest.popLast() {
      if case .call(function, nil, let arguments) = next.kind, arguments.count == 2,
        next.id == node.id || sharedSlot(next) == nil
      {
        rest.append(arguments[1])
        rest.append(arguments[0])
      } else {
        terms.append(next)
      }
    }
    return terms
  }

  mutating func conditional(
    _ condition: Expression, _ yes: Expression, _ no: Expression, into destination: Operand?,
    _ builder: inout ProgramBuilder
  ) throws(CompileErrors) -> Operand {
    let d = destination ?? allocate()
    let mark = nextTemporary
    let a = try compile(condition, &builder)
    nextTemporary = mark
    let branch = emit(.branch, d: d, a: a, &builder)
    _ = try compile(yes, into: d, isPart: isAttribute(yes), &builder)
    nextTemporary = mark
    // An error of the condition goes to this jump, past what the branch costs.
    settle(&builder)
    let end = emit(.jump, &builder)
    land([branch], &builder)
    _ = try compile(no, into: d, isPart: isAttribute(no), &builder)
    nextTemporary = mark
    land([end], &builder)
    return d
  }

  mutating func alternative(
    _ opcode: Opcode, _ optional: Expression, _ other: Expression, into destination: Operand?,
    _ builder: inout ProgramBuilder
  ) throws(CompileErrors) -> Operand {
    let d = destination ?? allocate()
    let mark = nextTemporary
    let a = try compile(optional, &builder)
    nextTemporary = mark
    let jump = emit(opcode, d: d, a: a, &builder)
    _ = try compile(other, into: d, &builder)
    nextTemporary = mark
    land([jump], &builder)
    return d
  }
}

extension Opcode {
  static let binaryOperators: [String: Opcode] = [
    "_==_": .equal, "_!=_": .notEqual, "_<_": .less, "_<=_": .lessOrEqual, "_>_": .greater, "_>=_": .greaterOrEqual,
    "_+_": .add, "_-_": .subtract, "_*_": .multiply, "_/_": .divide, "_%_": .modulo, "@in": .contains,
  ]
}

extension CELType {
  /// What `type()` calls a value of this type.
  var runtimeName: String {
    switch self {
    case .dyn, .error: "dyn"
    case .null: "null_type"
    case .bool: "bool"
    case .int: "int"
    case .uint: "uint"
    case .double: "double"
    case .string: "string"
    case .bytes: "bytes"
    case .timestamp: "google.protobuf.Timestamp"
    case .duration: "google.protobuf.Duration"
    case .list: "list"
    case .map: "map"
    case .optional: "optional_type"
    case .type: "type"
    case .object(let name), .opaque(let name), .abstract(let name, _), .parameter(let name): name
    }
  }
}
