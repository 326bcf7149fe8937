/// A view of bytes that somebody else owns: a pointer and a length, copied freely.
///
/// Trap: nothing keeps the owner alive. A slice of a request's body or of its arena is valid until that request ends; a
/// slice of a compiled program is valid as long as the program.
@frozen
public struct ByteSlice: BitwiseCopyable, @unchecked Sendable {
  public let start: UnsafePointer<UInt8>
  public let count: Int

  /// The empty slice. Its pointer is never read.
  @inlinable
  public static var empty: ByteSlice { ByteSlice("") }

  @inlinable @inline(__always)
  public init(start: UnsafePointer<UInt8>, count: Int) {
    self.start = start
    self.count = count
  }

  /// The bytes of a literal, which live as long as the program.
  @inlinable @inline(__always)
  public init(_ literal: StaticString) {
    self.init(start: literal.utf8Start, count: literal.utf8CodeUnitCount)
  }

  @inlinable
  public init(_ buffer: UnsafeRawBufferPointer) {
    guard let base = buffer.baseAddress else {
      self = .empty
      return
    }
    self.init(start: base.assumingMemoryBound(to: UInt8.self), count: buffer.count)
  }

  @inlinable
  public init(_ buffer: UnsafeBufferPointer<UInt8>) {
    self.init(UnsafeRawBufferPointer(buffer))
  }

  @inlinable @inline(__always)
  public var isEmpty: Bool { count == 0 }

  @inlinable
  public var buffer: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }

  @inlinable @inline(__always)
  public subscript(offset: Int) -> UInt8 {
    assert(offset >= 0 && offset < count)
    return start[offset]
  }

  @inlinable
  public var last: UInt8? { count == 0 ? nil : start[count - 1] }

  /// The part from `offset` (at most `count`) to the end.
  @inlinable
  public func dropFirst(_ offset: Int) -> ByteSlice {
    precondition(offset >= 0 && offset <= count)
    return ByteSlice(start: start + offset, count: count - offset)
  }

  /// The first `length` bytes, or all where there are fewer.
  @inlinable
  public func prefix(_ length: Int) -> ByteSlice {
    ByteSlice(start: start, count: min(length, count))
  }

  /// The bytes from `range.lowerBound` up to `range.upperBound`.
  @inlinable
  public subscript(range: Range<Int>) -> ByteSlice {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    return ByteSlice(start: start + range.lowerBound, count: range.count)
  }
}
