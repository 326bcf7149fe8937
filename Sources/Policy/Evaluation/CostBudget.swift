internal import CEL
internal import Memory

/// What a group of evaluations may cost together, in the measure of an API server (`pkg/apis/cel/config.go`).
struct CostBudget {
  /// Of a policy's validations and their messages, and again of its audit annotations: `RuntimeCELCostBudget`.
  static let policy = 10_000_000
  /// Of a policy's match conditions: `RuntimeCELCostBudgetMatchConditions`.
  static let matchConditions = 2_500_000
  /// What the API server says where a budget is used up.
  static let exceeded = ByteSlice(
    "validation failed due to running out of cost budget, no further validation rules will be run")

  private(set) var left: Int

  init(_ budget: Int) { left = budget }

  /// Pays for an evaluation and the variables that it was the first to need; false where not enough is left.
  mutating func take(_ cost: (own: Int, lazies: Int)) -> Bool {
    guard cost.lazies <= left, cost.own <= left - cost.lazies else { return false }
    left -= cost.lazies + cost.own
    return true
  }
}
