public import Memory

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Evaluates a program's expressions. Belongs to one worker, which uses it again for each request; in the steady state
/// it allocates nothing from the heap.
///
///     machine.begin(program, arena: arena.handle)
///     let body = machine.addDocument(text: text)
///     machine.bind(object, machine.context.value(cursor, document: body))
///     let verdict = machine.evaluate(entry)
public struct Machine: ~Copyable {
  /// What one request may cost.
  public struct Limits: Sendable {
    /// Steps of loops, elements compared and bytes (by sixteens) copied, over all evaluations since `begin`. Evaluation
    /// ends with ``ErrorCode/costExceeded`` beyond. Without such a bound nested loops over a 3 MB object run for hours.
    public var steps: Int
    /// Compiled patterns that are kept of those that no policy contains literally.
    public var cachedPatterns: Int

    public init(steps: Int = 10_000_000, cachedPatterns: Int = 32) {
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

  /// Starts a request: forgets what was bound and computed. Costs O(variables + lazy slots computed before), and copies
  /// the constants when the program is another than before.
  public mutating func begin(_ program: Program, arena: Arena.Handle) {
    if self.program !== program { load(program) }
    let unset = program.unbound
    for index in 0..<program.layout.variables { registers[index] = unset[index] }
    for index in 0..<state.pointee.computedCount { registers[Int(state.pointee.computed[index])] = .notComputed }
    state.pointee.computedCount = 0
    state.pointee.stepsLeft = limits.steps
    state.pointee.deadline = .max
    documentCount = 0
    state.pointee.context = EvaluationContext(arena: arena, documents: UnsafePointer(documents))
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

  /// Gives a variable its value. One that is not bound is the error ``no such attribute(s): NAME``.
  public mutating func bind(_ slot: VariableSlot, _ value: Value) {
    guard let program, slot.index < program.layout.variables else { preconditionFailure("no such variable") }
    registers[slot.index] = value
  }

  /// Gives a lazy slot its value, so that its expression is not computed.
  public mutating func bind(_ slot: LazySlot, _ value: Value) {
    guard let program, slot.index < program.layout.lazies else { preconditionFailure("no such lazy slot") }
    let register = program.layout.firstLazy + slot.index
    if registers[register].isNotComputed { state.pointee.markComputed(UInt32(truncatingIfNeeded: register)) }
    registers[register] = value
  }

  /// When evaluation ends with ``ErrorCode/deadlineExceeded``: nanoseconds of the monotonic clock. Set after `begin`.
  public mutating func setDeadline(monotonicNanoseconds deadline: UInt64) { state.pointee.deadline = deadline }

  /// Steps that the evaluations since `begin` have taken.
  public var stepsUsed: Int { limits.steps - state.pointee.stepsLeft }

  /// The value of an expression. A failure is a value too, see ``Value/isError``.
  ///
  /// The value lives until the next `begin`.
  public mutating func evaluate(_ entry: EntryPoint) -> Value {
    guard let program else { preconditionFailure("`begin` comes first") }
    return run(program.instructions, from: program.entryPoints[entry.index], registers, state)
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
    state.pointee.load(program)
    self.program = program
  }
}

extension Value {
  /// What a lazy register holds before its expression was computed. No expression can see it.
  static let notComputed = Value(tag: .opaque, detail: 0xFF)

  @inline(__always)
  var isNotComputed: Bool { tag == .opaque && detail == 0xFF }
}

/// What the evaluation loop works on besides registers: trivial, behind one pointer, so that the loop neither copies
/// nor counts references.
struct MachineState {
  var context: EvaluationContext?
  var stepsLeft = 0
  var deadline = UInt64.max
  var names: UnsafePointer<FieldName>?
  var patterns: UnsafePointer<OpaquePointer>?
  var sets: UnsafePointer<ConstantSet>?
  /// Where to go on after each lazy slot under computation.
  var returns: UnsafeMutablePointer<UnsafePointer<Instruction>>
  /// Registers of the lazy slots that have been computed in this request.
  var computed: UnsafeMutablePointer<UInt32>
  var computedCount = 0
  var patternCache: PatternCache

  init(patternCache: PatternCache) {
    returns = .allocate(capacity: 1)
    computed = .allocate(capacity: 1)
    self.patternCache = patternCache
  }

  mutating func load(_ program: Program) {
    names = program.names
    patterns = program.patterns
    sets = program.sets
    returns.deallocate()
    returns = .allocate(capacity: max(program.maximumLazyDepth, 1))
    computed.deallocate()
    computed = .allocate(capacity: max(program.layout.lazies, 1))
    computedCount = 0
  }

  @inline(__always)
  mutating func markComputed(_ register: UInt32) {
    computed[computedCount] = register
    computedCount &+= 1
  }

  mutating func free() {
    returns.deallocate()
    computed.deallocate()
    patternCache.free()
  }

  /// How many steps lie between two looks at the clock.
  static let stepsPerClockReading = 1024

  /// Takes steps off the budget; an error where it is used up or time is over.
  @inline(__always)
  mutating func charge(_ steps: Int) -> Value? {
    let before = stepsLeft
    stepsLeft = before &- steps
    if stepsLeft < 0 { return .error("operation cancelled: actual cost limit exceeded", code: .costExceeded) }
    // The clock is read when the count crosses a multiple of the interval.
    if before / Self.stepsPerClockReading != stepsLeft / Self.stepsPerClockReading { return checkDeadline() }
    return nil
  }

  @inline(never)
  private func checkDeadline() -> Value? {
    guard deadline != .max else { return nil }
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    guard UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec) > deadline else { return nil }
    return .error("operation interrupted", code: .deadlineExceeded)
  }
}
