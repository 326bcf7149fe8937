internal import Memory

/// The math extension of cel-go (`ext/math.go`).
extension EvaluationContext {
  func mathFunction(_ function: Function, _ arguments: UnsafeBufferPointer<Value>) -> Value {
    let a = arguments[0]
    switch (function, a.tag) {
    case (.mathMin, _), (.mathMax, _): return extreme(function, arguments)
    case (.ceil, .double): return .double(a.doubleValue.rounded(.up))
    case (.floor, .double): return .double(a.doubleValue.rounded(.down))
    case (.round, .double): return .double(a.doubleValue.rounded(.toNearestOrAwayFromZero))
    case (.trunc, .double): return .double(a.doubleValue.rounded(.towardZero))
    case (.isInf, .double): return .bool(a.doubleValue.isInfinite)
    case (.isNaN, .double): return .bool(a.doubleValue.isNaN)
    case (.isFinite, .double): return .bool(a.doubleValue.isFinite)
    case (.abs, .double): return .double(a.doubleValue.magnitude)
    case (.abs, .int): return a.intValue == .min ? .error("integer overflow") : .int(Swift.abs(a.intValue))
    case (.abs, .uint): return a
    case (.sign, .double):
      let number = a.doubleValue
      return number.isNaN ? a : .double(number > 0 ? 1 : number < 0 ? -1 : 0)
    case (.sign, .int): return .int(a.intValue.signum())
    case (.sign, .uint): return .uint(a.payload == 0 ? 0 : 1)
    case (.sqrt, .double): return .double(a.doubleValue.squareRoot())
    case (.sqrt, .int): return .double(Double(a.intValue).squareRoot())
    case (.sqrt, .uint): return .double(Double(a.payload).squareRoot())
    case (.bitNot, .int): return .int(~a.intValue)
    case (.bitNot, .uint): return .uint(~a.payload)
    default: return arguments.count == 2 ? bitwise(function, arguments) : noOverload(function, arguments)
    }
  }

  private func bitwise(_ function: Function, _ arguments: UnsafeBufferPointer<Value>) -> Value {
    let (a, b) = (arguments[0], arguments[1])
    guard a.tag == .int || a.tag == .uint else { return noOverload(function, arguments) }
    let bits: UInt64
    switch (function, b.tag) {
    case (.bitAnd, a.tag): bits = a.payload & b.payload
    case (.bitOr, a.tag): bits = a.payload | b.payload
    case (.bitXor, a.tag): bits = a.payload ^ b.payload
    // Swift's `<<` and `>>` give zero when all bits are shifted out, as CEL's do; a sign does not count as one.
    case (.bitShiftLeft, .int):
      guard b.intValue >= 0 else { return error("math.bitShiftLeft() negative offset: ", text(b)) }
      bits = a.payload << UInt64(b.intValue)
    case (.bitShiftRight, .int):
      guard b.intValue >= 0 else { return error("math.bitShiftRight() negative offset: ", text(b)) }
      bits = a.payload >> UInt64(b.intValue)
    default: return noOverload(function, arguments)
    }
    return Value(tag: a.tag, payload: bits)
  }

  /// The least or greatest of one number, two, or those of a list. Of equal ones the first.
  private func extreme(_ function: Function, _ arguments: UnsafeBufferPointer<Value>) -> Value {
    if arguments.count == 2 { return better(function, arguments[0], arguments[1]) }
    let a = arguments[0]
    if a.isNumber { return a }
    guard a.isList, var elements = Elements(a) else { return noOverload(function, arguments) }
    guard elements.remaining > 0 else {
      return function == .mathMin
        ? .error("math.@min(list) argument must not be empty") : .error("math.@max(list) argument must not be empty")
    }
    var best = elements.next(self)
    guard best.isNumber else { return error("no such overload: ", name(of: function)) }
    while elements.remaining > 0, !best.isError { best = better(function, best, elements.next(self)) }
    return best
  }

  private func better(_ function: Function, _ best: Value, _ other: Value) -> Value {
    guard best.isNumber, other.isNumber else { return error("no such overload: ", name(of: function)) }
    let order = Self.compareNumbers(best, other)
    if order == .unordered { return error("NaN values cannot be ordered: ", name(of: function)) }
    return order == (function == .mathMin ? .greater : .less) ? other : best
  }

  private func name(of function: Function) -> ByteSlice {
    function == .mathMin ? ByteSlice("math.@min") : ByteSlice("math.@max")
  }
}
