/// What the checker has found out about types that an expression leaves open, and when one type can stand for another.
///
/// The rules are those of cel-go's checker: `dyn` goes with everything, a type variable takes the most general of the
/// types that it has to agree with, and objects, times and optionals may be `null`.
struct Substitution {
  private var bindings: [String: CELType] = [:]
  /// The bindings to restore when an attempt fails.
  private var trail: [(name: String, old: CELType?)] = []
  private var variables = 0

  mutating func freshVariable() -> CELType {
    defer { variables += 1 }
    return .parameter("_var\(variables)")
  }

  /// A signature's types with variables of their own for its type parameters.
  mutating func instantiate(_ overload: FunctionDeclaration.Overload) -> (parameters: [CELType], result: CELType) {
    guard overload.isGeneric else { return (overload.parameters, overload.result) }
    var names: [String: CELType] = [:]
    let parameters = overload.parameters.map { rename($0, &names) }
    return (parameters, rename(overload.result, &names))
  }

  private mutating func rename(_ type: CELType, _ names: inout [String: CELType]) -> CELType {
    if case .parameter(let name) = type {
      if let variable = names[name] { return variable }
      let variable = freshVariable()
      names[name] = variable
      return variable
    }
    let parts = type.parameters
    return parts.isEmpty ? type : type.with(parts.map { rename($0, &names) })
  }

  /// The type with what is known put in the place of its variables; with `toDyn`, `dyn` in the place of the rest.
  func apply(_ type: CELType, toDyn: Bool = false) -> CELType {
    if case .parameter(let name) = type {
      if let bound = bindings[name] { return apply(bound, toDyn: toDyn) }
      return toDyn ? .dyn : type
    }
    let parts = type.parameters
    return parts.isEmpty ? type : type.with(parts.map { apply($0, toDyn: toDyn) })
  }

  /// Whether values of `source` can stand where `target` is wanted; if so, what that says about variables is kept.
  mutating func assign(_ source: CELType, to target: CELType) -> Bool {
    assign([source], to: [target])
  }

  mutating func assign(_ sources: [CELType], to targets: [CELType]) -> Bool {
    let mark = trail.count
    if unify(sources, targets) {
      trail.removeAll()
      return true
    }
    while trail.count > mark, let change = trail.popLast() { bindings[change.name] = change.old }
    return false
  }

  /// Whether the type, with what is known put in, is made of more than `size` types or more than `depth` deep. A type can
  /// share its parts, so that it is exponentially larger than what is in memory: counting ends at the limit.
  func exceeds(_ type: CELType, size: Int, depth: Int) -> Bool {
    var pending = [(type, 1)]
    var count = 0
    while let (type, level) = pending.popLast() {
      if case .parameter(let name) = type {
        if let bound = bindings[name] { pending.append((bound, level)) }
        continue
      }
      count += 1
      if count > size || level > depth { return true }
      for part in type.parameters { pending.append((part, level + 1)) }
    }
    return false
  }

  private mutating func bind(_ name: String, _ type: CELType) {
    trail.append((name, bindings[name]))
    bindings[name] = type
  }

  private mutating func unify(_ sources: [CELType], _ targets: [CELType]) -> Bool {
    guard sources.count == targets.count else { return false }
    for (source, target) in zip(sources, targets) where !unify(source, target) { return false }
    return true
  }

  private mutating func unify(_ source: CELType, _ target: CELType) -> Bool {
    if case .parameter(let name) = target {
      switch substitute(source, for: name, target) {
      case .agreed: return true
      case .conflict: return false
      case .occurs: break
      }
    }
    if case .parameter(let name) = source {
      if case .agreed = substitute(target, for: name, source) { return true }
      return false
    }
    if source.isDynOrError || target.isDynOrError { return true }
    if source == .null { return target.isNullable }
    if target == .null { return source.isNullable }
    switch source {
    case .type:
      if case .type = target { return true }
      return false
    default:
      return source.hasShape(of: target) && unify(source.parameters, target.parameters)
    }
  }

  private enum Outcome {
    case agreed
    /// The variable already stands for a type that does not go with this one.
    case conflict
    /// The type contains the variable.
    case occurs
  }

  /// Lets a variable stand for a type too.
  private mutating func substitute(_ type: CELType, for name: String, _ variable: CELType) -> Outcome {
    if type == variable { return .agreed }
    if let bound = bindings[name] {
      if type == bound { return .agreed }
      guard unify(type, bound) else { return .conflict }
      let general = Self.isAtLeastAsGeneral(type, bound) ? type : bound
      if !occurs(name, in: general) { bind(name, general) }
      return .agreed
    }
    guard !occurs(name, in: type) else { return .occurs }
    bind(name, type)
    return .agreed
  }

  private func occurs(_ name: String, in type: CELType) -> Bool {
    if case .parameter(let other) = type {
      if other == name { return true }
      guard let bound = bindings[other] else { return false }
      return occurs(name, in: bound)
    }
    return type.parameters.contains { occurs(name, in: $0) }
  }

  /// The more general of two types that go together.
  static func general(_ first: CELType, _ second: CELType) -> CELType {
    isAtLeastAsGeneral(first, second) ? first : second
  }

  private static func isAtLeastAsGeneral(_ first: CELType, _ second: CELType) -> Bool {
    if first == .dyn { return true }
    if case .parameter = first { return true }
    if second == .dyn { return false }
    if case .parameter = second { return false }
    if case .type = first, case .type = second { return true }
    // The type that has `null` among its values.
    if second == .null { return first.isNullable }
    return first.hasShape(of: second)
      && zip(first.parameters, second.parameters).allSatisfy { isAtLeastAsGeneral($0, $1) }
  }
}

extension CELType {
  var isDynOrError: Bool { self == .dyn || self == .error }

  /// Whether `null` can stand for a value of the type.
  fileprivate var isNullable: Bool {
    switch self {
    case .null, .timestamp, .duration, .object, .opaque, .abstract, .optional: true
    default: false
    }
  }

  /// The type of the value of an optional, and whether it was one.
  var unwrapped: (type: CELType, wasOptional: Bool) {
    if case .optional(let value) = self { return (value, true) }
    return (self, false)
  }
}

extension FunctionDeclaration.Overload {
  fileprivate var isGeneric: Bool { (parameters + [result]).contains(where: Self.isGeneric) }

  private static func isGeneric(_ type: CELType) -> Bool {
    if case .parameter = type { return true }
    return type.parameters.contains(where: isGeneric)
  }
}
