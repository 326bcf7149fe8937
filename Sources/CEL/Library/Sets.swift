internal import Memory

/// The sets extension of cel-go: lists as sets, their elements compared by `==`.
///
/// https://pkg.go.dev/github.com/google/cel-go/ext#Sets
extension EvaluationContext {
  func setFunction(
    _ function: Function, _ arguments: UnsafeBufferPointer<Value>, _ state: UnsafeMutablePointer<MachineState>
  ) -> Value {
    guard arguments[0].isList, arguments[1].isList else { return noOverload(function, arguments) }
    // Every element of the one may have to be compared with every one of the other.
    let pairs = Int(arguments[0].count).multipliedReportingOverflow(by: Int(arguments[1].count)).partialValue
    if let error = state.pointee.charge(function == .setsEquivalent ? 2 &* pairs : pairs) { return error }
    switch function {
    case .setsContains: return .bool(containsAll(arguments[0], of: arguments[1]))
    case .setsEquivalent:
      return .bool(containsAll(arguments[0], of: arguments[1]) && containsAll(arguments[1], of: arguments[0]))
    default:
      guard var elements = Elements(arguments[0]) else { return .bool(false) }
      while elements.remaining > 0, isInTime(elements.remaining) {
        if contains(arguments[1], elements.next(self)).isTrue { return .bool(true) }
      }
      return .bool(false)
    }
  }

  private func containsAll(_ list: Value, of other: Value) -> Bool {
    guard var elements = Elements(other) else { return false }
    while elements.remaining > 0, isInTime(elements.remaining) {
      if !contains(list, elements.next(self)).isTrue { return false }
    }
    return true
  }
}
