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
  var operands: [Operand] = []
  /// What has begun and waits for its last operand.
  var frames: [Frame] = []
  /// What frames with any number of parts keep of each, from the frame's `parts` on.
  var parts: [Part] = []
  private var nextID = 0
  /// Open brackets, pending right-hand sides and else branches.
  var nesting = 1

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
