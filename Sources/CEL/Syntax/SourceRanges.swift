/// Where the nodes of an expression stand in its text, from their first byte to behind their last. Found only when asked for, so
/// that parsing does not pay for it.
struct SourceRanges {
  private let tokens: [Token]
  /// By the offset of a token, its index.
  private let indexes: [Int: Int]
  /// For each bracket the index of the one that goes with it.
  private let partners: [Int: Int]
  private(set) var ranges: [Int: Range<Int>] = [:]

  /// Finds the ranges of a tree by node id, in UTF-8 bytes. O(nodes + bytes).
  init(_ source: String, _ root: Expression) {
    tokens = Lexer(Array(source.utf8)).tokens
    indexes = Dictionary(tokens.enumerated().map { ($1.start, $0) }, uniquingKeysWith: { first, _ in first })
    var partners: [Int: Int] = [:]
    var open: [Int] = []
    for (index, token) in tokens.enumerated() {
      switch token.kind {
      case .leftParenthesis, .leftBracket, .leftBrace: open.append(index)
      case .rightParenthesis, .rightBracket, .rightBrace:
        guard let start = open.popLast() else { continue }
        partners[start] = index
        partners[index] = start
      default: break
      }
    }
    self.partners = partners
    _ = visit(root)
  }

  /// The tokens of a node. The recursion is as deep as the parser lets expressions be.
  private mutating func visit(_ node: Expression) -> ClosedRange<Int>? {
    guard let own = indexes[node.offset] else { return nil }
    var span = ownTokens(node, own)
    for operand in node.children {
      guard let part = visit(operand).map(inParentheses) else { continue }
      span = min(span.lowerBound, part.lowerBound)...max(span.upperBound, part.upperBound)
    }
    ranges[node.id] = tokens[span.lowerBound].start..<tokens[span.upperBound].end
    return span
  }

  /// The tokens that belong to the node itself: its operator or brackets, with a function's name.
  private func ownTokens(_ node: Expression, _ own: Int) -> ClosedRange<Int> {
    switch node.kind {
    case .literal: return own...(tokens[own].kind == .minus ? own + 1 : own)
    case .identifier: return own...own
    case .select(_, _, let isOptional): return own...min(own + (isOptional ? 2 : 1), tokens.count - 1)
    default:
      guard let end = partners[own] else { return own...own }
      return nameStart(before: own)...max(own, end)
    }
  }

  /// Where the name before a bracket begins: `f(`, `a.b.f(`, `Type{`.
  private func nameStart(before bracket: Int) -> Int {
    var start = bracket
    guard tokens[bracket].kind != .leftBracket, start > 0, tokens[start - 1].kind == .identifier else { return bracket }
    start -= 1
    while start > 1, tokens[start - 1].kind == .dot, tokens[start - 2].kind == .identifier { start -= 2 }
    return start
  }

  /// With the parentheses around it that are no call's.
  private func inParentheses(_ span: ClosedRange<Int>) -> ClosedRange<Int> {
    var span = span
    while span.lowerBound > 0, partners[span.lowerBound - 1] == span.upperBound + 1,
      tokens[span.lowerBound - 1].kind == .leftParenthesis,
      span.lowerBound < 2 || tokens[span.lowerBound - 2].kind != .identifier
    {
      span = (span.lowerBound - 1)...(span.upperBound + 1)
    }
    return span
  }
}
