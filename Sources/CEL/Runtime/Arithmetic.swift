internal import Memory

/// The arithmetic operators and ordering. Numbers never mix in arithmetic; overflow is an error. Texts of errors are
/// cel-go's (`common/types`).
extension EvaluationContext {
  /// `<`, `<=`, `>`, `>=`.
  @inline(never)
  func ordered(_ opcode: Opcode, _ left: Value, _ right: Value) -> Value {
    if left.isError { return left }
    if right.isError { return right }
    guard let order = compare(left, right) else {
      switch left.tag {
      case .null, .list, .jsonList, .map, .jsonMap, .type, .optional, .opaque:
        return error("no such overload: ", Self.symbol(opcode))
      default: return .noOverload
      }
    }
    if order == .unordered { return .error("NaN values cannot be ordered") }
    return switch opcode {
    case .less: .bool(order == .less)
    case .lessOrEqual: .bool(order != .greater)
    case .greater: .bool(order == .greater)
    default: .bool(order != .less)
    }
  }

  @inline(never)
  func add(_ left: Value, _ right: Value) -> Value {
    if left.isError { return left }
    if right.isError { return right }
    switch (left.tag, right.tag) {
    case (.int, .int): return Self.int(left.intValue.addingReportingOverflow(right.intValue))
    case (.uint, .uint): return Self.uint(left.payload.addingReportingOverflow(right.payload))
    case (.double, .double): return .double(left.doubleValue + right.doubleValue)
    case (.string, .string), (.bytes, .bytes): return concatenate(left, right)
    case (.duration, .duration): return Self.duration(left.intValue.addingReportingOverflow(right.intValue))
    case (.timestamp, .duration): return Self.timestamp(left, plus: right.intValue)
    case (.duration, .timestamp): return Self.timestamp(right, plus: left.intValue)
    default:
      if left.isList, right.isList { return concatenateLists(left, right) }
      switch left.tag {
      case .bool, .map, .jsonMap, .null, .type, .optional, .opaque:
        return error("no such overload: ", Self.symbol(.add))
      default: return .noOverload
      }
    }
  }

  @inline(never)
  func subtract(_ left: Value, _ right: Value) -> Value {
    if left.isError { return left }
    if right.isError { return right }
    switch (left.tag, right.tag) {
    case (.int, .int): return Self.int(left.intValue.subtractingReportingOverflow(right.intValue))
    case (.uint, .uint): return Self.uint(left.payload.subtractingReportingOverflow(right.payload))
    case (.double, .double): return .double(left.doubleValue - right.doubleValue)
    case (.duration, .duration): return Self.duration(left.intValue.subtractingReportingOverflow(right.intValue))
    case (.timestamp, .duration):
      let (opposite, overflow) = Int64(0).subtractingReportingOverflow(right.intValue)
      return overflow ? .error("integer overflow") : Self.timestamp(left, plus: opposite)
    case (.timestamp, .timestamp): return Self.difference(left, right)
    default:
      switch left.tag {
      case .int, .uint, .double, .duration, .timestamp, .string: return .noOverload
      default: return error("no such overload: ", Self.symbol(.subtract))
      }
    }
  }

  /// `*`, `/` and `%`.
  @inline(never)
  func scale(_ opcode: Opcode, _ left: Value, _ right: Value) -> Value {
    if left.isError { return left }
    if right.isError { return right }
    switch (left.tag, right.tag) {
    case (.int, .int):
      let (x, y) = (left.intValue, right.intValue)
      switch opcode {
      case .multiply: return Self.int(x.multipliedReportingOverflow(by: y))
      case .divide: return y == 0 ? .error("division by zero") : Self.int(x.dividedReportingOverflow(by: y))
      default: return y == 0 ? .error("modulus by zero") : Self.int(x.remainderReportingOverflow(dividingBy: y))
      }
    case (.uint, .uint):
      let (x, y) = (left.payload, right.payload)
      switch opcode {
      case .multiply: return Self.uint(x.multipliedReportingOverflow(by: y))
      case .divide: return y == 0 ? .error("division by zero") : .uint(x / y)
      default: return y == 0 ? .error("modulus by zero") : .uint(x % y)
      }
    case (.double, .double) where opcode != .modulo:
      return .double(
        opcode == .multiply ? left.doubleValue * right.doubleValue : left.doubleValue / right.doubleValue)
    default:
      switch left.tag {
      case .int, .uint, .string, .timestamp, .duration: return .noOverload
      case .double where opcode != .modulo: return .noOverload
      default: return error("no such overload: ", Self.symbol(opcode))
      }
    }
  }

