internal import JSON
internal import Memory
internal import Policy

/// `-o json`: one object, `{"reviews": […]}`. `policies/TESTING.md` says what its fields mean; fields may be added, none is renamed.
package final class JSONExplanationReport: ExplanationReport {
  package let output: ReportOutput
  private var isFirst = true

  package init(_ output: ReportOutput) { self.output = output }

  package func add(_ review: ExplainedReview) {
    output.append(isFirst ? "{\"reviews\":[\n" : ",\n")
    isFirst = false
    ExplanationJSON.review(review).write(to: &output.buffer)
    output.flush(above: 64 << 10)
  }

  package func finish() {
    output.append(isFirst ? "{\"reviews\":[]}\n" : "\n]}\n")
    output.flush()
  }
}

/// A JSON value while it is put together.
indirect enum JSONNode {
  case null
  case bool(Bool)
  case integer(Int)
  case double(Double)
  case string(String)
  case array([JSONNode])
  case object([(key: String, value: JSONNode)])
  /// What is JSON already.
  case text(String)

  static func strings(_ texts: [String]) -> JSONNode { .array(texts.map(JSONNode.string)) }

  static func optional(_ text: String?) -> JSONNode { text.map(JSONNode.string) ?? .null }

  /// With one decimal.
  static func micros(_ nanoseconds: UInt64) -> JSONNode { .double(Double(nanoseconds / 100) / 10) }

  func write(to buffer: inout ByteBuffer) {
    switch self {
    case .null: buffer.writeNull()
    case .bool(let value): buffer.writeBool(value)
    case .integer(let value): buffer.writeInteger(Int64(value))
    case .double(let value): buffer.writeDouble(value)
    case .string(let text): buffer.writeString(text)
    case .text(let json): json.withByteSlice { buffer.writeRaw($0) }
    case .array(let elements):
      buffer.writeArrayStart()
      for element in elements { element.write(to: &buffer) }
      buffer.writeArrayEnd()
    case .object(let members):
      buffer.writeObjectStart()
      for (key, value) in members {
        key.withByteSlice { buffer.writeKey($0) }
        value.write(to: &buffer)
      }
      buffer.writeObjectEnd()
    }
  }
}

/// The shape of `-o json`.
enum ExplanationJSON {
  static func review(_ review: ExplainedReview) -> JSONNode {
    let verdict = review.verdict
    let subject = review.subject
    return .object([
      ("id", .string(review.id)), ("uid", .string(review.uid)), ("file", .string(review.file)),
      ("line", .integer(review.line)), ("operation", .string(subject.operation)),
      ("resource", .string(subject.resource)), ("kind", .string(subject.kind)),
      ("namespace", .string(subject.namespace)), ("name", .string(subject.name)), ("user", .string(subject.user)),
      ("allowed", .bool(verdict.allowed)), ("code", .integer(verdict.code)), ("reason", .string(verdict.reason)),
      ("message", .string(verdict.message)), ("warnings", .strings(verdict.warnings)),
      ("auditAnnotations", .object(verdict.annotations.map { ($0.key, .string($0.value)) })),
      ("patch", patch(verdict.patch)), ("micros", .micros(review.explanation.nanoseconds)),
      ("hidesSecrets", .bool(review.explanation.hidesSecrets)),
      ("disagreements", .strings(review.explanation.disagreements)),
      ("policies", .array(review.explanation.policies.map(policy))),
    ])
  }

  /// Null where there is none. What hiding a Secret has left of it may be no JSON any more, and is a string then.
  private static func patch(_ text: String) -> JSONNode {
    if text.isEmpty { return .null }
    var tape = Tape()
    let isJSON = text.withByteSlice { bytes in
      do { try tape.parse(bytes) } catch { return false }
      return true
    }
    return isJSON ? .text(text) : .string(text)
  }

