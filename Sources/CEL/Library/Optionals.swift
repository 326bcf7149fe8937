internal import Memory

extension EvaluationContext {
  /// Whether a value is its type's zero: `optional.ofNonZeroValue` makes none of it.
  func isZero(_ value: Value) -> Bool {
    switch value.tag {
    case .null: true
    case .bool, .int, .uint, .duration: value.payload == 0
    case .double: value.doubleValue == 0
    case .string, .bytes, .list, .jsonList, .map, .jsonMap: value.count == 0
    // Go's zero time, the first instant of the year 1.
    case .timestamp: value.intValue == Self.timestampSeconds.lowerBound && value.count == 0
    case .optional: value.count == 0
    case .error, .type, .opaque: false
    }
  }

  /// `optional.unwrap(list)` and `list.unwrapOpt()`: what the optionals of a list hold.
  func unwrapOptionals(_ list: Value) -> Value {
    guard list.isList, var elements = Elements(list) else { return noOverload(.unwrapOptionals, list) }
    let place = arena.allocate(Value.self, count: elements.remaining)
    var count = 0
    while elements.remaining > 0 {
      let element = elements.next(self)
      guard element.tag == .optional else { return error("value ", text(element), " is not optional") }
      guard let wrapped = element.wrapped else { continue }
      place[count] = wrapped
      count += 1
    }
    return .list(place, count: count)
  }
}
