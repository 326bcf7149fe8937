internal import Admission
internal import JSON
internal import Memory

/// The merge itself: of an object that is taken as it is, and a configuration that was checked.
struct ObjectMerge {
  private let table: SchemaTable
  private let arena: Arena.Handle
  private var path: FieldPath
  private var problems: MergeProblems
  /// Keys that may still be looked at: only objects whose keys stand in other orders by the thousand come near the limit.
  private var steps = JSONPatch.maximumSteps

  init(table: SchemaTable, arena: Arena.Handle) {
    self.table = table
    self.arena = arena
    path = FieldPath(arena: arena)
    problems = MergeProblems(table: table, arena: arena)
  }

  /// What is wrong with the object, or nil.
  var problem: ByteSlice? {
    if steps < 0 {
      var text = ArenaMessage("error applying patch: merging takes more than ", in: arena)
      text.append(decimal: JSONPatch.maximumSteps)
      text.append(" steps")
      return text.bytes
    }
    return problems.message("error applying patch: failed to convert original object to typed object: ")
  }

  /// `apiVersion` and `kind`: an API server overwrites what a configuration says of them.
  static func isIdentity(_ name: ByteSlice) -> Bool { name == "apiVersion" || name == "kind" }

  mutating func mergeRoot(
    _ left: Cursor, _ right: Cursor, _ type: SchemaTable.TypeID, _ output: inout ByteBuffer
  ) {
    guard left.isObject else { return output.writeValue(right) }
    mergeMembers(left, right, type, isRoot: true, &output)
  }

  private mutating func merge(
    _ left: Cursor, _ right: Cursor, _ id: SchemaTable.TypeID, _ output: inout ByteBuffer
  ) {
    let type = table[id]
    if left.isObject, right.isObject, type.map == .granular || type.map == .custom {
      mergeMembers(left, right, id, isRoot: false, &output)
    } else if left.isArray, right.isArray, type.list == .keyed || type.list == .set {
      mergeElements(left, right, id, &output)
    } else {
      output.writeValue(right)
    }
  }

  /// The left members, merged where the right has them too, then what only the right has.
  private mutating func mergeMembers(
    _ left: Cursor, _ right: Cursor, _ id: SchemaTable.TypeID, isRoot: Bool, _ output: inout ByteBuffer
  ) {
    output.writeObjectStart()
    var lookup = MemberLookup(right)
    for (key, value) in left.members {
      output.writeMemberKey(key)
      let name = key.string(in: arena)
      guard !(isRoot && Self.isIdentity(name)), let other = lookup.value(of: key, arena: arena, steps: &steps),
        let member = table.member(name, of: id)
      else {
        output.writeValue(value)
        continue
      }
      path.push(.field(name))
      merge(value, other, member, &output)
      path.pop()
    }
    var known = MemberLookup(left)
    for (key, value) in right.members where known.value(of: key, arena: arena, steps: &steps) == nil {
      if isRoot, Self.isIdentity(key.string(in: arena)) { continue }
      output.writeMemberKey(key)
      output.writeValue(value)
    }
    output.writeObjectEnd()
  }

  // MARK: Lists

  /// Elements of both sides, and who has whom.
  private struct Sides {
    var left: UnsafeMutablePointer<Cursor>
    var leftCount: Int
    var right: UnsafeMutablePointer<Cursor>
    var rightCount: Int
    /// For each left element, its place on the right, or -1.
    var rightOfLeft: UnsafeMutablePointer<Int>
    /// For each right element, its first place on the left, or -1 where it has none, or -2 where it has several.
    var leftOfRight: UnsafeMutablePointer<Int>
  }

  private mutating func mergeElements(
    _ left: Cursor, _ right: Cursor, _ id: SchemaTable.TypeID, _ output: inout ByteBuffer
  ) {
    guard let elementType = table[id].listElement, let sides = pair(left, right, id) else {
      return output.writeValue(right)
    }
    let isMerged = arena.allocate(Bool.self, count: sides.rightCount)
    isMerged.update(repeating: false, count: sides.rightCount)
    // The next element on the right that the left has too.
    var shared = 0
    func skipUnshared(_ place: inout Int) {
      while place < sides.rightCount, sides.leftOfRight[place] == -1 { place += 1 }
    }
    skipUnshared(&shared)

    output.writeArrayStart()
    var leftPlace = 0
    var rightPlace = 0
    while leftPlace < sides.leftCount || rightPlace < sides.rightCount {
      if leftPlace < sides.leftCount, rightPlace < sides.rightCount {
        let other = sides.rightOfLeft[leftPlace]
        if other == rightPlace {
          mergeElement(rightPlace, of: sides, isMerged, elementType, id, &output)
          leftPlace += 1
          rightPlace += 1
          shared += 1
          skipUnshared(&shared)
          continue
        }
        if other >= 0, shared < sides.rightCount, other != shared {
          // It comes later, where the right has it.
          leftPlace += 1
          continue
        }
      }
      if leftPlace < sides.leftCount {
        let other = sides.rightOfLeft[leftPlace]
        if other < 0 {
          output.writeValue(sides.left[leftPlace])
          leftPlace += 1
          continue
        } else if isMerged[other] {
          leftPlace += 1
        }
      }
      if rightPlace < sides.rightCount {
        mergeElement(rightPlace, of: sides, isMerged, elementType, id, &output)
        if rightPlace == shared {
          shared += 1
          skipUnshared(&shared)
        }
        rightPlace += 1
      }
    }
    output.writeArrayEnd()
  }

  /// An element of the right, merged with the left's where it has exactly one.
  private mutating func mergeElement(
    _ place: Int, of sides: Sides, _ isMerged: UnsafeMutablePointer<Bool>, _ type: SchemaTable.TypeID,
    _ list: SchemaTable.TypeID, _ output: inout ByteBuffer
  ) {
    isMerged[place] = true
    guard sides.leftOfRight[place] >= 0 else { return output.writeValue(sides.right[place]) }
    path.push(.key(item: sides.right[place], list: list))
    merge(sides.left[sides.leftOfRight[place]], sides.right[place], type, &output)
    path.pop()
  }

  /// Nil where the left has an element without a key.
  private mutating func pair(_ left: Cursor, _ right: Cursor, _ id: SchemaTable.TypeID) -> Sides? {
    let keys = ListKeys(id, table: table, arena: arena)
    let sides = Sides(
      left: elements(of: left), leftCount: left.count, right: elements(of: right), rightCount: right.count,
      rightOfLeft: arena.allocate(Int.self, count: left.count),
      leftOfRight: arena.allocate(Int.self, count: right.count))
    sides.leftOfRight.update(repeating: -1, count: sides.rightCount)
    let index = ListIndex(keys, elements: sides.right, capacity: sides.rightCount, arena: arena)
    for place in 0..<sides.rightCount { index.insert(place) }
    for place in 0..<sides.leftCount {
      if let problem = keys.problem(of: sides.left[place]) {
        problems.add(at: path) { text in
          text.append("element ")
          text.append(decimal: place)
          text.append(": ")
          keys.append(problem, to: &text)
        }
        return nil
      }
      guard let other = index.find(sides.left[place]) else {
        sides.rightOfLeft[place] = -1
        continue
      }
      sides.rightOfLeft[place] = other
      sides.leftOfRight[other] = sides.leftOfRight[other] == -1 ? place : -2
    }
    return sides
  }

  private func elements(of array: Cursor) -> UnsafeMutablePointer<Cursor> {
    let elements = arena.allocate(Cursor.self, count: array.count)
    var index = 0
    for element in array.elements {
      elements[index] = element
      index += 1
    }
    return elements
  }
}
