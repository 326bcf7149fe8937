internal import Memory

/// `quantity` and what can be asked of one.
///
/// https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-quantity-library
extension EvaluationContext {
  func quantityFunction(_ function: Function, _ arguments: UnsafeBufferPointer<Value>) -> Value {
    let first = arguments[0]
    if first.tag == .string {
      switch function {
      case .quantity: return parseQuantity(first.slice)
      case .isQuantity:
        let value = parseQuantity(first.slice)
        return value.isError && value.errorCode != .evaluation ? value : .bool(!value.isError)
      default: return noOverload(function, arguments)
      }
    }
    guard first.opaqueType == .quantity else { return noOverload(function, arguments) }
    let quantity = first.opaque(as: Quantity.self)
    switch (function, arguments.count) {
    case (.quantitySign, 1): return .int(quantity.sign)
    case (.asApproximateFloat, 1): return .double(quantity.approximation(arena))
    case (.isInteger, 1): return .bool(quantity.integer != nil)
    case (.asInteger, 1):
      guard let integer = quantity.integer else { return .error("cannot convert value to integer") }
      return .int(integer)
    case (_, 2): return quantityFunction(function, quantity, arguments[1]) ?? noOverload(function, arguments)
    default: return noOverload(function, arguments)
    }
  }

  private func quantityFunction(_ function: Function, _ quantity: Quantity, _ argument: Value) -> Value? {
    let isSum = function == .add || function == .subtract
    let other: Quantity
    if argument.opaqueType == .quantity {
      other = argument.opaque(as: Quantity.self)
    } else if isSum, argument.tag == .int {
      other = Quantity(value: argument.intValue, format: .decimalExponent)
    } else {
      return nil
    }
    switch function {
    case .add:
      guard let sum = Quantity.add(quantity, other, arena) else { return Self.tooLong }
      return opaque(.quantity, sum)
    case .subtract:
      guard let difference = Quantity.subtract(quantity, other, arena) else { return Self.tooLong }
      return opaque(.quantity, difference)
    case .isLessThan: return .bool(Quantity.compare(quantity, other) < 0)
    case .isGreaterThan: return .bool(Quantity.compare(quantity, other) > 0)
    case .compareTo: return .int(Int64(Quantity.compare(quantity, other)))
    default: return nil
    }
  }

  private func parseQuantity(_ text: ByteSlice) -> Value {
    switch Quantity.parse(text, arena) {
    case .success(let quantity): opaque(.quantity, quantity)
    case .failure(let failure): failure.error
    }
  }
}
