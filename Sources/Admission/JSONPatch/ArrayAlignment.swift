internal import JSON
internal import Memory

/// Which elements of one array became which of another: a longest common subsequence, weighted.
///
/// Equal elements count most. Objects with the same `name` count, too, though they differ: they are what Kubernetes merges (containers,
/// environment variables, volumes), and what differs in them is a small patch. Between the elements that are aligned, others are
/// paired in their order; what is left over is removed or added.
struct ArrayAlignment {
  enum Step {
    /// What stands here becomes `new`: equal, or not.
    case same(old: Cursor, new: Cursor)
    case remove
    case add(Cursor)
  }

  private let old: UnsafeBufferPointer<Cursor>
  private let new: UnsafeBufferPointer<Cursor>
  /// For each pair of places, the weight of what can be aligned from there on; nil where the arrays are too large.
  private var weights: UnsafeMutablePointer<Int32>?
  private var matches: UnsafeMutablePointer<Int32>?

  /// The next elements, and where the elements that are next aligned stand.
  private var place = (old: 0, new: 0)
  private var aligned = (old: 0, new: 0)

  private static var equalWeight: Int32 { 3 }
  private static var namesakeWeight: Int32 { 2 }

  init(
    old: UnsafeBufferPointer<Cursor>, new: UnsafeBufferPointer<Cursor>, comparison: CursorComparison,
    arena: Arena.Handle, steps: inout Int
  ) {
    self.old = old
    self.new = new
    // Two of the same count and only one: nothing to weigh.
    if old.count > 1 || new.count > 1, old.count > 0, new.count > 0,
      old.count <= JSONPatch.maximumAlignment / new.count
    {
      weigh(comparison, arena, &steps)
    }
    findAligned()
  }

  mutating func next() -> Step? {
    if place.old < aligned.old, place.new < aligned.new {
      defer {
        place.old += 1
        place.new += 1
      }
      return .same(old: old[place.old], new: new[place.new])
    }
    if place.old < aligned.old {
      place.old += 1
      return .remove
    }
    if place.new < aligned.new {
      place.new += 1
      return .add(new[place.new - 1])
    }
    guard place.old < old.count, place.new < new.count else { return nil }
    let step = Step.same(old: old[place.old], new: new[place.new])
    place.old += 1
    place.new += 1
    findAligned()
    return step
  }

  private mutating func weigh(_ comparison: CursorComparison, _ arena: Arena.Handle, _ steps: inout Int) {
    let width = new.count + 1
    let weights = arena.allocate(Int32.self, count: (old.count + 1) * width)
    let matches = arena.allocate(Int32.self, count: (old.count + 1) * width)
    weights.update(repeating: 0, count: (old.count + 1) * width)
    for row in stride(from: old.count - 1, through: 0, by: -1) {
      for column in stride(from: new.count - 1, through: 0, by: -1) {
        let match = weight(old[row], new[column], comparison, &steps)
        matches[row * width + column] = match
        let skipped = max(weights[(row + 1) * width + column], weights[row * width + column + 1])
        let taken = match > 0 ? match + weights[(row + 1) * width + column + 1] : 0
        weights[row * width + column] = max(skipped, taken)
      }
      if steps < 0 { return }
    }
    self.weights = weights
    self.matches = matches
  }

  private func weight(
    _ left: Cursor, _ right: Cursor, _ comparison: CursorComparison, _ steps: inout Int
  ) -> Int32 {
    if left.isObject, right.isObject, let name = left.member("name"), name.isString {
      guard let other = right.member("name"), comparison.scalarsAreEqual(name, other) else { return 0 }
      return comparison.areEqual(left, right, steps: &steps) ? Self.equalWeight : Self.namesakeWeight
    }
    return comparison.areEqual(left, right, steps: &steps) ? Self.equalWeight : 0
  }

  /// Moves `aligned` to the next two elements that are aligned, or behind the last ones.
  private mutating func findAligned() {
    aligned = (old.count, new.count)
    guard let weights, let matches else { return }
    let width = new.count + 1
    var row = place.old
    var column = place.new
    while row < old.count, column < new.count {
      let here = weights[row * width + column]
      let match = matches[row * width + column]
      if match > 0, here == match + weights[(row + 1) * width + column + 1] {
        aligned = (row, column)
        return
      }
      if here == weights[(row + 1) * width + column] { row += 1 } else { column += 1 }
    }
  }
}
