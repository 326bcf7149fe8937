/// Words what is wrong with the form of an expression, in the words and places of cel-go, several mistakes at once.
///
/// Runs only after ``Parser`` has refused the text. It walks ``Grammar`` with a stack of its own and mends what it finds as an
/// ANTLR parser does (https://www.antlr.org, `DefaultErrorStrategy`): it leaves out a token that is too much, imagines one
/// that is missing, or skips to where an enclosing rule can go on. After a mistake nothing is reported until a token fits
/// again.
struct SyntaxDiagnosis {
  /// The most mistakes reported, recoveries tried, and tokens skipped in one recovery, as in cel-go.
  static let maximumReports = 100
  static let maximumRecoveries = 30
  static let maximumSkipped = 256

  private let grammar = Grammar.cel
  private let text: [UInt8]
  private let tokens: [Token]
  private let unrecognized: [Lexer.Unrecognized]
  private var index = 0
  private var state: Int
  private var stack: [Frame]
  private var depths = Array(repeating: 0, count: Grammar.Rule.allCases.count)
  private var reports: [(offset: Int, message: String)] = []
  /// A mistake of the whole, which ended the walk.
  private var verdict: String?

  private var isRecovering = false
  private var recoveries = 0
  private var lastErrorIndex = -1
  private var lastErrorStates: Set<Int> = []

  private struct Frame {
    let rule: Grammar.Rule
    let power: Int
    /// Where the caller goes on; nil in the outermost rule.
    let follow: Int?
  }

  /// Ends the walk.
  private enum Halt: Error {
    case limit
  }

  private enum Mistake {
    case mismatch
    /// No branch fits the next two tokens.
    case noBranch
  }

  private init(text: [UInt8], lexer: Lexer) {
    self.text = text
    tokens = lexer.tokens
    unrecognized = lexer.unrecognized
    state = grammar.starts[Grammar.Rule.start.rawValue]
    stack = [Frame(rule: .start, power: 0, follow: nil)]
  }

  /// The mistakes, in no particular order; empty if the text has none.
  static func issues(in source: SourceText, lexer: Lexer) -> [CompileIssue] {
    var diagnosis = SyntaxDiagnosis(text: source.bytes, lexer: lexer)
    try? diagnosis.walk()
    for piece in lexer.unrecognized {
      let text = String(decoding: source.bytes[piece.start..<piece.end], as: UTF8.self)
      diagnosis.reports.append((piece.start, "token recognition error at: '\(text)'"))
    }
    diagnosis.reports.sort { $0.offset < $1.offset }
    if diagnosis.reports.count > maximumReports {
      let offset = diagnosis.reports[maximumReports].offset
      diagnosis.reports.removeSubrange(maximumReports...)
      diagnosis.reports.append((offset, "More than \(maximumReports) syntax errors"))
    }
    var issues = source.issues(
      diagnosis.reports.map { .init(offset: $0.offset, message: "Syntax error: \($0.message)") })
    if let verdict = diagnosis.verdict { issues.append(source.issue(verdict)) }
    return issues
  }

  // MARK: The walk

  private mutating func walk() throws(Halt) {
    var isSynchronized = false
    while true {
      let current = grammar.states[state]
      switch current.kind {
      case .stop:
        guard leaveRule() else { return }
      case .choice, .option, .loopEntry, .repeatBack:
        if !isSynchronized, try !synchronize(current.kind) {
          guard try fail(.mismatch) else { return }
          continue
        }
        isSynchronized = false
        if let branch = branch(current) {
          state = current.edges[branch].target
        } else {
          guard try fail(.noBranch) else { return }
        }
      case .loopBack:
        _ = try synchronize(current.kind)
        isSynchronized = true
        state = current.edges[0].target
      case .basic:
        switch current.edges[0] {
        case .free(let to), .power(_, let to):
          state = to
        case .rule(let rule, let power, let to):
          try enter(rule, power, follow: to)
        case .token(let set, let to):
          guard try match(set, to) else {
            guard try fail(.mismatch) else { return }
            continue
          }
          state = to
        }
      }
    }
  }

  private var next: Token.Kind { tokens[index].kind }

  private func next(_ ahead: Int) -> Token.Kind { tokens[min(index + ahead, tokens.count - 1)].kind }

