/// Turns an expression into a tree by operator precedence, with stacks of its own instead of recursion: hostile nesting
/// meets a limit, never the end of the thread's stack.
///
/// Mistakes of meaning (a number too large, a reserved word, a macro's argument) are collected, and the parser goes on; a
/// mistake of form ends it, and ``SyntaxDiagnosis`` then words what is wrong with the whole text.
struct Parser {
  /// The longest expression, in code points, as in cel-go.
  static let maximumSize = 100_000

  /// The most operations, brackets and pending operators inside one another, as in cel-go. Everything that later walks the
  /// tree, its deallocation included, relies on it.
  static let maximumDepth = 250

  let text: [UInt8]
  let tokens: [Token]
  let macros: MacroSet
  var index = 0
  var mistakes: [SourceText.Mistake] = []

  /// Finished subexpressions that wait for what uses them.
  private var operands: [Operand] = []
  /// What has begun and waits for its last operand.
  private var frames: [Frame] = []
  /// What frames with any number of parts keep of each, from the frame's `parts` on.
  private var parts: [Part] = []
  private var nextID = 0
  /// Open brackets, pending right-hand sides and else branches.
  private var nesting = 1

  struct Operand {
    let expression: Expression
    /// Operations on the longest way down; 0 for a leaf.
    let depth: Int
  }

  enum Frame {
    /// A run of `!` or of `-`; without function when they cancel out.
    case prefix(function: String?, offset: Int)
    case infix(InfixOperator, offset: Int)
    /// A chain of `&&` or `||` with one operand more than offsets.
    case logical(InfixOperator, parts: Int)
    case then(offset: Int)
    case otherwise(offset: Int)
    case group
    case index(offset: Int, isOptional: Bool)
    case call(function: String, offset: Int, hasTarget: Bool, base: Int)
    case list(offset: Int, base: Int, parts: Int)
    case map(offset: Int, base: Int, parts: Int)
    case message(typeName: String, offset: Int, base: Int, parts: Int)
  }

  /// The operator of a chain, an element of a list, an entry of a map, a field of a message.
  struct Part {
    /// The operator or the colon.
    var offset = 0
    var isOptional = false
    var name = ""
  }

  /// Ends the parser: `form` when the text is not of CEL's grammar.
  enum Failure: Error {
    case form
    case whole(String)
  }

  private init(text: [UInt8], tokens: [Token], macros: MacroSet) {
    self.text = text
    self.tokens = tokens
    self.macros = macros
  }

  /// Parses a whole expression. Time and memory grow with its length only.
  ///
  /// - Returns: the tree and the number of its node ids.
  static func parse(_ source: String, macros: MacroSet) throws(CompileErrors) -> (root: Expression, nodes: Int) {
    let text = Array(source.utf8)
    let size = source.unicodeScalars.count
    guard size <= maximumSize else {
      let message = "expression code point size exceeds limit: size: \(size), limit \(maximumSize)"
      throw CompileErrors(source: source, issues: [SourceText(bytes: text).issue(message)])
    }
    let lexer = Lexer(text)
    var parser = Parser(text: text, tokens: lexer.tokens, macros: macros)
    var failure: Failure?
    do throws(Failure) {
      let root = try parser.run()
      if parser.mistakes.isEmpty, lexer.unrecognized.isEmpty { return (root, parser.nextID) }
      failure = lexer.unrecognized.isEmpty ? nil : .form
    } catch {
      failure = error
    }
    let place = SourceText(bytes: text)
    let issues =
      switch failure {
      case .form: SyntaxDiagnosis.issues(in: place, lexer: lexer)
      case .whole(let message): [place.issue(message)]
      case nil: [] as [CompileIssue]
      }
    throw CompileErrors(source: source, issues: issues + place.issues(parser.mistakes))
  }

  private mutating func run() throws(Failure) -> Expression {
    while true {
      while try operand() {}
      // What can follow an operand, until one is wanted again.
      while true {
        switch try afterOperand() {
        case .operand: break
        case .more: continue
        case .done:
          return operands[0].expression
        }
        break
      }
    }
  }

  var kind: Token.Kind { tokens[index].kind }

  func kind(ahead count: Int) -> Token.Kind { tokens[min(index + count, tokens.count - 1)].kind }

  func textOf(_ token: Token) -> ArraySlice<UInt8> { text[token.start..<token.end] }

