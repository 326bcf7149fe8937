/// What several places compute: each has the code, and passes it by where the value is there already.
extension ExpressionCompiler {
  /// The slot that a node's value is kept in, if it is.
  func sharedSlot(_ node: Expression) -> Int? {
    guard node.id < sharedSlots.count, sharedSlots[node.id] >= 0 else { return nil }
    return Int(sharedSlots[node.id])
  }

  mutating func share(
    _ node: Expression, _ slot: Int, into destination: Operand?, isPart: Bool, _ builder: inout ProgramBuilder
  ) throws(CompileErrors) -> Operand {
    let register = Operand(.lazy, firstShared + slot)
    let usesLazies: UInt8 = builder.sharing?.usesLazies[slot] ?? true ? 1 : 0
    let mark = nextTemporary
    let share = emit(.share, x: usesLazies, d: register, &builder)
    // As a part: what the place costs by where it stands is not kept.
    let value = try compute(node, into: nil, isPart: true, &builder)
    nextTemporary = mark
    // All that computing has cost, of which `keep` itself can pay some.
    if pendingCost > UInt16.max { settle(&builder) }
    emit(.keep, x: usesLazies, d: register, a: value, &builder)
    land([share], &builder)
    if !isPart, isChain(node), !isConditional(rootOf: node) { pay(1) }
    return move(register, to: destination, &builder)
  }

  /// Whether a node is of those that cost one more where they begin an attribute.
  private func isChain(_ node: Expression) -> Bool {
    switch node.kind {
    case .select, .call("_[_]", nil, _), .call("_[?_]", nil, _): true
    default: false
    }
  }

  /// The type of a node; `dyn` where no checker has looked.
  func type(of node: Expression) -> CELType { node.id < checked.types.count ? checked.types[node.id] : .dyn }
}
