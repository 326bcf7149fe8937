internal import Memory

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

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
  /// What is known of lazy slots and, behind them, of shared slots.
  var slots: UnsafeMutablePointer<SlotState>
  /// The first shared slot's.
  var firstShared: UnsafeMutablePointer<SlotState>
  /// The slot under computation, if it notes which lazy slots it needs.
  var computing: UnsafeMutablePointer<SlotState>?
  /// Counts computations of slots, never from 0 again.
  var computations = 0
  /// Registers of the slots that have been computed in this request.
  var computed: UnsafeMutablePointer<UInt32>
  var computedCount = 0
  var firstLazy = 0
  /// For each lazy slot what the message of an error in it begins with.
  var lazyErrors: UnsafePointer<ByteSlice>?
  var patternCache: PatternCache
  /// Where evaluations note what they compute, if the program is traced or the machine is observed.
  var trace: UnsafeMutablePointer<TraceLog>?

  /// An evaluation that waits for a lazy slot.
  struct Frame: BitwiseCopyable {
    let next: UnsafePointer<Instruction>
    /// The register of the slot.
    let register: UInt32
    /// What the waiting evaluation has cost so far.
    let cost: Int
    let computing: UnsafeMutablePointer<SlotState>?
  }

  init(patternCache: PatternCache) {
    frames = .allocate(capacity: 1)
    slots = .allocate(capacity: 1)
    firstShared = slots
    computed = .allocate(capacity: 1)
    self.patternCache = patternCache
  }

  mutating func load(_ program: Program, isObserved: Bool) {
    names = program.names
    patterns = program.patterns
    sets = program.sets
    frames.deallocate()
    frames = .allocate(capacity: max(program.maximumLazyDepth, 1))
    slots.deallocate()
    slots = .allocate(capacity: max(program.layout.slots, 1))
    slots.initialize(repeating: SlotState(), count: max(program.layout.slots, 1))
    firstShared = slots + program.layout.lazies
    firstLazy = program.layout.firstLazy
    lazyErrors = program.lazyErrors
    computed.deallocate()
    computed = .allocate(capacity: max(program.layout.slots, 1))
    computedCount = 0
    freeTrace()
    guard program.traceTable != nil || isObserved else { return }
    let log = UnsafeMutablePointer<TraceLog>.allocate(capacity: 1)
    log.initialize(to: TraceLog())
    trace = log
  }

  private mutating func freeTrace() {
    trace?.deinitialize(count: 1)
    trace?.deallocate()
    trace = nil
  }

  mutating func free() {
    frames.deallocate()
    slots.deallocate()
    computed.deallocate()
    patternCache.free()
    freeTrace()
  }

  /// How many steps lie between two looks at the clock, which takes about as long as 4 of them. A step is some nanoseconds.
  static let stepsPerClockReading = 1024

  static let costExceeded = Value.error("operation cancelled: actual cost limit exceeded", code: .costExceeded)

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
    let frame = frames + (depth - 1)
    let register = frame.pointee.register
    registers[Int(register)] = lazyError(register, Self.costExceeded)
    finishLazy(frame, cost: cost)
    return (frame.pointee.next, depth - 1, frame.pointee.cost)
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

  /// Looks at the clock inside an instruction, which looks at `interruption` when it is done.
  mutating func isInTime() -> Bool {
    if interruption == nil { interruption = checkDeadline() }
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
    guard Self.monotonicNanoseconds &+ ahead > deadline else { return nil }
    return .error("operation interrupted", code: .deadlineExceeded)
  }

  static var monotonicNanoseconds: UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return UInt64(now.tv_sec) &* 1_000_000_000 &+ UInt64(now.tv_nsec)
  }
}
