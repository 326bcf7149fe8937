/// The macros of single extensions of cel-go (`ext`).
extension MacroSet {
  /// `list.sortBy(x, key)`.
  func expandSortBy(_ target: Expression, _ arguments: [Expression]) -> Expansion {
    switch target.kind {
    case .literal, .map, .message:
      return .failed(
        offset: target.offset,
        message: "sortBy can only be applied to a list, identifier, comprehension, call or select expression")
    default: return make(.sortBy, target, arguments[0], Self.notIdentifier, body: arguments[1])
    }
  }

  // MARK: Math

  /// `math.least(a, …)` and `math.greatest(a, …)`: a call over one number, two, or the list of more.
  func expandExtreme(_ function: String, _ target: Expression, _ arguments: [Expression]) -> Expansion {
    let name = function == "least" ? "math.@min" : "math.@max"
    guard let first = arguments.first else {
      return .failed(offset: target.offset, message: "math.\(function)() requires at least one argument")
    }
    if arguments.count == 1 {
      guard first.canBeNumber || first.isListOfNumbers else {
        return .failed(offset: first.offset, message: "math.\(function)() invalid single argument value")
      }
      return .made(.call(function: name, target: nil, arguments: arguments))
    }
    for argument in arguments where !argument.canBeNumber {
      return .failed(
        offset: argument.offset, message: "math.\(function)() simple literal arguments must be numeric")
    }
    if arguments.count == 2 { return .made(.call(function: name, target: nil, arguments: arguments)) }
    return .layers(
      innermost: .list(arguments.map { Expression.ListElement(value: $0, isOptional: false) }),
      [{ .call(function: name, target: nil, arguments: [$0]) }])
  }

  // MARK: Blocks

  /// `cel.block([a, b, …], result)`, whose result and elements name an element before them `cel.index(N)`: the bindings that it
  /// stands for. `cel.iterVar(N, M)` and `cel.accuVar(N, M)` are names for variables of macros inside one another.
  func expandBlock(_ function: String, _ arguments: [Expression]) -> Expansion {
    if function == "block" {
      guard case .list(let elements) = arguments[0].kind, !elements.contains(where: \.isOptional) else {
        return .failed(
          offset: arguments[0].offset, message: "cel.block requires the first arg to be a list literal")
      }
      var layers: [(Expression) -> Expression.Kind] = []
      for (index, element) in elements.enumerated().reversed() {
        layers.append {
          .comprehension(
            Comprehension(kind: .bind, range: element.value, variable: "@index\(index)", body: $0))
        }
      }
      guard let last = layers.first else { return .made(arguments[1].kind) }
      return .layers(innermost: last(arguments[1]), Array(layers.dropFirst()))
    }
    var numbers: [Int64] = []
    for argument in arguments {
      guard case .literal(.int(let number)) = argument.kind, number >= 0 else {
        return .failed(
          offset: argument.offset, message: "cel.\(function) requires non-negative int constant args")
      }
      numbers.append(number)
    }
    let names = ["index": "@index", "iterVar": "@it:", "accuVar": "@ac:"]
    return .made(.identifier((names[function] ?? "") + numbers.map(String.init).joined(separator: ":")))
  }
}

extension Expression {
  /// Whether a number can stand here: anything but a literal of another kind.
  fileprivate var canBeNumber: Bool {
    switch kind {
    case .literal(.int), .literal(.uint), .literal(.double): true
    case .literal, .list, .map, .message: false
    default: true
    }
  }

  fileprivate var isListOfNumbers: Bool {
    guard case .list(let elements) = kind, !elements.isEmpty else { return false }
    return elements.allSatisfy { $0.value.canBeNumber }
  }
}
