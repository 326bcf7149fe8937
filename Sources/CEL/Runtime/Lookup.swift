internal import JSON
public import Memory

/// Reading of fields, keys and indexes. The texts of errors are cel-go's (`interpreter/attributes.go`).
extension EvaluationContext {
  /// The value of a key in a map, or nil. Numeric keys match across types where they are equal.
  public func find(_ key: Value, in map: Value) -> Value? {
    if map.tag == .jsonMap {
      guard key.tag == .string, let member = cursor(map).member(key.slice) else { return nil }
      return value(member, document: map.document)
    }
    var entry = map.values
    for _ in 0..<Int(map.count) {
      if key.tag == .string {
        if entry[0].tag == .string, entry[0].slice == key.slice { return entry[1] }
      } else if equal(key, entry[0]) {
        return entry[1]
      }
      entry += 2
    }
    return nil
  }

  /// The value of a string key in a map, or nil.
  @inline(__always)
  public func find(_ name: ByteSlice, in map: Value) -> Value? {
    if map.tag == .jsonMap {
      guard let member = cursor(map).member(name) else { return nil }
      return value(member, document: map.document)
    }
    return find(.string(name), in: map)
  }

  /// `operand.field`.
  @inline(never)
  func selectSlowly(_ operand: Value, _ name: FieldName, isStrict: Bool) -> Value {
    switch operand.tag {
    case .jsonMap, .map: return find(name.text, in: operand) ?? .error(name.missing)
    case .list, .jsonList: return .error("unsupported index type 'string' in list")
    case .optional: return selectOptional(operand, name, isStrict: isStrict)
    case .error: return operand
    default: return .error(name.missing)
    }
  }

  /// `operand.?field`: an optional, whatever the operand is. A selection on an optional is optional too.
  func selectOptional(_ operand: Value, _ name: FieldName, isStrict: Bool) -> Value {
    var target = operand
    if operand.tag == .optional {
      guard let wrapped = operand.wrapped else { return .none }
      target = wrapped
    }
    switch target.tag {
    case .jsonMap, .map:
      // Not `map(arena.some)`: a bound method is a closure, which unoptimised builds take from the heap.
      guard let value = find(name.text, in: target) else { return .none }
      return arena.some(value)
    case .list, .jsonList: return .error("unsupported index type 'string' in list")
    case .error: return target
    default: return isStrict ? .error(name.missing) : .none
    }
  }

  /// `has(operand.field)`: false for what has no fields, as in the API server.
  func has(_ operand: Value, _ name: FieldName, isStrict: Bool) -> Value {
    switch operand.tag {
    case .jsonMap: return .bool(cursor(operand).member(name.text) != nil)
    case .map: return .bool(find(name.text, in: operand) != nil)
    case .list, .jsonList: return .error("unsupported index type 'string' in list")
    case .optional:
      guard let wrapped = operand.wrapped else { return .bool(false) }
      return has(wrapped, name, isStrict: isStrict)
    case .error: return operand
    default: return isStrict ? .error(name.missing) : .bool(false)
    }
  }

  /// `operand[key]`.
  func index(_ operand: Value, _ key: Value, isStrict: Bool) -> Value {
    if operand.tag == .error { return operand }
    if key.tag == .error { return key }
    if operand.tag == .optional { return indexOptional(operand, key, isStrict: isStrict) }
    switch lookUp(operand, key) {
    case .found(let value): return value
    case .failed(let error): return error
    case .absent:
      return operand.isList ? error("index out of bounds: ", text(key)) : error("no such key: ", text(key))
    }
  }

  /// `operand[?key]`.
  func indexOptional(_ operand: Value, _ key: Value, isStrict: Bool) -> Value {
    if operand.tag == .error { return operand }
    if key.tag == .error { return key }
    var target = operand
    if operand.tag == .optional {
      guard let wrapped = operand.wrapped else { return .none }
      target = wrapped
    }
    switch lookUp(target, key) {
    case .found(let value): return arena.some(value)
    case .failed(let error): return error
    case .absent:
      return isStrict && !target.isMap && !target.isList ? error("no such key: ", text(key)) : .none
    }
  }

  private enum Hit {
    case found(Value)
    case absent
    case failed(Value)
  }

  private func lookUp(_ operand: Value, _ key: Value) -> Hit {
    switch key.tag {
    case .string, .int, .uint, .double, .bool: break
    default: return .failed(error("invalid qualifier type: ", key.typeName))
    }
    if operand.isMap { return find(key, in: operand).map { .found($0) } ?? .absent }
    guard operand.isList else { return .absent }
    guard key.isNumber else { return .failed(error("unsupported index type '", key.typeName, "' in list")) }
    guard let index = key.exactInt64 else {
      return .failed(error("unsupported index value ", text(key), " in list"))
    }
    guard index >= 0, index < Int64(operand.count) else { return .absent }
    return .found(element(Int(index), of: operand))
  }

  /// The element of a list; `index` must be in it.
  public func element(_ index: Int, of list: Value) -> Value {
    assert(index >= 0 && index < Int(list.count))
    if list.tag == .list { return list.values[index] }
    guard let element = cursor(list).element(at: index) else { return .null }
    return value(element, document: list.document)
  }

  /// `needle in container`.
  func contains(_ container: Value, _ needle: Value) -> Value {
    if needle.tag == .error { return needle }
    switch container.tag {
    case .map, .jsonMap:
      _ = goesOn(after: Int(container.count >> 3))
      return .bool(find(needle, in: container) != nil)
    case .list, .jsonList:
      guard var elements = Elements(container) else { return .bool(false) }
      while elements.remaining > 0 {
        if elements.remaining & 15 == 0, !goesOn(after: 16) { return .bool(false) }
        if equal(elements.next(self), needle) { return .bool(true) }
      }
      return .bool(false)
    case .error: return container
    default: return .error("no such overload")
    }
  }
}

/// A field's name in the program's memory, with the message for when it is missing.
struct FieldName: BitwiseCopyable {
  let text: ByteSlice
  let missing: ByteSlice
}

extension Value {
  /// A number as an integer where that loses nothing.
  var exactInt64: Int64? {
    switch tag {
    case .int: intValue
    case .uint: Int64(exactly: payload)
    case .double: Int64(exactly: doubleValue)
    default: nil
    }
  }

  /// The name of the value's type as `type()` and messages show it.
  public var typeName: ByteSlice {
    switch tag {
    case .error: ByteSlice("error")
    case .null: ByteSlice("null_type")
    case .bool: ByteSlice("bool")
    case .int: ByteSlice("int")
    case .uint: ByteSlice("uint")
    case .double: ByteSlice("double")
    case .string: ByteSlice("string")
    case .bytes: ByteSlice("bytes")
    case .timestamp: ByteSlice("google.protobuf.Timestamp")
    case .duration: ByteSlice("google.protobuf.Duration")
    case .list, .jsonList: ByteSlice("list")
    case .map, .jsonMap: objectTypeName ?? ByteSlice("map")
    case .optional: ByteSlice("optional_type")
    case .type: ByteSlice("type")
    case .opaque: opaqueType?.name ?? ByteSlice("opaque")
    }
  }
}
