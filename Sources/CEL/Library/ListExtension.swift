internal import Memory

/// The lists extension of cel-go (`ext/lists.go`), and `first` and `last` of its optional values.
extension EvaluationContext {
  func listExtension(_ function: Function, _ arguments: UnsafeBufferPointer<Value>) -> Value {
    let list = arguments[0]
    if function == .range { return list.tag == .int ? range(list.intValue) : noOverload(function, arguments) }
    guard list.isList else { return noOverload(function, arguments) }
    switch function {
    case .slice:
      guard arguments[1].tag == .int, arguments[2].tag == .int else { return noOverload(function, arguments) }
      return slice(list, arguments[1].intValue, arguments[2].intValue)
    case .flatten:
      guard arguments.count == 2 else { return flatten(list, depth: 1) }
      guard arguments[1].tag == .int else { return noOverload(function, arguments) }
      return flatten(list, depth: arguments[1].intValue)
    case .sort: return sort(list, by: list)
    case .sortByAssociatedKeys:
      return arguments[1].isList ? sort(list, by: arguments[1]) : noOverload(function, arguments)
    case .distinct: return distinct(list)
    default: return end(of: list, isFirst: function == .first)
    }
  }

  /// The longest list that a function can make.
  static var maximumListCount: Int { maximumTextLength >> 4 }

  private func range(_ count: Int64) -> Value {
    guard count > 0 else { return emptyList(capacity: 0) }
    guard count <= Int64(Self.maximumListCount) else { return Self.tooLong }
    let place = arena.allocate(Value.self, count: Int(count))
    for index in 0..<Int(count) {
      if !isInTime(index) { break }
      place[index] = .int(Int64(index))
    }
    return .list(place, count: Int(count))
  }

  private func slice(_ list: Value, _ start: Int64, _ end: Int64) -> Value {
    if start < 0 || end < 0 { return sliceError(start, end, "negative indexes not supported") }
    if start > end { return sliceError(start, end, "start index must be less than or equal to end index") }
    guard end <= Int64(list.count) else {
      return sliceError(start, end, "list is length ", text(.int(Int64(list.count))))
    }
    if list.tag == .list { return .list(list.values + Int(start), count: Int(end - start)) }
    let place = arena.allocate(Value.self, count: Int(end - start))
    guard var elements = Elements(list) else { return noOverload(.slice, list) }
    for index in 0..<Int(end) {
      if !isInTime(index) { return emptyList(capacity: 0) }
      let element = elements.next(self)
      if index >= Int(start) { place[index - Int(start)] = element }
    }
    return .list(place, count: Int(end - start))
  }

  private func sliceError(
    _ start: Int64, _ end: Int64, _ reason: StaticString, _ detail: ByteSlice = .empty
  ) -> Value {
    var message = ArenaText(arena)
    message.append("cannot slice(")
    message.append(text(.int(start)))
    message.append(", ")
    message.append(text(.int(end)))
    message.append("), ")
    message.append(ByteSlice(reason))
    message.append(detail)
    return .error(message.text)
  }

  private func flatten(_ list: Value, depth: Int64) -> Value {
    guard depth >= 0 else { return .error("level must be non-negative") }
    let count = flattenedCount(list, depth)
    // Where there was no time to count, there is not room for all.
    guard isInTime(0) else { return .null }
    guard count <= Self.maximumListCount else { return Self.tooLong }
    var place = arena.allocate(Value.self, count: count)
    let start = place
    writeFlattened(list, depth, to: &place)
    return .list(start, count: count)
  }

  // Both are as deep as the value is, which is bounded as for `equal`.
  private func flattenedCount(_ list: Value, _ depth: Int64) -> Int {
    guard depth > 0, var elements = Elements(list) else { return Int(list.count) }
    var count = 0
    while elements.remaining > 0, count <= Self.maximumListCount, isInTime(elements.remaining) {
      let element = elements.next(self)
      count += element.isList ? flattenedCount(element, depth - 1) : 1
    }
    return count
  }

  private func writeFlattened(_ list: Value, _ depth: Int64, to place: inout UnsafeMutablePointer<Value>) {
    guard var elements = Elements(list) else { return }
    while elements.remaining > 0, isInTime(elements.remaining) {
      let element = elements.next(self)
      if depth > 0, element.isList {
        writeFlattened(element, depth - 1, to: &place)
      } else {
        place.pointee = element
        place += 1
      }
    }
  }