  private mutating func consume() {
    if index < tokens.count - 1 { index += 1 }
  }

  private mutating func enter(_ rule: Grammar.Rule, _ power: Int, follow: Int) throws(Halt) {
    depths[rule.rawValue] += 1
    if depths[rule.rawValue] > Parser.maximumDepth {
      verdict = "expression recursion limit exceeded: \(Parser.maximumDepth)"
      throw .limit
    }
    stack.append(Frame(rule: rule, power: power, follow: follow))
    state = grammar.starts[rule.rawValue]
  }

  /// False when the outermost rule ends.
  private mutating func leaveRule() -> Bool {
    guard let frame = stack.popLast(), let follow = frame.follow else { return false }
    depths[frame.rule.rawValue] -= 1
    state = follow
    return true
  }

  // MARK: Branches

  /// The branch that the next tokens call for; nil if none fits.
  private func branch(_ state: Grammar.State) -> Int? {
    switch state.kind {
    case .choice(let decision):
      return choice(decision, state.edges)
    case .option:
      return canBegin(state.edges[0].target) ? 0 : 1
    case .loopEntry(.afterComma):
      // What begins behind the comma tells whether it separates or only ends the list.
      guard next == .comma, let comma = grammar.states[state.edges[0].target].edges.first else { return 1 }
      return grammar.next(comma.target).tokens.contains(next(1)) ? 0 : 1
    case .repeatBack(.anotherMinus):
      guard next == .minus else { return 1 }
      return canFollowMinus(next(1)) ? 0 : nil
    case .loopEntry, .repeatBack:
      return canBegin(state.edges[0].target) ? 0 : 1
    case .basic, .loopBack, .stop:
      return 0
    }
  }

  private func choice(_ decision: Grammar.Decision, _ edges: [Grammar.Edge]) -> Int? {
    switch (decision, next) {
    case (.unary, .minus):
      if next(1) == .int || next(1) == .double { return 0 }
      return canFollowMinus(next(1)) ? 2 : nil
    case (.member, .dot):
      switch next(1) {
      case .question, .escapedIdentifier: return 0
      case .identifier: return next(2) == .leftParenthesis ? 1 : 0
      default: return nil
      }
    case (.primary, .dot), (.primary, .identifier):
      var ahead = next == .dot ? 1 : 0
      guard next(ahead) == .identifier else { return nil }
      ahead += 1
      if next(ahead) == .leftParenthesis { return 1 }
      while next(ahead) == .dot, next(ahead + 1) == .identifier { ahead += 2 }
      return next(ahead) == .leftBrace ? 5 : 0
    case (.literal, .minus):
      return next(1) == .int ? 0 : next(1) == .double ? 2 : nil
    default:
      return edges.firstIndex { canBegin($0.target) }
    }
  }

  /// Whether the next token can begin a branch, whose operators must bind tightly enough for the rule that runs.
  private func canBegin(_ branch: Int) -> Bool {
    let state = grammar.states[branch]
    if case .choice = state.kind { return state.edges.contains { canBegin($0.target) } }
    if case .power(let power, _)? = state.edges.first, stack[stack.count - 1].power > power { return false }
    return grammar.next(branch).tokens.contains(next)
  }

  private func canFollowMinus(_ kind: Token.Kind) -> Bool {
    kind == .minus || grammar.next(grammar.starts[Grammar.Rule.member.rawValue]).tokens.contains(kind)
  }

  // MARK: Mending

  /// Tokens that can come in the current state, those behind the ends of the enclosing rules included.
  private func expected(_ state: Int) -> TokenSet {
    var (tokens, canEnd) = grammar.next(state)
    var depth = stack.count - 1
    while canEnd, depth >= 0, let follow = stack[depth].follow {
      let more = grammar.next(follow)
      tokens.formUnion(more.tokens)
      canEnd = more.canEnd
      depth -= 1
    }
    return canEnd ? tokens.union([.end]) : tokens
  }

  /// Tokens at which this rule or one around it can go on.
  private var recoverySet: TokenSet {
    stack.reduce(into: [] as TokenSet) { set, frame in
      if let follow = frame.follow { set.formUnion(grammar.next(follow).tokens) }
    }
  }

  private mutating func report(_ message: String, at token: Token) {
    isRecovering = true
    reports.append((token.start, message))
  }

