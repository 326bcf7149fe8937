/// The different sub-expressions of all expressions of a program, each once: two nodes have the same number exactly if they
/// compute the same, at the same cost, from the same variables.
///
/// A macro's variables count as distances to their macro, so that it does not matter what they are called.
struct ShapeTable {
  private(set) var shapes: [Shape] = []
  private var numbers: [Key: Int] = [:]
  /// What each lazy slot depends on.
  private(set) var lazyDependencies: [VariableSet] = []
  /// For each lazy slot the first that is the same variable of the same name: policies have equal variables.
  private(set) var canonicalLazies: [Int] = []
  private var namedLazies: [NamedLazy: Int] = [:]

  private struct NamedLazy: Hashable {
    let name: String
    let shape: Int
  }

  struct Shape {
    /// The shapes that it is computed from, smaller numbers all of them.
    let operands: [Operand]
    /// About how many times as long it takes as an instruction that does next to nothing.
    let weight: Int
    /// The macros around it whose variables it needs, counted from the innermost; 0 where it needs none.
    let openMacros: Int
    /// Whether it can be computed apart from what is around it.
    let isShareable: Bool
    let usesLazies: Bool
    let dependencies: VariableSet
  }

  struct Operand: Hashable {
    let shape: Int
    let frequency: Frequency
  }

  /// How often an operand is computed, as a guess.
  enum Frequency: Int {
    /// Not where another operand decides.
    case sometimes = 1
    case once = 2
    /// For each step of a loop.
    case often = 8

    /// So many times a count in halves.
    func times(_ count: Int) -> Int { count * rawValue / 2 }
  }

  private struct Key: Hashable {
    let kind: Kind
    let operands: [Operand]
    let isFolded: Bool
  }

  private enum Kind: Hashable {
    case literal(Literal)
    /// The bits, since 0.0 equals -0.0 and a NaN nothing.
    case double(UInt64)
    case type(String)
    case unknown(String)
    case variable(Int)
    case lazy(Int)
    case local(distance: Int)
    case select(String, isOptional: Bool)
    case presence(String)
    case presenceOfLazy
    case call(String, isMember: Bool, overload: String?, type: CELType?)
    case list(areOptional: [Bool])
    case map(areOptional: [Bool])
    case message(String, Reference?, fields: [String], areOptional: [Bool])
    case comprehension(Comprehension.Kind, variables: Int, hasPredicate: Bool, bodyType: CELType?)
  }

  /// Numbers the nodes of an expression.
  /// - Returns: by node id, the numbers; nil for a tree made by hand whose ids are not unique.
  mutating func add(_ compiler: ExpressionCompiler) -> (numbers: [Int], root: Int)? {
    var walk = Walk(compiler: compiler)
    let root = walk.visit(compiler.checked.root, &self)
    return walk.isAmbiguous ? nil : (walk.numbers, root)
  }

  /// Makes the next lazy slot known.
  /// - Parameter name: by which its error speaks of it; slots without are never the same.
  /// - Returns: whether it is the same as an earlier one.
  mutating func addLazy(_ root: Int?, name: String?) -> Bool {
    let index = canonicalLazies.count
    var canonical = index
    if let root, let name {
      canonical = namedLazies[NamedLazy(name: name, shape: root), default: index]
      namedLazies[NamedLazy(name: name, shape: root)] = canonical
    }
    canonicalLazies.append(canonical)
    lazyDependencies.append(root.map { shapes[$0].dependencies } ?? .all)
    return canonical != index
  }

  private mutating func number(
    _ kind: Kind, _ operands: [Operand] = [], own weight: Int, isFolded: Bool = false, openMacros: Int = 0,
    isShareable: Bool = true, dependencies: VariableSet = [], usesLazies: Bool = false
  ) -> Int {
    let key = Key(kind: kind, operands: operands, isFolded: isFolded)
    if let number = numbers[key] { return number }
    var weight = weight
    var dependencies = dependencies
    var usesLazies = usesLazies
    for operand in operands {
      let shape = shapes[operand.shape]
      weight += operand.frequency.times(shape.weight)
      dependencies.formUnion(shape.dependencies)
      usesLazies = usesLazies || shape.usesLazies
    }
    shapes.append(
      Shape(
        operands: operands, weight: isFolded ? 0 : min(weight, 1 << 20), openMacros: openMacros,
        isShareable: isShareable && !isFolded && openMacros == 0, usesLazies: usesLazies, dependencies: dependencies))
    numbers[key] = shapes.count - 1
    return shapes.count - 1
  }