  @inline(never)
  func negate(_ operand: Value) -> Value {
    switch operand.tag {
    case .error: operand
    case .int: Self.int(Int64(0).subtractingReportingOverflow(operand.intValue))
    case .double: .double(-operand.doubleValue)
    case .duration: Self.duration(Int64(0).subtractingReportingOverflow(operand.intValue))
    case .bool, .string, .timestamp: .noOverload
    default: error("no such overload: ", Self.symbol(.negate))
    }
  }

  /// The longest string or bytes that an expression can make: far above what a message or patch may hold, and far below
  /// what a value's 32-bit length can say.
  static var maximumTextLength: Int { 64 << 20 }

  func concatenate(_ left: Value, _ right: Value) -> Value {
    if right.count == 0 { return left }
    if left.count == 0 { return right }
    guard Int(left.count) + Int(right.count) <= Self.maximumTextLength else { return Self.tooLong }
    let count = Int(left.count) + Int(right.count)
    let place = arena.allocate(UInt8.self, count: count)
    copy(left.slice, to: place)
    copy(right.slice, to: place + Int(left.count))
    return Value(tag: left.tag, slice: ByteSlice(start: place, count: count))
  }

  static var tooLong: Value { .error("operation cancelled: value too large", code: .costExceeded) }

  private func concatenateLists(_ left: Value, _ right: Value) -> Value {
    if right.count == 0 { return left }
    if left.count == 0 { return right }
    let count = Int(left.count) + Int(right.count)
    guard count <= Self.maximumTextLength >> 4 else { return Self.tooLong }
    let place = arena.allocate(Value.self, count: count)
    let used = copyElements(left, to: place)
    copyElements(right, to: place + used)
    return .list(place, count: count)
  }

  /// Writes a list's elements one behind the other; returns how many.
  @discardableResult
  func copyElements(_ list: Value, to place: UnsafeMutablePointer<Value>) -> Int {
    guard var elements = Elements(list) else { return 0 }
    let count = elements.remaining
    for index in 0..<count {
      if !isInTime(index) { break }
      place[index] = elements.next(self)
    }
    return count
  }

  private static func int(_ result: (partialValue: Int64, overflow: Bool)) -> Value {
    result.overflow ? .error("integer overflow") : .int(result.partialValue)
  }

  private static func uint(_ result: (partialValue: UInt64, overflow: Bool)) -> Value {
    result.overflow ? .error("unsigned integer overflow") : .uint(result.partialValue)
  }

  private static func duration(_ result: (partialValue: Int64, overflow: Bool)) -> Value {
    result.overflow ? .error("integer overflow") : .duration(nanoseconds: result.partialValue)
  }

  private static func symbol(_ opcode: Opcode) -> ByteSlice {
    switch opcode {
    case .less: ByteSlice("_<_")
    case .lessOrEqual: ByteSlice("_<=_")
    case .greater: ByteSlice("_>_")
    case .greaterOrEqual: ByteSlice("_>=_")
    case .add: ByteSlice("_+_")
    case .subtract: ByteSlice("_-_")
    case .multiply: ByteSlice("_*_")
    case .divide: ByteSlice("_/_")
    case .modulo: ByteSlice("_%_")
    default: ByteSlice("-_")
    }
  }
}
