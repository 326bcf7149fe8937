public import Memory

/// Evaluates a program's expressions. Belongs to one worker, which uses it again for each request; in the steady state
/// it allocates nothing from the heap.
///
///     machine.begin(program, arena: arena.handle)
///     let body = machine.addDocument(text: text)
///     machine.bind(object, machine.context.value(cursor, document: body))
///     let verdict = machine.evaluate(entry)
public struct Machine: ~Copyable {
  /// What one evaluation may cost.
  public struct Limits: Sendable {
    /// What an evaluation may cost in the measure of an API server (its `PerCallLimit`; see ``CostRule``). It ends with
    /// ``ErrorCode/costExceeded`` beyond. A lazy slot is an evaluation of its own.
    public var cost: Int
    /// Work that an API server does not charge for: elements compared, bytes (by sixteens) copied, steps of loops by their length.
    /// An evaluation ends with ``ErrorCode/costExceeded`` beyond, which takes about a second where there is no deadline. One
    /// `==` of two objects of 3 MB is 300,000 and costs an API server 1.
    public var steps: Int
    /// Compiled patterns that are kept of those that no policy contains literally.
    public var cachedPatterns: Int

    public init(cost: Int = 1_000_000, steps: Int = 50_000_000, cachedPatterns: Int = 32) {
      self.cost = cost
      self.steps = steps
      self.cachedPatterns = cachedPatterns
    }
  }

  /// Documents that one request can have: its body, its namespace, parameters of its bindings.
  public static var maximumDocuments: Int { 1024 }

  private let limits: Limits
  private var program: Program?
  private var registers: UnsafeMutablePointer<Value>
  private var registerCapacity = 0
  private var documentCount = 0
  private let documents: UnsafeMutablePointer<UnsafePointer<UInt8>>
  private let state: UnsafeMutablePointer<MachineState>
  /// Told of each evaluation, see ``observe(_:)``.
  private var observer: ((ObservedEvaluation) -> Void)?

  public init(_ limits: Limits = Limits()) {
    self.limits = limits
    registers = .allocate(capacity: 1)
    documents = .allocate(capacity: Self.maximumDocuments)
    state = .allocate(capacity: 1)
    state.initialize(to: MachineState(patternCache: PatternCache(capacity: limits.cachedPatterns)))
  }

  deinit {
    registers.deallocate()
    documents.deallocate()
    state.pointee.free()
    state.deinitialize(count: 1)
    state.deallocate()
  }

  /// Starts a request: forgets what was bound and computed. Costs O(variables + slots computed before), and copies
  /// the constants when the program is another than before.
  public mutating func begin(_ program: Program, arena: Arena.Handle) {
    if self.program !== program { load(program) }
    let unset = program.unbound
    for index in 0..<program.layout.variables { registers[index] = unset[index] }
    for index in 0..<state.pointee.computedCount { registers[Int(state.pointee.computed[index])] = .notComputed }
    state.pointee.computedCount = 0
    state.pointee.costLimit = limits.cost
    state.pointee.deadline = .max
    state.pointee.phase = 0
    documentCount = 0
    state.pointee.context = EvaluationContext(
      arena: arena, documents: UnsafePointer(documents), state: UnsafeMutableRawPointer(state))
  }

  /// Makes a JSON text known, to which values of its tape refer by the number returned.
  public mutating func addDocument(text: UnsafePointer<UInt8>) -> UInt16 {
    precondition(documentCount < Self.maximumDocuments, "more documents than a request can have")
    documents[documentCount] = text
    documentCount += 1
    return UInt16(truncatingIfNeeded: documentCount - 1)
  }

  /// Where values are made and read.
  public var context: EvaluationContext {
    guard let context = state.pointee.context else { preconditionFailure("`begin` comes first") }
    return context
  }

  /// Gives a variable its value, and forgets what was computed from the one it had. One that is not bound is the error
  /// ``no such attribute(s): NAME``.
  public mutating func bind(_ slot: VariableSlot, _ value: Value) {
    guard let program, slot.index < program.layout.variables else { preconditionFailure("no such variable") }
    registers[slot.index] = value
    if state.pointee.computedCount > 0 { forget(dependingOn: VariableSet(slot), program) }
  }

