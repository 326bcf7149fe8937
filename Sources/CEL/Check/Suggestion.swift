/// The declared name that an undeclared one was perhaps meant to be.
enum Suggestion {
  /// Longer names are not compared: the time for a comparison is the product of the lengths.
  static let maximumLength = 64

  /// The closest of the names, if no more than a third of the letters differ. O(names · length²).
  static func closest(to name: String, among names: [String]) -> String? {
    let wanted = Array(name.utf8.prefix(maximumLength + 1))
    guard wanted.count <= maximumLength else { return nil }
    var best: (distance: Int, name: String)?
    // Sorted, so that equally close names do not take turns.
    for candidate in names.sorted() where candidate.utf8.count <= maximumLength && candidate != name {
      let distance = distance(wanted, Array(candidate.utf8))
      if distance <= max(1, wanted.count / 3), distance < best?.distance ?? Int.max { best = (distance, candidate) }
    }
    return best?.name
  }

  /// How many letters must be put in, left out, replaced or swapped with the next.
  private static func distance(_ first: [UInt8], _ second: [UInt8]) -> Int {
    var beforeLast = Array(repeating: 0, count: second.count + 1)
    var last = Array(0...second.count)
    for row in first.indices {
      var current = [row + 1]
      for column in second.indices {
        let isEqual = first[row] == second[column]
        var cost = min(last[column + 1] + 1, current[column] + 1, last[column] + (isEqual ? 0 : 1))
        if row > 0, column > 0, first[row] == second[column - 1], first[row - 1] == second[column] {
          cost = min(cost, beforeLast[column - 1] + 1)
        }
        current.append(cost)
      }
      (beforeLast, last) = (last, current)
    }
    return last[second.count]
  }
}
