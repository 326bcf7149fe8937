internal import Memory

/// Compiles checked expressions into one program.
///
///     var builder = ProgramBuilder()
///     var scope = Scope()
///     scope.bind("object", to: builder.variable("object"))
///     scope.bind(field: "containers", of: "variables", to: try builder.lazy(containers, scope: scope))
///     let entry = try builder.add(validation, scope: scope)
///     let program = builder.finish()
///
/// A lazy slot can only be used by what is compiled after it, so that lazy slots never wait for one another.
public struct ProgramBuilder: ~Copyable {
  /// What differs between users of CEL.
  public struct Options: Sendable {
    /// Whether the CEL specification is followed where the API server's use of cel-go is laxer: then a map literal with
    /// an equal key twice or with a key that is no bool, int, uint or string is an error, and so is `has(x.f)` or
    /// `x.?f` on an `x` that has no fields, and `indexOf` with an offset past the end. Otherwise the later entry wins,
    /// what cannot have fields has none, and nothing is found past the end. `format` speaks the dialect of the one or
    /// the other, see ``FormatDialect``, and `getMilliseconds()` of a duration leaves its whole seconds out or counts them.
    public var isStrict: Bool

    /// What is computed once a request of that which several places need. Only tests, which compare, and traces want it otherwise.
    package var sharing = SharingMode.worthwhile

    /// Whether evaluations note what they compute, see ``Trace``. Slow, and nothing is shared then.
    public var isTraced = false

    public init(isStrict: Bool = false) { self.isStrict = isStrict }
  }

  let options: Options
  var instructions: [Instruction] = []
  /// Memory of the program: what constants, names and messages point to.
  let memory: Arena
  let handle: Arena.Handle
  /// What constants are computed with. They contain no JSON, so that there are no documents.
  let context: EvaluationContext
  var constants = ConstantPool()
  var names: [FieldName] = []
  var nameIndexes: [String: Int] = [:]
  let patterns = PatternTable()
  var sets: [ConstantSet] = []
  private var sources: [Source] = []
  private var units: [Unit] = []
  private var lazies: [Unit] = []
  private var entryPoints: [Int] = []
  private var variableNames: [String] = []
  private var lazyErrors: [ByteSlice] = []
  /// What is computed once, which is known only when all expressions are.
  private(set) var sharing: Sharing?
  var traceTable = TraceTable()

  /// An expression as it was added.
  private struct Source {
    let compiler: ExpressionCompiler
    let kind: Kind

    enum Kind {
      case entry
      case lazy(name: String?)
    }
  }

  /// The code of one expression.
  struct Unit {
    var code: Range<Int>
    /// Its first temporary among the temporaries of the program: behind those of all lazy slots that it may compute.
    var firstTemporary: Int
    var temporaryCount: Int
    /// How many lazy slots can be under computation while it runs, itself included.
    var lazyDepth: Int
  }

  public init(_ options: Options = Options()) {
    self.options = options
    memory = Arena(blockSize: 16 << 10, retainedLimit: .max)
    handle = memory.handle
    context = EvaluationContext(
      arena: handle, documents: UnsafePointer(handle.allocate(UnsafePointer<UInt8>.self, count: 0)))
  }

  /// An input variable, the same slot for the same name.
  public mutating func variable(_ name: String) -> VariableSlot {
    if let index = variableNames.firstIndex(of: name) { return VariableSlot(index: index) }
    variableNames.append(name)
    return VariableSlot(index: variableNames.count - 1)
  }

  /// An expression that is computed at most once a request, when it is first needed.
  ///
  /// Policies have equal variables: where sub-expressions are shared, slots of the same name and expression are one. So that each
  /// policy is charged for it, each begins a phase (``Machine/beginPhase()``).
  /// - Parameter name: what the message of an error in it names, as an API server does for a policy's variable.
  /// - Throws: a regular expression that is none, a function that is not implemented.
  public mutating func lazy(
    _ checked: CheckedExpression, name: String? = nil, scope: Scope
  ) throws(CompileErrors) -> LazySlot {
    try add(Source(compiler: ExpressionCompiler(checked, scope: scope), kind: .lazy(name: name)))
    let prefix = name.map { "composited variable \"\($0)\" fails to evaluate: " } ?? ""
    lazyErrors.append(prefix.withByteSlice { handle.copy($0) })
    return LazySlot(index: lazies.count - 1)
  }

  /// An expression to evaluate.
  /// - Throws: a regular expression that is none, a function that is not implemented.
  public mutating func add(_ checked: CheckedExpression, scope: Scope) throws(CompileErrors) -> EntryPoint {
    try add(Source(compiler: ExpressionCompiler(checked, scope: scope), kind: .entry))
    return EntryPoint(index: entryPoints.count - 1)
  }

  private mutating func add(_ source: Source) throws(CompileErrors) {
    try compile(source)
    sources.append(source)
  }

  /// The program. Numbers the registers, which is possible only now that all are known.
  public consuming func finish() -> Program {
    let dependencies = shareSubexpressions()
    let layout = RegisterLayout(
      variables: variableNames.count, lazies: lazies.count, shared: dependencies.count - lazies.count,
      temporaries: units.map { $0.firstTemporary + $0.temporaryCount }.max() ?? 0, constants: constants.values.count)
    for unit in units {
      for index in unit.code { instructions[index].resolveRegisters(layout, firstTemporary: unit.firstTemporary) }
    }
    let handle = handle
    let unbound = variableNames.map { name in
      Value.error("no such attribute(s): \(name)".withByteSlice { handle.copy($0) })
    }
    return Program(
      instructions: instructions, memory: memory, layout: layout, constants: constants.values, names: names,
      patterns: patterns, sets: sets, unbound: unbound, entryPoints: entryPoints, variableNames: variableNames,
      lazyErrors: lazyErrors, dependencies: dependencies,
      traceTable: options.isTraced ? traceTable : nil, maximumLazyDepth: units.map(\.lazyDepth).max() ?? 0)
  }

