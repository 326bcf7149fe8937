/// An expression that the type checker has accepted: the tree and, beside it, what each node is.
public struct CheckedExpression: Sendable {
  public let source: String
  public let root: Expression

  /// The type of each node, by ``Expression/id``. Free of type variables: what nothing decides is `dyn`. Nodes that name a
  /// part of a longer name (the `a` of a variable `a.b`) or a macro's variable are `dyn`.
  public let types: [CELType]

  /// What names and calls stand for, by ``Expression/id``.
  public let references: [Int: Reference]

  public var resultType: CELType { types[root.id] }

  package init(source: String, root: Expression, types: [CELType], references: [Int: Reference]) {
    self.source = source
    self.root = root
    self.types = types
    self.references = references
  }
}

/// What a name or a call in a checked expression stands for.
public enum Reference: Sendable, Hashable {
  /// A declared variable, by its full name without a leading dot. On a selection (`a.b.c`): the whole selection is that variable,
  /// and its operand is not to be evaluated.
  case variable(String)

  /// A variable of an enclosing macro.
  case local(String)

  /// A type as a value: `int`, `google.protobuf.Timestamp`, on an identifier or a whole selection.
  case type(CELType)

  /// A function and the overloads that fit the arguments' types (several where an argument is `dyn`), by cel-go's ids, in
  /// the order of declaration. With `isNamespaced` the target of the call is the first part of the function's name
  /// (`optional.of(x)`) and is not to be evaluated.
  case function(name: String, overloads: [String], isNamespaced: Bool)
}