  func reverseList(_ list: Value) -> Value {
    guard var elements = Elements(list) else { return noOverload(.reverse, list) }
    let count = elements.remaining
    let place = arena.allocate(Value.self, count: count)
    for index in 0..<count {
      if !isInTime(index) { break }
      place[count - 1 - index] = elements.next(self)
    }
    return .list(place, count: count)
  }

  private func distinct(_ list: Value) -> Value {
    guard var elements = Elements(list) else { return noOverload(.distinct, list) }
    let place = arena.allocate(Value.self, count: elements.remaining)
    var count = 0
    var comparisons = 0
    while elements.remaining > 0 {
      let element = elements.next(self)
      var isNew = true
      for index in 0..<count {
        comparisons &+= 1
        if !isInTime(comparisons) { return emptyList(capacity: 0) }
        if equal(place[index], element) {
          isNew = false
          break
        }
      }
      if isNew {
        place[count] = element
        count += 1
      }
    }
    return .list(place, count: count)
  }

  private func end(of list: Value, isFirst: Bool) -> Value {
    guard var elements = Elements(list), elements.remaining > 0 else { return .none }
    if list.tag == .list { return arena.some(list.values[isFirst ? 0 : Int(list.count) - 1]) }
    var element = elements.next(self)
    while !isFirst, elements.remaining > 0, isInTime(elements.remaining) { element = elements.next(self) }
    return arena.some(element)
  }

  /// The elements of a list in the order of as many keys, which are of one comparable type. Elements with equal keys stay in
  /// their order.
  private func sort(_ list: Value, by keys: Value) -> Value {
    let count = Int(list.count)
    guard count == Int(keys.count) else {
      var message = ArenaText(arena)
      message.append("@sortByAssociatedKeys() expected a list of the same size as the associated keys list, but got ")
      message.append(text(.int(Int64(list.count))))
      message.append(" and ")
      message.append(text(.int(Int64(keys.count))))
      message.append(" elements respectively")
      return .error(message.text)
    }
    if count == 0 { return list }
    let elements = arena.allocate(Value.self, count: count)
    copyElements(list, to: elements)
    let sortKeys = arena.allocate(Value.self, count: count)
    copyElements(keys, to: sortKeys)
    switch sortKeys[0].tag {
    case .int, .uint, .double, .bool, .duration, .timestamp, .string, .bytes: break
    default: return .error("list elements must be comparable")
    }
    for index in 1..<count where sortKeys[index].tag != sortKeys[0].tag {
      return .error("list elements must have the same type")
    }
    let isText = sortKeys[0].tag == .string || sortKeys[0].tag == .bytes
    let order = sortedIndexes(count) { left, right in
      let (left, right) = (sortKeys[Int(left)], sortKeys[Int(right)])
      if isText, left.count > 4096, !goesOn(after: Int(left.count >> 4)) { return false }
      return compare(left, right) == .less
    }
    let place = arena.allocate(Value.self, count: count)
    for index in 0..<count { place[index] = elements[Int(order[index])] }
    return .list(place, count: count)
  }
}

extension EvaluationContext {
  /// The numbers below `count` in the order that `isLess` says, equal ones in their own: merging, bottom up, O(n log n). In any order
  /// where there is no time.
  func sortedIndexes(_ count: Int, _ isLess: (UInt32, UInt32) -> Bool) -> UnsafeMutablePointer<UInt32> {
    var source = arena.allocate(UInt32.self, count: count)
    var target = arena.allocate(UInt32.self, count: count)
    for index in 0..<count { source[index] = UInt32(truncatingIfNeeded: index) }
    var width = 1
    while width < count {
      var start = 0
      while start < count {
        let middle = Swift.min(start + width, count)
        let end = Swift.min(middle + width, count)
        var (left, right) = (start, middle)
        for place in start..<end {
          if !isInTime(place) { return source }
          if left < middle, right == end || !isLess(source[right], source[left]) {
            target[place] = source[left]
            left += 1
          } else {
            target[place] = source[right]
            right += 1
          }
        }
        start = end
      }
      swap(&source, &target)
      width *= 2
    }
    return source
  }
}
