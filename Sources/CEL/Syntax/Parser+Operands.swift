/// What begins an operand: literals, names, signs, opening brackets.
extension Parser {
  /// Reads what begins an operand; true while an operand is still wanted.
  mutating func operand() throws(Failure) -> Bool {
    let token = tokens[index]
    switch token.kind {
    case .null, .true, .false, .int, .uint, .double, .string, .bytes:
      index += 1
      literal(token)
      return false
    case .minus:
      // A minus directly before a number belongs to it, unless it is one of several.
      if isNumber(kind(ahead: 1)) {
        index += 2
        literal(tokens[index - 1], sign: token)
        return false
      }
      return try prefix(.minus, "-_")
    case .exclamation:
      return try prefix(.exclamation, "!_")
    case .identifier, .dot:
      return try name()
    case .leftParenthesis:
      try nest()
      index += 1
      frames.append(.group)
      return true
    case .leftBracket:
      return try openList()
    case .leftBrace:
      return try openMap()
    default:
      throw .form
    }
  }

  private func isNumber(_ kind: Token.Kind) -> Bool { kind == .int || kind == .double }

  private mutating func literal(_ token: Token, sign: Token? = nil) {
    let offset = sign?.start ?? token.start
    let text = textOf(token)
    do throws(Literal.Malformed) {
      let value: Literal =
        switch token.kind {
        case .true: .bool(true)
        case .false: .bool(false)
        case .int: try Literal(int: text, isNegative: sign != nil)
        case .uint: try Literal(uint: text)
        case .double: try Literal(double: text, isNegative: sign != nil)
        case .string: try Literal(quoted: text, isBytes: false)
        case .bytes: try Literal(quoted: text, isBytes: true)
        default: .null
        }
      push(leaf: .literal(value), at: offset)
    } catch {
      fail(at: offset, error.message)
    }
  }

  /// Reports a mistake of meaning and puts something in the place of the operand.
  mutating func fail(at offset: Int, _ message: String) {
    mistakes.append(.init(offset: offset, message: message))
    push(leaf: .literal(.null), at: offset)
  }

  /// A run of the same sign, in which pairs cancel out. Only a member can follow: no other sign, but a negative number.
  private mutating func prefix(_ sign: Token.Kind, _ function: String) throws(Failure) -> Bool {
    let start = index
    while kind == sign { index += 1 }
    let isOdd = (index - start) % 2 == 1
    frames.append(.prefix(function: isOdd ? function : nil, offset: tokens[start].start))
    switch kind {
    case .exclamation: throw .form
    case .minus: if !isNumber(kind(ahead: 1)) { throw .form }
    default: break
    }
    return true
  }

  /// `x`, `.x`, `f(`, `a.b.Type{`.
  private mutating func name() throws(Failure) -> Bool {
    let dot = kind == .dot
    if dot { index += 1 }
    guard kind == .identifier else { throw .form }
    let first = tokens[index]
    index += 1
    let prefix = dot ? "." : ""
    if kind == .leftParenthesis {
      return try openCall(prefix + string(first), hasTarget: false, name: first, leading: dot ? index - 2 : index - 1)
    }
    // A qualified name is a message's type when a brace follows it.
    var ahead = 0
    while kind(ahead: ahead) == .dot, kind(ahead: ahead + 1) == .identifier { ahead += 2 }
    if kind(ahead: ahead) == .leftBrace {
      var name = prefix + string(first)
      for position in stride(from: index, to: index + ahead, by: 2) {
        name += "." + string(tokens[position + 1])
      }
      index += ahead
      return try openMessage(name)
    }
    let text = string(first)
    if Self.reserved.contains(text) {
      fail(at: dot ? tokens[index - 2].start : first.start, "reserved identifier: \(text)")
    } else {
      push(leaf: .identifier(prefix + text), at: first.start)
    }
    return false
  }

  /// Words that cannot name a variable or a function, though they can name a field.
  static let reserved: Set<String> = [
    "as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop",
    "package", "namespace", "null", "return", "true", "var", "void", "while",
  ]

  mutating func openCall(
    _ function: String, hasTarget: Bool, name: Token, leading: Int
  ) throws(Failure) -> Bool {
    let offset = tokens[index].start
    if !hasTarget, Self.reserved.contains(string(name)) {
      mistakes.append(.init(offset: tokens[leading].start, message: "reserved identifier: \(string(name))"))
    }
    try nest()
    index += 1
    frames.append(.call(function: function, offset: offset, hasTarget: hasTarget, base: operands.count))
    if kind == .rightParenthesis {
      index += 1
      try closeCall()
      return false
    }
    return true
  }

  private mutating func openList() throws(Failure) -> Bool {
    guard let offset = try openBracket(closing: .rightBracket, empty: .list([])) else { return false }
    frames.append(.list(offset: offset, base: operands.count, parts: parts.count))
    parts.append(Part(isOptional: skipQuestion()))
    return true
  }

  private mutating func openMap() throws(Failure) -> Bool {
    guard let offset = try openBracket(closing: .rightBrace, empty: .map([])) else { return false }
    frames.append(.map(offset: offset, base: operands.count, parts: parts.count))
    parts.append(Part(isOptional: skipQuestion()))
    return true
  }

  private mutating func openMessage(_ typeName: String) throws(Failure) -> Bool {
    let empty = Expression.Kind.message(typeName: typeName, fields: [])
    guard let offset = try openBracket(closing: .rightBrace, empty: empty) else { return false }
    frames.append(.message(typeName: typeName, offset: offset, base: operands.count, parts: parts.count))
    parts.append(try messageField())
    return true
  }

  /// Opens a list, a map or a message; of an empty one, with or without a comma, makes a leaf at once.
  /// - Returns: where the bracket stands; nil where nothing is in it.
  private mutating func openBracket(
    closing: Token.Kind, empty: Expression.Kind
  ) throws(Failure) -> Int? {
    try nest()
    let offset = tokens[index].start
    index += 1
    if kind == .comma, kind(ahead: 1) == closing { index += 1 }
    guard kind == closing else { return offset }
    index += 1
    nesting -= 1
    push(leaf: empty, at: offset)
    return nil
  }

  mutating func skipQuestion() -> Bool {
    guard kind == .question else { return false }
    index += 1
    return true
  }

  /// `?field:` of a message.
  mutating func messageField() throws(Failure) -> Part {
    let isOptional = skipQuestion()
    let name = try fieldName()
    let colon = tokens[index].start
    try expect(.colon)
    return Part(offset: colon, isOptional: isOptional, name: name)
  }

  mutating func fieldName() throws(Failure) -> String {
    let token = tokens[index]
    index += 1
    switch token.kind {
    case .identifier: return string(token)
    case .escapedIdentifier: return String(string(token).dropFirst().dropLast())
    default: throw .form
    }
  }
}
