public import Memory

extension Value {
  public static var null: Value { Value(tag: .null) }

  /// `optional.none()`.
  public static var none: Value { Value(tag: .optional) }

  @inlinable @inline(__always)
  public static func bool(_ value: Bool) -> Value { Value(tag: .bool, payload: value ? 1 : 0) }

  @inlinable @inline(__always)
  public static func int(_ value: Int64) -> Value { Value(tag: .int, payload: UInt64(bitPattern: value)) }

  @inlinable @inline(__always)
  public static func uint(_ value: UInt64) -> Value { Value(tag: .uint, payload: value) }

  @inlinable @inline(__always)
  public static func double(_ value: Double) -> Value { Value(tag: .double, payload: value.bitPattern) }

  /// The text must be valid UTF-8 and shorter than 4 GiB, and live as long as the value.
  @inlinable @inline(__always)
  public static func string(_ text: ByteSlice) -> Value { Value(tag: .string, slice: text) }

  /// A text that lives as long as the process.
  @inlinable
  public static func string(_ text: StaticString) -> Value { .string(ByteSlice(text)) }

  @inlinable
  public static func bytes(_ bytes: ByteSlice) -> Value { Value(tag: .bytes, slice: bytes) }

  /// - Parameter offset: minutes east of UTC, kept for formatting only; equality and ordering do not see it.
  @inlinable
  public static func timestamp(seconds: Int64, nanoseconds: UInt32, offset: Int16 = 0) -> Value {
    assert(nanoseconds < 1_000_000_000)
    return Value(
      tag: .timestamp, document: UInt16(bitPattern: offset), count: nanoseconds, payload: UInt64(bitPattern: seconds))
  }

  @inlinable
  public static func duration(nanoseconds: Int64) -> Value {
    Value(tag: .duration, payload: UInt64(bitPattern: nanoseconds))
  }

  /// `count` values, one behind the other, that live as long as the value.
  @inlinable
  public static func list(_ elements: UnsafePointer<Value>, count: Int) -> Value {
    Value(tag: .list, count: UInt32(truncatingIfNeeded: count), payload: address(of: UnsafeRawPointer(elements)))
  }

  /// `count` keys and values in turn. Keys are of the types that CEL allows and no two are equal.
  @inlinable
  public static func map(_ entries: UnsafePointer<Value>, count: Int) -> Value {
    Value(tag: .map, count: UInt32(truncatingIfNeeded: count), payload: address(of: UnsafeRawPointer(entries)))
  }

  /// A type by its name as `type()` and messages show it.
  @inlinable
  public static func type(_ name: ByteSlice) -> Value { Value(tag: .type, slice: name) }

  /// An evaluation error with a message that lives as long as the value.
  @inlinable
  public static func error(_ message: ByteSlice, code: ErrorCode = .evaluation) -> Value {
    Value(
      tag: .error, detail: code.rawValue, count: UInt32(truncatingIfNeeded: message.count),
      payload: address(of: UnsafeRawPointer(message.start)))
  }

  @inlinable
  public static func error(_ message: StaticString, code: ErrorCode = .evaluation) -> Value {
    .error(ByteSlice(message), code: code)
  }

  @inlinable @inline(__always)
  init(tag: Tag, slice: ByteSlice) {
    // INVARIANT: what is longer than 4 GiB never becomes a value; bodies and results are bounded far below.
    assert(slice.count <= Int(UInt32.max))
    self.init(
      tag: tag, count: UInt32(truncatingIfNeeded: slice.count),
      payload: Value.address(of: UnsafeRawPointer(slice.start)))
  }

  @inlinable @inline(__always)
  static func address(of pointer: UnsafeRawPointer) -> UInt64 { UInt64(UInt(bitPattern: pointer)) }
}

extension Arena.Handle {
  /// A list of the values, copied into the arena.
  public func list(_ elements: UnsafeBufferPointer<Value>) -> Value {
    let place = allocate(Value.self, count: elements.count)
    for index in 0..<elements.count { place[index] = elements[index] }
    return .list(place, count: elements.count)
  }

  /// A map of keys and values in turn, copied into the arena. No two keys may be equal.
  public func map(keysAndValues: UnsafeBufferPointer<Value>) -> Value {
    precondition(keysAndValues.count % 2 == 0)
    let place = allocate(Value.self, count: keysAndValues.count)
    for index in 0..<keysAndValues.count { place[index] = keysAndValues[index] }
    return .map(place, count: keysAndValues.count / 2)
  }

  /// `optional.of(value)`.
  public func some(_ value: Value) -> Value {
    let place = allocate(Value.self, count: 1)
    place.pointee = value
    return Value(tag: .optional, count: 1, payload: Value.address(of: UnsafeRawPointer(place)))
  }
}