  /// Finds out what several places compute, and if there is anything compiles all expressions once more, so that it is kept.
  /// - Returns: what the values of lazy slots and, behind them, of shared slots depend on.
  private mutating func shareSubexpressions() -> [VariableSet] {
    guard options.sharing != .none, !options.isTraced else { return Array(repeating: .all, count: lazies.count) }
    var table = ShapeTable()
    var numbers: [[Int]?] = []
    var roots: [ShapeTable.Operand] = []
    for source in sources {
      let shapes = table.add(source.compiler)
      numbers.append(shapes?.numbers)
      switch source.kind {
      case .entry: if let shapes { roots.append(ShapeTable.Operand(shape: shapes.root, frequency: .once)) }
      case .lazy(let name):
        let isCopy = table.addLazy(shapes?.root, name: name)
        if let shapes, !isCopy { roots.append(ShapeTable.Operand(shape: shapes.root, frequency: .sometimes)) }
      }
    }
    let sharing = Sharing(table, numbers: numbers, roots: roots, keepsAll: options.sharing == .everything)
    guard !sharing.isEmpty else { return table.lazyDependencies }
    self.sharing = sharing
    (instructions, constants, sets, units, lazies, entryPoints) = ([], ConstantPool(), [], [], [], [])
    for (index, source) in sources.enumerated() {
      if case .lazy = source.kind, sharing.canonicalLazies[lazies.count] != lazies.count {
        lazies.append(lazies[sharing.canonicalLazies[lazies.count]])
        continue
      }
      var compiler = source.compiler
      compiler.sharedSlots = sharing.slots[index]
      compiler.firstShared = sharing.canonicalLazies.count
      do {
        try compile(Source(compiler: compiler, kind: source.kind))
      } catch {
        preconditionFailure("what has compiled compiles again")
      }
    }
    return table.lazyDependencies + sharing.dependencies
  }

  private mutating func compile(_ source: Source) throws(CompileErrors) {
    let start = instructions.count
    var compiler = source.compiler
    if options.isTraced {
      var variable: String?
      if case .lazy(let name) = source.kind { variable = name ?? "" }
      let checked = compiler.checked
      let ranges = SourceRanges(checked.source, checked.root).ranges
      traceTable.sources.append(TraceTable.Source(source: checked.source, variable: variable, ranges: ranges))
    }
    do {
      let value = try compiler.compile(compiler.checked.root, &self)
      switch source.kind {
      case .lazy: compiler.emit(.lazyReturn, d: Operand(.lazy, lazies.count), a: value, &self)
      case .entry: compiler.emit(.finish, a: value, &self)
      }
    } catch {
      instructions.removeSubrange(start...)
      throw error
    }
    let used = compiler.usedLazies.map { lazies[$0] }
    var unit = Unit(
      code: start..<instructions.count,
      firstTemporary: used.map { $0.firstTemporary + $0.temporaryCount }.max() ?? 0,
      temporaryCount: compiler.temporaryCount, lazyDepth: used.map(\.lazyDepth).max() ?? 0)
    switch source.kind {
    case .lazy:
      unit.lazyDepth += 1
      lazies.append(unit)
    case .entry: entryPoints.append(start)
    }
    units.append(unit)
  }

  /// The slot that a lazy slot is the same as.
  func canonicalLazy(_ slot: LazySlot) -> Int { sharing?.canonicalLazies[slot.index] ?? slot.index }

  func entry(ofLazy index: Int) -> Int { lazies[index].code.lowerBound }

  // MARK: Pools

  mutating func name(_ text: String) -> Int {
    if let index = nameIndexes[text] { return index }
    let field = text.withByteSlice { handle.copy($0) }
    names.append(FieldName(text: field, missing: handle.concatenate(ByteSlice("no such key: "), field)))
    nameIndexes[text] = names.count - 1
    return names.count - 1
  }

  mutating func constant(_ value: Value) -> Operand { Operand(.constant, constants.index(of: value)) }

  mutating func constant(_ text: String) -> Operand {
    let copy = text.withByteSlice { handle.copy($0) }
    return constant(.string(copy))
  }
}

extension Instruction {
  /// Replaces the operands of a program that is being built by numbers of registers.
  mutating func resolveRegisters(_ layout: RegisterLayout, firstTemporary: Int) {
    func resolve(_ bits: UInt32) -> UInt32 {
      let operand = Operand(bits: bits)
      let register =
        switch operand.space {
        case .variable: operand.index
        case .lazy: layout.firstLazy + operand.index
        case .temporary: layout.firstTemporary + firstTemporary + operand.index
        case .constant: layout.firstConstant + operand.index
        }
      return UInt32(truncatingIfNeeded: register)
    }
    let fields = opcode.fields
    if fields.d == .register { d = resolve(d) }
    if fields.a == .register { a = resolve(a) }
    if fields.b == .register { b = resolve(b) }
  }
}
