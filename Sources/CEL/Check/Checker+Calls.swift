/// Calls, lists and maps.
extension Checker {
  mutating func checkCall(_ name: String, _ target: Expression?, _ arguments: [Expression], _ node: Expression) {
    let full = target.flatMap { namespaced(name, $0) }
    guard let function = full ?? environment.function(name) else {
      return reportUndeclared(name, node) { Array($0.environment.functions.keys) }
    }
    if function.name == "_&&_" || function.name == "_||_" {
      return checkLogical(function, arguments, node)
    }
    let receiver = full == nil ? target.map { type(of: $0) } : nil
    guard
      let (type, overloads) = resolve(function, receiver, arguments.map { self.type(of: $0) }, at: node.offset)
    else {
      types[node.id] = .error
      return
    }
    set(node, type)
    references[node.id] = .function(name: function.name, overloads: overloads, isNamespaced: full != nil)
  }

  /// `&&` and `||` report which of their operands is not a boolean.
  private mutating func checkLogical(_ function: FunctionDeclaration, _ arguments: [Expression], _ node: Expression) {
    let areBooleans = arguments.map { requireBoolean($0) }
    guard !areBooleans.contains(false) else {
      types[node.id] = .error
      return
    }
    types[node.id] = .bool
    references[node.id] = .function(
      name: function.name, overloads: function.overloads.map(\.id), isNamespaced: false)
  }

  mutating func requireBoolean(_ operand: Expression) -> Bool {
    if substitution.assign(type(of: operand), to: .bool) { return true }
    reportMismatch(operand.offset, expected: .bool, found: type(of: operand))
    return false
  }

  /// The overloads that fit, and their result: that of all, or `dyn` where they differ. Reports if none fits.
  mutating func resolve(
    _ function: FunctionDeclaration, _ receiver: CELType?, _ arguments: [CELType], at offset: Int
  ) -> (CELType, [String])? {
    let given = (receiver.map { [$0] } ?? []) + arguments
    var result: CELType?
    var ids: [String] = []
    for overload in function.overloads
    where overload.isMember == (receiver != nil) && overload.parameters.count == given.count {
      let signature = substitution.instantiate(overload)
      guard substitution.assign(given, to: signature.parameters) else { continue }
      ids.append(overload.id)
      let found = substitution.apply(signature.result)
      if let known = result {
        if known != .dyn, known != found { result = .dyn }
      } else {
        result = found
      }
    }
    if let result { return (result, ids) }
    let types = given.map { substitution.apply($0, toDyn: true).description }
    let listed = types.dropFirst(receiver == nil ? 0 : 1).joined(separator: ", ")
    let signature = (receiver == nil ? "" : "\(types[0]).") + "(\(listed))"
    report(offset, "found no matching overload for '\(function.name)' applied to '\(signature)'")
    return nil
  }

  // MARK: Literals

  mutating func checkList(_ elements: [Expression.ListElement], _ node: Expression) {
    var joined: CELType?
    for element in elements {
      let type = value(of: element.value, isOptional: element.isOptional)
      joined = join(joined, type, at: element.value.offset)
    }
    set(node, .list(joined ?? substitution.freshVariable()))
  }

  mutating func checkMap(_ entries: [Expression.MapEntry], _ node: Expression) {
    var keys: CELType?
    var values: CELType?
    for entry in entries {
      keys = join(keys, type(of: entry.key), at: entry.key.offset)
      let type = value(of: entry.value, isOptional: entry.isOptional)
      values = join(values, type, at: entry.value.offset)
    }
    guard let keys, let values else {
      return set(node, .map(substitution.freshVariable(), substitution.freshVariable()))
    }
    set(node, .map(keys, values))
  }

  /// The type of elements of which some have the one type and some the other: `dyn` if they do not go together, where the
  /// environment allows that.
  private mutating func join(_ previous: CELType?, _ current: CELType, at offset: Int) -> CELType {
    guard let previous else { return current }
    if substitution.assign(previous, to: current) { return Substitution.general(previous, current) }
    if environment.profile == .full { return .dyn }
    reportMismatch(offset, expected: previous, found: current)
    return .error
  }
}