  private func forget(dependingOn variable: VariableSet, _ program: Program) {
    let computed = UnsafeMutableBufferPointer(start: state.pointee.computed, count: state.pointee.computedCount)
    var kept = 0
    for register in computed {
      if program.dependencies[Int(register) - program.layout.firstLazy].isDisjoint(with: variable) {
        computed[kept] = register
        kept += 1
      } else {
        registers[Int(register)] = .notComputed
      }
    }
    state.pointee.computedCount = kept
  }

  /// When evaluation ends with ``ErrorCode/deadlineExceeded``: nanoseconds of the monotonic clock. Set after `begin`.
  public mutating func setDeadline(monotonicNanoseconds deadline: UInt64) { state.pointee.deadline = deadline }

  /// Steps that the last evaluation took.
  public var stepsUsed: Int { limits.steps - state.pointee.stepsLeft }

  /// What the last evaluation cost, and what those lazy slots cost that it was the first to need in this phase.
  public var cost: (own: Int, lazies: Int) { (state.pointee.cost, state.pointee.lazyCost) }

  /// Starts another phase of the request: lazy slots that were computed before are not computed, but charged for, again. An
  /// API server computes a policy's variables for its validations, for their messages and for its annotations, and each policy's
  /// for itself.
  public mutating func beginPhase() { state.pointee.phase += 1 }

  /// The value of an expression. A failure is a value too, see ``Value/isError``.
  ///
  /// The value lives until the next `begin`.
  public mutating func evaluate(_ entry: EntryPoint) -> Value {
    guard let program else { preconditionFailure("`begin` comes first") }
    state.pointee.stepsLeft = limits.steps
    state.pointee.interruption = nil
    state.pointee.cost = 0
    state.pointee.lazyCost = 0
    state.pointee.computing = nil
    if state.pointee.trace != nil { return evaluateNoting(entry, program) }
    return run(program.instructions, from: program.entryPoints[entry.index], registers, state)
  }

  /// As ``evaluate(_:)``, for people: notes what is computed, where the program is traced, and tells the observer.
  @inline(never)
  private mutating func evaluateNoting(_ entry: EntryPoint, _ program: Program) -> Value {
    state.pointee.trace?.pointee = TraceLog()
    let start = MachineState.monotonicNanoseconds
    let value = run(program.instructions, from: program.entryPoints[entry.index], registers, state)
    if let observer {
      let end = MachineState.monotonicNanoseconds
      observer(
        ObservedEvaluation(
          entry: entry, value: value, cost: cost, nanoseconds: end &- start, trace: trace, context: context))
    }
    return value
  }

  /// Tells `observer` of each evaluation from the next ``begin(_:arena:)`` on. Slow, and for people.
  public mutating func observe(_ observer: @escaping (ObservedEvaluation) -> Void) {
    self.observer = observer
    // Loaded anew, with room for notes.
    program = nil
  }

  /// What the last evaluation has computed on its way; nil where the program does not note it.
  public var trace: Trace? {
    guard let log = state.pointee.trace, let table = program?.traceTable else { return nil }
    return Trace(log.pointee, table, cost: state.pointee.cost)
  }

  private mutating func load(_ program: Program) {
    let layout = program.layout
    if registerCapacity < layout.count || registerCapacity > 4 * layout.count + 1024 {
      registers.deallocate()
      registers = .allocate(capacity: max(layout.count, 1))
      registerCapacity = layout.count
    }
    registers.update(repeating: .notComputed, count: layout.count)
    for index in 0..<layout.constants { registers[layout.firstConstant + index] = program.constants[index] }
    state.pointee.load(program, isObserved: observer != nil)
    self.program = program
  }
}

/// An evaluation that has just ended. Its values live until the machine's next `begin`.
public struct ObservedEvaluation {
  public let entry: EntryPoint
  public let value: Value
  /// As ``Machine/cost``.
  public let cost: (own: Int, lazies: Int)
  public let nanoseconds: UInt64
  /// Nil where the program does not note it.
  public let trace: Trace?
  /// What the values are read with.
  public let context: EvaluationContext
}

extension Value {
  /// What a lazy register holds before its expression was computed. No expression can see it.
  static let notComputed = Value(tag: .opaque, detail: 0xFF)

  @inline(__always)
  var isNotComputed: Bool { tag == .opaque && detail == 0xFF }
}
