/// Why one policy, put into force by one binding, said of a request what it said.
package struct PolicyExplanation: Sendable {
  /// An index into ``PolicySet/policies``.
  package let policy: Int
  package let name: String
  /// Empty for a `Policy`.
  package let binding: String
  package let source: PolicySource
  package let failurePolicy: FailurePolicy
  /// What the verdict says of it; nil where it did not match.
  package let outcome: Outcome?
  /// What follows from the parts of the explanation alone: the same, or the explanation is wrong.
  package let derived: Outcome?
  /// In which it has anything to say, as far as they came to pass: mutation, then validation.
  package let phases: [PhaseExplanation]
  /// Why none did: the policy was not asked.
  package let notAsked: String?

  package struct Outcome: Sendable, Equatable {
    package let result: PolicyOutcome.Result
    package let denied: Bool
    package let failures: [Failure]
    /// Of the exceptions that lifted something.
    package let exceptions: [String]
  }

  package struct Failure: Sendable, Hashable {
    /// Which validation; -1 for whatever else.
    package let index: Int
    package let message: String
    package let isError: Bool
    package let isExcepted: Bool
  }
}

/// A policy in one phase of a request.
package struct PhaseExplanation: Sendable {
  /// `mutate` or `validate`.
  package let phase: Phase
  /// The object, and the Pod in its template where the policy judges that.
  package let views: [ViewExplanation]
}

/// What a policy saw of a request, and what it made of it.
package struct ViewExplanation: Sendable {
  /// Where the template lies that the policy sees as a Pod: `spec.template`; nil for the object itself.
  package let template: String?
  package let match: MatchExplanation
  /// Nil where the policy has none, or did not come so far.
  package let parameters: ParameterExplanation?
  /// A run for each parameter; for mutations also those that were asked once more.
  package let runs: [RunExplanation]
  /// All exceptions from the policy.
  package let exceptions: [ExceptionExplanation]
}

/// Which parameters a binding's `paramRef` found.
package struct ParameterExplanation: Sendable {
  /// `ConfigMap of v1 named `limits``.
  package let reference: String
  /// `shop/limits`.
  package let found: [String]
  /// Why they could not be looked for, or that they are missing and that this denies.
  package let problem: String?
}

/// The expressions of a policy, evaluated once.
package struct RunExplanation: Sendable {
  /// `shop/limits`; nil for a policy without parameters.
  package let parameter: String?
  /// Whether the mutations were asked once more, since something had changed the object.
  package let isReinvocation: Bool
  package let conditions: [EvaluationExplanation]
  package let validations: [EvaluationExplanation]
  package let annotations: [EvaluationExplanation]
  package let mutations: [MutationExplanation]
  /// Those that were needed, in the order in which they were computed first.
  package let variables: [VariableExplanation]
  /// Of the policy's variables, those that no expression needed.
  package let unusedVariables: [String]
  package let failures: [PolicyExplanation.Failure]
  /// Whether all match conditions held.
  package let isMatched: Bool
}

/// One expression of a policy and what it gave.
package struct EvaluationExplanation: Sendable {
  /// From 0, among those of its kind in the policy.
  package let index: Int
  package let source: PolicySource.Expression
  package let expression: ExplainedExpression
  /// In the measure of an API server: its own, and of the variables that it was the first to need.
  package let cost: Int
  package let variablesCost: Int
  /// By the program that serves, where what several expressions share is computed once, by the first.
  package let nanoseconds: UInt64
  /// What a validation that does not hold says, or an annotation.
  package var message: String?
  /// Where that comes from, if it is computed.
  package var messageExpression: ExplainedExpression?
}

/// One mutation and what it changed.
package struct MutationExplanation: Sendable {
  package let evaluation: EvaluationExplanation
  package let change: Change

  package enum Change: Sendable, Equatable {
    case unchanged
    /// RFC 6902, against the object as the mutation before left it.
    case changed(patch: String)
    /// It would have changed the object, but for an exception.
    case excepted(patch: String)
    case failed(String)
  }
}

package struct VariableExplanation: Sendable {
  package let source: PolicySource.Expression
  package let expression: ExplainedExpression
  package let cost: Int
}

/// An expression as it was evaluated: its value, and the values of the parts that decided it.
package struct ExplainedExpression: Sendable {
  package let source: String
  package let value: ExplainedValue
  /// In the order of the evaluation.
  package let parts: [Part]
  package let loops: [Loop]
  /// Whether there was more to note than a trace holds.
  package let isTruncated: Bool

  /// A sub-expression with its value.
  package struct Part: Sendable {
    /// Its place in the expression, in UTF-8 bytes.
    package let range: Range<Int>
    /// The byte under which its value belongs: its operator, the name of its field or function.
    package let anchor: Int
    package let value: ExplainedValue
    package let cost: Int
    /// For which element it was computed, in the body of a macro.
    package let element: Element?
  }

  /// An element of what a macro walks over.
  package struct Element: Sendable {
    /// The text of the list.
    package let list: String
    package let index: Int
    /// Of a map's entry.
    package let key: String?
    /// What its field `name` says.
    package let name: String?
  }

  /// A macro and what its body gave for each element.
  package struct Loop: Sendable {
    /// `all`, `exists`, `filter` and so on.
    package let macro: String
    package let range: Range<Int>
    package let variable: String
    package let turns: [Turn]
    /// Turns that are left out.
    package let omitted: Int
    /// The one that decided; nil where all did.
    package let deciding: Element?
    /// The one whose parts are among the expression's: that, or the first that `filter` keeps.
    package let drawn: Element?
  }

  package struct Turn: Sendable {
    package let element: Element
    package let value: ExplainedValue
  }
}

/// A value as text.
package struct ExplainedValue: Sendable, Equatable {
  /// In CEL's syntax; of an error its message.
  package let text: String
  package let kind: Kind
  /// How large it is: `40 elements`, `2500 bytes`; nil for what has no size.
  package let size: String?

  package enum Kind: Sendable {
    case yes, no, error, other
  }
}