  func string(_ token: Token) -> String { String(decoding: textOf(token), as: UTF8.self) }

  mutating func expect(_ wanted: Token.Kind) throws(Failure) {
    guard kind == wanted else { throw .form }
    index += 1
  }

  mutating func nest() throws(Failure) {
    nesting += 1
    if nesting > Self.maximumDepth {
      throw .whole("expression recursion limit exceeded: \(Self.maximumDepth)")
    }
  }

  /// Makes the node of an operation over the last `count` operands, `operands[base...]`, which the caller removes.
  mutating func push(_ kind: Expression.Kind, at offset: Int, replacing base: Int) throws(Failure) {
    var depth = 0
    for operand in operands[base...] { depth = max(depth, operand.depth) }
    guard depth < Self.maximumDepth else { throw .whole("max recursion depth exceeded") }
    operands.removeSubrange(base...)
    operands.append(Operand(expression: node(kind, at: offset), depth: depth + 1))
  }

  mutating func push(leaf kind: Expression.Kind, at offset: Int) {
    operands.append(Operand(expression: node(kind, at: offset), depth: 0))
  }

  private mutating func node(_ kind: Expression.Kind, at offset: Int) -> Expression {
    defer { nextID += 1 }
    return Expression(id: nextID, offset: offset, kind: kind)
  }
}

// MARK: - Operands

