public import Memory

extension Value {
  @inlinable @inline(__always)
  public var isError: Bool { tag == .error }

  /// Whether the value is the boolean `true`.
  @inlinable @inline(__always)
  public var isTrue: Bool { tag == .bool && payload != 0 }

  @inlinable @inline(__always)
  public var isFalse: Bool { tag == .bool && payload == 0 }

  @inlinable public var asBool: Bool? { tag == .bool ? payload != 0 : nil }
  @inlinable public var asInt: Int64? { tag == .int ? intValue : nil }
  @inlinable public var asUInt: UInt64? { tag == .uint ? payload : nil }
  @inlinable public var asDouble: Double? { tag == .double ? doubleValue : nil }
  @inlinable public var asString: ByteSlice? { tag == .string ? slice : nil }

  /// `optional.none()`.
  @inline(__always)
  var isNone: Bool { tag == .optional && count == 0 }

  /// Whether nothing is looked up in the value: an error or none.
  @inline(__always)
  var isUnqualified: Bool { tag == .error || isNone }

  /// The message of an error.
  @inlinable public var errorMessage: ByteSlice? { tag == .error ? slice : nil }

  /// Which kind of failure an error is.
  public var errorCode: ErrorCode? { tag == .error ? ErrorCode(rawValue: detail) : nil }

  /// What an optional holds, or nil for `optional.none()` and for other values.
  @inlinable
  public var wrapped: Value? {
    tag == .optional && count == 1 ? pointer.assumingMemoryBound(to: Value.self).pointee : nil
  }

  // The following read the payload as one kind of value; whoever calls them has looked at the tag.

  @inlinable @inline(__always)
  var intValue: Int64 { Int64(bitPattern: payload) }

  @inlinable @inline(__always)
  var doubleValue: Double { Double(bitPattern: payload) }

  @inlinable @inline(__always)
  var pointer: UnsafeRawPointer {
    // INVARIANT: the tag says that the payload is an address, and every such value was made from a pointer.
    assert(payload != 0)
    return UnsafeRawPointer(bitPattern: UInt(payload)).unsafelyUnwrapped
  }

  @inlinable @inline(__always)
  var slice: ByteSlice {
    assert(tag == .string || tag == .bytes || tag == .error || tag == .type)
    return ByteSlice(start: pointer.assumingMemoryBound(to: UInt8.self), count: Int(count))
  }

  /// The elements of a `list`, or the keys and values of a `map`.
  @inlinable @inline(__always)
  var values: UnsafePointer<Value> {
    assert(tag == .list || tag == .map)
    return pointer.assumingMemoryBound(to: Value.self)
  }

  /// Bytes of a text, elements of a list or entries of a map, by which work on the value is charged and room for its
  /// elements made; 0 of anything else, where `count` has another meaning (a timestamp's nanoseconds).
  @inline(__always)
  var extent: UInt32 {
    switch tag {
    case .string, .bytes, .list, .map, .jsonList, .jsonMap: count
    default: 0
    }
  }

  @inlinable
  var isNumber: Bool { tag == .int || tag == .uint || tag == .double }

  /// Minutes east of UTC of a timestamp.
  @inlinable
  var offsetMinutes: Int16 { Int16(bitPattern: document) }
}