  /// One expression.
  private struct Walk {
    let compiler: ExpressionCompiler
    var numbers: [Int]
    var isAmbiguous = false
    private var locals: [String] = []

    init(compiler: ExpressionCompiler) {
      self.compiler = compiler
      numbers = Array(repeating: -1, count: compiler.checked.types.count)
    }

    /// The number of a node, after those of its operands. The recursion is as deep as the parser lets expressions be.
    mutating func visit(_ node: Expression, _ table: inout ShapeTable) -> Int {
      let number = number(node, &table)
      while numbers.count <= node.id { numbers.append(-1) }
      if numbers[node.id] >= 0, numbers[node.id] != number { isAmbiguous = true }
      numbers[node.id] = number
      return number
    }

    private mutating func number(_ node: Expression, _ table: inout ShapeTable) -> Int {
      switch node.kind {
      case .literal(.double(let value)): return table.number(.double(value.bitPattern), own: 0, isFolded: true)
      case .literal(let literal): return table.number(.literal(literal), own: 0, isFolded: true)
      case .identifier(let name):
        switch compiler.checked.references[node.id] {
        case .type(let type): return table.number(.type(type.runtimeName), own: 0, isShareable: false)
        case .variable(let resolved): return variable(resolved, &table)
        default:
          guard let place = locals.lastIndex(of: name) else { return variable(name, &table) }
          let distance = locals.count - 1 - place
          return table.number(.local(distance: distance), own: 0, openMacros: distance + 1)
        }
      case .select(let operand, let field, let isOptional):
        switch compiler.checked.references[node.id] {
        case .type(let type): return table.number(.type(type.runtimeName), own: 0, isShareable: false)
        case .variable(let name): return variable(name, &table)
        default: break
        }
        if let slot = lazySlot(operand, field) { return lazy(slot, &table) }
        return composite(.select(field, isOptional: isOptional), [operand], own: Weight.access, node, &table)
      case .presence(let operand, let field, _):
        if lazySlot(operand, field) != nil { return table.number(.presenceOfLazy, own: 0, isShareable: false) }
        // What it costs depends on where it stands.
        let isShareable = !compiler.isConditional(rootOf: operand)
        return composite(
          .presence(field), [operand], own: Weight.access, isShareable: isShareable, node, &table)
      case .call(let function, let target, let arguments):
        return call(node, function, target, arguments, &table)
      case .list(let elements):
        return composite(
          .list(areOptional: elements.map(\.isOptional)), elements.map(\.value), own: Weight.list, node, &table)
      case .map(let entries):
        return composite(
          .map(areOptional: entries.map(\.isOptional)), entries.flatMap { [$0.key, $0.value] }, own: Weight.map, node,
          &table)
      case .message(let type, let fields):
        let kind = Kind.message(
          type, compiler.checked.references[node.id], fields: fields.map(\.name), areOptional: fields.map(\.isOptional))
        return composite(kind, fields.map(\.value), own: Weight.map, node, &table)
      case .comprehension(let macro): return comprehension(macro, &table)
      }
    }

    private mutating func composite(
      _ kind: Kind, _ operands: [Expression], own weight: Int, isShareable: Bool = true,
      hasConditions: Bool = false, _ node: Expression, _ table: inout ShapeTable
    ) -> Int {
      var numbers: [Operand] = []
      var openMacros = 0
      for operand in operands {
        let number = visit(operand, &table)
        numbers.append(Operand(shape: number, frequency: hasConditions && !numbers.isEmpty ? .sometimes : .once))
        openMacros = max(openMacros, table.shapes[number].openMacros)
      }
      return table.number(
        kind, numbers, own: weight, isFolded: compiler.constantNodes.isFolded(node), openMacros: openMacros,
        isShareable: isShareable)
    }

