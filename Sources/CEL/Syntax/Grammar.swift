/// CEL's grammar as a graph, for ``SyntaxDiagnosis``: what may stand where, and what is expected in its place.
///
/// https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax
struct Grammar: Sendable {
  enum Rule: Int, CaseIterable, Sendable {
    case start, expression, disjunction, conjunction, relation, sum, unary, member, primary, arguments, listElements,
      fields, field, mapEntries, fieldName, element, literal
  }

  /// How the branch to take is found where one token does not tell.
  enum Decision: Sendable {
    /// The first branch that can begin with the next token; of a loop or an option, none if none can.
    case oneToken
    case unary, anotherMinus, member, primary, literal, afterComma
  }

  struct State: Sendable {
    var kind: Kind
    var edges: [Edge]

    enum Kind: Equatable, Sendable {
      case basic
      /// Where one of several branches begins.
      case choice(Decision)
      /// Where something begins that may be left out: the second branch leads past it.
      case option
      case loopEntry(Decision)
      /// Behind a turn of a loop that may be left after no turn.
      case loopBack
      /// Behind a turn of a loop that takes at least one.
      case repeatBack(Decision)
      case stop
    }
  }

  enum Edge: Sendable {
    case free(to: Int)
    case token(TokenSet, to: Int)
    case rule(Rule, power: Int, to: Int)
    /// Open only while the rule runs for operators that bind no tighter.
    case power(Int, to: Int)

    var target: Int {
      switch self {
      case .free(let to), .token(_, let to), .rule(_, _, let to), .power(_, let to): to
      }
    }
  }

  private(set) var states: [State] = []
  private(set) var starts: [Int] = []
  private var firsts: [TokenSet?] = []
  private var isNullable: [Bool] = []

  static let cel = Grammar()

  /// The tokens that can come next in a state without leaving its rule, and whether the rule can end there.
  func next(_ state: Int) -> (tokens: TokenSet, canEnd: Bool) { (firsts[state] ?? [], isNullable[state]) }

  private init() {
    starts = Rule.allCases.map { _ in add(.basic) }
    for rule in Rule.allCases {
      let stop = add(.stop)
      let body = build(Self.form(of: rule), to: stop)
      states[starts[rule.rawValue]].edges = [.free(to: body)]
    }
    firsts = Array(repeating: nil, count: states.count)
    isNullable = Array(repeating: false, count: states.count)
    for state in states.indices {
      var visited: Set<Int> = []
      let (tokens, canEnd) = collect(state, &visited)
      firsts[state] = tokens
      isNullable[state] = canEnd
    }
  }

  private mutating func add(_ kind: State.Kind, _ edges: [Edge] = []) -> Int {
    states.append(State(kind: kind, edges: edges))
    return states.count - 1
  }

  private func collect(_ state: Int, _ visited: inout Set<Int>) -> (TokenSet, Bool) {
    guard visited.insert(state).inserted else { return ([], false) }
    if states[state].kind == .stop { return ([], true) }
    var tokens: TokenSet = []
    var canEnd = false
    for edge in states[state].edges {
      switch edge {
      case .token(let set, _):
        tokens.formUnion(set)
      case .rule(let rule, _, _):
        // No rule of this grammar is empty, so what follows it need not be looked at.
        tokens.formUnion(collect(starts[rule.rawValue], &visited).0)
      case .free(let to), .power(_, let to):
        let (more, ends) = collect(to, &visited)
        tokens.formUnion(more)
        canEnd = canEnd || ends
      }
    }
    return (tokens, canEnd)
  }
}

// MARK: - Rules

extension Grammar {
  /// A rule as it is written down, before it becomes states.
  private indirect enum Form: Sendable {
    case token(TokenSet)
    case rule(Rule, power: Int = 0)
    case sequence([Form])
    case option(Form)
    case loop(Form, Decision = .oneToken)
    case `repeat`(Form, Decision = .oneToken)
    case choice([Form], Decision = .oneToken)
    case power(Int, Form)
  }

