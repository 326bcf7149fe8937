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

  /// Steps that the last evaluation took.
  public var stepsUsed: Int { limits.steps - state.pointee.stepsLeft }

  /// What the last evaluation cost, and what those lazy slots cost that it was the first to need in this phase.
  public var cost: (own: Int, lazies: Int) { (state.pointee.cost, state.pointee.lazyCost) }

  /// Starts another phase of the request: lazy slots that were computed before are not computed, but charged for, again. An
  /// API server computes a policy's variables for its validations, for their messages and for its annotations.
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
  /// Why an operation inside an instruction has ended before its time.
  var interruption: Value?
  var names: UnsafePointer<FieldName>?
  var patterns: UnsafePointer<OpaquePointer>?
  var sets: UnsafePointer<ConstantSet>?
  /// Cost of the last evaluation, and of the lazy slots that it was the first to need.
  var cost = 0
  var lazyCost = 0
  var costLimit = 0
  /// Counts the phases of a request, see ``Machine/beginPhase()``.
  var phase = 0
  /// The evaluations that wait for the lazy slots under computation.
  var frames: UnsafeMutablePointer<Frame>
  /// What each lazy slot has cost.
  var lazyCosts: UnsafeMutablePointer<LazyCost>
  /// Registers of the lazy slots that have been computed in this request.
  var computed: UnsafeMutablePointer<UInt32>
  var computedCount = 0
  var firstLazy = 0
  /// For each lazy slot what the message of an error in it begins with.
  var lazyErrors: UnsafePointer<ByteSlice>?
  var patternCache: PatternCache

  /// An evaluation that waits for a lazy slot.
  struct Frame: BitwiseCopyable {
    let next: UnsafePointer<Instruction>
    /// The register of the slot.
    let register: UInt32
    /// What the waiting evaluation has cost so far.
    let cost: Int
  }

  struct LazyCost: BitwiseCopyable {
    var cost = 0
    /// The phase in which it was charged last.
    var phase = 0
  }

  init(patternCache: PatternCache) {
    frames = .allocate(capacity: 1)
    lazyCosts = .allocate(capacity: 1)
    computed = .allocate(capacity: 1)
    self.patternCache = patternCache
  }

  mutating func load(_ program: Program) {
    names = program.names
    patterns = program.patterns
    sets = program.sets
    frames.deallocate()
    frames = .allocate(capacity: max(program.maximumLazyDepth, 1))
    lazyCosts.deallocate()
    lazyCosts = .allocate(capacity: max(program.layout.lazies, 1))
    lazyCosts.initialize(repeating: LazyCost(), count: max(program.layout.lazies, 1))
    firstLazy = program.layout.firstLazy
    lazyErrors = program.lazyErrors
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
    frames.deallocate()
    lazyCosts.deallocate()
    computed.deallocate()
    patternCache.free()
  }

  /// How many steps lie between two looks at the clock, which takes about as long as 4 of them. A step is some nanoseconds.
  static let stepsPerClockReading = 1024

  static let costExceeded = Value.error("operation cancelled: actual cost limit exceeded", code: .costExceeded)

  /// A lazy slot that was computed before is used: charges for it where this is the first time in the phase.
  @inline(__always)
  mutating func chargeAgain(_ register: UInt32) {
    guard phase != 0 else { return }
    let index = Int(register) - firstLazy
    guard lazyCosts[index].phase != phase else { return }
    lazyCosts[index].phase = phase
    lazyCost &+= lazyCosts[index].cost
  }

  /// A lazy slot has been computed.
  mutating func finishLazy(_ register: UInt32, cost: Int) {
    markComputed(register)
    lazyCosts[Int(register) - firstLazy] = LazyCost(cost: cost, phase: phase)
    lazyCost &+= cost
  }

  /// The cost limit was reached: goes on behind the lazy slot under computation, whose value that error is, or where there is none
  /// ends the evaluation.
  @inline(never)
  mutating func abandon(
    _ depth: Int, _ cost: Int, _ registers: UnsafeMutablePointer<Value>
  ) -> (next: UnsafePointer<Instruction>?, depth: Int, cost: Int) {
    guard depth > 0 else {
      self.cost = cost
      return (nil, 0, cost)
    }
    let frame = frames[depth - 1]
    registers[Int(frame.register)] = lazyError(frame.register, Self.costExceeded)
    finishLazy(frame.register, cost: cost)
    return (frame.next, depth - 1, frame.cost)
  }

  /// An error as those see it who use the lazy slot in which it happened.
  @inline(never)
  func lazyError(_ register: UInt32, _ error: Value) -> Value {
    guard let context, let prefix = lazyErrors?[Int(register) - firstLazy], !prefix.isEmpty else {
      return .error(error.slice)
    }
    return .error(context.arena.concatenate(prefix, error.slice))
  }

  /// Takes steps off the budget; an error where it is used up or time is over.
  @inline(__always)
  mutating func charge(_ steps: Int) -> Value? {
    let before = stepsLeft
    stepsLeft = before &- steps
    if stepsLeft < 0 { return Self.costExceeded }
    // The clock is read when the count crosses a multiple of the interval.
    if before / Self.stepsPerClockReading != stepsLeft / Self.stepsPerClockReading { return checkDeadline() }
    return nil
  }

  /// Takes steps off the budget inside an instruction, which looks at `interruption` when it is done.
  mutating func goesOn(after steps: Int) -> Bool {
    if interruption != nil { return false }
    interruption = charge(steps)
    return interruption == nil
  }

  /// Texts from this length on are matched with a regular expression only where the time for it is left: RE2 cannot be
  /// interrupted. A shorter one takes some microseconds.
  static let longText = 1 << 14
  /// What RE2 takes for a byte at most, unless it falls back on simulating its automaton.
  private static let nanosecondsPerMatchedByte: UInt64 = 2

  /// Charges for matching a text with a regular expression; an error where it would end after the deadline.
  @inline(__always)
  mutating func chargeMatch(_ count: UInt32) -> Value? {
    count < 64 ? nil : chargeLongMatch(Int(count))
  }

  @inline(never)
  private mutating func chargeLongMatch(_ count: Int) -> Value? {
    if let error = charge(count >> 4) { return error }
    return count < Self.longText ? nil : checkDeadline(ahead: UInt64(count) * Self.nanosecondsPerMatchedByte)
  }

  @inline(never)
  private func checkDeadline(ahead: UInt64 = 0) -> Value? {
    guard deadline != .max else { return nil }
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    guard UInt64(now.tv_sec) &* 1_000_000_000 &+ UInt64(now.tv_nsec) &+ ahead > deadline else { return nil }
    return .error("operation interrupted", code: .deadlineExceeded)
  }
}
