internal import CRE2
internal import JSON
internal import Memory

/// The evaluation loop: instructions from `start` until `finish`.
///
/// One function over raw pointers, so that the optimiser sees everything that runs for each instruction. Nothing in it
/// is reference counted. What is not the common case of an instruction is a call to a function that is not inlined.
///
/// INVARIANT: `code` was made by `ProgramBuilder.finish`, which numbers registers below the layout's count, places jump
/// targets inside the code, and ends every path in `finish` or `lazyReturn`; so nothing is checked here.
func run(
  _ code: UnsafePointer<Instruction>, from start: Int, _ registers: UnsafeMutablePointer<Value>,
  _ state: UnsafeMutablePointer<MachineState>
) -> Value {
  guard let context = state.pointee.context, let names = state.pointee.names, let sets = state.pointee.sets,
    let patterns = state.pointee.patterns
  else { preconditionFailure("a machine runs after `begin`") }
  var next = code + start
  var depth = 0
  let limit = state.pointee.costLimit
  /// What the evaluation, or the lazy slot under computation, has cost.
  var cost = 0

  while true {
    let instruction = next.pointee
    next += 1
    cost &+= Int(instruction.y)
    let d = registers + Int(instruction.d)
    let a = registers + Int(instruction.a)

    switch instruction.opcode {
    case .move:
      d.pointee = a.pointee

    // Fields and elements
    case .select:
      let name = names + Int(instruction.b)
      // A member is searched for among all.
      if a.pointee.count > 64, let error = state.pointee.charge(Int(a.pointee.count >> 3)) { return error }
      if a.pointee.tag == .jsonMap {
        if let member = context.cursor(a.pointee).member(name.pointee.text) {
          d.pointee = context.value(member, document: a.pointee.document)
        } else {
          d.pointee = .error(name.pointee.missing)
        }
      } else {
        if a.pointee.isUnqualified { cost &-= 1 }
        d.pointee = context.selectSlowly(a.pointee, name.pointee, isStrict: instruction.x != 0)
      }
    case .selectOptional:
      if a.pointee.count > 64, let error = state.pointee.charge(Int(a.pointee.count >> 3)) { return error }
      let wasError = a.pointee.isError
      d.pointee = context.selectOptional(a.pointee, names[Int(instruction.b)], isStrict: instruction.x != 0)
      if wasError || d.pointee.isNone { cost &-= 1 }
    case .has:
      if a.pointee.count > 64, let error = state.pointee.charge(Int(a.pointee.count >> 3)) { return error }
      if a.pointee.isUnqualified { cost &-= 1 }
      d.pointee = context.has(a.pointee, names[Int(instruction.b)], isStrict: instruction.x != 0)
    case .index:
      if a.pointee.count > 64, let error = state.pointee.charge(Int(a.pointee.count >> 3)) { return error }
      if a.pointee.isUnqualified { cost &-= 1 }
      d.pointee = context.index(a.pointee, registers[Int(instruction.b)], isStrict: instruction.x != 0)
    case .indexOptional:
      if a.pointee.count > 64, let error = state.pointee.charge(Int(a.pointee.count >> 3)) { return error }
      let wasError = a.pointee.isError
      d.pointee = context.indexOptional(a.pointee, registers[Int(instruction.b)], isStrict: instruction.x != 0)
      if wasError || d.pointee.isNone { cost &-= 1 }

    // Operators
    case .equal, .notEqual:
      let b = registers + Int(instruction.b)
      let wanted = instruction.opcode == .equal
      cost &+= context.costOfComparing(a.pointee, b.pointee)
      if a.pointee.tag == .string, b.pointee.tag == .string {
        d.pointee = .bool((a.pointee.slice == b.pointee.slice) == wanted)
      } else if a.pointee.tag == .error {
        d.pointee = a.pointee
      } else if b.pointee.tag == .error {
        d.pointee = b.pointee
      } else if a.pointee.tag == .opaque {
        d.pointee = context.opaqueEquality(a.pointee, b.pointee, wanted: wanted)
      } else {
        d.pointee = .bool(context.equal(a.pointee, b.pointee) == wanted)
        if let error = state.pointee.interruption { return error }
      }
    case .less, .lessOrEqual, .greater, .greaterOrEqual:
      if instruction.x != 0 { cost &+= context.costOfComparing(a.pointee, registers[Int(instruction.b)]) }
      d.pointee = context.ordered(instruction.opcode, a.pointee, registers[Int(instruction.b)])
    case .add:
      if instruction.x != 0 { cost &+= context.cost(.both, a.pointee, registers[Int(instruction.b)]) }
      let result = context.add(a.pointee, registers[Int(instruction.b)])
      if result.extent > 64 {
        if let error = state.pointee.interruption ?? state.pointee.charge(Int(result.extent >> 4)) { return error }
      }
      d.pointee = result
    case .subtract:
      d.pointee = context.subtract(a.pointee, registers[Int(instruction.b)])
    case .multiply, .divide, .modulo:
      d.pointee = context.scale(instruction.opcode, a.pointee, registers[Int(instruction.b)])
    case .negate:
      d.pointee = context.negate(a.pointee)
    case .not:
      if a.pointee.tag == .bool {
        d.pointee = .bool(a.pointee.payload == 0)
      } else {
        d.pointee = a.pointee.orNoOverload
      }
    case .contains:
      let container = registers[Int(instruction.b)]
      if instruction.x != 0 { cost &+= context.costSize(container) }
      d.pointee = context.contains(container, a.pointee)
      if let error = state.pointee.interruption { return error }
    case .containsConstant:
      let set = sets + Int(instruction.b)
      if a.pointee.tag == .string {
        d.pointee = .bool(set.pointee.contains(a.pointee.slice))
      } else {
        d.pointee = context.contains(set.pointee.collection, a.pointee)
      }

    // Functions
    case .match:
      if a.pointee.tag == .string {
        if let error = state.pointee.chargeMatch(a.pointee.count) { return error }
        d.pointee = .bool(matches(patterns[Int(instruction.b)], a.pointee.slice))
      } else {
        d.pointee = a.pointee.notMatchable(context)
      }
    case .call1, .call2, .call:
      // There the function stands, which the top of the loop took for a cost.
      cost &-= Int(instruction.y)
      let result = context.call(instruction, registers, state)
      if result.tag == .error, result.detail != ErrorCode.evaluation.rawValue { return result }
      if let error = state.pointee.interruption { return error }
      d.pointee = result

    // Control
    case .jump:
      next = code + Int(instruction.b)
    case .branch:
      if a.pointee.tag == .bool {
        if a.pointee.payload == 0 { next = code + Int(instruction.b) }
      } else {
        d.pointee = a.pointee.orNoOverload
        next = code + Int(instruction.b) - 1
      }
    case .jumpIfFalse:
      if a.pointee.isFalse { next = code + Int(instruction.b) }
    case .jumpIfTrue:
      if a.pointee.isTrue { next = code + Int(instruction.b) }
    case .and:
      d.pointee = .conjunction(d.pointee, a.pointee)
    case .or:
      d.pointee = .disjunction(d.pointee, a.pointee)
    case .orValue, .orOptional:
      if a.pointee.tag != .optional {
        d.pointee = a.pointee.orNoOverload
        next = code + Int(instruction.b)
      } else if let wrapped = a.pointee.wrapped {
        d.pointee = instruction.opcode == .orValue ? wrapped : a.pointee
        next = code + Int(instruction.b)
      }
    case .unwrap:
      if let wrapped = a.pointee.tag == .optional ? a.pointee.wrapped : nil {
        d.pointee = wrapped
      } else {
        // `optional.none()`
        if a.pointee.tag == .optional { cost &+= 1 }
        d.pointee = a.pointee.tag == .optional ? a.pointee : a.pointee.orNoOverload
        next = code + Int(instruction.b)
      }

    // Costs and lazy slots
    case .charge: break
    case .price:
      let rule = CostRule(rawValue: instruction.x).unsafelyUnwrapped
      cost &+= context.cost(rule, a.pointee, registers[Int(instruction.b)])
      if let error = state.pointee.interruption { return error }
      if cost > limit {
        let rest = state.pointee.abandon(depth, cost, registers)
        guard let resumed = rest.next else { return MachineState.costExceeded }
        (next, depth, cost) = (resumed, rest.depth, rest.cost)
      }
    case .mark:
      d.pointee = .int(Int64(cost))
    case .repay:
      cost &+= cost &- Int(d.pointee.intValue) &- 2
    case .lazy:
      let slot = state.pointee.slot(instruction.d)
      state.pointee.note(slot)
      if d.pointee.isNotComputed {
        state.pointee.frames[depth] = MachineState.Frame(
          next: next, register: instruction.d, cost: cost, computing: state.pointee.computing)
        state.pointee.compute(slot, isNew: true)
        depth &+= 1
        cost = 0
        next = code + Int(instruction.b)
      } else {
        state.pointee.needAgain(slot)
      }
    case .lazyReturn:
      let value = cost > limit ? MachineState.costExceeded : a.pointee
      d.pointee = value.isError ? state.pointee.lazyError(instruction.d, value) : value
      depth &-= 1
      let frame = state.pointee.frames + depth
      state.pointee.finishLazy(frame, cost: cost)
      next = frame.pointee.next
      cost = frame.pointee.cost
    case .share:
      let slot = state.pointee.slot(instruction.d)
      if instruction.x != 0 { state.pointee.note(slot) }
      // Where it would cost more than is left it is computed again, to end where that has always ended.
      if !d.pointee.isNotComputed, cost &+ slot.pointee.cost <= limit {
        if instruction.x != 0 { state.pointee.needAgain(slot) }
        cost &+= slot.pointee.cost
        next = code + Int(instruction.b)
      } else {
        slot.pointee.start = cost
        if instruction.x != 0 {
          slot.pointee.outer = state.pointee.computing
          state.pointee.compute(slot, isNew: d.pointee.isNotComputed)
        }
      }
    case .keep:
      if let error = state.pointee.interruption { return error }
      let slot = state.pointee.slot(instruction.d)
      slot.pointee.cost = cost &- slot.pointee.start
      if d.pointee.isNotComputed { state.pointee.markComputed(instruction.d) }
      if instruction.x != 0 {
        slot.pointee.phase = state.pointee.phase
        state.pointee.computing = slot.pointee.outer
      }
      d.pointee = a.pointee
    case .enter:
      state.pointee.trace?.pointee.begin(instruction.b, cost: cost)
    case .leave:
      state.pointee.trace?.pointee.end(instruction.b, a.pointee, cost: cost)
    case .finish:
      assert(depth == 0)
      state.pointee.cost = cost
      if let error = state.pointee.interruption { return error }
      return cost > limit ? MachineState.costExceeded : a.pointee

    // Lists and maps
    case .list:
      d.pointee = context.list(a, count: Int(instruction.b))
    case .listForCount:
      d.pointee = context.emptyList(capacity: Int(instruction.b))
    case .listForLoop:
      d.pointee = context.emptyList(capacity: Int(a.pointee.extent))
    case .mapForCount:
      d.pointee = context.emptyMap(capacity: Int(instruction.b))
    case .mapForLoop:
      d.pointee = context.emptyMap(capacity: Int(a.pointee.extent))
    case .append:
      context.append(a.pointee, to: d, isOptional: instruction.x != 0)
      next = code + Int(instruction.b)
    case .put:
      if d.pointee.count > 16, let error = state.pointee.charge(Int(d.pointee.count)) { return error }
      context.put(a[0], a[1], to: d, PutMode(rawValue: instruction.x).unsafelyUnwrapped)
      next = code + Int(instruction.b)
    case .putAll:
      if d.pointee.count > 16, let error = state.pointee.charge(Int(d.pointee.count)) { return error }
      context.putAll(a.pointee, to: d)
      if let error = state.pointee.interruption { return error }
      next = code + Int(instruction.b)

    // Loops
    case .walk:
      if let elements = Elements(a.pointee) {
        d.pointee = elements.register
        d[1] = .int(-1)
      } else {
        (d - 1).pointee = a.pointee.notIterable(context)
        next = code + Int(instruction.b)
      }
    case .step:
      var elements = Elements(register: d.pointee)
      if elements.remaining == 0 {
        next = code + Int(instruction.b)
      } else {
        if let error = state.pointee.interruption ?? state.pointee.charge(Int(instruction.a)) { return error }
        d[1] = elements.next(context)
        d.pointee = elements.register
        if cost > limit {
          let rest = state.pointee.abandon(depth, cost, registers)
          guard let resumed = rest.next else { return MachineState.costExceeded }
          (next, depth, cost) = (resumed, rest.depth, rest.cost)
        }
      }
    case .stepEntry:
      var elements = Elements(register: d.pointee)
      if elements.remaining == 0 {
        next = code + Int(instruction.b)
      } else {
        if let error = state.pointee.interruption ?? state.pointee.charge(Int(instruction.a)) { return error }
        let (key, value) = elements.nextEntry(context)
        // The index counts in the register that the first variable is read from.
        d[1] = elements.isMap ? key : .int(d[1].intValue &+ 1)
        d[2] = value
        d.pointee = elements.register
        if cost > limit {
          let rest = state.pointee.abandon(depth, cost, registers)
          guard let resumed = rest.next else { return MachineState.costExceeded }
          (next, depth, cost) = (resumed, rest.depth, rest.cost)
        }
      }
    case .allStep:
      if a.pointee.isTrue {
        next = code + Int(instruction.b)
      } else {
        d.pointee = .conjunction(d.pointee, a.pointee)
        if !d.pointee.isFalse {
          next = code + Int(instruction.b)
        } else if d[1].count > 0 {
          // The condition of the next step.
          cost &+= 2
        }
      }
    case .existsStep:
      if a.pointee.isFalse {
        next = code + Int(instruction.b)
      } else {
        d.pointee = .disjunction(d.pointee, a.pointee)
        if !d.pointee.isTrue {
          next = code + Int(instruction.b)
        } else if d[1].count > 0 {
          cost &+= 3
        }
      }
    case .oneStep:
      if a.pointee.tag != .bool {
        d.pointee = a.pointee.orNoOverload
      } else if a.pointee.payload != 0 {
        // The count and its sum with 1.
        cost &+= 2
        if d.pointee.tag == .int { d.pointee = .int(d.pointee.intValue &+ 1) }
      }
      next = code + Int(instruction.b)
    case .oneResult:
      if d.pointee.tag == .int { d.pointee = .bool(d.pointee.intValue == 1) }
    case .filterStep:
      if a.pointee.tag != .bool {
        d.pointee = a.pointee.orNoOverload
        next = code + Int(instruction.b)
      } else if a.pointee.payload == 0 {
        next = code + Int(instruction.b)
      }
    }
  }
}

extension Value {
  static var noOverload: Value { .error("no such overload") }

  /// An error as it is; anything else, which an operation has no meaning for, as `no such overload`.
  @inline(__always)
  var orNoOverload: Value { tag == .error ? self : .noOverload }

  /// `left && right`, where false decides whatever the other is, and the first error stays.
  @inline(__always)
  static func conjunction(_ left: Value, _ right: Value) -> Value {
    if right.isFalse || left.isFalse { return .bool(false) }
    if !left.isTrue { return left.orNoOverload }
    return right.isTrue ? right : right.orNoOverload
  }

  @inline(__always)
  static func disjunction(_ left: Value, _ right: Value) -> Value {
    if right.isTrue || left.isTrue { return .bool(true) }
    if !left.isFalse { return left.orNoOverload }
    return right.isFalse ? right : right.orNoOverload
  }

  @inline(never)
  func notIterable(_ context: EvaluationContext) -> Value {
    tag == .error ? self : context.error("got '", context.goTypeName(self), "', expected iterable type")
  }

  @inline(never)
  func notMatchable(_ context: EvaluationContext) -> Value {
    tag == .error ? self : context.noOverload(for: "matches", self)
  }
}
