internal import Policy

/// `webhook explain` for people: a block for each policy, in which expressions stand with the values of their parts beneath.
package struct ExplanationText {
  private let options: ExplanationOptions
  private let palette: Palette
  /// Columns of the terminal.
  private let width: Int
  private var lines: [String] = []

  /// Columns where the output is no terminal.
  package static let defaultWidth = 100

  package init(_ options: ExplanationOptions, width: Int = Self.defaultWidth, isColoured: Bool = false) {
    self.options = options
    self.width = width
    palette = Palette(isOn: isColoured)
  }

  package mutating func text(_ review: ExplainedReview) -> String {
    lines = []
    writeHead(review)
    for policy in review.explanation.policies { write(policy) }
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: Lines

  /// A line of text from anywhere.
  private mutating func add(_ indent: Int, _ text: String, _ colour: Colour? = nil) {
    lines.append(String(repeating: " ", count: indent) + palette.paint(Printable.text(text), colour))
  }

  /// A text that may have several lines.
  private mutating func addLines(_ indent: Int, _ start: String, _ text: String, _ colour: Colour? = nil) {
    let parts = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    for (index, part) in parts.enumerated() {
      add(indent + (index == 0 ? 0 : 2), index == 0 ? start + part : part, colour)
    }
  }

  /// A heading with a remark at the right edge, or behind it where there is no room.
  private mutating func add(_ indent: Int, _ text: String, _ colour: Colour?, remark: String) {
    let text = Printable.text(text)
    let remark = Printable.text(remark)
    let space = max(width - indent - TextWidth.columns(text) - TextWidth.columns(remark), 2)
    lines.append(
      String(repeating: " ", count: indent) + palette.paint(text, colour) + String(repeating: " ", count: space)
        + palette.paint(remark, .dim))
  }

  // MARK: The review

  private mutating func writeHead(_ review: ExplainedReview) {
    let verdict = review.verdict
    lines.append(
      palette.paint(Printable.text(review.subject.text), .bold) + ": "
        + palette.paint(Printable.text(review.decision), verdict.allowed ? .green : .red))
    add(
      2,
      (["\(review.file):\(review.line)"] + (review.id == review.file ? [] : ["id \(review.id)"])
        + (review.subject.user.isEmpty ? [] : ["by \(review.subject.user)"])
        + ["judged in \(Quantity.duration(review.explanation.nanoseconds))"]).joined(separator: ", "),
      .dim)
    if review.explanation.hidesSecrets { add(2, "what the Secret holds is not shown", .dim) }
    for disagreement in review.explanation.disagreements {
      add(2, "THE EXPLANATION IS WRONG: the verdict was another one in \(disagreement); please report this", .red)
    }
    for warning in verdict.warnings { add(2, "warning: \(warning)", .yellow) }
    if !verdict.patch.isEmpty { add(2, "patch: \(shortened(verdict.patch))") }
    // What denies without being a policy.
    for line in verdict.message.split(separator: "\n") where line.hasPrefix("policy-exceptions: ") {
      add(2, String(line))
    }
    for annotation in verdict.annotations {
      add(2, "audit annotation \(annotation.key): \(shortened(annotation.value))")
    }
  }

  private func shortened(_ text: String) -> String {
    options.isFull ? text : TextWidth.cut(text, to: 4 * ExplanationOptions.defaultLimit)
  }

  // MARK: A policy

  private mutating func write(_ policy: PolicyExplanation) {
    lines.append("")
    let title = Printable.text(ExplanationWords.title(policy))
    let result = Printable.text(ExplanationWords.result(policy))
    let place = Printable.text("\(policy.source.file):\(policy.source.line)")
    let space = max(width - TextWidth.columns(title) - 2 - TextWidth.columns(result) - TextWidth.columns(place), 2)
    lines.append(
      palette.paint(title, .bold) + ": " + palette.paint(result, ExplanationWords.colour(policy))
        + String(repeating: " ", count: space) + palette.paint(place, .dim))
    if let consequence = ExplanationWords.consequence(policy) { add(2, consequence) }
    if let reason = policy.notAsked { add(2, reason) }
    for phase in policy.phases {
      let start = policy.phases.count > 1 ? (phase.phase == .mutate ? "mutation: " : "validation: ") : ""
      for view in ExplanationWords.views(phase) { write(view, policy, start) }
    }
  }

  private mutating func write(_ view: ViewExplanation, _ policy: PolicyExplanation, _ start: String) {
    let heading = "\(start)\(ExplanationWords.heading(view)) \(ExplanationWords.match(view))"
    add(2, heading, view.match.outcome == .failed ? .red : nil)
    switch view.match.outcome {
    case .matched: for line in ExplanationWords.selectors(view.match) { add(4, line) }
    case .notMatched: for reason in view.match.reasons { add(4, reason) }
    case .failed: for reason in view.match.reasons { add(4, reason, .red) }
    }
    if let parameters = view.parameters {
      add(4, ExplanationWords.parameters(parameters, policy.source), parameters.problem == nil ? nil : .red)
    }
    for run in view.runs { write(run, policy) }
    writeExceptions(view.exceptions)
  }

  private mutating func writeExceptions(_ exceptions: [ExceptionExplanation]) {
    let shown = options.isFull ? exceptions.count : ExplanationOptions.shownExceptions
    for exception in exceptions.prefix(shown) {
      add(
        4, ExplanationWords.exception(exception), exception.outcome == .applied ? .yellow : nil,
        remark: "\(exception.file):\(exception.line)")
      for condition in exception.conditions { write(condition, "condition `\(condition.source.name)`", indent: 6) }
    }
    if exceptions.count > shown { add(4, "and \(Quantity.text(exceptions.count - shown, "more exception"))") }
  }

  // MARK: Expressions

  private mutating func write(_ run: RunExplanation, _ policy: PolicyExplanation) {
    if let parameter = run.parameter { add(4, "with params \(parameter)", .bold) }
    if run.isReinvocation {
      let reason = run.conditions.first { $0.expression.value.kind != .yes }.map {
        ", where matchCondition `\($0.source.name)` is \($0.expression.value.text)"
      }
      add(4, "once more, since the object has changed\(reason ?? "")", run.isMatched ? .bold : nil)
      if !run.isMatched, run.failures.isEmpty { return }
    }
    for condition in run.conditions { write(condition, "matchCondition `\(condition.source.name)`", indent: 4) }
    if !run.isMatched, run.failures.isEmpty {
      let conditions = policy.source.conditions.count - run.conditions.count
      if conditions > 0 { add(4, "\(Quantity.text(conditions, "condition")) behind it not evaluated", .dim) }
    }
    for variable in run.variables { write(variable) }
    if run.isMatched, !run.unusedVariables.isEmpty {
      add(4, "not needed: \(run.unusedVariables.map { "variables.\($0)" }.joined(separator: ", "))", .dim)
    }
    for validation in run.validations {
      write(validation, "validations[\(validation.index)]", indent: 4)
      // An error is said by the heading.
      if let message = validation.message, validation.expression.value.kind == .no {
        addLines(6, "message: ", message, .red)
      }
      if let expression = validation.messageExpression, expression.value.kind == .error {
        add(6, "its messageExpression fails: \(expression.value.text)", .red)
        draw(expression, indent: 6)
      }
    }
    for mutation in run.mutations {
      write(
        mutation.evaluation, "mutations[\(mutation.evaluation.index)] (\(mutation.evaluation.source.name))", indent: 4)
      add(6, shortened(ExplanationWords.change(mutation.change)), mutation.colour)
    }
    for annotation in run.annotations {
      write(annotation, "auditAnnotations[\(annotation.index)] `\(annotation.source.name)`", indent: 4)
    }
  }

  private mutating func write(_ evaluation: EvaluationExplanation, _ name: String, indent: Int) {
    var remark = "cost \(evaluation.cost)"
    if evaluation.variablesCost > 0 { remark += " + \(evaluation.variablesCost) for variables" }
    write(
      evaluation.expression, name, indent: indent,
      remark: "\(ExplanationWords.place(evaluation.source)), \(remark), \(Quantity.duration(evaluation.nanoseconds))")
  }

  private mutating func write(_ variable: VariableExplanation) {
    write(
      variable.expression, "variables.\(variable.source.name)", indent: 4,
      remark: "\(ExplanationWords.place(variable.source)), cost \(variable.cost)")
  }

  private mutating func write(_ expression: ExplainedExpression, _ name: String, indent: Int, remark: String) {
    let value = expression.value
    switch value.kind {
    case .yes: add(indent, "\(name) is true", .green, remark: remark)
    case .no: add(indent, "\(name) is false", .red, remark: remark)
    case .error: add(indent, "\(name) fails: \(value.text)", .red, remark: remark)
    case .other:
      let room = max(width - indent - name.count - TextWidth.columns(remark) - 6, ExpressionDiagram.minimumWidth)
      let shown = options.isFull ? value.text : TextWidth.cut(value.text, to: room, size: value.size)
      add(indent, "\(name) = \(shown)", nil, remark: remark)
      return draw(expression, indent: indent + 2, leavesOutResult: shown == value.text)
    }
    draw(expression, indent: indent + 2)
  }

  private mutating func draw(_ expression: ExplainedExpression, indent: Int, leavesOutResult: Bool = false) {
    let margin = String(repeating: " ", count: indent) + palette.paint("|", .dim) + " "
    let diagram = ExpressionDiagram(
      expression, width: width - indent - 2, leavesOutResult: leavesOutResult, paint: palette.paint)
    for line in diagram.lines { lines.append(margin + line) }
    for line in expression.loops.flatMap(ExplanationWords.loop) { lines.append(margin + Printable.text(line)) }
    if expression.isTruncated { lines.append(margin + "there were more steps than are noted") }
  }
}

extension MutationExplanation {
  var colour: Colour? {
    switch change {
    case .unchanged: nil
    case .changed, .excepted: .yellow
    case .failed: .red
    }
  }
}
