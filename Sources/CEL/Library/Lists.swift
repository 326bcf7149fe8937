internal import Memory

/// Kubernetes' lists library: https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-list-library
extension EvaluationContext {
  func listFunction(_ function: Function, _ list: Value) -> Value {
    guard list.isList, var elements = Elements(list) else { return noOverload(function, list) }
    switch function {
    case .isSorted:
      guard elements.remaining > 0 else { return .bool(true) }
      var previous = elements.next(self)
      while elements.remaining > 0, isInTime(elements.remaining) {
        let next = elements.next(self)
        let inOrder = ordered(.lessOrEqual, previous, next)
        if !inOrder.isTrue { return inOrder }
        previous = next
      }
      return .bool(true)
    case .sum:
      guard elements.remaining > 0 else { return .int(0) }
      var sum = elements.next(self)
      // What is not a number grows.
      while elements.remaining > 0, !sum.isError, goesOn(after: 1 + Int(sum.extent >> 4)) {
        sum = add(sum, elements.next(self))
      }
      return sum
    default:
      let isMinimum = function == .min
      guard elements.remaining > 0 else {
        return .error(isMinimum ? "min called on empty list" : "max called on empty list")
      }
      var best = elements.next(self)
      while elements.remaining > 0, isInTime(elements.remaining) {
        let next = elements.next(self)
        let isBetter = ordered(isMinimum ? .less : .greater, next, best)
        if isBetter.isError { return isBetter }
        if isBetter.isTrue { best = next }
      }
      return best
    }
  }

  /// Where an element stands in a list: the first place or the last; -1 where it does not.
  func listIndex(of needle: Value, in list: Value, last: Bool) -> Value {
    guard var elements = Elements(list) else { return .int(-1) }
    var found = -1
    var index = 0
    while elements.remaining > 0, isInTime(elements.remaining) {
      if equal(elements.next(self), needle) {
        found = index
        if !last { break }
      }
      index += 1
    }
    return .int(Int64(found))
  }
}
