/// How often the match conditions and mutations of a policy set have decided what: for reports that say what no review has put to
/// the test. What validations and exceptions have done is in the outcomes.
///
/// An evaluator that is given one counts (``Evaluator/tallies``); one that is given none compares a pointer with nil.
package final class ExpressionTallies {
  /// Of one condition.
  package struct Condition: BitwiseCopyable {
    package var timesTrue = 0
    package var timesFalse = 0

    package init() {}
  }

  /// Of one policy; trivial, so that counting takes no reference.
  struct Tally: BitwiseCopyable {
    let conditions: UnsafeMutablePointer<Condition>
    let conditionCount: Int
    /// Times that each mutation has changed an object.
    let mutations: UnsafeMutablePointer<Int>
    let mutationCount: Int
  }

  let tallies: UnsafeMutablePointer<Tally>
  private let count: Int

  package init(_ set: PolicySet) {
    count = set.compiled.count
    tallies = .allocate(capacity: max(count, 1))
    for (index, policy) in set.compiled.enumerated() {
      let tally = Tally(
        conditions: .allocate(capacity: max(policy.matchConditions.count, 1)),
        conditionCount: policy.matchConditions.count,
        mutations: .allocate(capacity: max(policy.mutations.count, 1)), mutationCount: policy.mutations.count)
      tally.conditions.initialize(repeating: Condition(), count: tally.conditionCount)
      tally.mutations.initialize(repeating: 0, count: tally.mutationCount)
      (tallies + index).initialize(to: tally)
    }
  }

  deinit {
    for index in 0..<count {
      tallies[index].conditions.deallocate()
      tallies[index].mutations.deallocate()
    }
    tallies.deallocate()
  }

  /// Gives out what was counted, by policy, and begins anew.
  package func drain(_ body: (_ policy: Int, _ conditions: [Condition], _ mutations: [Int]) -> Void) {
    for index in 0..<count where tallies[index].conditionCount + tallies[index].mutationCount > 0 {
      let tally = tallies[index]
      let conditions = UnsafeMutableBufferPointer(start: tally.conditions, count: tally.conditionCount)
      let mutations = UnsafeMutableBufferPointer(start: tally.mutations, count: tally.mutationCount)
      body(index, Array(conditions), Array(mutations))
      conditions.update(repeating: Condition())
      mutations.update(repeating: 0)
    }
  }
}
