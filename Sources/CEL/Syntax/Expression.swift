/// A node of the abstract syntax tree that the parser makes and the checker annotates.
///
/// Macros are nodes of their own (`comprehension`), not expanded into loops over an accumulator as other implementations
/// do: the compiler lowers each kind to the loop that suits it, and an explanation can speak of what the author wrote.
public struct Expression: Sendable {
  /// Numbers the nodes of one tree from 0, in the order in which the parser finished them. Indexes side tables such as
  /// ``CheckedExpression/types``.
  public let id: Int

  /// Where errors about the node are reported, as cel-go does: the operator of a unary, binary or ternary call (a
  /// negative number's sign), the dot of a selection, the opening bracket of an index, a list, a map, a message, a call
  /// and a macro. An offset in UTF-8 bytes into the source.
  public let offset: Int

  public let kind: Kind

  public init(id: Int, offset: Int, kind: Kind) {
    self.id = id
    self.offset = offset
    self.kind = kind
  }

  public indirect enum Kind: Sendable {
    case literal(Literal)

    /// A name as written; a leading dot (root scope) is part of it: `.x`.
    case identifier(String)

    /// `operand.field`; with `isOptional`, `operand.?field`.
    case select(operand: Expression, field: String, isOptional: Bool)

    /// `has(operand.field)`; with `isOptional`, `has(operand.?field)`.
    case presence(operand: Expression, field: String, isOptional: Bool)

    /// A function or an operator, by the names of the CEL specification's standard definitions: `_+_`, `!_`, `_[_]`,
    /// `_[?_]`, `_?_:_`, `_&&_`, `@in`, `size`. `target` is the receiver of `target.function(arguments)`.
    case call(function: String, target: Expression?, arguments: [Expression])

    case list([ListElement])

    case map([MapEntry])

    /// `typeName{field: value}`.
    case message(typeName: String, fields: [MessageField])

    case comprehension(Comprehension)
  }

  /// `[element, ?element]`.
  public struct ListElement: Sendable {
    public let value: Expression
    public let isOptional: Bool

    public init(value: Expression, isOptional: Bool) {
      self.value = value
      self.isOptional = isOptional
    }
  }

  /// `{key: value, ?key: value}`.
  public struct MapEntry: Sendable {
    public let key: Expression
    public let value: Expression
    public let isOptional: Bool
    /// Where the entry's colon stands.
    public let offset: Int

    public init(key: Expression, value: Expression, isOptional: Bool, offset: Int) {
      self.key = key
      self.value = value
      self.isOptional = isOptional
      self.offset = offset
    }
  }

  public struct MessageField: Sendable {
    public let name: String
    public let value: Expression
    public let isOptional: Bool
    public let offset: Int

    public init(name: String, value: Expression, isOptional: Bool, offset: Int) {
      self.name = name
      self.value = value
      self.isOptional = isOptional
      self.offset = offset
    }
  }
}

/// A constant as written.
public enum Literal: Sendable, Hashable {
  case null
  case bool(Bool)
  case int(Int64)
  case uint(UInt64)
  case double(Double)
  case string(String)
  case bytes([UInt8])
}

/// A macro over the elements of a list or the entries of a map.
public struct Comprehension: Sendable {
  public enum Kind: String, Sendable, CaseIterable {
    case all, exists, existsOne = "exists_one", map, filter
    /// Of the two-variable comprehensions.
    case transformList, transformMap, transformMapEntry
    /// `list.sortBy(x, body)`: the list in the order of what `body` makes of its elements.
    case sortBy
    /// `cel.bind(x, value, body)`: `range` is the value, `body` sees it as `variable`; no loop.
    case bind
    /// `range` is an optional; `body` sees its value as `variable` and makes a value or, with `optFlatMap`, an optional; no
    /// loop.
    case optMap, optFlatMap
  }

  public let kind: Kind
  public let range: Expression
  /// The element (of a list) or key (of a map); with `secondVariable`, the index or key.
  public let variable: String
  /// The element or value of a two-variable comprehension.
  public let secondVariable: String?
  /// The condition of `all`, `exists`, `exists_one` and `filter`; of a transformation with a filter argument, that.
  public let predicate: Expression?
  /// What `map`, a transformation or `bind` makes of each element.
  public let body: Expression?

  public init(
    kind: Kind, range: Expression, variable: String, secondVariable: String? = nil, predicate: Expression? = nil,
    body: Expression? = nil
  ) {
    self.kind = kind
    self.range = range
    self.variable = variable
    self.secondVariable = secondVariable
    self.predicate = predicate
    self.body = body
  }
}
