package import Policy

/// The numbers of a run.
package struct TestSummary: Sendable {
  /// A policy's name, and of how many reviews it said what.
  package struct PolicyLine: Sendable {
    package let name: String
    package var matched = 0
    package var denied = 0
    package var errors = 0
    /// Times that each validation failed, by its index, as far as any did.
    package var failures: [Int] = []
    /// Of each match condition how often it was true and false; empty where nobody counts.
    package var conditions: [ExpressionTallies.Condition] = []
    /// Times that each mutation changed an object; empty where nobody counts.
    package var mutations: [Int] = []
  }

  /// An exception's name, and of how many reviews it lifted something.
  package struct ExceptionLine: Sendable {
    package let name: String
    package var used = 0
  }

  package var allowed = 0
  package var denied = 0
  /// Reviews for which something could not be evaluated; they are allowed or denied as well.
  package var errors = 0
  package var unreadable = 0
  /// Reviews of which something was expected, and those that it is not true of.
  package var expected = 0
  package var unmet = 0
  /// Denials of reviews of which nothing was expected.
  package var plainDenials = 0
  /// Reviews whose verdict differs from an earlier or another one, of those that have one.
  package var compared = 0
  package var changed = 0
  package var latency = LatencyHistogram()
  /// Every policy that was loaded, also those that matched nothing.
  package var policies: [PolicyLine]
  /// Every exception that was loaded.
  package var exceptions: [ExceptionLine]

  package var reviews: Int { allowed + denied }

  /// Nothing yet, of what is judged under `set`.
  package init(under set: PolicySet) {
    policies = set.policies.map { PolicyLine(name: $0.title) }
    exceptions = set.exceptions.map { ExceptionLine(name: $0.name) }
  }

  package mutating func count(_ verdict: Verdict) {
    if verdict.allowed { allowed += 1 } else { denied += 1 }
    var hasError = false
    for outcome in verdict.outcomes {
      policies[outcome.policy].matched += 1
      if outcome.denied { policies[outcome.policy].denied += 1 }
      for failure in outcome.failures where failure.index >= 0 {
        let missing = failure.index + 1 - policies[outcome.policy].failures.count
        if missing > 0 { policies[outcome.policy].failures += [Int](repeating: 0, count: missing) }
        policies[outcome.policy].failures[failure.index] += 1
      }
      for exception in outcome.exceptions { exceptions[Int(exception)].used += 1 }
      if outcome.hasError {
        policies[outcome.policy].errors += 1
        hasError = true
      }
    }
    if hasError { errors += 1 }
  }

  /// Adds what was counted of match conditions and mutations.
  package mutating func count(_ tallies: ExpressionTallies) {
    tallies.drain { policy, conditions, mutations in
      policies[policy].add(conditions: conditions, mutations: mutations)
    }
  }

  /// Adds the numbers of another part of the run, under the same policies.
  package mutating func add(_ other: TestSummary) {
    addReviews(of: other)
    for index in policies.indices { policies[index].add(other.policies[index]) }
    for index in exceptions.indices { exceptions[index].used += other.exceptions[index].used }
  }

  /// Adds the numbers of a part of the run under other policies: those of the same name count together.
  package mutating func add(underOtherPolicies other: TestSummary) {
    addReviews(of: other)
    for line in other.policies {
      if let index = policies.firstIndex(where: { $0.name == line.name }) {
        policies[index].add(line)
      } else {
        policies.append(line)
      }
    }
    for line in other.exceptions {
      if let index = exceptions.firstIndex(where: { $0.name == line.name }) {
        exceptions[index].used += line.used
      } else {
        exceptions.append(line)
      }
    }
  }

  private mutating func addReviews(of other: TestSummary) {
    allowed += other.allowed
    denied += other.denied
    errors += other.errors
    unreadable += other.unreadable
    expected += other.expected
    unmet += other.unmet
    plainDenials += other.plainDenials
    compared += other.compared
    changed += other.changed
    latency.add(other.latency)
  }
}

extension TestSummary.PolicyLine {
  fileprivate mutating func add(_ other: Self) {
    matched += other.matched
    denied += other.denied
    errors += other.errors
    for (index, count) in other.failures.enumerated() {
      if index < failures.count { failures[index] += count } else { failures.append(count) }
    }
    add(conditions: other.conditions, mutations: other.mutations)
  }

  fileprivate mutating func add(conditions: [ExpressionTallies.Condition], mutations: [Int]) {
    for (index, condition) in conditions.enumerated() {
      if index == self.conditions.count { self.conditions.append(ExpressionTallies.Condition()) }
      self.conditions[index].timesTrue += condition.timesTrue
      self.conditions[index].timesFalse += condition.timesFalse
    }
    for (index, count) in mutations.enumerated() {
      if index < self.mutations.count { self.mutations[index] += count } else { self.mutations.append(count) }
    }
  }
}

extension PolicyOutcome {
  /// Whether something could not be evaluated.
  package var hasError: Bool { result == .error || failures.contains { $0.isError } }
}
