internal import Memory

/// Files the requirements of selectors for a ``SelectorIndex``.
struct SelectorIndexBuilder {
  private var keys: [ByteSlice: Key] = [:]
  /// How many demands each policy has so far.
  private var demandCounts: [Int]

  private struct Key {
    var present = Filed()
    var values: [ByteSlice: Filed] = [:]
  }

  private struct Filed {
    /// By level.
    var demands = [[Int32]](repeating: [], count: SelectorIndex.maximumLevels)
    var broken: [Int32] = []
  }

  /// - Parameter total: how many policies the set has.
  init(total: Int) { demandCounts = [Int](repeating: 0, count: total) }

  /// Adds what a selector of the policy requires.
  mutating func add(_ requirement: CompiledSelector.Requirement, of policy: Int) {
    let number = Int32(truncatingIfNeeded: policy)
    switch requirement.comparison {
    case .exists, .isIn:
      let level = demandCounts[policy]
      guard level < SelectorIndex.maximumLevels else { return }
      demandCounts[policy] = level + 1
      if requirement.comparison == .exists {
        keys[requirement.key, default: Key()].present.demands[level].append(number)
      } else {
        for value in requirement.values {
          keys[requirement.key, default: Key()].values[value, default: Filed()].demands[level].append(number)
        }
      }
    case .doesNotExist:
      keys[requirement.key, default: Key()].present.broken.append(number)
    case .notIn:
      for value in requirement.values {
        keys[requirement.key, default: Key()].values[value, default: Filed()].broken.append(number)
      }
    }
  }

  /// - Parameter arena: for the index, which refers to the texts of the requirements besides.
  consuming func build(_ arena: Arena.Handle) -> SelectorIndex {
    let total = demandCounts.count
    func compile(_ filed: Filed) -> SelectorIndex.Filed {
      let demands = filed.demands.enumerated().compactMap { level, policies in
        policies.isEmpty
          ? nil : SelectorIndex.Demand(level: level, policies: PolicyGroup(policies, of: total, arena))
      }
      return SelectorIndex.Filed(
        demands: arena.buffer(demands), broken: PolicyGroup(filed.broken, of: total, arena))
    }
    let entries = keys.map { text, key in
      let values = key.values.map { (text: $0.key, element: compile($0.value)) }
      return (text: text, element: SelectorIndex.Key(present: compile(key.present), values: LabelTable(values, arena)))
    }
    let levels = demandCounts.max() ?? 0
    let undemanding = (0..<levels).map { level in
      PolicyGroup(
        demandCounts.indices.filter { demandCounts[$0] <= level }.map { Int32(truncatingIfNeeded: $0) }, of: total,
        arena)
    }
    return SelectorIndex(keys: LabelTable(entries, arena), undemanding: arena.buffer(undemanding))
  }
}
