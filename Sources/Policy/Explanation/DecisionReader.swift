internal import CEL
internal import Memory

/// Finds out of a trace the sub-expressions that decided what an expression gave: of `a && b` that is false the one that is, of a
/// macro the element at which it ended, of `c ? x : y` the branch that was taken. What only leads to a value, like `object.spec` in
/// `object.spec.replicas`, is left out.
struct DecisionReader {
  private let evaluation: ObservedEvaluation
  private let steps: [Trace.Step]
  private let isTruncated: Bool
  /// Of each step the one that it lies in; -1 for the first.
  private var outer: [Int] = []
  private var inner: [[Int]] = []
  /// Whether a step's value is made of a Secret's data.
  private var isSecret: [Bool] = []
  private let values: ValueTexts
  private var variables: [(name: String, expression: ExplainedExpression, cost: Int)] = []

  init(_ evaluation: ObservedEvaluation, _ values: ValueTexts) {
    self.evaluation = evaluation
    self.values = values
    let trace = evaluation.trace
    steps = trace?.steps ?? []
    isTruncated = trace?.isTruncated ?? false
    link()
  }

  /// What of one expression is shown.
  private struct Shown {
    var parts: [ExplainedExpression.Part] = []
    var loops: [ExplainedExpression.Loop] = []
  }

  mutating func read() -> EvaluationNotes.Evaluation {
    var shown = Shown()
    // An expression without a step is a constant.
    if !steps.isEmpty { visit(0, nil, &shown) }
    let expression = ExplainedExpression(
      source: steps.first?.source ?? "", value: value(0, evaluation.value), parts: shown.parts, loops: shown.loops,
      isTruncated: isTruncated)
    return EvaluationNotes.Evaluation(
      entry: evaluation.entry, expression: expression, variables: variables, cost: evaluation.cost,
      text: evaluation.value.asString.map { values.redacted($0.string) })
  }

  // MARK: Structure

  private mutating func link() {
    var around: [Int] = []
    inner = Array(repeating: [], count: steps.count)
    for (index, step) in steps.enumerated() {
      around.removeSubrange(min(step.depth, around.count)...)
      outer.append(around.last ?? -1)
      if let parent = around.last { inner[parent].append(index) }
      around.append(index)
    }
    isSecret = Array(repeating: false, count: steps.count)
    guard values.hasSecrets else { return }
    for index in steps.indices.reversed() {
      guard let value = steps[index].value else { continue }
      let holds =
        value.tag == .string || value.tag == .bytes ? values.holdsSecret(evaluation.context.text(of: value)) : false
      let isMade = inner[index].contains { isSecret[$0] }
      isSecret[index] = holds || isMade && Self.canHoldText(value)
    }
  }

  private static func canHoldText(_ value: Value) -> Bool {
    switch value.tag {
    case .string, .bytes, .list, .map, .optional, .opaque: true
    default: false
    }
  }

  private func value(_ index: Int, _ value: Value?) -> ExplainedValue {
    guard let value else { return ExplainedValue(text: "not finished", kind: .error, size: nil) }
    if isSecret.indices.contains(index), isSecret[index], !value.isError {
      return ExplainedValue(text: ValueTexts.hidden, kind: .other, size: nil)
    }
    return values.explained(value, evaluation.context)
  }

  // MARK: Steps

  private mutating func visit(_ index: Int, _ element: ExplainedExpression.Element?, _ shown: inout Shown) {
    let step = steps[index]
    var parts: [Int] = []
    for part in inner[index] {
      if steps[part].variable == step.variable { parts.append(part) } else { readVariable(part) }
    }
    readConstant(index)
    if isShown(index) {
      shown.parts.append(
        ExplainedExpression.Part(
          range: step.range, anchor: Self.anchor(step), value: value(index, step.value), cost: step.cost,
          element: element))
    }
    if case .comprehension(let macro) = step.node.kind, Self.isLoop(macro) {
      return visit(macro, step, parts, element, &shown)
    }
    let wanted = deciding(parts, of: step)
    for part in parts {
      if wanted.contains(part) { visit(part, element, &shown) } else { readVariables(in: part) }
    }
  }

  private mutating func readVariable(_ index: Int) {
    let step = steps[index]
    var shown = Shown()
    visit(index, nil, &shown)
    guard let name = step.variable, !name.isEmpty else { return }
    variables.append(
      (
        name,
        ExplainedExpression(
          source: step.source, value: value(index, step.value), parts: shown.parts, loops: shown.loops,
          isTruncated: isTruncated), step.cost
      ))
  }