    private mutating func call(
      _ node: Expression, _ function: String, _ target: Expression?, _ arguments: [Expression],
      _ table: inout ShapeTable
    ) -> Int {
      var name = function
      var operands = arguments
      var isMember = target != nil
      if case .function(let resolved, _, let isNamespaced) = compiler.checked.references[node.id] {
        name = resolved
        isMember = target != nil && !isNamespaced
        if isMember, let target { operands.insert(target, at: 0) }
      } else if let target {
        if case .identifier("optional") = target.kind, !locals.contains("optional") {
          name = "optional.\(function)"
          isMember = false
        } else {
          operands.insert(target, at: 0)
        }
      }
      let kind = Kind.call(
        name, isMember: isMember, overload: compiler.overload(of: node),
        // Which zero the sum of nothing is.
        type: name == "sum" ? compiler.type(of: node) : nil)
      return composite(
        kind, operands, own: Weight.call(name), hasConditions: Self.conditionals.contains(name), node, &table)
    }

    /// Whose first operand decides whether the others are computed.
    private static let conditionals: Set = ["_&&_", "_||_", "_?_:_", "or", "orValue"]

    private mutating func comprehension(_ macro: Comprehension, _ table: inout ShapeTable) -> Int {
      let frequency: Frequency =
        switch macro.kind {
        case .bind: .once
        case .optMap, .optFlatMap: .sometimes
        default: .often
        }
      let range = visit(macro.range, &table)
      var operands = [Operand(shape: range, frequency: .once)]
      var openMacros = table.shapes[range].openMacros
      let names = [macro.variable] + (macro.secondVariable.map { [$0] } ?? [])
      locals += names
      for part in [macro.predicate, macro.body] {
        guard let part else { continue }
        let number = visit(part, &table)
        operands.append(Operand(shape: number, frequency: frequency))
        openMacros = max(openMacros, table.shapes[number].openMacros - names.count)
      }
      locals.removeLast(names.count)
      let kind = Kind.comprehension(
        macro.kind, variables: names.count, hasPredicate: macro.predicate != nil,
        // What sorting costs depends on it.
        bodyType: macro.kind == .sortBy ? macro.body.map { compiler.type(of: $0) } : nil)
      return table.number(kind, operands, own: Weight.loop, openMacros: openMacros)
    }

    // MARK: Names, as `ExpressionCompiler` understands them

    private func variable(_ name: String, _ table: inout ShapeTable) -> Int {
      if let slot = compiler.scope.variables[name] {
        return table.number(.variable(slot.index), own: 0, isShareable: false, dependencies: VariableSet(slot))
      }
      if let slot = compiler.scope.lazies[name] { return lazy(slot, &table) }
      return table.number(.unknown(name), own: 0, isShareable: false)
    }

    private func lazy(_ slot: LazySlot, _ table: inout ShapeTable) -> Int {
      table.number(
        .lazy(table.canonicalLazies[slot.index]), own: Weight.lazy, isShareable: false,
        dependencies: table.lazyDependencies[slot.index], usesLazies: true)
    }

    private func lazySlot(_ operand: Expression, _ field: String) -> LazySlot? {
      guard case .identifier(let name) = operand.kind else { return nil }
      if case .variable(let resolved) = compiler.checked.references[operand.id] {
        return compiler.scope.fields[resolved]?[field]
      }
      return locals.contains(name) ? nil : compiler.scope.fields[name]?[field]
    }
  }

  /// What operations take, their operands aside.
  private enum Weight {
    /// A member is searched for.
    static let access = 4
    static let list = 3
    static let map = 8
    static let loop = 6
    static let lazy = 1

    static func call(_ name: String) -> Int {
      switch name {
      case "_&&_", "_||_", "_?_:_", "!_", "-_", "dyn": 1
      case "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "_+_", "_-_": 2
      case "_[_]", "_[?_]", "@in", "size": access
      case "matches", "find", "findAll", "format", "quantity", "isQuantity", "semver", "isSemver", "url", "isURL", "ip",
        "isIP", "cidr", "isCIDR", "validate", "timestamp":
        16
      default: 6
      }
    }
  }
}

/// Some of a program's input variables. From the 64th on they are not told from one another.
struct VariableSet: OptionSet, Sendable, Hashable {
  let rawValue: UInt64

  init(rawValue: UInt64) { self.rawValue = rawValue }

  init(_ slot: VariableSlot) { rawValue = 1 << UInt64(min(slot.index, 63)) }

  static let all = VariableSet(rawValue: .max)
}
