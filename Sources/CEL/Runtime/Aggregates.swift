internal import Memory

/// Lists and maps that an expression makes, in the arena. Appending is done in place, which nobody can see: only the
/// loop or literal that makes the container holds it until it is finished.
extension EvaluationContext {
  /// The values of consecutive registers; the first error among them instead.
  @inline(never)
  func list(_ registers: UnsafePointer<Value>, count: Int) -> Value {
    for index in 0..<count where registers[index].isError { return registers[index] }
    return arena.list(UnsafeBufferPointer(start: registers, count: count))
  }

  // In front of a container's elements stands one value whose count is the room there is, and whose payload is the address of
  // a map's index, 0 where there is none yet, or `noIndex`.
  private static var header: Int { 1 }

  /// For a map with a key of a kind that no index holds.
  private static var noIndex: UInt64 { 1 }

  func emptyList(capacity: Int) -> Value {
    .list(allocate(values: capacity), count: 0)
  }

  func emptyMap(capacity: Int) -> Value {
    .map(allocate(values: 2 * capacity), count: 0)
  }

  private func allocate(values capacity: Int) -> UnsafeMutablePointer<Value> {
    let place = arena.allocate(Value.self, count: capacity + Self.header)
    place.pointee = Value(tag: .uint, count: UInt32(clamping: capacity))
    return place + Self.header
  }

  /// Room for `count` more values behind the `used` ones of a container that ``emptyList`` or ``emptyMap`` made.
  @inline(__always)
  private func reserve(_ container: UnsafeMutablePointer<Value>, used: Int, count: Int) -> UnsafeMutablePointer<Value> {
    let values = UnsafeMutablePointer(mutating: container.pointee.values)
    let capacity = Int((values - Self.header).pointee.count)
    if used + count <= capacity { return values }
    let larger = allocate(values: max(2 * capacity, used + count, 8))
    (larger - Self.header).pointee.payload = (values - Self.header).pointee.payload
    larger.update(from: values, count: used)
    container.pointee.payload = Value.address(of: UnsafeRawPointer(larger))
    return larger
  }

  /// Appends an element; an error on either side becomes the result.
  @inline(__always)
  func append(_ element: Value, to list: UnsafeMutablePointer<Value>, isOptional: Bool) {
    guard list.pointee.tag == .list else { return }
    var element = element
    if element.isError {
      list.pointee = element
      return
    }
    if isOptional {
      guard element.tag == .optional else {
        list.pointee = error("cannot initialize optional list element from non-optional value ", text(element))
        return
      }
      guard let wrapped = element.wrapped else { return }
      element = wrapped
    }
    let used = Int(list.pointee.count)
    reserve(list, used: used, count: 1)[used] = element
    list.pointee.count &+= 1
  }

  /// Puts an entry into a map; an error on any side becomes the result.
  @inline(never)
  func put(_ key: Value, _ value: Value, to map: UnsafeMutablePointer<Value>, _ mode: PutMode) {
    guard map.pointee.tag == .map else { return }
    if key.isError {
      map.pointee = key
      return
    }
    if value.isError {
      map.pointee = value
      return
    }
    switch key.tag {
    case .string, .int, .uint, .bool: break
    default:
      if mode == .strict || mode == .strictOptional {
        map.pointee = error("unsupported key type: ", key.typeName)
        return
      }
    }
    var value = value
    if mode == .replaceOptional || mode == .strictOptional {
      guard value.tag == .optional else {
        map.pointee = error(
          "cannot initialize optional entry '",
          arena.concatenate(text(key), arena.concatenate(ByteSlice("' from non-optional value "), text(value))))
        return
      }
      guard let wrapped = value.wrapped else {
        if mode == .replaceOptional { remove(key, from: map) }
        return
      }
      value = wrapped
    }
    if let place = place(of: key, in: map.pointee) {
      switch mode {
      case .replace, .replaceOptional: place[1] = value
      case .insert: map.pointee = error("insert failed: key ", text(key), " already exists")
      case .strict, .strictOptional: map.pointee = error("failed with repeated key: ", text(key))
      }
      return
    }
    let used = 2 * Int(map.pointee.count)
    let values = reserve(map, used: used, count: 2)
    values[used] = key
    values[used + 1] = value
    map.pointee.count &+= 1
    note(key, in: map.pointee)
  }

