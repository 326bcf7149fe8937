/// Finds the type of every node of a tree and what its names stand for.
///
/// Works through a list of steps instead of recursion, so that its use of the stack does not depend on the expression.
/// Mistakes are worded as cel-go's checker words them; a node with a mistake gets the type `error`, which goes with
/// everything, so that one mistake is reported once.
///
/// https://github.com/google/cel-spec/blob/master/doc/langdef.md#gradual-type-checking
struct Checker {
  /// The largest type, in types that it is made of. Macros can make types that double with every line
  /// (`[1].map(x, {x: x}).map(x, {x: x})…`); no real one has a hundred parts.
  static let maximumTypeSize = 1_000

  /// The most types inside one another. What is done with types recurses as deep; no real one has ten levels.
  static let maximumTypeDepth = 64

  let environment: Environment
  var types: [CELType]
  var references: [Int: Reference] = [:]
  private var mistakes: [SourceText.Mistake] = []
  var substitution = Substitution()
  /// The variables of the macros around the current node, the innermost last.
  var locals: [(name: String, type: CELType)] = []
  private var steps: [Step] = []

  private enum Step {
    case visit(Expression)
    /// The operands have their types.
    case finish(Expression)
    /// The range of a macro has its type; its variables come into being.
    case enter(Comprehension, Expression)
  }

  static func check(
    _ source: String, _ root: Expression, nodes: Int, in environment: Environment
  ) throws(CompileErrors) -> CheckedExpression {
    var checker = Checker(environment: environment, nodes: nodes)
    checker.run(root)
    let substitution = checker.substitution
    let types = checker.types.map { substitution.apply($0, toDyn: true) }
    var issues = checker.mistakes.isEmpty ? [] : SourceText(source).issues(checker.mistakes)
    let checked = CheckedExpression(source: source, root: root, types: types, references: checker.references)
    if issues.isEmpty {
      let isKubernetes = environment.profile == .kubernetes
      let mistakes =
        (isKubernetes ? LiteralValidation.mistakes(in: checked) : [])
        + FormatValidation.mistakes(in: checked, isKubernetes ? .localized : .standard)
      issues = mistakes.isEmpty ? [] : SourceText(source).issues(mistakes)
    }
    guard issues.isEmpty else { throw CompileErrors(source: source, issues: issues) }
    return checked
  }

  private init(environment: Environment, nodes: Int) {
    self.environment = environment
    types = Array(repeating: .dyn, count: nodes)
  }

  private mutating func run(_ root: Expression) {
    steps = [.visit(root)]
    while let step = steps.popLast() {
      switch step {
      case .visit(let node): visit(node)
      case .finish(let node): finish(node)
      case .enter(let macro, let node): enter(macro, node)
      }
    }
  }

  func type(of node: Expression) -> CELType { types[node.id] }

  mutating func set(_ node: Expression, _ type: CELType) {
    guard !substitution.exceeds(type, size: Self.maximumTypeSize, depth: Self.maximumTypeDepth) else {
      report(node.offset, "type exceeds \(Self.maximumTypeSize) parts or \(Self.maximumTypeDepth) levels")
      types[node.id] = .error
      return
    }
    types[node.id] = type
  }

  /// Reports a mistake; one with a name suggests the closest of the names that are declared.
  mutating func report(
    _ offset: Int, _ message: String, insteadOf name: String = "", among names: (Checker) -> [String] = { _ in [] }
  ) {
    // More are not shown.
    let isShown = mistakes.count < CompileErrors.maximumRendered
    let suggestion = isShown ? Suggestion.closest(to: name, among: names(self)) : nil
    mistakes.append(.init(offset: offset, message: message, suggestion: suggestion))
  }

  mutating func reportUndeclared(_ name: String, _ node: Expression, among names: (Checker) -> [String]) {
    let message = "undeclared reference to '\(name)' (in container '\(environment.container)')"
    report(node.offset, message, insteadOf: name, among: names)
    types[node.id] = .error
  }

  mutating func reportMismatch(_ offset: Int, expected: CELType, found: CELType) {
    report(offset, "expected type '\(expected)' but found '\(found)'")
  }

  // MARK: Steps

  private mutating func visit(_ node: Expression) {
    switch node.kind {
    case .literal(let literal):
      types[node.id] = literal.type
    case .identifier(let name):
      checkIdentifier(name, node)
    case .select(let operand, _, let isOptional):
      if !isOptional, resolveQualified(node) { return }
      steps += [.finish(node), .visit(operand)]
    case .presence(let operand, _, _):
      steps += [.finish(node), .visit(operand)]
    case .call(let function, let target, let arguments):
      steps.append(.finish(node))
      if let target, namespaced(function, target) == nil { steps.append(.visit(target)) }
      steps += arguments.reversed().map { .visit($0) }
    case .list(let elements):
      steps.append(.finish(node))
      steps += elements.reversed().map { .visit($0.value) }
    case .map(let entries):
      steps.append(.finish(node))
      for entry in entries.reversed() { steps += [.visit(entry.value), .visit(entry.key)] }
    case .message(let typeName, let fields):
      guard resolveMessage(typeName, node) else { return }
      steps.append(.finish(node))
      steps += fields.reversed().map { .visit($0.value) }
    case .comprehension(let macro):
      steps += [.finish(node), .enter(macro, node), .visit(macro.range)]
    }
  }

  private mutating func enter(_ macro: Comprehension, _ node: Expression) {
    enterScope(of: macro, node)
    if let body = macro.body { steps.append(.visit(body)) }
    if let predicate = macro.predicate { steps.append(.visit(predicate)) }
  }

  private mutating func finish(_ node: Expression) {
    switch node.kind {
    case .select(let operand, let field, let isOptional):
      set(node, substitution.apply(selectField(field, of: operand, at: node.offset, isOptional: isOptional)))
    case .presence(let operand, let field, let isOptional):
      _ = selectField(field, of: operand, at: node.offset, isOptional: isOptional)
      types[node.id] = .bool
    case .call(let function, let target, let arguments):
      checkCall(function, target, arguments, node)
    case .list(let elements):
      checkList(elements, node)
    case .map(let entries):
      checkMap(entries, node)
    case .message(_, let fields):
      checkFields(fields, node)
    case .comprehension(let macro):
      checkMacro(macro, node)
    case .literal, .identifier:
      break
    }
  }
}

extension Literal {
  var type: CELType {
    switch self {
    case .null: .null
    case .bool: .bool
    case .int: .int
    case .uint: .uint
    case .double: .double
    case .string: .string
    case .bytes: .bytes
    }
  }
}
