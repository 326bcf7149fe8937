internal import Mustache
internal import Policy

/// `-o html`: one page that needs nothing but itself and no script, with a section for each review and each policy.
package final class HTMLExplanationReport: ExplanationReport {
  package let output: ReportOutput
  private var reviews: [[String: Any]] = []
  private var omitted = 0

  /// Reviews on the page.
  package static let maximumReviews = 200

  package init(_ output: ReportOutput) { self.output = output }

  package func add(_ review: ExplainedReview) {
    if reviews.count < Self.maximumReviews {
      reviews.append(ExplanationPage.review(review, isOpen: reviews.isEmpty))
    } else {
      omitted += 1
    }
  }

  package func finish() {
    output.append(ExplanationPage.render(reviews, omitted: omitted))
    output.flush()
  }
}

/// The values that the page shows: all text from elsewhere is escaped here.
enum ExplanationPage {
  static func render(_ reviews: [[String: Any]], omitted: Int) -> String {
    guard let page = try? MustacheTemplate(string: ExplanationTemplate.page),
      let block = try? MustacheTemplate(string: ExplanationTemplate.block)
    else {
      preconditionFailure("the page's template is part of the program")
    }
    let library = MustacheLibrary(templates: ["page": page, "block": block])
    let values: [String: Any] = [
      "policy": contentSecurityPolicy, "style": ExplanationTemplate.allStyle, "title": "Why these decisions",
      "reviews": reviews, "empty": reviews.isEmpty,
      "omitted": omitted > 0 ? ["and \(Quantity.text(omitted, "more review")), which the page leaves out"] : [],
    ]
    return library.render(values, withTemplate: "page") ?? ""
  }

  /// Only the page's own style, named by its digest; nothing from elsewhere, and no script.
  static let contentSecurityPolicy =
    "default-src &#39;none&#39;; style-src &#39;sha256-\(Base64Text.encode(SHA256.digest(ExplanationTemplate.allStyle.utf8)))&#39;; "
    + "base-uri &#39;none&#39;; form-action &#39;none&#39;"

  private static func text(_ text: String) -> String { HTMLText.escape(text) }

  static func review(_ review: ExplainedReview, isOpen: Bool) -> [String: Any] {
    let verdict = review.verdict
    var notes = verdict.warnings.map { "warning: \($0)" }
    if review.explanation.hidesSecrets { notes.append("What the Secret holds is not shown.") }
    notes += review.explanation.disagreements.map { "The explanation is wrong: the verdict was another one in \($0)." }
    if !verdict.patch.isEmpty { notes.append("patch: \(verdict.patch)") }
    notes += verdict.annotations.map { "audit annotation \($0.key): \($0.value)" }
    return [
      "object": text(review.subject.text), "state": verdict.allowed ? "allowed" : "denied",
      "decision": text(review.decision), "id": text(review.id), "place": text("\(review.file):\(review.line)"),
      "user": text(review.subject.user), "time": Quantity.duration(review.explanation.nanoseconds),
      "open": isOpen, "notes": notes.map(text), "policies": review.explanation.policies.map(policy),
    ]
  }

  private static func policy(_ policy: PolicyExplanation) -> [String: Any] {
    [
      "title": text(ExplanationWords.title(policy)), "result": text(ExplanationWords.result(policy)),
      "class": policy.outcome?.result.name.description ?? "unmatched",
      "place": text("\(policy.source.file):\(policy.source.line)"),
      "open": policy.outcome.map { $0.result != .pass } ?? false,
      "remarks": [ExplanationWords.consequence(policy), policy.notAsked].compactMap { $0.map(text) },
      "views": policy.phases.flatMap { phase -> [[String: Any]] in
        let start = policy.phases.count > 1 ? (phase.phase == .mutate ? "Mutation: " : "Validation: ") : ""
        return ExplanationWords.views(phase).map { view($0, policy, start) }
      },
    ]
  }

  private static func view(_ view: ViewExplanation, _ policy: PolicyExplanation, _ start: String) -> [String: Any] {
    var lines = view.match.outcome == .matched ? ExplanationWords.selectors(view.match) : view.match.reasons
    if let parameters = view.parameters { lines.append(ExplanationWords.parameters(parameters, policy.source)) }
    return [
      "heading": text("\(start)\(ExplanationWords.heading(view)) \(ExplanationWords.match(view))"),
      "lines": lines.map(text), "runs": view.runs.map(run),
      "exceptions": view.exceptions.map { exception -> [String: Any] in
        [
          "text": text(ExplanationWords.exception(exception)), "place": text("\(exception.file):\(exception.line)"),
          "conditions": exception.conditions.map { evaluation($0, "condition `\($0.source.name)`") },
        ]
      },
    ]
  }

