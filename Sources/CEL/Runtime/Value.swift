/// A CEL value while a program runs: sixteen trivial bytes, copied without reference counting.
///
/// A tag says what the payload is: a number, or a pointer to bytes, to other values, or to a word of a JSON tape. What
/// it points to lives in the request's body, the request's arena or the compiled program; a value is valid as long as
/// those.
///
/// | tag | payload | count | other |
/// |---|---|---|---|
/// | `error` | pointer to the UTF-8 of the message | its length | `detail`: ``ErrorCode`` |
/// | `null` | 0 | 0 | |
/// | `bool` | 0 or 1 | 0 | |
/// | `int`, `uint`, `double` | the number's bits | 0 | |
/// | `string`, `bytes` | pointer to the bytes | their number | a `string` is always valid UTF-8 |
/// | `timestamp` | seconds since 1970 (Int64) | nanoseconds, 0 to 999,999,999 | |
/// | `duration` | nanoseconds (Int64) | 0 | |
/// | `list` | pointer to values, one behind the other | elements | |
/// | `map` | pointer to keys and values in turn | entries | |
/// | `jsonList`, `jsonMap` | pointer to a tape word | elements or members | `document`: whose text the tape indexes |
/// | `optional` | pointer to the value | 0: none, 1: has a value | |
/// | `type` | pointer to the type's name | its length | |
/// | `opaque` | pointer to what the type says | as the type says | `detail`: which type |
@frozen
public struct Value: BitwiseCopyable, Sendable {
  /// Tag, detail, document and count from the lowest byte on. One word, so that copying a value is two moves; with a
  /// field for each part the compiler takes values apart and puts them together again at every call.
  @usableFromInline var head: UInt64
  public var payload: UInt64

  @inlinable @inline(__always)
  public var tag: Tag {
    // INVARIANT: the lowest byte was a tag when it was put there, and the tags' raw values are their representation.
    unsafeBitCast(UInt8(truncatingIfNeeded: head), to: Tag.self)
  }

  @inlinable @inline(__always)
  public var detail: UInt8 { UInt8(truncatingIfNeeded: head >> 8) }

  /// Index into the evaluation's table of documents: the request's body, its namespace, parameters.
  @inlinable @inline(__always)
  public var document: UInt16 { UInt16(truncatingIfNeeded: head >> 16) }

  @inlinable @inline(__always)
  public var count: UInt32 {
    get { UInt32(truncatingIfNeeded: head >> 32) }
    set { head = head & 0xFFFF_FFFF | UInt64(newValue) << 32 }
  }

  @inlinable @inline(__always)
  public init(tag: Tag, detail: UInt8 = 0, document: UInt16 = 0, count: UInt32 = 0, payload: UInt64 = 0) {
    head = UInt64(tag.rawValue) | UInt64(detail) << 8 | UInt64(document) << 16 | UInt64(count) << 32
    self.payload = payload
  }

  @frozen
  public enum Tag: UInt8, Sendable, BitwiseCopyable {
    case error, null, bool, int, uint, double, string, bytes, timestamp, duration, list, map, jsonList, jsonMap,
      optional,
      type, opaque
  }
}

/// Why an evaluation failed. `&&`, `||` and comprehensions absorb the first kind; the others end the evaluation at
/// once.
public enum ErrorCode: UInt8, Sendable {
  /// An error of the expression: no such key, no such overload, division by zero, …
  case evaluation
  /// The cost limit was reached.
  case costExceeded
  /// The deadline has passed.
  case deadlineExceeded
}
