import CEL
import Testing

/// The back half alone, on trees made by hand.
@Suite("Programs of trees made by hand")
struct HandBuiltTests {
  @Test("a field of a field of a variable is read from JSON")
  func selects() {
    let tree = Tree.select(Tree.select(Tree.name("object"), "spec"), "replicas")
    #expect(Tree.evaluate(tree, ["object": #"{"spec":{"replicas":3}}"#]) == "3")
    #expect(Tree.evaluate(tree, ["object": #"{"spec":{}}"#]) == "error: no such key: replicas")
    #expect(Tree.evaluate(tree, ["object": "null"]) == "error: no such key: spec")
  }

  @Test("&& takes a false on either side over an error on the other")
  func absorbs() {
    let error = Tree.select(Tree.name("object"), "missing")
    let no = Tree.literal(.bool(false))
    let yes = Tree.literal(.bool(true))
    #expect(Tree.evaluate(Tree.call("_&&_", error, no), ["object": "{}"]) == "false")
    #expect(Tree.evaluate(Tree.call("_&&_", no, error), ["object": "{}"]) == "false")
    #expect(Tree.evaluate(Tree.call("_&&_", error, yes), ["object": "{}"]) == "error: no such key: missing")
    #expect(Tree.evaluate(Tree.call("_||_", error, yes), ["object": "{}"]) == "true")
  }

  @Test("all walks a JSON list")
  func all() {
    let macro = Comprehension(
      kind: .all, range: Tree.name("list"), variable: "x",
      predicate: Tree.call("_>_", Tree.name("x"), Tree.literal(.int(1))))
    #expect(Tree.evaluate(Tree.node(.comprehension(macro)), ["list": "[2,3]"]) == "true")
    #expect(Tree.evaluate(Tree.node(.comprehension(macro)), ["list": "[2,1,3]"]) == "false")
  }
}

/// Syntax trees by hand. Nodes have one number, which without types and references means nothing.
enum Tree {
  static func node(_ kind: Expression.Kind) -> Expression { Expression(id: 0, offset: 0, kind: kind) }
  static func name(_ name: String) -> Expression { node(.identifier(name)) }
  static func literal(_ literal: Literal) -> Expression { node(.literal(literal)) }
  static func select(_ operand: Expression, _ field: String) -> Expression {
    node(.select(operand: operand, field: field, isOptional: false))
  }
  static func call(_ function: String, _ arguments: Expression...) -> Expression {
    node(.call(function: function, target: nil, arguments: arguments))
  }

  static func evaluate(_ root: Expression, _ variables: [String: String]) -> String {
    var next = 0
    let numbered = renumber(root, &next)
    return Evaluating.evaluate(
      CheckedExpression(source: "", root: numbered, types: Array(repeating: .dyn, count: next), references: [:]),
      variables)
  }

  private static func renumber(_ node: Expression, _ next: inout Int) -> Expression {
    let kind: Expression.Kind
    switch node.kind {
    case .select(let operand, let field, let isOptional):
      kind = .select(operand: renumber(operand, &next), field: field, isOptional: isOptional)
    case .call(let function, let target, let arguments):
      kind = .call(
        function: function, target: target.map { renumber($0, &next) }, arguments: arguments.map { renumber($0, &next) }
      )
    case .comprehension(let macro):
      kind = .comprehension(
        Comprehension(
          kind: macro.kind, range: renumber(macro.range, &next), variable: macro.variable,
          secondVariable: macro.secondVariable, predicate: macro.predicate.map { renumber($0, &next) },
          body: macro.body.map { renumber($0, &next) }))
    default: kind = node.kind
    }
    defer { next += 1 }
    return Expression(id: next, offset: 0, kind: kind)
  }
}
