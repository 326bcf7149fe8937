internal import Memory

/// Dispatch of `call1`, `call2` and `call`.
extension EvaluationContext {
  /// The function's value. Every function is strict: the first argument that is an error is the result.
  @inline(never)
  func call(
    _ instruction: Instruction, _ registers: UnsafeMutablePointer<Value>, _ state: UnsafeMutablePointer<MachineState>
  ) -> Value {
    // INVARIANT: the compiler writes raw values of `Function` only.
    let function = Function(rawValue: instruction.y).unsafelyUnwrapped
    let first = registers + Int(instruction.a)
    if function.rawValue >= Function.firstOfKubernetes {
      return kubernetesCall(function, instruction, registers, state)
    }
    switch instruction.opcode {
    case .call1:
      if first.pointee.isError { return first.pointee }
      // The payload of every kind's zero is 0.
      if function == .sum, first.pointee.isList, first.pointee.count == 0 {
        return Value(tag: Value.Tag(rawValue: instruction.x) ?? .int)
      }
      if first.pointee.extent > 64, let error = state.pointee.charge(Int(first.pointee.extent >> 4)) { return error }
      let steps = function.extraSteps(UnsafeBufferPointer(start: UnsafePointer(first), count: 1))
      if steps > 0, let error = state.pointee.charge(steps) { return error }
      return call(function, first)
    case .call2:
      let second = registers[Int(instruction.b)]
      if first.pointee.isError { return first.pointee }
      if second.isError { return second }
      if function == .matches { return matches(first.pointee, second, state) }
      if second.extent > 64 || first.pointee.extent > 64 {
        if let error = state.pointee.charge(Int((first.pointee.extent >> 4) &+ (second.extent >> 4))) { return error }
      }
      return call(function, first.pointee, second, state)
    default:
      let arguments = UnsafeBufferPointer(start: UnsafePointer(first), count: Int(instruction.b))
      var bytes = 0
      for argument in arguments {
        if argument.isError { return argument }
        bytes &+= Int(argument.extent >> 4)
      }
      if bytes > 4, let error = state.pointee.charge(bytes) { return error }
      return call(function, arguments, state)
    }
  }

  /// A call that needs the machine's state: patterns, or steps that only the arguments or the result tell.
  private func call(
    _ function: Function, _ arguments: UnsafeBufferPointer<Value>, _ state: UnsafeMutablePointer<MachineState>
  ) -> Value {
    if function.usesPatterns { return regexFunction(function, arguments, state) }
    let steps = function.extraSteps(arguments)
    if steps > 0, let error = state.pointee.charge(steps) { return error }
    let result = call(function, arguments)
    if result.tag == .string, result.count > 1024, let error = state.pointee.charge(Int(result.count >> 4)) {
      return error
    }
    return result
  }

  private func call(_ function: Function, _ argument: UnsafePointer<Value>) -> Value {
    let a = argument.pointee
    return switch function {
    case .size: size(a)
    case .type: a.tag == .type ? .type(ByteSlice("type")) : .type(a.typeName)
    case .dyn: a
    case .bool, .bytes, .double, .duration, .int, .string, .timestamp, .uint: convert(a, function)
    case .getFullYear, .getMonth, .getDayOfYear, .getDayOfMonth, .getDate, .getDayOfWeek, .getHours, .getMinutes,
      .getSeconds, .getMilliseconds:
      calendarField(function, a, zone: nil)
    case .optionalOf: arena.some(a)
    case .optionalOfNonZeroValue: isZero(a) ? .none : arena.some(a)
    case .hasValue: a.tag == .optional ? .bool(a.count != 0) : noOverload(function, a)
    case .value: a.tag == .optional ? a.wrapped ?? .error("optional.none() dereference") : noOverload(function, a)
    case .unwrapOptionals: unwrapOptionals(a)
    case .lowerAscii, .upperAscii, .trim, .reverse, .join: stringFunction(function, a)
    case .isSorted, .sum, .min, .max: listFunction(function, a)
    case .getMillisecondsStrict: strictMilliseconds(a)
    case .quote: quote(a)
    case .base64Decode, .base64Encode: encoderFunction(function, a)
    default: call(function, UnsafeBufferPointer(start: argument, count: 1))
    }
  }

