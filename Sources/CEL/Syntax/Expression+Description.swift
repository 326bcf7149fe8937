/// The tree as text, every operation in parentheses, for tests and explanations: `(_+_ 1 (_*_ x 2))`.
extension Expression: CustomStringConvertible {
  public var description: String {
    switch kind {
    case .literal(let literal):
      return literal.description
    case .identifier(let name):
      return name
    case .select(let operand, let field, let isOptional):
      return "\(operand)\(isOptional ? ".?" : ".")\(field)"
    case .presence(let operand, let field, let isOptional):
      return "has(\(operand)\(isOptional ? ".?" : ".")\(field))"
    case .call(let function, let target?, let arguments):
      return "\(target).\(function)(\(Self.list(arguments)))"
    case .call(let function, nil, let arguments)
    where function.contains { $0 == "_" || $0 == "@" } && !arguments.isEmpty:
      return "(\(function) \(arguments.map(\.description).joined(separator: " ")))"
    case .call(let function, nil, let arguments):
      return "\(function)(\(Self.list(arguments)))"
    case .list(let elements):
      return "[\(elements.map { ($0.isOptional ? "?" : "") + $0.value.description }.joined(separator: ", "))]"
    case .map(let entries):
      return "{\(entries.map { ($0.isOptional ? "?" : "") + "\($0.key): \($0.value)" }.joined(separator: ", "))}"
    case .message(let typeName, let fields):
      return "\(typeName){"
        + fields.map { ($0.isOptional ? "?" : "") + "\($0.name): \($0.value)" }.joined(separator: ", ") + "}"
    case .comprehension(let macro):
      let variables = [macro.variable, macro.secondVariable].compactMap(\.self).joined(separator: ", ")
      let parts = [macro.predicate.map { "if \($0)" }, macro.body.map { "then \($0)" }].compactMap(\.self)
      return "(\(macro.kind.rawValue) \(variables) in \(macro.range) \(parts.joined(separator: " ")))"
    }
  }

  private static func list(_ expressions: [Expression]) -> String {
    expressions.map(\.description).joined(separator: ", ")
  }
}

extension Literal: CustomStringConvertible {
  /// As it could be written.
  public var description: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .int(let value): "\(value)"
    case .uint(let value): "\(value)u"
    case .double(let value): "\(value)"
    case .string(let value): value.debugDescription
    case .bytes(let value): "b\"\(value.map { "\\x" + String(0x100 + UInt32($0), radix: 16).dropFirst() }.joined())\""
    }
  }
}