extension Parser {
  /// Reads what begins an operand; true while an operand is still wanted.
  private mutating func operand() throws(Failure) -> Bool {
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
  private mutating func fail(at offset: Int, _ message: String) {
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

  private mutating func openCall(
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
    try nest()
    let offset = tokens[index].start
    index += 1
    if kind == .comma, kind(ahead: 1) == .rightBracket { index += 1 }
    if kind == .rightBracket {
      index += 1
      nesting -= 1
      push(leaf: .list([]), at: offset)
      return false
    }
    frames.append(.list(offset: offset, base: operands.count, parts: parts.count))
    parts.append(Part(isOptional: skipQuestion()))
    return true
  }

  private mutating func skipQuestion() -> Bool {
    guard kind == .question else { return false }
    index += 1
    return true
  }

  private mutating func openMap() throws(Failure) -> Bool {
    try nest()
    let offset = tokens[index].start
    index += 1
    if kind == .comma, kind(ahead: 1) == .rightBrace { index += 1 }
    if kind == .rightBrace {
      index += 1
      nesting -= 1
      push(leaf: .map([]), at: offset)
      return false
    }
    frames.append(.map(offset: offset, base: operands.count, parts: parts.count))
    parts.append(Part(isOptional: skipQuestion()))
    return true
  }

  private mutating func openMessage(_ typeName: String) throws(Failure) -> Bool {
    try nest()
    let offset = tokens[index].start
    index += 1
    if kind == .comma, kind(ahead: 1) == .rightBrace { index += 1 }
    if kind == .rightBrace {
      index += 1
      nesting -= 1
      push(leaf: .message(typeName: typeName, fields: []), at: offset)
      return false
    }
    frames.append(.message(typeName: typeName, offset: offset, base: operands.count, parts: parts.count))
    parts.append(try messageField())
    return true
  }

  /// `?field:` of a message.
  private mutating func messageField() throws(Failure) -> Part {
    let isOptional = skipQuestion()
    let name = try fieldName()
    let colon = tokens[index].start
    try expect(.colon)
    return Part(offset: colon, isOptional: isOptional, name: name)
  }

  private mutating func fieldName() throws(Failure) -> String {
    let token = tokens[index]
    index += 1
    switch token.kind {
    case .identifier: return string(token)
    case .escapedIdentifier: return String(string(token).dropFirst().dropLast())
    default: throw .form
    }
  }
}

// MARK: - After an operand

extension Parser {
  private enum Next {
    /// An operand is wanted.
    case operand
    /// An operand is complete; more can follow.
    case more
    case done
  }

  private mutating func afterOperand() throws(Failure) -> Next {
    let token = tokens[index]
    switch token.kind {
    case .dot:
      return try afterDot(token)
    case .leftBracket:
      try nest()
      index += 1
      frames.append(.index(offset: token.start, isOptional: skipQuestion()))
      return .operand
    case .question:
      try reduce(to: .or)
      if case .then? = frames.last { throw .form }
      index += 1
      frames.append(.then(offset: token.start))
      return .operand
    case .colon, .comma, .rightParenthesis, .rightBracket, .rightBrace, .end:
      return try close(token)
    default:
      guard let infix = InfixOperator.of(token.kind) else { throw .form }
      try infixOperator(infix, at: token.start)
      index += 1
      return .operand
    }
  }

  private mutating func infixOperator(_ infix: InfixOperator, at offset: Int) throws(Failure) {
    if infix.isLogical {
      while let power = pendingPower, power > infix.power { try reduceTop() }
      if case .logical(let chain, _)? = frames.last, chain.power == infix.power {
        parts.append(Part(offset: offset))
      } else {
        frames.append(.logical(infix, parts: parts.count))
        parts.append(Part(offset: offset))
      }
    } else {
      try reduce(to: infix.power)
      try nest()
      frames.append(.infix(infix, offset: offset))
    }
  }

  private mutating func afterDot(_ dot: Token) throws(Failure) -> Next {
    index += 1
    if kind == .identifier, kind(ahead: 1) == .leftParenthesis {
      let name = tokens[index]
      index += 1
      return try openCall(string(name), hasTarget: true, name: name, leading: index) ? .operand : .more
    }
    let isOptional = skipQuestion()
    let field = try fieldName()
    let base = operands.count - 1
    let operand = operands[base].expression
    try push(.select(operand: operand, field: field, isOptional: isOptional), at: dot.start, replacing: base)
    return .more
  }

  /// How tightly the operator on top binds, if one waits for its operand there.
  private var pendingPower: InfixOperator.Power? {
    switch frames.last {
    case .prefix?: .prefix
    case .infix(let infix, _)?: infix.power
    case .logical(let infix, _)?: infix.power
    default: nil
    }
  }

  /// Completes the pending operators that bind at least as tightly as `power`.
  private mutating func reduce(to power: InfixOperator.Power) throws(Failure) {
    while let pending = pendingPower, pending >= power { try reduceTop() }
  }

  private mutating func reduceTop() throws(Failure) {
    switch frames.popLast() {
    case .prefix(let function?, let offset)?:
      let base = operands.count - 1
      try push(
        .call(function: function, target: nil, arguments: [operands[base].expression]), at: offset, replacing: base)
    case .infix(let infix, let offset)?:
      nesting -= 1
      let base = operands.count - 2
      let arguments = operands[base...].map(\.expression)
      try push(.call(function: infix.function, target: nil, arguments: arguments), at: offset, replacing: base)
    case .logical(let infix, let first)?:
      let offsets = parts[first...].map(\.offset)
      parts.removeSubrange(first...)
      let terms = Array(operands.suffix(offsets.count + 1))
      operands.removeLast(terms.count)
      try balance(infix, offsets, terms, 0, offsets.count - 1)
    default:
      break
    }
  }

  /// Makes a chain of one logical operator a balanced tree, splitting where cel-go does. The recursion is as deep as the
  /// logarithm of the chain's length.
  private mutating func balance(
    _ infix: InfixOperator, _ offsets: [Int], _ terms: [Operand], _ low: Int, _ high: Int
  ) throws(Failure) {
    let middle = (low + high + 1) / 2
    if middle == low { operands.append(terms[middle]) } else { try balance(infix, offsets, terms, low, middle - 1) }
    if middle == high {
      operands.append(terms[middle + 1])
    } else {
      try balance(infix, offsets, terms, middle + 1, high)
    }
    let base = operands.count - 2
    let arguments = operands[base...].map(\.expression)
    try push(.call(function: infix.function, target: nil, arguments: arguments), at: offsets[middle], replacing: base)
  }
}

// MARK: - Ends

extension Parser {
  /// What ends an operand: a colon, a comma, a closing bracket or the text's end.
  private mutating func close(_ token: Token) throws(Failure) -> Next {
    try reduce(to: .or)
    if token.kind == .colon, case .then(let offset)? = frames.last {
      frames.removeLast()
      try nest()
      index += 1
      frames.append(.otherwise(offset: offset))
      return .operand
    }
    while case .otherwise(let offset)? = frames.last {
      frames.removeLast()
      nesting -= 1
      let base = operands.count - 3
      let arguments = operands[base...].map(\.expression)
      try push(.call(function: "_?_:_", target: nil, arguments: arguments), at: offset, replacing: base)
    }
    guard let frame = frames.last else {
      guard token.kind == .end else { throw .form }
      return .done
    }
    index += 1
    switch (frame, token.kind) {
    case (.group, .rightParenthesis):
      frames.removeLast()
      nesting -= 1
      return .more
    case (.index(let offset, let isOptional), .rightBracket):
      frames.removeLast()
      nesting -= 1
      let base = operands.count - 2
      let arguments = operands[base...].map(\.expression)
      let function = isOptional ? "_[?_]" : "_[_]"
      try push(.call(function: function, target: nil, arguments: arguments), at: offset, replacing: base)
      return .more
    case (.call, .comma):
      return .operand
    case (.call, .rightParenthesis):
      try closeCall()
      return .more
    case (.list, .comma), (.list, .rightBracket):
      return try continueList(frame, token.kind)
    case (.map(_, let base, let first), .colon) where operands.count - base == (parts.count - first) * 2 - 1:
      parts[parts.count - 1].offset = token.start
      return .operand
    case (.map(_, let base, let first), .comma) where operands.count - base == (parts.count - first) * 2,
      (.map(_, let base, let first), .rightBrace) where operands.count - base == (parts.count - first) * 2:
      return try continueMap(frame, token.kind)
    case (.message, .comma), (.message, .rightBrace):
      return try continueMessage(frame, token.kind)
    default:
      throw .form
    }
  }

  /// Whether the comma just read is followed by the closing bracket, which is then read too.
  private mutating func isLast(_ read: Token.Kind, _ closing: Token.Kind) -> Bool {
    if read == closing { return true }
    guard kind == closing else { return false }
    index += 1
    return true
  }

  private mutating func continueList(_ frame: Frame, _ read: Token.Kind) throws(Failure) -> Next {
    guard case .list(let offset, let base, let first) = frame else { throw .form }
    guard isLast(read, .rightBracket) else {
      parts.append(Part(isOptional: skipQuestion()))
      return .operand
    }
    let elements = zip(operands[base...], parts[first...]).map { operand, part in
      Expression.ListElement(value: operand.expression, isOptional: part.isOptional)
    }
    endFrame(parts: first)
    try push(.list(elements), at: offset, replacing: base)
    return .more
  }

  private mutating func continueMap(_ frame: Frame, _ read: Token.Kind) throws(Failure) -> Next {
    guard case .map(let offset, let base, let first) = frame else { throw .form }
    guard isLast(read, .rightBrace) else {
      parts.append(Part(isOptional: skipQuestion()))
      return .operand
    }
    let entries = parts[first...].enumerated().map { index, part in
      Expression.MapEntry(
        key: operands[base + index * 2].expression, value: operands[base + index * 2 + 1].expression,
        isOptional: part.isOptional, offset: part.offset)
    }
    endFrame(parts: first)
    try push(.map(entries), at: offset, replacing: base)
    return .more
  }

  private mutating func continueMessage(_ frame: Frame, _ read: Token.Kind) throws(Failure) -> Next {
    guard case .message(let typeName, let offset, let base, let first) = frame else { throw .form }
    guard isLast(read, .rightBrace) else {
      parts.append(try messageField())
      return .operand
    }
    let fields = zip(operands[base...], parts[first...]).map { operand, part in
      Expression.MessageField(
        name: part.name, value: operand.expression, isOptional: part.isOptional, offset: part.offset)
    }
    endFrame(parts: first)
    try push(.message(typeName: typeName, fields: fields), at: offset, replacing: base)
    return .more
  }

  private mutating func endFrame(parts first: Int) {
    frames.removeLast()
    parts.removeSubrange(first...)
    nesting -= 1
  }

  private mutating func closeCall() throws(Failure) {
    guard case .call(let function, let offset, let hasTarget, let base)? = frames.popLast() else { throw .form }
    nesting -= 1
    let arguments = operands[base...].map(\.expression)
    let start = hasTarget ? base - 1 : base
    let target = hasTarget ? operands[start].expression : nil
    switch macros.expand(function, target: target, arguments: arguments) {
    case .call:
      try push(.call(function: function, target: target, arguments: arguments), at: offset, replacing: start)
    case .made(let kind):
      try push(kind, at: offset, replacing: start)
    case .failed(let place, let message):
      operands.removeSubrange(start...)
      fail(at: place, message)
    }
  }
}