  private func display(_ token: Token) -> String {
    token.kind == .end ? "'<EOF>'" : quote(token.start, token.end)
  }

  /// The text of tokens and what lies between them, blanks and comments included, but not what was no token.
  private func quote(_ start: Int, _ end: Int) -> String {
    var bytes: [UInt8] = []
    var position = start
    for piece in unrecognized where piece.start >= start && piece.end <= end {
      bytes += text[position..<piece.start]
      position = piece.end
    }
    bytes += text[position..<max(position, end)]
    var result = "'"
    for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
      switch scalar {
      case "\t": result += "\\t"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "'"
  }

  /// Takes a token of the set, mending one token if need be; false when that does not help.
  private mutating func match(_ set: TokenSet, _ to: Int) throws(Halt) -> Bool {
    if set.contains(next) {
      isRecovering = false
      consume()
      return true
    }
    try countRecovery()
    if dropToken() {
      consume()
      return true
    }
    if expected(to).contains(next) {
      if !isRecovering {
        report("missing \(expected(state).displayName) at \(display(tokens[index]))", at: tokens[index])
      }
      return true
    }
    return false
  }

  /// Leaves out the next token when the one behind it fits.
  private mutating func dropToken() -> Bool {
    guard expected(state).contains(next(1)) else { return false }
    reportUnwanted()
    consume()
    isRecovering = false
    return true
  }

  private mutating func reportUnwanted() {
    guard !isRecovering else { return }
    report("extraneous input \(display(tokens[index])) expecting \(expected(state).displayName)", at: tokens[index])
  }

  /// Sees to it that the next token can be used by a decision; false when it cannot be helped.
  private mutating func synchronize(_ kind: Grammar.State.Kind) throws(Halt) -> Bool {
    guard !isRecovering else { return true }
    let (tokens, canEnd) = grammar.next(state)
    if canEnd || tokens.contains(next) { return true }
    switch kind {
    case .choice, .option, .loopEntry:
      return dropToken()
    case .loopBack, .repeatBack:
      reportUnwanted()
      let goal = expected(state).union(recoverySet)
      while next != .end, !goal.contains(next) { consume() }
      return true
    case .basic, .stop:
      return true
    }
  }

  private mutating func countRecovery() throws(Halt) {
    recoveries += 1
    guard recoveries <= Self.maximumRecoveries else {
      reports.append((tokens[index].start, "error recovery attempt limit exceeded: \(Self.maximumRecoveries)"))
      throw .limit
    }
  }

  /// Reports a mistake, skips to where a rule around can go on, and leaves the rule; false when that was the outermost.
  private mutating func fail(_ mistake: Mistake) throws(Halt) -> Bool {
    if !isRecovering {
      switch mistake {
      case .mismatch:
        report(
          "mismatched input \(display(tokens[index])) expecting \(expected(state).displayName)", at: tokens[index])
      case .noBranch:
        let last = tokens[min(index + 1, tokens.count - 1)]
        report(noBranchMessage(last, quote(tokens[index].start, last.end)), at: last)
      }
    }
    try countRecovery()
    var skipped = 0
    func skip(_ walk: inout SyntaxDiagnosis) throws(Halt) {
      skipped += 1
      guard skipped <= Self.maximumSkipped else {
        walk.verdict = "error recovery token lookahead limit exceeded: \(Self.maximumSkipped)"
        throw .limit
      }
      walk.consume()
    }
    // A second mistake at the same place: something must be consumed, or the walk would never end.
    if lastErrorIndex == index, lastErrorStates.contains(state) { try skip(&self) }
    lastErrorIndex = index
    lastErrorStates.insert(state)
    let goal = recoverySet
    while next != .end, !goal.contains(next) { try skip(&self) }
    return leaveRule()
  }

  /// A literal's word where a name is wanted is reported as such.
  private func noBranchMessage(_ last: Token, _ input: String) -> String {
    let word = string(last)
    let isWord = last.kind == .true || last.kind == .false || last.kind == .null
    return isWord && input.dropFirst(2) == word + "'"
      ? "mismatched input '\(word)' expecting IDENTIFIER" : "no viable alternative at input \(input)"
  }

  private func string(_ token: Token) -> String { String(decoding: text[token.start..<token.end], as: UTF8.self) }
}
