/// An operator between two operands: the function that it calls, and how tightly it binds.
///
/// https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax (the table of precedence)
struct InfixOperator {
  let function: String
  let power: Power
  /// `&&` and `||`: a chain of them becomes a balanced tree, so that its depth is the logarithm of its length.
  let isLogical: Bool

  /// From loose to tight. All operators are left-associative.
  enum Power: Int, Comparable {
    case or = 1, and, relation, sum, product
    /// `!` and `-` before an operand; what follows an operand (`.f`, `[i]`) binds tighter still.
    case prefix

    static func < (left: Power, right: Power) -> Bool { left.rawValue < right.rawValue }
  }

  private init(_ function: String, _ power: Power, isLogical: Bool = false) {
    self.function = function
    self.power = power
    self.isLogical = isLogical
  }

  /// The table: what a token between two operands means.
  static func of(_ kind: Token.Kind) -> InfixOperator? {
    switch kind {
    case .or: InfixOperator("_||_", .or, isLogical: true)
    case .and: InfixOperator("_&&_", .and, isLogical: true)
    case .equals: InfixOperator("_==_", .relation)
    case .notEquals: InfixOperator("_!=_", .relation)
    case .less: InfixOperator("_<_", .relation)
    case .lessEquals: InfixOperator("_<=_", .relation)
    case .greater: InfixOperator("_>_", .relation)
    case .greaterEquals: InfixOperator("_>=_", .relation)
    case .in: InfixOperator("@in", .relation)
    case .plus: InfixOperator("_+_", .sum)
    case .minus: InfixOperator("_-_", .sum)
    case .star: InfixOperator("_*_", .product)
    case .slash: InfixOperator("_/_", .product)
    case .percent: InfixOperator("_%_", .product)
    default: nil
    }
  }
}
