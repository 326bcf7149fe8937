package import Policy

/// What no review has put to the test: policies that matched nothing, validations that never failed, match conditions that never
/// told two reviews apart, mutations that changed nothing, exceptions that nobody used.
///
/// A policy that did not match has not passed anything.
package struct Coverage: Sendable, Equatable {
  package struct Item: Sendable, Equatable {
    package enum Subject: Sendable, Equatable {
      case policy
      /// By their index in the policy, from 0.
      case matchCondition(Int), validation(Int), mutation(Int)
      case exception
    }

    package var subject: Subject
    /// The title of the policy, or the name of the exception.
    package var name: String
    /// What has not happened: `matched`, `failed`, `true`, `false`, `evaluated`, `changed anything`, `used`.
    package var never: String
    /// On one line; empty where the subject is none.
    package var expression: String

    package var text: String {
      switch subject {
      case .policy: "\(name): no review was matched"
      case .exception: "exception \(name): never used"
      case .matchCondition(let index): "\(name): matchConditions[\(index)] never \(never): \(expression)"
      case .validation(let index): "\(name): validations[\(index)] never \(never): \(expression)"
      case .mutation(let index): "\(name): mutations[\(index)] never \(never): \(expression)"
      }
    }
  }

  package private(set) var items: [Item] = []

  /// Of a run that counted match conditions and mutations.
  package init(_ summary: TestSummary, sets: [PolicySet]) {
    var expressions: [String: PolicyExpressions] = [:]
    for set in sets {
      for (index, policy) in set.policies.enumerated() where expressions[policy.title] == nil {
        expressions[policy.title] = set.expressions(ofPolicy: index)
      }
    }
    for line in summary.policies {
      guard let expressions = expressions[line.name] else { continue }
      if line.matched == 0 { add(.policy, line.name, never: "matched") }
      addConditions(line, expressions.matchConditions)
      if line.matched == 0 { continue }
      for (index, expression) in expressions.validations.enumerated()
      where index >= line.failures.count || line.failures[index] == 0 {
        add(.validation(index), line.name, never: "failed", expression)
      }
      for (index, expression) in expressions.mutations.enumerated()
      where index >= line.mutations.count || line.mutations[index] == 0 {
        add(.mutation(index), line.name, never: "changed anything", expression)
      }
    }
    for line in summary.exceptions where line.used == 0 { add(.exception, line.name, never: "used") }
  }

  /// Of a policy whose rules no review fits, that is all there is to say.
  private mutating func addConditions(_ line: TestSummary.PolicyLine, _ expressions: [String]) {
    let wasAsked = line.matched > 0 || line.conditions.contains { $0.timesTrue + $0.timesFalse > 0 }
    guard wasAsked else { return }
    for (index, expression) in expressions.enumerated() {
      let times = index < line.conditions.count ? line.conditions[index] : ExpressionTallies.Condition()
      switch (times.timesTrue, times.timesFalse) {
      case (0, 0): add(.matchCondition(index), line.name, never: "evaluated", expression)
      case (0, _): add(.matchCondition(index), line.name, never: "true", expression)
      case (_, 0): add(.matchCondition(index), line.name, never: "false", expression)
      default: break
      }
    }
  }

  private mutating func add(_ subject: Item.Subject, _ name: String, never: String, _ expression: String = "") {
    let line = expression.split { $0 == "\n" || $0 == " " }.joined(separator: " ")
    items.append(Item(subject: subject, name: name, never: never, expression: line))
  }

  /// `1 policy, 2 validations`.
  package var counts: String {
    let nouns: [(one: String, many: String, fits: (Item.Subject) -> Bool)] = [
      ("policy", "policies", { $0 == .policy }),
      ("match condition", "match conditions", { if case .matchCondition = $0 { true } else { false } }),
      ("validation", "validations", { if case .validation = $0 { true } else { false } }),
      ("mutation", "mutations", { if case .mutation = $0 { true } else { false } }),
      ("exception", "exceptions", { $0 == .exception }),
    ]
    return nouns.compactMap { noun in
      let count = items.count { noun.fits($0.subject) }
      return count == 0 ? nil : "\(count) \(count == 1 ? noun.one : noun.many)"
    }.joined(separator: ", ")
  }
}
