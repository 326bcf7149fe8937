/// Names: variables, types, fields, messages.
///
/// https://github.com/google/cel-spec/blob/master/doc/langdef.md#name-resolution
extension Checker {
  mutating func checkIdentifier(_ name: String, _ node: Expression) {
    if let local = local(name), !name.hasPrefix(".") {
      types[node.id] = local
      references[node.id] = .local(name)
    } else if let (reference, type) = global(name) {
      types[node.id] = type
      references[node.id] = reference
    } else {
      reportUndeclared(name, node) { Array($0.environment.variables.keys) + $0.locals.map(\.name) }
    }
  }

  private func local(_ name: String) -> CELType? {
    let name = name.hasPrefix(".") ? String(name.dropFirst()) : name
    return locals.last { $0.name == name }?.type
  }

  /// A variable or a type by a name that may be relative to the container.
  private func global(_ name: String) -> (Reference, CELType)? {
    for candidate in environment.candidates(name) {
      if let type = environment.variables[candidate] { return (.variable(candidate), type) }
      if let type = environment.typeNamed(candidate) { return (.type(type), .type(type)) }
    }
    return nil
  }

  /// Takes a whole selection `a.b.c` for the name of one variable or type, if there is one: the longest name wins over a
  /// field of a shorter one.
  mutating func resolveQualified(_ node: Expression) -> Bool {
    guard let parts = node.qualifiedName, parts.count > 1 else { return false }
    // The field of a macro's variable, never a variable of that name.
    if !parts[0].hasPrefix("."), local(parts[0]) != nil { return false }
    guard let (reference, type) = global(parts.joined(separator: ".")) else { return false }
    types[node.id] = type
    references[node.id] = reference
    return true
  }

  /// The full name of the function that a call's target is the first part of: `optional` and `of` for `optional.of`.
  func namespaced(_ function: String, _ target: Expression) -> FunctionDeclaration? {
    guard environment.hasNamespacedFunctions(function), let parts = target.qualifiedName else { return nil }
    return environment.function((parts + [function]).joined(separator: "."))
  }

  /// The type of a field. A field of an optional is optional.
  mutating func selectField(_ field: String, of operand: Expression, at offset: Int, isOptional: Bool) -> CELType {
    let (target, wasOptional) = substitution.apply(type(of: operand)).unwrapped
    var result = CELType.error
    switch target {
    case .map(_, let value):
      result = value
    case .object(let name):
      result = fieldType(field, of: name, at: offset) ?? .error
    case .parameter:
      // Whatever else is found out about the operand, it is dynamic now.
      _ = substitution.assign(.dyn, to: target)
      result = .dyn
    default:
      if !target.isDynOrError { report(offset, "type '\(target)' does not support field selection") }
      result = .dyn
    }
    return wasOptional || isOptional ? .optional(result) : result
  }

  private mutating func fieldType(_ field: String, of object: String, at offset: Int) -> CELType? {
    if environment.hasPatchTypes, PatchTypes.isObject(object) { return .dyn }
    guard let fields = environment.objects[object] else {
      report(offset, "unexpected failed resolution of '\(object)'")
      return nil
    }
    if let type = fields[field] { return type }
    report(offset, "undefined field '\(field)'", insteadOf: field) { _ in Array(fields.keys) }
    return nil
  }

  // MARK: Messages

  /// Finds the type of a message; false when there is none, and its fields are not looked at.
  mutating func resolveMessage(_ name: String, _ node: Expression) -> Bool {
    guard let type = environment.candidates(name).lazy.compactMap(environment.typeNamed).first else {
      reportUndeclared(name, node) { Array($0.environment.objects.keys) }
      return false
    }
    if case .object = type {
      types[node.id] = type
    } else {
      report(node.offset, "'\(type)' is not a message type")
      types[node.id] = .error
    }
    references[node.id] = .type(type)
    return true
  }

  mutating func checkFields(_ fields: [Expression.MessageField], _ node: Expression) {
    guard case .object(let name) = types[node.id] else { return }
    for field in fields {
      let wanted = fieldType(field.name, of: name, at: field.offset) ?? .error
      let found = value(of: field.value, isOptional: field.isOptional)
      if !substitution.assign(wanted, to: found) {
        report(
          field.offset, "expected type of field '\(field.name)' is '\(wanted)' but provided type is '\(found)'")
      }
    }
  }

  /// The type of an element, an entry's value or a field's value, out of its optional where it is written with `?`.
  mutating func value(of expression: Expression, isOptional: Bool) -> CELType {
    let type = type(of: expression)
    guard isOptional else { return type }
    let (value, wasOptional) = type.unwrapped
    if !wasOptional, value != .dyn { reportMismatch(expression.offset, expected: .optional(value), found: value) }
    return value
  }
}

extension Expression {
  /// The parts of `a.b.c`, if the expression is nothing but such a name.
  var qualifiedName: [String]? {
    var parts: [String] = []
    var node = self
    while true {
      switch node.kind {
      case .select(let operand, let field, false):
        parts.append(field)
        node = operand
      case .identifier(let name):
        parts.append(name)
        return parts.reversed()
      default:
        return nil
      }
    }
  }
}
