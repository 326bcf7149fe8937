/// The macros of an environment: calls that are more than calls, by function and number of arguments.
///
/// https://github.com/google/cel-spec/blob/master/doc/langdef.md#macros and the extension of comprehensions over two
/// variables. Those of single extensions are in `Macros+Extensions.swift`.
struct MacroSet: OptionSet, Sendable {
  let rawValue: Int

  /// `has`, `all`, `exists`, `exists_one`, `map`, `filter`.
  static let standard = MacroSet(rawValue: 1)
  /// `optMap`, `optFlatMap`.
  static let optionals = MacroSet(rawValue: 2)
  /// `all(i, v, …)`, `transformList`, `transformMap` and their like.
  static let twoVariables = MacroSet(rawValue: 4)
  /// `cel.bind`.
  static let bindings = MacroSet(rawValue: 8)
  /// `sortBy`.
  static let lists = MacroSet(rawValue: 16)
  /// `math.least`, `math.greatest`.
  static let math = MacroSet(rawValue: 32)

  enum Expansion {
    /// Not a macro.
    case call
    case made(Expression.Kind)
    /// Nodes around one another, the innermost first; each is made of the one before.
    case layers(innermost: Expression.Kind, [(Expression) -> Expression.Kind])
    case failed(offset: Int, message: String)
  }

  func expand(_ function: String, target: Expression?, arguments: [Expression]) -> Expansion {
    guard let target else {
      return function == "has" && arguments.count == 1 && contains(.standard) ? expandHas(arguments[0]) : .call
    }
    switch (function, arguments.count) {
    case ("all", 2) where contains(.standard): return quantifier(.all, target, arguments)
    case ("exists", 2) where contains(.standard): return quantifier(.exists, target, arguments)
    case ("exists_one", 2) where contains(.standard), ("existsOne", 2) where contains(.standard):
      return quantifier(.existsOne, target, arguments)
    case ("filter", 2) where contains(.standard):
      return make(.filter, target, arguments[0], Self.notIdentifier, predicate: arguments[1])
    case ("map", 2) where contains(.standard):
      return make(.map, target, arguments[0], Self.notIdentifier, body: arguments[1])
    case ("map", 3) where contains(.standard):
      return make(.map, target, arguments[0], Self.notIdentifier, predicate: arguments[1], body: arguments[2])
    case ("optMap", 2) where contains(.optionals):
      return make(.optMap, target, arguments[0], "optMap() \(Self.unqualified)", body: arguments[1])
    case ("optFlatMap", 2) where contains(.optionals):
      return make(.optFlatMap, target, arguments[0], "optFlatMap() \(Self.unqualified)", body: arguments[1])
    case ("sortBy", 2) where contains(.lists): return expandSortBy(target, arguments)
    case ("least", _) where contains(.math), ("greatest", _) where contains(.math):
      guard case .identifier("math") = target.kind else { return .call }
      return expandExtreme(function, target, arguments)
    case ("block", 2) where contains(.bindings), ("index", 1) where contains(.bindings),
      ("iterVar", 2) where contains(.bindings), ("accuVar", 2) where contains(.bindings):
      guard case .identifier("cel") = target.kind else { return .call }
      return expandBlock(function, arguments)
    case ("bind", 3) where contains(.bindings):
      guard case .identifier("cel") = target.kind else { return .call }
      return make(
        .bind, arguments[1], arguments[0], "cel.bind() variable names must be simple identifiers",
        body: arguments[2])
    default:
      return contains(.twoVariables) ? expandTwoVariables(function, target, arguments) : .call
    }
  }

  static let notIdentifier = "argument is not an identifier"
  private static let notSimple = "argument must be a simple name"
  private static let unqualified = "variable name must be a simple identifier"
  private static let overwrites = "iteration variable overwrites accumulator variable"

  private func expandHas(_ argument: Expression) -> Expansion {
    guard case .select(let operand, let field, false) = argument.kind else {
      return .failed(offset: argument.offset, message: "invalid argument to has() macro")
    }
    return .made(.presence(operand: operand, field: field, isOptional: false))
  }

  private func quantifier(_ kind: Comprehension.Kind, _ range: Expression, _ arguments: [Expression]) -> Expansion {
    make(kind, range, arguments[0], Self.notSimple, predicate: arguments[1])
  }

  func make(
    _ kind: Comprehension.Kind, _ range: Expression, _ variable: Expression, _ message: String,
    predicate: Expression? = nil, body: Expression? = nil
  ) -> Expansion {
    guard case .identifier(let name) = variable.kind else { return .failed(offset: variable.offset, message: message) }
    // The name that cel-go's comprehensions keep their result under.
    guard name != "__result__" || kind == .bind else {
      return .failed(offset: variable.offset, message: Self.overwrites)
    }
    return .made(
      .comprehension(Comprehension(kind: kind, range: range, variable: name, predicate: predicate, body: body)))
  }

  private func expandTwoVariables(_ function: String, _ range: Expression, _ arguments: [Expression]) -> Expansion {
    let kind: Comprehension.Kind
    switch (function, arguments.count) {
    case ("all", 3): kind = .all
    case ("exists", 3): kind = .exists
    case ("exists_one", 3), ("existsOne", 3): kind = .existsOne
    case ("transformList", 3), ("transformList", 4): kind = .transformList
    case ("transformMap", 3), ("transformMap", 4): kind = .transformMap
    case ("transformMapEntry", 3), ("transformMapEntry", 4): kind = .transformMapEntry
    default: return .call
    }
    var names: [String] = []
    for argument in arguments.prefix(2) {
      guard case .identifier(let name) = argument.kind else {
        return .failed(offset: argument.offset, message: Self.notSimple)
      }
      names.append(name)
    }
    if names[0] == names[1] {
      return .failed(offset: arguments[1].offset, message: "duplicate variable name: \(names[0])")
    }
    if let index = names.firstIndex(of: "__result__") {
      return .failed(offset: arguments[index].offset, message: Self.overwrites)
    }
    let isTest = kind == .all || kind == .exists || kind == .existsOne
    let predicate = isTest || arguments.count == 4 ? arguments[2] : nil
    return .made(
      .comprehension(
        Comprehension(
          kind: kind, range: range, variable: names[0], secondVariable: names[1], predicate: predicate,
          body: isTest ? nil : arguments[arguments.count - 1])))
  }
}
