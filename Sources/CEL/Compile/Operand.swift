/// A register while a program is being built, when it is not yet known how many of each kind there will be.
///
/// In the finished program registers are numbered through: variables, lazy slots, shared slots, temporaries, constants.
struct Operand: Hashable, Sendable {
  enum Space: UInt32, Sendable {
    /// `lazy`: shared slots are numbered behind the lazy ones.
    case temporary, constant, variable, lazy
  }

  let bits: UInt32

  init(_ space: Space, _ index: Int) {
    precondition(index >= 0 && index < 1 << 30)
    bits = space.rawValue << 30 | UInt32(truncatingIfNeeded: index)
  }

  init(bits: UInt32) { self.bits = bits }

  var space: Space { Space(rawValue: bits >> 30).unsafelyUnwrapped }
  var index: Int { Int(bits & (1 << 30 - 1)) }

  /// The register `offset` behind this one.
  func advanced(by offset: Int) -> Operand { Operand(space, index + offset) }
}

/// A value that is bound for each request: `object`, `params`.
public struct VariableSlot: Hashable, Sendable {
  let index: Int
}

/// An expression that is computed at most once a request, when it is first needed: a policy's `variables.x`.
public struct LazySlot: Hashable, Sendable {
  let index: Int
}

/// An expression of a program that can be evaluated.
public struct EntryPoint: Hashable, Sendable, BitwiseCopyable {
  let index: Int
}

/// What names mean in an expression: which slot each variable is, and which lazy slots the fields of `variables` are.
public struct Scope: Sendable {
  var variables: [String: VariableSlot] = [:]
  var lazies: [String: LazySlot] = [:]
  var fields: [String: [String: LazySlot]] = [:]

  public init() {}

  /// `name` is an input variable.
  public mutating func bind(_ name: String, to slot: VariableSlot) { variables[name] = slot }

  /// `name` is a lazy slot.
  public mutating func bind(_ name: String, to slot: LazySlot) { lazies[name] = slot }

  /// `object.field` is a lazy slot, where `object` (`variables`) is no value of its own. `has(object.field)` is true.
  public mutating func bind(field: String, of object: String, to slot: LazySlot) {
    fields[object, default: [:]][field] = slot
  }
}