  private static func run(_ run: RunExplanation) -> [String: Any] {
    var titles: [String] = []
    if let parameter = run.parameter { titles.append("with params \(parameter)") }
    if run.isReinvocation { titles.append("once more, since the object has changed") }
    var blocks = run.conditions.map { evaluation($0, "matchCondition `\($0.source.name)`") }
    blocks += run.variables.map { variable in
      block(
        variable.expression, "variables.\(variable.source.name)",
        remark: "line \(variable.source.line), cost \(variable.cost)", [])
    }
    blocks += run.validations.map { evaluation($0, "validations[\($0.index)]") }
    blocks += run.mutations.map { mutation in
      evaluation(
        mutation.evaluation, "mutations[\(mutation.evaluation.index)] (\(mutation.evaluation.source.name))",
        [(mutation.colour == .red ? "message" : "change", ExplanationWords.change(mutation.change))])
    }
    blocks += run.annotations.map { evaluation($0, "auditAnnotations[\($0.index)] `\($0.source.name)`") }
    let unused = run.isMatched ? run.unusedVariables.map { "variables.\($0)" }.joined(separator: ", ") : ""
    return ["titles": titles.map(text), "blocks": blocks, "unused": unused.isEmpty ? [] : [text(unused)]]
  }

  private static func evaluation(
    _ evaluation: EvaluationExplanation, _ name: String, _ further: [(class: String, text: String)] = []
  ) -> [String: Any] {
    var remark = "\(ExplanationWords.place(evaluation.source)), cost \(evaluation.cost)"
    if evaluation.variablesCost > 0 { remark += " + \(evaluation.variablesCost) for variables" }
    var lines = further
    if let message = evaluation.message { lines.append(("message", "message: \(message)")) }
    if let expression = evaluation.messageExpression, expression.value.kind == .error {
      lines.append(("message", "its messageExpression fails: \(expression.value.text)"))
    }
    return block(
      evaluation.expression, name, remark: "\(remark), \(Quantity.duration(evaluation.nanoseconds))", lines)
  }

  private static func block(
    _ expression: ExplainedExpression, _ name: String, remark: String, _ lines: [(class: String, text: String)]
  ) -> [String: Any] {
    [
      "name": text(name), "value": text(expression.value.text), "class": expression.value.kind.className,
      "remark": text(remark), "source": diagram(expression),
      "parts": expression.parts.dropFirst().map { part(expression, $0) },
      "loops": expression.loops.flatMap(ExplanationWords.loop).map(text),
      "lines": lines.map { ["class": $0.class, "text": text($0.text)] },
    ]
  }

  /// Columns of a drawn expression.
  private static let diagramWidth = 110

  /// The expression with the values of its parts beneath.
  private static func diagram(_ expression: ExplainedExpression) -> String {
    ExpressionDiagram(expression, width: diagramWidth) { piece, colour in
      guard let colour else { return text(piece) }
      return "<span class=\"\(colour.className)\">\(text(piece))</span>"
    }
    .lines.joined(separator: "\n")
  }

  private static func part(_ expression: ExplainedExpression, _ part: ExplainedExpression.Part) -> [String: Any] {
    let bytes = Array(expression.source.utf8)
    let source = String(decoding: bytes[part.range.clamped(to: 0..<bytes.count)], as: UTF8.self)
    return [
      "text": text(source), "value": text(part.value.text), "class": part.value.kind.className, "cost": "\(part.cost)",
      "element": part.element.map { [text(ExplanationWords.element($0))] } ?? [],
    ]
  }
}

extension Colour {
  /// What the page's style calls it.
  fileprivate var className: String {
    switch self {
    case .red: "no"
    case .green: "yes"
    case .yellow: "odd"
    case .bold: "bold"
    case .dim: "dim"
    }
  }
}

extension ExplainedValue.Kind {
  fileprivate var className: String {
    switch self {
    case .yes: "yes"
    case .no, .error: "no"
    case .other: "value"
    }
  }
}
