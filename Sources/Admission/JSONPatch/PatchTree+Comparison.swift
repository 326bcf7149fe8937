internal import JSON
internal import Memory

extension PatchTree {
  /// Whether a node equals a value, as the library's `test` sees it: the kinds must agree, except that a value that is `null` as a
  /// whole equals whatever is empty.
  mutating func node(_ node: Node, equals value: Cursor, numbers: CursorComparison.Numbers, depth: Int = 0) -> Bool {
    guard depth < Tape.maximumDepth else { return false }
    switch node.pointee.form {
    case .onTape:
      let comparison = CursorComparison(numbers: numbers, arena: arena)
      return comparison.areEqual(node.pointee.value, value, steps: &steps)
    case .object:
      guard value.isObject, value.count == node.pointee.count else { return false }
      // Members that are both there in equal number: looking each up on one side is enough.
      var start = 0
      for (key, member) in value.members {
        guard let index = place(of: key, in: node, from: start) else { return false }
        guard child(node.pointee.entries[index].node, equals: member, numbers: numbers, depth: depth) else {
          return false
        }
        start = index + 1
      }
      return true
    case .array:
      guard value.isArray, value.count == node.pointee.count else { return false }
      var index = 0
      for element in value.elements {
        guard child(node.pointee.entries[index].node, equals: element, numbers: numbers, depth: depth) else {
          return false
        }
        index += 1
      }
      return true
    }
  }

  private mutating func child(
    _ node: Node?, equals value: Cursor, numbers: CursorComparison.Numbers, depth: Int
  ) -> Bool {
    guard let node else { return value.isNull }
    // To the library a `null` that an operation put there is empty, and a `null` that was read is nothing.
    if numbers == .byValue, node.pointee.isNull { return value.isObject && value.count == 0 }
    return self.node(node, equals: value, numbers: numbers, depth: depth + 1)
  }

  private mutating func place(of key: Cursor, in object: Node, from start: Int) -> Int? {
    let count = object.pointee.count
    for offset in 0..<count {
      let index = start + offset < count ? start + offset : start + offset - count
      steps -= 1
      if steps < 0 { return nil }
      if key.isString(object.pointee.entries[index].key) { return index }
    }
    return nil
  }
}