  private func call(
    _ function: Function, _ a: Value, _ b: Value, _ state: UnsafeMutablePointer<MachineState>
  ) -> Value {
    switch function {
    case .contains, .startsWith, .endsWith:
      guard a.tag == .string, b.tag == .string else { return .noOverload }
      return switch function {
      case .contains: .bool(a.slice.firstIndex(of: b.slice) != nil)
      case .startsWith: .bool(a.slice.hasPrefix(b.slice))
      default: .bool(a.slice.hasSuffix(b.slice))
      }
    case .getFullYear, .getMonth, .getDayOfYear, .getDayOfMonth, .getDate, .getDayOfWeek, .getHours, .getMinutes,
      .getSeconds, .getMilliseconds:
      return calendarField(function, a, zone: b)
    default:
      return withUnsafeTemporaryAllocation(of: Value.self, capacity: 2) { pair in
        pair.initializeElement(at: 0, to: a)
        pair.initializeElement(at: 1, to: b)
        return call(function, UnsafeBufferPointer(pair), state)
      }
    }
  }

  private func call(_ function: Function, _ arguments: UnsafeBufferPointer<Value>) -> Value {
    switch function {
    case .optionalNone: .none
    case .charAt, .indexOf, .lastIndexOf, .join, .replace, .split, .substring: stringFunction(function, arguments)
    case .indexOfStrict, .lastIndexOfStrict:
      strictIndex(function == .indexOfStrict ? .indexOf : .lastIndexOf, arguments)
    case .format: format(arguments, .standard)
    case .formatLocalized: format(arguments, .localized)
    case .slice, .flatten, .sort, .sortByAssociatedKeys, .range, .distinct, .first, .last:
      listExtension(function, arguments)
    case .mathMin, .mathMax, .ceil, .floor, .round, .trunc, .isInf, .isNaN, .isFinite, .abs, .sign, .sqrt, .bitAnd,
      .bitOr, .bitXor, .bitNot, .bitShiftLeft, .bitShiftRight:
      mathFunction(function, arguments)
    default: noOverload(function, arguments)
    }
  }

  /// `no such overload: NAME(TYPES)`.
  func noOverload(_ function: Function, _ arguments: UnsafeBufferPointer<Value>) -> Value {
    var types = ByteSlice.empty
    for (index, argument) in arguments.enumerated() {
      if index > 0 { types = arena.concatenate(types, ByteSlice(", ")) }
      types = arena.concatenate(types, argument.typeName)
    }
    var name = ByteSlice.empty
    // A function's name is a literal of at most 15 bytes or is copied; this is the error path.
    function.signature.name.withByteSlice { name = arena.copy($0) }
    return error("no such overload: ", arena.concatenate(name, arena.concatenate(ByteSlice("("), types)), ")")
  }

  func noOverload(_ function: Function, _ argument: Value) -> Value {
    withUnsafePointer(to: argument) { noOverload(function, UnsafeBufferPointer(start: $0, count: 1)) }
  }

  /// What cel-go says where the receiver lacks a trait: one that has functions of its own only `no such overload`.
  func noOverload(for name: StaticString, _ receiver: Value) -> Value {
    switch receiver.tag {
    case .string, .timestamp, .duration: .noOverload
    default: error("no such overload: ", ByteSlice(name))
    }
  }

  private func size(_ value: Value) -> Value {
    switch value.tag {
    case .list, .jsonList, .map, .jsonMap, .bytes: .int(Int64(value.count))
    case .string: .int(Int64(value.slice.codePointCount))
    default: noOverload(for: "size", value)
    }
  }

  private func matches(_ text: Value, _ pattern: Value, _ state: UnsafeMutablePointer<MachineState>) -> Value {
    guard text.tag == .string else { return text.notMatchable(self) }
    guard pattern.tag == .string else { return .noOverload }
    // What compiling costs: a pattern's program is a few instructions for each of its bytes.
    if let error = state.pointee.charge(Int(pattern.count)) { return error }
    if let error = state.pointee.chargeMatch(text.count) { return error }
    switch state.pointee.patternCache.pattern(pattern.slice, arena) {
    case .success(let compiled): return .bool(CEL.matches(compiled, text.slice))
    case .failure(let failure): return failure.error
    }
  }
}

extension ByteSlice {
  /// Code points of valid UTF-8: bytes that do not continue one.
  var codePointCount: Int {
    var count = 0
    for index in 0..<self.count where start[index] & 0xC0 != 0x80 { count &+= 1 }
    return count
  }
}