  /// Puts all entries of a map into another that may have none of their keys.
  @inline(never)
  func putAll(_ entries: Value, to map: UnsafeMutablePointer<Value>) {
    guard map.pointee.tag == .map else { return }
    guard entries.isMap, var source = Elements(entries) else {
      map.pointee = entries.orNoOverload
      return
    }
    while source.remaining > 0, goesOn(after: Int(map.pointee.count)) {
      let (key, value) = source.nextEntry(self)
      put(key, value, to: map, .insert)
    }
  }

  private func place(of key: Value, in map: Value) -> UnsafeMutablePointer<Value>? {
    let entries = UnsafeMutablePointer(mutating: map.values)
    if MapIndex.canHold(key), let index = index(of: map) {
      return index.pointee.find(key) { equal(entries[2 * $0], key) }.map { entries + 2 * $0 }
    }
    var entry = entries
    for _ in 0..<Int(map.count) {
      if equal(entry[0], key) { return entry }
      entry += 2
    }
    return nil
  }

  /// The index of a map of many entries, which is made when it is first asked for; nil where a key is of a kind that no index holds, or
  /// the time is over.
  private func index(of map: Value) -> UnsafeMutablePointer<MapIndex>? {
    let entries = map.values
    let header = UnsafeMutablePointer(mutating: entries - Self.header)
    if header.pointee.payload == Self.noIndex { return nil }
    if let known = UnsafeMutableRawPointer(bitPattern: UInt(header.pointee.payload)) {
      return known.assumingMemoryBound(to: MapIndex.self)
    }
    let count = Int(map.count)
    guard count > MapIndex.fewEntries else { return nil }
    for entry in 0..<count where !MapIndex.canHold(entries[2 * entry]) {
      header.pointee.payload = Self.noIndex
      return nil
    }
    let index = arena.allocate(MapIndex.self, count: 1)
    index.initialize(to: MapIndex(room: 2 * count, arena))
    for entry in 0..<count {
      if entry & 15 == 15, !goesOn(after: 16) { return nil }
      index.pointee.insert(entries[2 * entry], at: entry)
    }
    header.pointee.payload = Value.address(of: UnsafeRawPointer(index))
    return index
  }

  /// Adds the last entry of a map to its index, where it has one. One that is full is made anew when it is next asked for.
  private func note(_ key: Value, in map: Value) {
    let header = UnsafeMutablePointer(mutating: map.values - Self.header)
    guard header.pointee.payload != Self.noIndex,
      let known = UnsafeMutableRawPointer(bitPattern: UInt(header.pointee.payload))
    else { return }
    let index = known.assumingMemoryBound(to: MapIndex.self)
    if !MapIndex.canHold(key) {
      header.pointee.payload = Self.noIndex
    } else if index.pointee.hasRoom(for: Int(map.count)) {
      index.pointee.insert(key, at: Int(map.count) - 1)
    } else {
      header.pointee.payload = 0
    }
  }

  private func remove(_ key: Value, from map: UnsafeMutablePointer<Value>) {
    guard let place = place(of: key, in: map.pointee) else { return }
    let end = UnsafeMutablePointer(mutating: map.pointee.values) + 2 * Int(map.pointee.count)
    let rest = end - (place + 2)
    if rest > 0 { place.update(from: place + 2, count: rest) }
    map.pointee.count &-= 1
    // Entries behind it have moved.
    UnsafeMutablePointer(mutating: map.pointee.values - Self.header).pointee.payload = 0
  }
}
