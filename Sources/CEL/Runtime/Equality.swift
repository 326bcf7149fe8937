internal import JSON
internal import Memory

/// Equality and order of values, across the numeric types: langdef.md, "Equality" and "Ordering".
extension EvaluationContext {
  /// Whether two values, neither an error, are equal. Values of different kinds are unequal, never an error.
  ///
  /// The recursion ends: JSON nests at most `Tape.maximumDepth` deep, and an expression, which is bounded too, adds at
  /// most one level for each of its nodes.
  public func equal(_ left: Value, _ right: Value) -> Bool {
    if left.tag == right.tag {
      switch left.tag {
      case .string, .bytes, .type:
        guard left.count == right.count else { return false }
        if left.count > 4096, !goesOn(after: Int(left.count >> 4)) { return false }
        return left.slice == right.slice
      case .int, .uint, .bool, .duration: return left.payload == right.payload
      case .double: return left.doubleValue == right.doubleValue
      case .null: return true
      case .timestamp: return left.payload == right.payload && left.count == right.count
      case .list, .jsonList: return equalLists(left, right)
      case .map, .jsonMap: return equalMaps(left, right)
      case .optional:
        guard let first = left.wrapped, let second = right.wrapped else { return left.count == right.count }
        return equal(first, second)
      case .error: return false
      case .opaque: return equalOpaques(left, right)
      }
    }
    if left.isNumber, right.isNumber { return Self.compareNumbers(left, right) == .equal }
    if left.isList, right.isList { return equalLists(left, right) }
    if left.isMap, right.isMap { return equalMaps(left, right) }
    return false
  }

  private func equalLists(_ left: Value, _ right: Value) -> Bool {
    guard left.count == right.count, var first = Elements(left), var second = Elements(right) else { return false }
    if left.tag == right.tag, left.payload == right.payload, left.tag == .jsonList { return true }
    while first.remaining > 0 {
      if first.remaining & 15 == 0, !goesOn(after: 16) { return false }
      if !equal(first.next(self), second.next(self)) { return false }
    }
    return true
  }

  private func equalMaps(_ left: Value, _ right: Value) -> Bool {
    guard left.count == right.count, left.hasSameObjectType(as: right), var entries = Elements(left) else {
      return false
    }
    if left.tag == right.tag, left.payload == right.payload, left.tag == .jsonMap { return true }
    // Each key is looked for among those of the other.
    let steps = 1 + Int(right.count >> 3)
    while entries.remaining > 0 {
      if !goesOn(after: steps) { return false }
      let (key, value) = entries.nextEntry(self)
      guard let other = find(key, in: right), equal(value, other) else { return false }
    }
    return true
  }

  enum Order: Int8 { case less = -1, equal = 0, greater = 1, unordered = 2 }

  /// The order of two numbers by their mathematical value; `unordered` with NaN.
  static func compareNumbers(_ left: Value, _ right: Value) -> Order {
    switch (left.tag, right.tag) {
    case (.int, .int): return order(left.intValue, right.intValue)
    case (.uint, .uint): return order(left.payload, right.payload)
    case (.double, .double): return order(left.doubleValue, right.doubleValue)
    case (.int, .uint):
      return left.intValue < 0 ? .less : order(left.payload, right.payload)
    case (.uint, .int):
      return right.intValue < 0 ? .greater : order(left.payload, right.payload)
    case (.int, .double): return compare(right.doubleValue, left.intValue).reversed
    case (.double, .int): return compare(left.doubleValue, right.intValue)
    case (.uint, .double): return compare(right.doubleValue, left.payload).reversed
    default: return compare(left.doubleValue, right.payload)
    }
  }

  // As cel-go does, an integer inside the double's range is converted, so that 2^53 + 1 equals 2^53 as a double.
  private static func compare(_ left: Double, _ right: Int64) -> Order {
    if left < -0x1p63 { return .less }
    if left > 0x1p63 { return .greater }
    return order(left, Double(right))
  }

  private static func compare(_ left: Double, _ right: UInt64) -> Order {
    if left < 0 { return .less }
    if left > 0x1p64 { return .greater }
    return order(left, Double(right))
  }

  @inline(__always)
  private static func order<Number: Comparable>(_ left: Number, _ right: Number) -> Order {
    left < right ? .less : left > right ? .greater : left == right ? .equal : .unordered
  }

  /// The order of two values of comparable kinds; nil where they are not.
  func compare(_ left: Value, _ right: Value) -> Order? {
    if left.isNumber, right.isNumber { return Self.compareNumbers(left, right) }
    guard left.tag == right.tag else { return nil }
    switch left.tag {
    case .string, .bytes:
      return left.slice < right.slice ? .less : left.slice == right.slice ? .equal : .greater
    case .bool: return Self.order(left.payload, right.payload)
    case .duration: return Self.order(left.intValue, right.intValue)
    case .timestamp:
      let seconds = Self.order(left.intValue, right.intValue)
      return seconds == .equal ? Self.order(left.count, right.count) : seconds
    default: return nil
    }
  }
}

extension EvaluationContext.Order {
  var reversed: Self {
    switch self {
    case .less: .greater
    case .greater: .less
    default: self
    }
  }
}

extension Value {
  @inline(__always) var isList: Bool { tag == .list || tag == .jsonList }
  @inline(__always) var isMap: Bool { tag == .map || tag == .jsonMap }
}