  /// A variable that is not computed here: a constant, or one that was computed before.
  private mutating func readConstant(_ index: Int) {
    guard case .select(let operand, let name, false) = steps[index].node.kind,
      case .identifier(PolicyEnvironment.variables) = operand.kind, let value = steps[index].value,
      !inner[index].contains(where: { steps[$0].variable == name }), !variables.contains(where: { $0.name == name })
    else { return }
    variables.append(
      (
        name,
        ExplainedExpression(
          source: "", value: self.value(index, value), parts: [], loops: [], isTruncated: false), 0
      ))
  }

  /// The parts that made the step's value what it is.
  private func deciding(_ parts: [Int], of step: Trace.Step) -> [Int] {
    guard case .call(let function, _, _) = step.node.kind else { return parts }
    func those(_ isWanted: (Value) -> Bool) -> [Int] {
      let found = parts.filter { steps[$0].value.map(isWanted) ?? true }
      return found.isEmpty ? parts : found
    }
    switch (function, step.value) {
    case ("_&&_", let value?) where value.isFalse: return those(\.isFalse)
    case ("_||_", let value?) where value.isTrue: return those(\.isTrue)
    case ("_&&_", let value?) where value.isError, ("_||_", let value?) where value.isError: return those(\.isError)
    default: return parts
    }
  }

  /// Whether a value says anything by itself, and does not only lead to another one.
  private func isShown(_ index: Int) -> Bool {
    guard let value = steps[index].value else { return true }
    // An error is shown where it came into being, and where it changed.
    if value.isError {
      return !inner[index].contains { steps[$0].value?.errorMessage.map { $0 == value.errorMessage } ?? false }
    }
    // A chain of `? :` has one value.
    if outer[index] >= 0, isChoice(steps[index].node), isChoice(steps[outer[index]].node) { return false }
    guard outer[index] >= 0, steps[outer[index]].variable == steps[index].variable, isPath(steps[index].node) else {
      return true
    }
    let isContainer = value.isContainer || value.wrapped?.isContainer ?? false
    // What `orValue` gives stands beside it.
    if case .call("orValue", _, _) = steps[outer[index]].node.kind, value.wrapped != nil { return false }
    guard isContainer else { return true }
    switch steps[outer[index]].node.kind {
    case .select, .presence: return false
    case .call(let function, let target, let arguments):
      let base = target ?? arguments.first
      return !(["_[_]", "_[?_]", "_?._"].contains(function) && base?.id == steps[index].node.id)
    default: return true
    }
  }

  private func isChoice(_ node: Expression) -> Bool {
    if case .call("_?_:_", _, _) = node.kind { true } else { false }
  }

  private func isPath(_ node: Expression) -> Bool {
    switch node.kind {
    case .identifier, .select: true
    case .call(let function, _, _): ["_[_]", "_[?_]", "_?._"].contains(function)
    default: false
    }
  }

  // MARK: Macros

  private static func isLoop(_ macro: Comprehension) -> Bool {
    switch macro.kind {
    case .bind, .optMap, .optFlatMap: false
    default: true
    }
  }

  private mutating func visit(
    _ macro: Comprehension, _ step: Trace.Step, _ parts: [Int], _ element: ExplainedExpression.Element?,
    _ shown: inout Shown
  ) {
    let range = parts.first.flatMap { steps[$0].node.id == macro.range.id ? $0 : nil }
    if let range { visit(range, element, &shown) }
    // Each turn begins with the macro's condition, or where it has none with its body.
    let first = macro.predicate ?? macro.body
    var turns: [[Int]] = []
    for part in range == nil ? parts[...] : parts.dropFirst() {
      if steps[part].node.id == first?.id || turns.isEmpty { turns.append([]) }
      turns[turns.count - 1].append(part)
    }
    let results = turns.map { steps[$0[0]].value }
    let deciding = Self.deciding(macro.kind, step.value, results)
    // Of what `filter` keeps, the first is drawn: it mostly is what is wrong.
    let drawn = deciding ?? (macro.kind == .filter ? results.firstIndex { $0?.isTrue ?? false } : nil)
    var elements = Walk(range.flatMap { steps[$0].value }, step.text(of: macro.range) ?? "", evaluation.context)
    var told: [ExplainedExpression.Turn] = []
    var drawnElement: ExplainedExpression.Element?
    for (number, turn) in turns.enumerated() {
      let isTold = number == deciding || deciding == nil && told.count < values.shownTurns
      if isTold || number == drawn {
        let element = elements.element(number, values)
        if isTold { told.append(ExplainedExpression.Turn(element: element, value: value(turn[0], results[number]))) }
        if number == drawn { drawnElement = element }
      }
      for part in turn {
        if number == drawn { visit(part, drawnElement, &shown) } else { readVariables(in: part) }
      }
    }
    shown.loops.append(
      ExplainedExpression.Loop(
        macro: macro.kind.rawValue, range: step.range, variable: macro.variable, turns: told,
        omitted: turns.count - told.count, deciding: deciding == nil ? nil : drawnElement, drawn: drawnElement))
  }