  private static func policy(_ policy: PolicyExplanation) -> JSONNode {
    .object([
      ("policy", .string(policy.name)), ("binding", .string(policy.binding)), ("kind", .string(policy.source.kind)),
      ("file", .string(policy.source.file)), ("line", .integer(policy.source.line)),
      ("failurePolicy", .string(policy.failurePolicy.rawValue)),
      ("validationActions", .strings(policy.source.actions)), ("matched", .bool(policy.outcome != nil)),
      ("result", .optional(policy.outcome?.result.name.description)),
      ("denied", .bool(policy.outcome?.denied ?? false)),
      ("failures", .array((policy.outcome?.failures ?? []).map(failure))),
      ("exceptions", .strings(policy.outcome?.exceptions ?? [])), ("notAsked", .optional(policy.notAsked)),
      (
        "phases",
        .array(
          policy.phases.map {
            .object([("phase", .string($0.phase.rawValue)), ("views", .array($0.views.map(view)))])
          })
      ),
    ])
  }

  private static func failure(_ failure: PolicyExplanation.Failure) -> JSONNode {
    .object([
      ("index", .integer(failure.index)), ("message", .string(failure.message)), ("error", .bool(failure.isError)),
      ("excepted", .bool(failure.isExcepted)),
    ])
  }

  // MARK: Matching

  private static func view(_ view: ViewExplanation) -> JSONNode {
    .object([
      ("template", .optional(view.template)),
      (
        "match",
        .object([
          ("outcome", .string(view.match.outcome.rawValue)), ("reasons", .strings(view.match.reasons)),
          ("policy", constraints(view.match.policy)), ("binding", view.match.binding.map(constraints) ?? .null),
        ])
      ),
      (
        "parameters",
        view.parameters.map {
          .object([
            ("reference", .string($0.reference)), ("found", .strings($0.found)), ("problem", .optional($0.problem)),
          ])
        } ?? .null
      ),
      ("runs", .array(view.runs.map(run))), ("exceptions", .array(view.exceptions.map(exception))),
    ])
  }

  private static func constraints(_ clauses: ConstraintExplanation) -> JSONNode {
    .object([
      ("resourceRules", .array(clauses.rules.map(rule))),
      ("excludeResourceRules", .array(clauses.excludedRules.map(rule))),
      ("objectSelector", selector(clauses.objectSelector)),
      ("namespaceSelector", selector(clauses.namespaceSelector)),
    ])
  }

  private static func rule(_ rule: RuleExplanation) -> JSONNode {
    .object([
      ("name", .string(rule.name)), ("text", .string(rule.text)), ("matched", .bool(rule.isMatch)),
      ("equivalent", .optional(rule.equivalent)),
      (
        "mismatches",
        .array(
          rule.mismatches.map {
            .object([("field", .string($0.field)), ("wanted", .strings($0.wanted)), ("found", .string($0.found))])
          })
      ),
    ])
  }

  /// Null for one that accepts everything.
  private static func selector(_ selector: SelectorExplanation) -> JSONNode {
    if selector.isEmpty { return .null }
    return .object([
      ("outcome", .string(selector.outcome.rawValue)), ("note", .optional(selector.note)),
      (
        "requirements",
        .array(
          selector.requirements.map {
            .object([
              ("text", .string($0.text)), ("key", .string($0.key)), ("met", .bool($0.isMet)),
              ("found", .optional($0.found)), ("owner", .string($0.owner)),
            ])
          })
      ),
    ])
  }

  private static func exception(_ exception: ExceptionExplanation) -> JSONNode {
    .object([
      ("exception", .string(exception.name)), ("outcome", .string(exception.outcome.rawValue)),
      ("reasons", .strings(exception.reasons)), ("expiresAt", .string(exception.expiresAt)),
      ("file", .string(exception.file)), ("line", .integer(exception.line)),
      ("matchConditions", .array(exception.conditions.map { .object(evaluation($0)) })),
    ])
  }

  // MARK: Expressions

