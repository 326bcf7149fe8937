internal import Memory

/// Kubernetes' `find` and `findAll`.
///
/// https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-regex-library
extension EvaluationContext {
  func findFunction(
    _ function: Function, _ arguments: UnsafeBufferPointer<Value>, _ state: UnsafeMutablePointer<MachineState>
  ) -> Value {
    guard arguments[0].tag == .string else { return noOverload(function, arguments) }
    var limit: Int64 = -1
    if arguments.count > 2 {
      guard arguments[2].tag == .int else { return noOverload(function, arguments) }
      limit = arguments[2].intValue
    }
    let text = arguments[0].slice
    let compiled: OpaquePointer
    if arguments[1].opaqueType == .pattern {
      compiled = OpaquePointer(arguments[1].pointer)
    } else {
      guard arguments[1].tag == .string else { return noOverload(function, arguments) }
      // What compiling costs: a pattern's program is a few instructions for each of its bytes.
      if let error = state.pointee.charge(Int(arguments[1].count)) { return error }
      switch state.pointee.patternCache.pattern(arguments[1].slice, arena) {
      case .success(let pattern): compiled = pattern
      case .failure(let failure): return error("Illegal regex: ", failure.error.slice)
      }
    }
    guard function == .findAll else {
      var matches = PatternMatches(compiled, text)
      return .string(matches.next() ? text[matches.start..<matches.end] : .empty)
    }
    return findAll(compiled, text, limit: limit, state)
  }

  private func findAll(
    _ pattern: OpaquePointer, _ text: ByteSlice, limit: Int64, _ state: UnsafeMutablePointer<MachineState>
  ) -> Value {
    let list = arena.allocate(Value.self, count: 1)
    list.pointee = emptyList(capacity: 8)
    var matches = PatternMatches(pattern, text)
    while limit < 0 || Int64(list.pointee.count) < limit, matches.next() {
      // The next search may read the rest of the text to its end.
      if let error = state.pointee.charge(1 + (text.count - matches.end) >> 4) { return error }
      append(.string(text[matches.start..<matches.end]), to: list, isOptional: false)
    }
    return list.pointee
  }
}