  private mutating func readVariables(in index: Int) {
    readConstant(index)
    for part in inner[index] {
      if steps[part].variable == steps[index].variable { readVariables(in: part) } else { readVariable(part) }
    }
  }

  /// The turn that made a macro's value what it is; nil where all did.
  private static func deciding(_ kind: Comprehension.Kind, _ value: Value?, _ results: [Value?]) -> Int? {
    if results.count == 1 { return 0 }
    guard let value else { return results.indices.last }
    if value.isError { return results.lastIndex { $0?.isError ?? true } }
    switch kind {
    case .all where value.isFalse: return results.lastIndex { $0?.isFalse ?? false }
    case .exists where value.isTrue: return results.lastIndex { $0?.isTrue ?? false }
    default: return nil
    }
  }

  // MARK: Places

  /// The byte under which a value belongs.
  private static func anchor(_ step: Trace.Step) -> Int {
    let node = step.node
    func before(_ name: String) -> Int {
      let start = node.offset - name.utf8.count
      let bytes = Array(step.source.utf8)
      guard start >= 0, node.offset <= bytes.count, Array(bytes[start..<node.offset]) == Array(name.utf8) else {
        return node.offset
      }
      return start
    }
    switch node.kind {
    case .identifier, .literal: return step.range.lowerBound
    case .select(_, let field, _): return max(step.range.upperBound - field.utf8.count, node.offset)
    case .presence: return step.range.lowerBound
    case .call(let function, _, _): return before(function)
    case .comprehension(let macro): return before(macro.kind.rawValue)
    default: return node.offset
    }
  }
}

/// The elements of what a macro walks over, one after the other.
private struct Walk {
  private var elements: Elements?
  private let list: String
  private let context: EvaluationContext
  private var position = 0

  init(_ value: Value?, _ list: String, _ context: EvaluationContext) {
    elements = value.flatMap { Elements($0) }
    self.list = list
    self.context = context
  }

  /// - Parameter number: at least that of the call before, and another one.
  mutating func element(_ number: Int, _ values: ValueTexts) -> ExplainedExpression.Element {
    while position < number, elements.map({ $0.remaining > 0 }) ?? false {
      _ = elements?.nextEntry(context)
      position += 1
    }
    guard let isMap = elements?.isMap, elements.map({ $0.remaining > 0 }) ?? false,
      let (key, value) = elements?.nextEntry(context)
    else { return ExplainedExpression.Element(list: list, index: number, key: nil, name: nil) }
    position += 1
    var name: String?
    if !isMap, value.tag == .jsonMap || value.tag == .map {
      name = context.find(ByteSlice("name"), in: value)?.asString.map { values.redacted($0.string) }
    }
    return ExplainedExpression.Element(
      list: list, index: number, key: isMap ? values.text(key, context) : nil, name: name)
  }
}

extension Value {
  fileprivate var isContainer: Bool {
    switch tag {
    case .list, .map, .jsonList, .jsonMap: true
    default: false
    }
  }
}

extension Trace.Step {
  /// The text of a part of the expression, where it is known: what stands before the macro's name.
  fileprivate func text(of range: Expression) -> String? {
    guard case .comprehension(let macro) = node.kind else { return nil }
    let bytes = Array(source.utf8)
    // `list.all(x, …)`: from the start to the dot before the name.
    let end = node.offset - macro.kind.rawValue.utf8.count - 1
    guard self.range.lowerBound < end, end <= bytes.count, bytes[end] == UInt8(ascii: ".") else { return nil }
    return String(decoding: bytes[self.range.lowerBound..<end], as: UTF8.self)
  }
}
