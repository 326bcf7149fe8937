/// What an expression may speak of: variables, object types, functions and macros.
public struct Environment: Sendable {
  /// Which functions, macros and rules apply.
  public enum Profile: Sendable {
    /// As in a Kubernetes API server: elements of a list, and keys and values of a map, must be of one type; literals of
    /// durations, timestamps and regular expressions are validated.
    case kubernetes
    /// All of CEL, as its conformance tests want it: mixed lists are `list(dyn)`.
    case full
  }

  public let profile: Profile

  /// The namespace that names are resolved in, from the inside out, as in C++: in `a.b`, `x` is `a.b.x`, `a.x` or `x`.
  public var container: String

  package private(set) var variables: [String: CELType] = [:]
  package private(set) var objects: [String: [String: CELType]] = [:]
  package private(set) var functions: [String: FunctionDeclaration] = [:]

  public init(_ profile: Profile = .kubernetes, container: String = "") {
    self.profile = profile
    self.container = container
  }

  /// Declares a variable; its name may be qualified (`a.b.c`).
  public mutating func declare(_ name: String, _ type: CELType) {
    variables[name] = type
  }

  /// Declares an object type; selecting a field that is not in `fields` is the compile error `undefined field 'x'`.
  public mutating func declareObject(_ typeName: String, fields: [String: CELType]) {
    objects[typeName] = fields
  }

  /// Declares a function, or further overloads of one.
  public mutating func declare(_ function: FunctionDeclaration) {
    functions[function.name] = FunctionDeclaration(
      function.name, (functions[function.name]?.overloads ?? []) + function.overloads)
  }

  /// The tree of an expression, without looking at names and types.
  public func parse(_ source: String) throws(CompileErrors) -> Expression {
    try Parser.parse(source, macros: macros).root
  }

  /// Parses and type-checks an expression, reporting every mistake it can find.
  public func check(_ source: String) throws(CompileErrors) -> CheckedExpression {
    throw CompileErrors(source: source, issues: [])
  }

  private var macros: MacroSet {
    switch profile {
    case .kubernetes: [.standard, .optionals, .twoVariables]
    case .full: [.standard, .optionals, .twoVariables, .bindings]
    }
  }
}
