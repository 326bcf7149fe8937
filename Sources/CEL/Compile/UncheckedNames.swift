extension Environment {
  /// Parses an expression and finds out what its names stand for without checking types: everything is `dyn`.
  ///
  /// For expressions whose author switched the checker off. What the checker would have refused fails while evaluating.
  /// - Parameter variables: names, qualified or not, that have values besides those that are declared.
  public func resolve(_ source: String, variables: Set<String> = []) throws(CompileErrors) -> CheckedExpression {
    let root = try parse(source)
    var resolver = NameResolver(environment: self, variables: variables)
    resolver.visit(root)
    return CheckedExpression(
      source: source, root: root, types: Array(repeating: .dyn, count: resolver.highestID + 1),
      references: resolver.references)
  }
}

/// Finds the variables, types and namespaced functions among the names of a tree.
private struct NameResolver {
  let environment: Environment
  let variables: Set<String>
  private(set) var references: [Int: Reference] = [:]
  private(set) var highestID = 0
  private var locals: [String] = []

  init(environment: Environment, variables: Set<String>) {
    self.environment = environment
    self.variables = variables
  }

  mutating func visit(_ node: Expression) {
    highestID = max(highestID, node.id)
    if let name = qualifiedName(node), let reference = reference(name) {
      references[node.id] = reference
      return
    }
    switch node.kind {
    case .literal, .identifier: break
    case .select(let operand, _, _), .presence(let operand, _, _): visit(operand)
    case .call(let function, let target, let arguments):
      if let target {
        let name = qualifiedName(target).map { "\($0).\(function)" }
        if let name, let known = environment.candidates(name).first(where: { environment.functions[$0] != nil }) {
          references[node.id] = .function(name: known, overloads: [], isNamespaced: true)
        } else {
          visit(target)
        }
      }
      for argument in arguments { visit(argument) }
    case .list(let elements): for element in elements { visit(element.value) }
    case .map(let entries):
      for entry in entries {
        visit(entry.key)
        visit(entry.value)
      }
    case .message(_, let fields): for field in fields { visit(field.value) }
    case .comprehension(let macro):
      visit(macro.range)
      locals.append(macro.variable)
      if let second = macro.secondVariable { locals.append(second) }
      if let predicate = macro.predicate { visit(predicate) }
      if let body = macro.body { visit(body) }
      locals.removeLast(macro.secondVariable == nil ? 1 : 2)
    }
  }

  /// `a.b.c` of a chain of plain selections on a name that is no macro's variable.
  private func qualifiedName(_ node: Expression) -> String? {
    switch node.kind {
    case .identifier(let name): locals.contains(name) ? nil : name
    case .select(let operand, let field, false): qualifiedName(operand).map { "\($0).\(field)" }
    default: nil
    }
  }

  private func reference(_ name: String) -> Reference? {
    for candidate in environment.candidates(name) {
      if variables.contains(candidate) || environment.variables[candidate] != nil { return .variable(candidate) }
      if let type = CELType.named(candidate) { return .type(type) }
    }
    return nil
  }
}

extension CELType {
  /// A type that an expression can name.
  static func named(_ name: String) -> CELType? {
    switch name {
    case "bool": .bool
    case "int": .int
    case "uint": .uint
    case "double": .double
    case "string": .string
    case "bytes": .bytes
    case "list": .list(.dyn)
    case "map": .map(.dyn, .dyn)
    case "null_type": .null
    case "type": .type(.dyn)
    case "optional_type": .optional(.dyn)
    case "google.protobuf.Timestamp": .timestamp
    case "google.protobuf.Duration": .duration
    case "net.IP": .address
    case "net.CIDR": .network
    default: nil
    }
  }
}
