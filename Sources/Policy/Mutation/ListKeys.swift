internal import Admission
internal import JSON
internal import Memory

/// What tells the elements of one list apart: the keys of objects, or the scalars themselves in a set.
struct ListKeys {
  /// Why an element has no key, in structured-merge-diff's words.
  enum Problem {
    case null
    case notAMap
    case noKeys
    case mapInSet
    case listInSet
    case nullInSet
  }

  private let type: SchemaTable.TypeRecord
  private let table: SchemaTable
  private let arena: Arena.Handle

  init(_ list: SchemaTable.TypeID, table: SchemaTable, arena: Arena.Handle) {
    type = table[list]
    self.table = table
    self.arena = arena
  }

  func problem(of element: Cursor) -> Problem? {
    if type.list == .set {
      return element.isObject ? .mapInSet : element.isArray ? .listInSet : element.isNull ? .nullInSet : nil
    }
    if element.isNull { return .null }
    guard element.isObject else { return .notAMap }
    for (_, value) in values(of: element) where value != nil { return nil }
    return .noKeys
  }

  func append(_ problem: Problem, to message: inout ArenaMessage) {
    switch problem {
    case .null: message.append("associative list with keys may not have a null element")
    case .notAMap: message.append("associative list with keys may not have non-map elements")
    case .noKeys:
      message.append("associative list with keys has an element that omits all key fields [")
      for index in 0..<Int(type.keyCount) {
        if index > 0 { message.append(" ") }
        message.append(quoted: table.keys[Int(type.firstKey) + index].name)
      }
      message.append("] (and doesn't have default values for any key fields)")
    case .mapInSet: message.append("associative list without keys has an element that's a map type")
    case .listInSet: message.append("not supported: associative list with lists as elements")
    case .nullInSet: message.append("associative list without keys has an element that's an explicit null")
    }
  }

  /// Each key's name with its value in `item`, or the default.
  func values(of item: Cursor) -> Values {
    Values(item: item, keys: table.keys + Int(type.firstKey), count: Int(type.keyCount))
  }

  struct Values: Sequence, IteratorProtocol {
    let item: Cursor
    let keys: UnsafePointer<SchemaTable.KeyRecord>
    let count: Int
    var index = 0

    mutating func next() -> (name: ByteSlice, value: Cursor?)? {
      guard index < count else { return nil }
      let key = keys[index]
      index += 1
      return (key.name, item.member(key.name) ?? key.defaultValue)
    }
  }

  // MARK: Comparison

  /// Whether two elements, both without a problem, have the same key.
  func areSame(_ left: Cursor, _ right: Cursor) -> Bool {
    if type.list == .set { return areEqual(left, right) }
    var others = values(of: right)
    for (_, value) in values(of: left) {
      guard let other = others.next() else { return false }
      switch (value, other.value) {
      case (nil, nil): continue
      case (let value?, let other?): if !areEqual(value, other) { return false }
      default: return false
      }
    }
    return true
  }

  private func areEqual(_ left: Cursor, _ right: Cursor) -> Bool {
    // Keys are scalars: one step. Anything else is compared as far as a few steps go.
    var steps = 1_000
    return CursorComparison(numbers: .byValue, arena: arena).areEqual(left, right, steps: &steps)
  }

  /// The same for elements with the same key; another one in each process, so that nobody can prepare keys that collide.
  func hash(of element: Cursor) -> Int {
    var hasher = Hasher()
    if type.list == .set {
      hash(element, into: &hasher)
    } else {
      for (_, value) in values(of: element) {
        if let value { hash(value, into: &hasher) } else { hasher.combine(false) }
      }
    }
    return hasher.finalize()
  }

  private func hash(_ scalar: Cursor, into hasher: inout Hasher) {
    switch scalar.kind {
    case .integer, .double: hasher.combine(scalar.double)
    case .string: hasher.combine(scalar.string(in: arena))
    default: hasher.combine(scalar.word.pointee.kind.rawValue)
    }
  }
}

/// The elements of one list by their keys: an open table in the arena.
struct ListIndex {
  private let keys: ListKeys
  private let elements: UnsafePointer<Cursor>
  /// An element's index plus one; 0 is free.
  private let places: UnsafeMutablePointer<Int32>
  private let mask: Int

  init(_ keys: ListKeys, elements: UnsafePointer<Cursor>, capacity: Int, arena: Arena.Handle) {
    self.keys = keys
    self.elements = elements
    var size = 8
    while size < capacity * 2 { size *= 2 }
    mask = size - 1
    places = arena.allocate(Int32.self, count: size)
    places.update(repeating: 0, count: size)
  }

  func find(_ element: Cursor) -> Int? {
    let start = keys.hash(of: element)
    for probe in 0...mask {
      let index = Int(places[(start &+ probe) & mask])
      if index == 0 { return nil }
      if keys.areSame(elements[index - 1], element) { return index - 1 }
    }
    return nil
  }

  func insert(_ index: Int) {
    let start = keys.hash(of: elements[index])
    for probe in 0...mask where places[(start &+ probe) & mask] == 0 {
      places[(start &+ probe) & mask] = Int32(index + 1)
      return
    }
  }
}