  private static func form(of rule: Rule) -> Form {
    switch rule {
    case .start:
      .sequence([.rule(.expression), .token([.end])])
    case .expression:
      .sequence([
        .rule(.disjunction),
        .option(.sequence([.token([.question]), .rule(.disjunction), .token([.colon]), .rule(.expression)])),
      ])
    case .disjunction:
      .sequence([.rule(.conjunction), .loop(.sequence([.token([.or]), .rule(.conjunction)]))])
    case .conjunction:
      .sequence([.rule(.relation), .loop(.sequence([.token([.and]), .rule(.relation)]))])
    case .relation:
      .sequence([
        .rule(.sum),
        .loop(
          .power(
            1,
            .sequence([
              .token([.equals, .notEquals, .in, .less, .lessEquals, .greaterEquals, .greater]),
              .rule(.relation, power: 2),
            ]))),
      ])
    case .sum:
      .sequence([
        .rule(.unary),
        .loop(
          .choice([
            .power(2, .sequence([.token([.star, .slash, .percent]), .rule(.sum, power: 3)])),
            .power(1, .sequence([.token([.minus, .plus]), .rule(.sum, power: 2)])),
          ])),
      ])
    case .unary:
      .choice(
        [
          .rule(.member),
          .sequence([.repeat(.token([.exclamation])), .rule(.member)]),
          .sequence([.repeat(.token([.minus]), .anotherMinus), .rule(.member)]),
        ], .unary)
    case .member:
      .sequence([
        .rule(.primary),
        .loop(
          .choice(
            [
              .sequence([.token([.dot]), .option(.token([.question])), .rule(.fieldName)]),
              .sequence([
                .token([.dot]), .token([.identifier]), .token([.leftParenthesis]), .option(.rule(.arguments)),
                .token([.rightParenthesis]),
              ]),
              .sequence([
                .token([.leftBracket]), .option(.token([.question])), .rule(.expression), .token([.rightBracket]),
              ]),
            ], .member)),
      ])
    case .primary:
      .choice(primaries, .primary)
    case .arguments:
      .sequence([.rule(.expression), .loop(.sequence([.token([.comma]), .rule(.expression)]))])
    case .listElements:
      .sequence([.rule(.element), .loop(.sequence([.token([.comma]), .rule(.element)]), .afterComma)])
    case .fields:
      .sequence([
        .rule(.field), .token([.colon]), .rule(.expression),
        .loop(.sequence([.token([.comma]), .rule(.field), .token([.colon]), .rule(.expression)]), .afterComma),
      ])
    case .field:
      .sequence([.option(.token([.question])), .rule(.fieldName)])
    case .mapEntries:
      .sequence([
        .rule(.element), .token([.colon]), .rule(.expression),
        .loop(.sequence([.token([.comma]), .rule(.element), .token([.colon]), .rule(.expression)]), .afterComma),
      ])
    case .fieldName:
      .choice([.token([.identifier]), .token([.escapedIdentifier])])
    case .element:
      .sequence([.option(.token([.question])), .rule(.expression)])
    case .literal:
      .choice(
        [
          .sequence([.option(.token([.minus])), .token([.int])]),
          .token([.uint]),
          .sequence([.option(.token([.minus])), .token([.double])]),
          .token([.string]), .token([.bytes]), .token([.true]), .token([.false]), .token([.null]),
        ], .literal)
    }
  }

  private static let primaries: [Form] = [
    .sequence([.option(.token([.dot])), .token([.identifier])]),
    .sequence([
      .option(.token([.dot])), .token([.identifier]), .token([.leftParenthesis]), .option(.rule(.arguments)),
      .token([.rightParenthesis]),
    ]),
    .sequence([.token([.leftParenthesis]), .rule(.expression), .token([.rightParenthesis])]),
    .sequence([
      .token([.leftBracket]), .option(.rule(.listElements)), .option(.token([.comma])), .token([.rightBracket]),
    ]),
    .sequence([
      .token([.leftBrace]), .option(.rule(.mapEntries)), .option(.token([.comma])), .token([.rightBrace]),
    ]),
    .sequence([
      .option(.token([.dot])), .token([.identifier]), .loop(.sequence([.token([.dot]), .token([.identifier])])),
      .token([.leftBrace]), .option(.rule(.fields)), .option(.token([.comma])), .token([.rightBrace]),
    ]),
    .rule(.literal),
  ]

  /// Adds the states of a form that leads to `end`, and returns the first.
  private mutating func build(_ form: Form, to end: Int) -> Int {
    switch form {
    case .token(let set):
      return add(.basic, [.token(set, to: end)])
    case .rule(let rule, let power):
      return add(.basic, [.rule(rule, power: power, to: end)])
    case .sequence(let forms):
      return forms.reversed().reduce(end) { build($1, to: $0) }
    case .power(let power, let form):
      return add(.basic, [.power(power, to: build(form, to: end))])
    case .option(let form):
      return add(.option, [.free(to: build(form, to: end)), .free(to: end)])
    case .choice(let forms, let decision):
      return add(.choice(decision), forms.map { .free(to: build($0, to: end)) })
    case .loop(let form, let decision):
      let entry = add(.loopEntry(decision))
      let back = add(.loopBack, [.free(to: entry)])
      states[entry].edges = [.free(to: build(form, to: back)), .free(to: end)]
      return entry
    case .repeat(let form, let decision):
      let back = add(.repeatBack(decision))
      let body = build(form, to: back)
      states[back].edges = [.free(to: body), .free(to: end)]
      return body
    }
  }
}
