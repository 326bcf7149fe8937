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
  /// Whether `Object` and `JSONPatch` can be made.
  var hasPatchTypes = false
  /// The last parts of functions' names with dots, which tell quickly that a call's target is no namespace.
  private var namespacedFunctions: Set<Substring> = []

  public init(_ profile: Profile = .kubernetes, container: String = "") {
    self.profile = profile
    self.container = container
    let libraries =
      StandardDeclarations.functions + OptionalDeclarations.functions + StringDeclarations.functions
      + ListExtensionDeclarations.functions
    for function in libraries { declare(function) }
    switch profile {
    case .kubernetes: for function in ListDeclarations.functions + KubernetesLibraries.functions { declare(function) }
    case .full:
      let libraries =
        [StringDeclarations.reverse] + MathDeclarations.functions + EncoderDeclarations.functions
        + RegexDeclarations.functions + KubernetesLibraries.shared
      for function in libraries { declare(function) }
    }
  }

  /// Declares a variable; its name may be qualified (`a.b.c`).
  public mutating func declare(_ name: String, _ type: CELType) {
    variables[name] = type
  }

  /// Takes back the declaration of a variable.
  public mutating func undeclare(_ name: String) {
    variables[name] = nil
  }

  /// Declares an object type; selecting a field that is not in `fields` is the compile error `undefined field 'x'`.
  public mutating func declareObject(_ typeName: String, fields: [String: CELType]) {
    objects[typeName] = fields
  }

  /// Declares a function, or further overloads of one.
  public mutating func declare(_ function: FunctionDeclaration) {
    functions[function.name] = FunctionDeclaration(
      function.name, (functions[function.name]?.overloads ?? []) + function.overloads)
    if let dot = function.name.lastIndex(of: ".") {
      namespacedFunctions.insert(function.name[function.name.index(after: dot)...])
    }
  }

  /// The functions that can be called, by name.
  public var declaredFunctions: [FunctionDeclaration] { functions.values.sorted { $0.name < $1.name } }

  /// The tree of an expression, without looking at names and types.
  public func parse(_ source: String) throws(CompileErrors) -> Expression {
    try Parser.parse(source, macros: macros).root
  }

  /// Parses and type-checks an expression, reporting every mistake it can find.
  public func check(_ source: String) throws(CompileErrors) -> CheckedExpression {
    let (root, nodes) = try Parser.parse(source, macros: macros)
    return try Checker.check(source, root, nodes: nodes, in: self)
  }

  private var macros: MacroSet {
    switch profile {
    case .kubernetes: [.standard, .optionals, .twoVariables, .lists]
    case .full: [.standard, .optionals, .twoVariables, .lists, .bindings, .math]
    }
  }
}

// MARK: - Looking up

extension Environment {
  /// The full names that a name can mean, the innermost first; of a name with a leading dot, just that.
  func candidates(_ name: String) -> [String] {
    if name.hasPrefix(".") { return [String(name.dropFirst())] }
    guard !container.isEmpty else { return [name] }
    var candidates: [String] = []
    var scope = container[...]
    while true {
      candidates.append("\(scope).\(name)")
      guard let dot = scope.lastIndex(of: ".") else { return candidates + [name] }
      scope = scope[..<dot]
    }
  }

  func function(_ name: String) -> FunctionDeclaration? {
    // Operators belong to no namespace.
    candidates(name).lazy.compactMap { functions[$0] }.first
  }

  /// Whether any function's name ends so behind a dot.
  func hasNamespacedFunctions(_ last: String) -> Bool { namespacedFunctions.contains(last[...]) }

  /// A type by its full name.
  func typeNamed(_ name: String) -> CELType? {
    if let type = Self.standardTypes[name] { return type }
    if hasPatchTypes, PatchTypes.isObject(name) { return .object(name) }
    return objects[name] == nil ? nil : .object(name)
  }

  /// Types that can be named in every environment.
  private static let standardTypes: [String: CELType] = [
    "bool": .bool, "bytes": .bytes, "double": .double, "int": .int, "list": .list(.dyn), "map": .map(.dyn, .dyn),
    "null_type": .null, "string": .string, "type": .type(.dyn), "uint": .uint, "optional_type": .optional(.dyn),
    "google.protobuf.Duration": .duration, "google.protobuf.Timestamp": .timestamp, "net.IP": .address,
    "net.CIDR": .network,
  ]
}
