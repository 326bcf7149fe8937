internal import Memory

/// Expressions of a whole policy set as one flat array of instructions, with all that they need while they run:
/// constants, field names, compiled patterns. Immutable, so any number of machines can run it at once.
public final class Program: @unchecked Sendable {
  let instructions: UnsafePointer<Instruction>
  let instructionCount: Int
  /// Owns the bytes and elements of constants, names and messages.
  private let memory: Arena
  let layout: RegisterLayout
  let constants: UnsafePointer<Value>
  let names: UnsafePointer<FieldName>
  let nameCount: Int
  let patterns: UnsafePointer<OpaquePointer>
  private let patternTable: PatternTable
  let sets: UnsafePointer<ConstantSet>
  /// For each variable the error that it is while nothing is bound to it.
  let unbound: UnsafePointer<Value>
  let entryPoints: [Int]
  let variableNames: [String]
  /// For each lazy slot what the message of an error in it begins with.
  let lazyErrors: UnsafePointer<ByteSlice>
  /// What the values of lazy and of shared slots depend on.
  let dependencies: UnsafePointer<VariableSet>
  /// What the numbers of nodes stand for, in a program that notes a trace.
  let traceTable: TraceTable?
  /// How many lazy slots can be under computation at once.
  let maximumLazyDepth: Int

  init(
    instructions: [Instruction], memory: consuming Arena, layout: RegisterLayout, constants: [Value],
    names: [FieldName],
    patterns: PatternTable, sets: [ConstantSet], unbound: [Value], entryPoints: [Int], variableNames: [String],
    lazyErrors: [ByteSlice], dependencies: [VariableSet], traceTable: TraceTable?,
    maximumLazyDepth: Int
  ) {
    self.instructions = Self.copy(instructions)
    instructionCount = instructions.count
    self.memory = memory
    self.layout = layout
    self.constants = Self.copy(constants)
    self.names = Self.copy(names)
    nameCount = names.count
    self.patterns = Self.copy(patterns.pointers)
    patternTable = patterns
    self.sets = Self.copy(sets)
    self.unbound = Self.copy(unbound)
    self.entryPoints = entryPoints
    self.variableNames = variableNames
    self.lazyErrors = Self.copy(lazyErrors)
    self.dependencies = Self.copy(dependencies)
    self.traceTable = traceTable
    self.maximumLazyDepth = maximumLazyDepth
  }

  deinit {
    instructions.deallocate()
    constants.deallocate()
    names.deallocate()
    patterns.deallocate()
    sets.deallocate()
    unbound.deallocate()
    lazyErrors.deallocate()
    dependencies.deallocate()
  }

  /// Instructions of all expressions together.
  public var size: Int { instructionCount }

  private static func copy<Element>(_ array: [Element]) -> UnsafePointer<Element> {
    let place = UnsafeMutablePointer<Element>.allocate(capacity: max(array.count, 1))
    place.initialize(from: array, count: array.count)
    return UnsafePointer(place)
  }
}

/// How a machine's registers are numbered for one program.
struct RegisterLayout: Sendable {
  var variables = 0
  var lazies = 0
  /// Slots of sub-expressions that several places need.
  var shared = 0
  var temporaries = 0
  var constants = 0

  var firstLazy: Int { variables }
  /// Lazy slots and shared slots, which a request computes at most once.
  var slots: Int { lazies + shared }
  var firstTemporary: Int { variables + slots }
  var firstConstant: Int { firstTemporary + temporaries }
  var count: Int { firstConstant + constants }
}
