package import Policy

/// What no review has put to the test: policies that matched nothing, and validations that never failed.
///
/// A policy that did not match has not passed anything.
package struct Coverage: Sendable, Equatable {
  package struct Item: Sendable, Equatable {
    package var policy: String
    /// Which validation, from 0; nil for the policy as a whole.
    package var validation: Int?
    package var expression: String

    package var text: String {
      guard let validation else { return "\(policy): no review was matched" }
      return "\(policy): validations[\(validation)] never failed: \(expression)"
    }
  }

  package private(set) var items: [Item] = []

  /// Policies that no review reached.
  package var unreached: Int { items.count { $0.validation == nil } }

  package init(_ summary: TestSummary, sets: [PolicySet]) {
    var expressions: [String: [String]] = [:]
    for set in sets {
      for (index, policy) in set.policies.enumerated() where expressions[policy.title] == nil {
        expressions[policy.title] = set.expressions(ofPolicy: index).validations
      }
    }
    for line in summary.policies {
      if line.matched == 0 {
        items.append(Item(policy: line.name, validation: nil, expression: ""))
        continue
      }
      for (index, expression) in (expressions[line.name] ?? []).enumerated() {
        if index < line.failures.count, line.failures[index] > 0 { continue }
        items.append(Item(policy: line.name, validation: index, expression: Self.line(expression)))
      }
    }
  }

  /// An expression on one line.
  private static func line(_ expression: String) -> String {
    expression.split { $0 == "\n" || $0 == " " }.joined(separator: " ")
  }
}
