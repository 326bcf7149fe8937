internal import Memory

/// What cel-go demands of `'…'.format([…])` where both are literals: clauses that exist, and arguments that go with them.
struct FormatValidation {
  static func mistakes(in checked: CheckedExpression, _ dialect: FormatDialect) -> [SourceText.Mistake] {
    var validation = FormatValidation(checked: checked, dialect: dialect)
    var pending = [checked.root]
    while let node = pending.popLast() {
      pending += node.children
      guard case .call("format", let target?, let arguments) = node.kind, arguments.count == 1,
        case .literal(.string(let format)) = target.kind, case .list(let elements) = arguments[0].kind
      else { continue }
      validation.check(format, elements.map(\.value), node)
    }
    return validation.mistakes
  }

  private let checked: CheckedExpression
  private let dialect: FormatDialect
  private var mistakes: [SourceText.Mistake] = []

  private init(checked: CheckedExpression, dialect: FormatDialect) {
    self.checked = checked
    self.dialect = dialect
  }

  private mutating func report(_ node: Expression, _ message: String) {
    mistakes.append(.init(offset: node.offset, message: message))
  }

  private mutating func check(_ format: String, _ arguments: [Expression], _ node: Expression) {
    var format = format
    format.withUTF8 { bytes in
      let format = ByteSlice(bytes)
      var index = 0
      var used = 0
      while let percent = format.dropFirst(index).firstIndex(of: UInt8(ascii: "%")) {
        index += percent + 1
        if index < format.count, format[index] == UInt8(ascii: "%") {
          index += 1
          continue
        }
        guard index < format.count else { return report(node, "unexpected end of string") }
        guard used < arguments.count else { return report(node, "index \(used) out of range") }
        switch FormatClause.parse(format, &index, dialect) {
        case .failure(let problem):
          return report(node, "could not parse formatting clause: \(problem.text(dialect))")
        case .success(let clause):
          let argument = clause.verb == .string ? notWritable(arguments[used]) ?? arguments[used] : arguments[used]
          if let refusal = refusal(of: argument, clause.verb) {
            return report(argument, "error during formatting: \(refusal), was given \(type(argument).runtimeName)")
          }
        }
        used += 1
      }
      if used < arguments.count {
        report(
          node, "too many arguments supplied to string.format (expected \(used), got \(arguments.count))")
      }
    }
  }

  private func type(_ node: Expression) -> CELType { checked.types[node.id] }

  /// Why an argument of that type does not go with a clause; nil where it does or where its type is open.
  private func refusal(of node: Expression, _ verb: FormatClause.Verb) -> String? {
    let isStandard = dialect == .standard
    let fits =
      switch (verb, type(node)) {
      case (_, .dyn), (_, .error), (_, .parameter): true
      case (.string, let type): type.isWritable
      case (.decimal, .int), (.decimal, .uint), (.octal, .int), (.octal, .uint), (.binary, .int), (.binary, .uint),
        (.binary, .bool), (.hex, .int), (.hex, .uint), (.hex, .string), (.hex, .bytes), (.upperHex, .int),
        (.upperHex, .uint), (.upperHex, .string), (.upperHex, .bytes), (.fixed, .double), (.scientific, .double):
        true
      case (.decimal, .double), (.fixed, .int), (.fixed, .uint), (.scientific, .int), (.scientific, .uint): isStandard
      case (.fixed, .string), (.scientific, .string): !isStandard
      default: false
      }
    return fits ? nil : verb.restriction(dialect).description
  }

  /// The first part of a literal that `%s` cannot write, the literal itself included.
  private func notWritable(_ argument: Expression) -> Expression? {
    var pending = [argument]
    while let node = pending.popLast() {
      if refusal(of: node, .string) != nil { return node }
      switch node.kind {
      case .list, .map: pending += node.children.reversed()
      default: break
      }
    }
    return nil
  }
}

extension CELType {
  /// Whether `%s` writes values of the type.
  fileprivate var isWritable: Bool {
    switch self {
    case .list, .map, .int, .uint, .double, .bool, .string, .timestamp, .bytes, .duration, .type, .null: true
    default: false
    }
  }
}
