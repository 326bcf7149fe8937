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

  // In front of a container's elements stands one value whose payload is the room there is.
  private static var header: Int { 1 }

  func emptyList(capacity: Int) -> Value {
    .list(allocate(values: capacity), count: 0)
  }

  func emptyMap(capacity: Int) -> Value {
    .map(allocate(values: 2 * capacity), count: 0)
  }

  private func allocate(values capacity: Int) -> UnsafeMutablePointer<Value> {
    let place = arena.allocate(Value.self, count: capacity + Self.header)
    place.pointee = .uint(UInt64(truncatingIfNeeded: capacity))
    return place + Self.header
  }

  /// Room for `count` more values behind the `used` ones of a container that ``emptyList`` or ``emptyMap`` made.
  @inline(__always)
  private func reserve(_ container: UnsafeMutablePointer<Value>, used: Int, count: Int) -> UnsafeMutablePointer<Value> {
    let values = UnsafeMutablePointer(mutating: container.pointee.values)
    let capacity = Int(truncatingIfNeeded: (values - Self.header).pointee.payload)
    if used + count <= capacity { return values }
    let larger = allocate(values: max(2 * capacity, used + count, 8))
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
    var entry = UnsafeMutablePointer(mutating: map.values)
    for _ in 0..<Int(map.count) {
      if equal(entry[0], key) { return entry }
      entry += 2
    }
    return nil
  }

  private func remove(_ key: Value, from map: UnsafeMutablePointer<Value>) {
    guard let place = place(of: key, in: map.pointee) else { return }
    let end = UnsafeMutablePointer(mutating: map.pointee.values) + 2 * Int(map.pointee.count)
    let rest = end - (place + 2)
    if rest > 0 { place.update(from: place + 2, count: rest) }
    map.pointee.count &-= 1
  }
}