  private static func run(_ run: RunExplanation) -> JSONNode {
    func list(_ evaluations: [EvaluationExplanation]) -> JSONNode {
      .array(evaluations.map { .object(evaluation($0)) })
    }
    return .object([
      ("parameter", .optional(run.parameter)), ("reinvocation", .bool(run.isReinvocation)),
      ("matched", .bool(run.isMatched)), ("matchConditions", list(run.conditions)),
      (
        "variables",
        .array(
          run.variables.map { variable in
            .object(place(variable.source) + expression(variable.expression) + [("cost", .integer(variable.cost))])
          })
      ),
      ("unusedVariables", .strings(run.unusedVariables)), ("validations", list(run.validations)),
      (
        "mutations",
        .array(
          run.mutations.map { mutation in
            .object(evaluation(mutation.evaluation) + change(mutation.change))
          })
      ), ("auditAnnotations", list(run.annotations)),
    ])
  }

  private static func change(_ change: MutationExplanation.Change) -> [(key: String, value: JSONNode)] {
    switch change {
    case .unchanged: [("change", .string("unchanged")), ("patch", .null)]
    case .changed(let patch): [("change", .string("changed")), ("patch", Self.patch(patch))]
    case .excepted(let patch): [("change", .string("excepted")), ("patch", Self.patch(patch))]
    case .failed(let message): [("change", .string("failed")), ("patch", .null), ("error", .string(message))]
    }
  }

  private static func evaluation(_ evaluation: EvaluationExplanation) -> [(key: String, value: JSONNode)] {
    [("index", .integer(evaluation.index))] + place(evaluation.source) + expression(evaluation.expression) + [
      ("cost", .integer(evaluation.cost)), ("variablesCost", .integer(evaluation.variablesCost)),
      ("micros", .micros(evaluation.nanoseconds)), ("message", .optional(evaluation.message)),
      ("messageExpression", evaluation.messageExpression.map { .object(expression($0)) } ?? .null),
    ]
  }

  private static func place(_ source: PolicySource.Expression) -> [(key: String, value: JSONNode)] {
    [("name", .string(source.name)), ("line", .integer(source.line)), ("column", .integer(source.column))]
  }

  private static func expression(_ expression: ExplainedExpression) -> [(key: String, value: JSONNode)] {
    let source = Array(expression.source.utf8)
    return [
      ("expression", .string(expression.source)), ("value", .string(expression.value.text)),
      ("kind", .string(expression.value.kind.name)),
      (
        "parts",
        .array(
          expression.parts.map { part in
            let range = part.range.clamped(to: 0..<source.count)
            return .object([
              ("text", .string(String(decoding: source[range], as: UTF8.self))), ("start", .integer(range.lowerBound)),
              ("end", .integer(range.upperBound)), ("value", .string(part.value.text)),
              ("kind", .string(part.value.kind.name)), ("cost", .integer(part.cost)),
              ("element", part.element.map(element) ?? .null),
            ])
          })
      ),
      (
        "loops",
        .array(
          expression.loops.map { loop in
            .object([
              ("macro", .string(loop.macro)), ("start", .integer(loop.range.lowerBound)),
              ("end", .integer(loop.range.upperBound)), ("variable", .string(loop.variable)),
              ("deciding", loop.deciding.map(element) ?? .null),
              ("drawn", loop.drawn.map(element) ?? .null), ("omitted", .integer(loop.omitted)),
              (
                "turns",
                .array(
                  loop.turns.map {
                    .object([
                      ("element", element($0.element)), ("value", .string($0.value.text)),
                      ("kind", .string($0.value.kind.name)),
                    ])
                  })
              ),
            ])
          })
      ), ("truncated", .bool(expression.isTruncated)),
    ]
  }

  private static func element(_ element: ExplainedExpression.Element) -> JSONNode {
    .object([
      ("list", .string(element.list)), ("index", .integer(element.index)), ("key", .optional(element.key)),
      ("name", .optional(element.name)),
    ])
  }
}

extension ExplainedValue.Kind {
  var name: String {
    switch self {
    case .yes: "true"
    case .no: "false"
    case .error: "error"
    case .other: "value"
    }
  }
}
