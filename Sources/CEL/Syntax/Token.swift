/// A piece of an expression: what it is and where it stands, in bytes.
struct Token {
  let kind: Kind
  let start: Int
  let end: Int

  /// In the order in which lists of expected tokens name them.
  enum Kind: UInt8, CaseIterable {
    case end
    case equals, notEquals, `in`, less, lessEquals, greaterEquals, greater, and, or
    case leftBracket, rightBracket, leftBrace, rightBrace, leftParenthesis, rightParenthesis
    case dot, comma, minus, exclamation, question, colon, plus, star, slash, percent
    case `true`, `false`, null
    case double, int, uint, string, bytes, identifier, escapedIdentifier

    /// As error messages call it.
    var displayName: String {
      switch self {
      case .end: "<EOF>"
      case .equals: "'=='"
      case .notEquals: "'!='"
      case .in: "'in'"
      case .less: "'<'"
      case .lessEquals: "'<='"
      case .greaterEquals: "'>='"
      case .greater: "'>'"
      case .and: "'&&'"
      case .or: "'||'"
      case .leftBracket: "'['"
      case .rightBracket: "']'"
      case .leftBrace: "'{'"
      case .rightBrace: "'}'"
      case .leftParenthesis: "'('"
      case .rightParenthesis: "')'"
      case .dot: "'.'"
      case .comma: "','"
      case .minus: "'-'"
      case .exclamation: "'!'"
      case .question: "'?'"
      case .colon: "':'"
      case .plus: "'+'"
      case .star: "'*'"
      case .slash: "'/'"
      case .percent: "'%'"
      case .true: "'true'"
      case .false: "'false'"
      case .null: "'null'"
      case .double: "NUM_FLOAT"
      case .int: "NUM_INT"
      case .uint: "NUM_UINT"
      case .string: "STRING"
      case .bytes: "BYTES"
      case .identifier: "IDENTIFIER"
      case .escapedIdentifier: "ESC_IDENTIFIER"
      }
    }
  }
}

/// Kinds of tokens, as a set that costs a word.
struct TokenSet: Equatable, Sendable, ExpressibleByArrayLiteral {
  private var bits: UInt64 = 0

  init(arrayLiteral elements: Token.Kind...) {
    for element in elements { bits |= 1 << UInt64(element.rawValue) }
  }

  func contains(_ kind: Token.Kind) -> Bool { bits & (1 << UInt64(kind.rawValue)) != 0 }

  mutating func formUnion(_ other: TokenSet) { bits |= other.bits }

  func union(_ other: TokenSet) -> TokenSet {
    var result = self
    result.formUnion(other)
    return result
  }

  /// `':'`, or `{'}', ',', IDENTIFIER}` for several.
  var displayName: String {
    let names = Token.Kind.allCases.filter(contains).map(\.displayName)
    return names.count == 1 ? names[0] : "{\(names.joined(separator: ", "))}"
  }
}
