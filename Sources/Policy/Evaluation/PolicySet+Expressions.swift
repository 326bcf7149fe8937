internal import Memory

/// The expressions of one policy, as written: for reports that say which of them decided anything.
package struct PolicyExpressions: Sendable {
  package let matchConditions: [String]
  package let validations: [String]
  package let mutations: [String]
}

extension PolicySet {
  /// - Parameter policy: an index into ``policies``.
  package func expressions(ofPolicy policy: Int) -> PolicyExpressions {
    let compiled = compiled[policy]
    return PolicyExpressions(
      matchConditions: compiled.matchConditions.map { $0.expression.string },
      validations: compiled.validations.map { $0.expression.string },
      mutations: compiled.mutations.map { $0.expression.string })
  }
}
