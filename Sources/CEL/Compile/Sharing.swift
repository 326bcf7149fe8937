/// What a program computes once a request of that which several places need.
package enum SharingMode: Sendable {
  case none, worthwhile, everything
}

/// Which sub-expressions of a program are computed once a request and kept, because several places need them.
///
/// Kept are the value and what computing it has cost; each place pays that. Nothing else tells such a program from one that
/// computes everything where it is needed.
struct Sharing {
  /// For each expression in the order of the program, by node id, the slot or -1.
  private(set) var slots: [[Int32]] = []
  /// What each slot's value depends on.
  private(set) var dependencies: [VariableSet] = []
  /// Whether computing a slot's value may need lazy slots.
  private(set) var usesLazies: [Bool] = []
  /// For each lazy slot the first that is the same variable of the same name.
  let canonicalLazies: [Int]

  var isEmpty: Bool { dependencies.isEmpty && canonicalLazies == Array(canonicalLazies.indices) }

  /// Uses are counted in eighths, since some are not certain.
  private static let oneUse = 8
  private static let mostUses = 1 << 20

  /// - Parameters:
  ///   - numbers: for each expression, by node id, the shapes; nil for one that keeps nothing.
  ///   - roots: the shapes of whole expressions, with how often they are computed.
  init(_ table: ShapeTable, numbers: [[Int]?], roots: [ShapeTable.Operand], keepsAll: Bool) {
    canonicalLazies = table.canonicalLazies
    var uses = Array(repeating: 0, count: table.shapes.count)
    for root in roots { uses[root.shape] += root.frequency.times(Self.oneUse) }
    var slotOfShape = Array(repeating: Int32(-1), count: table.shapes.count)
    // From what is made of others to what it is made of: what is kept needs its operands once.
    for number in uses.indices.reversed() where uses[number] > 0 {
      let shape = table.shapes[number]
      let isWorthwhile = keepsAll ? uses[number] > Self.oneUse : Self.pays(uses: uses[number], weight: shape.weight)
      let isKept = shape.isShareable && isWorthwhile
      if isKept {
        slotOfShape[number] = Int32(dependencies.count)
        dependencies.append(shape.dependencies)
        usesLazies.append(shape.usesLazies)
      }
      for operand in shape.operands {
        let added = operand.frequency.times(isKept ? Self.oneUse : uses[number])
        uses[operand.shape] = min(uses[operand.shape] + added, Self.mostUses)
      }
    }
    guard !isEmpty else { return }
    slots = numbers.map { $0?.map { $0 < 0 ? -1 : slotOfShape[$0] } ?? [] }
  }

  /// Whether looking into a slot, which takes about 1, and filling it once, which takes about 4, is much less than computing
  /// again: it shall pay too where few of a set's policies are asked.
  private static func pays(uses: Int, weight: Int) -> Bool { (uses - oneUse) * (weight - 1) > 10 * oneUse }
}
