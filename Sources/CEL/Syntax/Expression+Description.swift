/// The tree as text, every operation in parentheses, for tests and explanations: `(_+_ 1 (_*_ x 2))`.
extension Expression: CustomStringConvertible {
  /// Uses a list of its own instead of recursion: the tree can be as deep as ``Parser/maximumDepth``.
  public var description: String {
    var text = ""
    var pending: [Piece] = [.node(self)]
    while let piece = pending.popLast() {
      switch piece {
      case .text(let part): text += part
      case .node(let node): pending += node.pieces.reversed()
      }
    }
    return text
  }

  fileprivate enum Piece {
    case text(String)
    case node(Expression)
  }

  private var pieces: [Piece] {
    switch kind {
    case .literal(let literal):
      [.text(literal.description)]
    case .identifier(let name):
      [.text(name)]
    case .select(let operand, let field, let isOptional):
      [.node(operand), .text((isOptional ? ".?" : ".") + field)]
    case .presence(let operand, let field, let isOptional):
      [.text("has("), .node(operand), .text((isOptional ? ".?" : ".") + field + ")")]
    case .call(let function, let target, let arguments):
      Self.pieces(function, target, arguments)
    case .list(let elements):
      [.text("[")] + Self.separated(elements.map { [.text($0.isOptional ? "?" : ""), .node($0.value)] }) + [.text("]")]
    case .map(let entries):
      [.text("{")]
        + Self.separated(
          entries.map { [.text($0.isOptional ? "?" : ""), .node($0.key), .text(": "), .node($0.value)] })
        + [.text("}")]
    case .message(let typeName, let fields):
      [.text(typeName + "{")]
        + Self.separated(fields.map { [.text(($0.isOptional ? "?" : "") + $0.name + ": "), .node($0.value)] })
        + [.text("}")]
    case .comprehension(let macro):
      macro.pieces
    }
  }

  private static func pieces(_ function: String, _ target: Expression?, _ arguments: [Expression]) -> [Piece] {
    if let target {
      return [.node(target), .text(".\(function)(")] + separated(arguments.map { [.node($0)] }) + [.text(")")]
    }
    let isOperator = function.contains("_") && function.contains { !$0.isLetter && $0 != "_" }
    guard isOperator || function == "@in" else {
      return [.text("\(function)(")] + separated(arguments.map { [.node($0)] }) + [.text(")")]
    }
    return [.text("(\(function)")] + arguments.flatMap { [.text(" "), .node($0)] } + [.text(")")]
  }

  private static func separated(_ groups: [[Piece]]) -> [Piece] {
    Array(groups.joined(separator: [.text(", ")]))
  }
}

extension Comprehension {
  fileprivate var pieces: [Expression.Piece] {
    let variables = secondVariable.map { "\(variable), \($0)" } ?? variable
    var pieces: [Expression.Piece] = [.text("(\(kind.rawValue) \(variables) in "), .node(range)]
    if let predicate { pieces += [.text(" if "), .node(predicate)] }
    if let body { pieces += [.text(" then "), .node(body)] }
    return pieces + [.text(")")]
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
