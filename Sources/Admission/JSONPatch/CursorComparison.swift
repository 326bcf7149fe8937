package import JSON
package import Memory

/// Whether two values of tapes are the same. Every look at a word costs a step, and comparing ends with "different" when the steps
/// are used up: whoever compares looks at `steps` where that matters.
package struct CursorComparison {
  /// What makes two numbers the same.
  package enum Numbers {
    /// Their text: `1` and `1.0` differ.
    case asWritten
    /// Their value, as for the `test` operation. An API server compares texts there, too, but texts that one encoder wrote.
    case byValue
  }

  let numbers: Numbers
  let arena: Arena.Handle

  package init(numbers: Numbers, arena: Arena.Handle) {
    self.numbers = numbers
    self.arena = arena
  }

  /// Costs O(size), more only where the same keys stand in different orders.
  package func areEqual(_ left: Cursor, _ right: Cursor, steps: inout Int) -> Bool {
    steps -= 1
    if steps < 0 { return false }
    switch left.kind {
    case .object:
      guard right.isObject, left.count == right.count else { return false }
      var lookup = MemberLookup(right)
      for (key, value) in left.members {
        guard let other = lookup.value(of: key, arena: arena, steps: &steps),
          areEqual(value, other, steps: &steps)
        else { return false }
      }
      return true
    case .array:
      guard right.isArray, left.count == right.count else { return false }
      var others = right.elements
      for element in left.elements {
        guard let other = others.next(), areEqual(element, other, steps: &steps) else { return false }
      }
      return true
    default:
      return scalarsAreEqual(left, right)
    }
  }

  func scalarsAreEqual(_ left: Cursor, _ right: Cursor) -> Bool {
    switch left.kind {
    case .string: return Self.stringsAreEqual(left, right, arena: arena)
    case .integer, .double:
      guard right.kind == .integer || right.kind == .double else { return false }
      if left.rawText == right.rawText { return true }
      if numbers == .asWritten { return false }
      if let first = left.integer, let second = right.integer { return first == second }
      return left.double == right.double
    case .object, .array: return false
    default: return !right.isString && left.rawText == right.rawText
    }
  }

  static func stringsAreEqual(_ left: Cursor, _ right: Cursor, arena: Arena.Handle) -> Bool {
    guard right.isString else { return false }
    if !left.hasEscapes { return right.isString(left.rawText) }
    return left.rawText == right.rawText || right.isString(left.string(in: arena))
  }
}

/// Looks up members of one object by the keys of another. Keys mostly stand in the same order, so the search begins behind the
/// last hit.
package struct MemberLookup {
  private let object: Cursor
  private var place: UnsafePointer<Word>

  package init(_ object: Cursor) {
    self.object = object
    place = object.word + 1
  }

  package mutating func value(of key: Cursor, arena: Arena.Handle, steps: inout Int) -> Cursor? {
    let end = object.word + object.word.pointee.span
    if let found = search(key, from: place, to: end, arena, &steps) { return found }
    return search(key, from: object.word + 1, to: place, arena, &steps)
  }

  private mutating func search(
    _ key: Cursor, from start: UnsafePointer<Word>, to end: UnsafePointer<Word>, _ arena: Arena.Handle,
    _ steps: inout Int
  ) -> Cursor? {
    var word = start
    while word < end {
      let value = word + 1
      let next = value + value.pointee.span
      steps -= 1
      if steps < 0 { return nil }
      if CursorComparison.stringsAreEqual(Cursor(word: word, text: object.text), key, arena: arena) {
        place = next
        return Cursor(word: value, text: object.text)
      }
      word = next
    }
    return nil
  }
}
