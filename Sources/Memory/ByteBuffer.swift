/// Bytes in one growing block that has one owner: a request's body as it arrives, a response as it is written.
///
/// It is meant to be kept: `removeAll(keepingCapacity:)` empties it for the next request, and a worker that serves equal
/// requests allocates nothing. Appending costs amortised O(1).
public struct ByteBuffer: ~Copyable, @unchecked Sendable {
  @usableFromInline var base: UnsafeMutablePointer<UInt8>
  public private(set) var capacity: Int
  @usableFromInline var used: Int

  /// What a buffer grows to at least when it first takes bytes.
  public static var minimumCapacity: Int { 256 }

  public init(capacity: Int = ByteBuffer.minimumCapacity) {
    precondition(capacity >= 0)
    self.capacity = max(capacity, 16)
    base = .allocate(capacity: self.capacity)
    used = 0
  }

  deinit {
    base.deallocate()
  }

  @inlinable
  public var count: Int { used }

  @inlinable
  public var isEmpty: Bool { used == 0 }

  /// The bytes. Trap: valid until the buffer next grows, is emptied, or ends.
  @inlinable
  public var bytes: ByteSlice { ByteSlice(start: base, count: used) }

  /// Makes room for `additional` more bytes, at least doubling what there is.
  public mutating func reserve(_ additional: Int) {
    precondition(additional >= 0)
    if capacity - used < additional { grow(toHold: used + additional) }
  }

  @inlinable @inline(__always)
  public mutating func append(_ byte: UInt8) {
    if used == capacity { growByOne() }
    base[used] = byte
    used += 1
  }

  @inlinable
  public mutating func append(_ slice: ByteSlice) {
    append(start: slice.start, count: slice.count)
  }

  @inlinable
  public mutating func append(_ literal: StaticString) {
    append(start: literal.utf8Start, count: literal.utf8CodeUnitCount)
  }

  /// For loading, reports and tests; a request appends slices and literals.
  public mutating func append(_ text: String) {
    text.withByteSlice { append($0) }
  }

  public mutating func append(start: UnsafePointer<UInt8>, count: Int) {
    guard count > 0 else { return }
    reserve(count)
    (base + used).update(from: start, count: count)
    used += count
  }

  /// The decimal digits of `number`.
  public mutating func append(decimal number: UInt64) {
    reserve(20)
    var rest = number
    var digits = 1
    while rest >= 10 {
      rest /= 10
      digits += 1
    }
    rest = number
    var position = used + digits
    repeat {
      position -= 1
      base[position] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
      rest /= 10
    } while rest > 0
    used += digits
  }

  public mutating func append(decimal number: Int64) {
    if number < 0 { append(UInt8(ascii: "-")) }
    append(decimal: number.magnitude)
  }

  /// Lets `body` write into the free space behind the bytes, at least `minimum` long; it returns how many it wrote.
  public mutating func write<Failure: Error>(
    atLeast minimum: Int, _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
  ) throws(Failure) -> Int {
    reserve(minimum)
    let written = try body(UnsafeMutableRawBufferPointer(start: base + used, count: capacity - used))
    precondition(written >= 0 && written <= capacity - used)
    used += written
    return written
  }

  /// Drops the first `length` bytes; what follows moves to the start.
  public mutating func removeFirst(_ length: Int) {
    precondition(length >= 0 && length <= used)
    used -= length
    if used > 0, length > 0 { base.update(from: base + length, count: used) }
  }

  /// Writes over bytes that are there.
  public mutating func replace(at offset: Int, with slice: ByteSlice) {
    precondition(offset >= 0 && offset + slice.count <= used)
    (base + offset).update(from: slice.start, count: slice.count)
  }

  /// Cuts the buffer back to its first `length` bytes.
  public mutating func truncate(to length: Int) {
    precondition(length >= 0 && length <= used)
    used = length
  }

  /// Empties the buffer. A block larger than `limit` is given back, so that one large request does not stay in memory.
  public mutating func removeAll(keepingCapacity limit: Int = .max) {
    used = 0
    guard capacity > limit else { return }
    base.deallocate()
    capacity = max(Self.minimumCapacity, limit)
    base = .allocate(capacity: capacity)
  }

  @usableFromInline
  mutating func growByOne() { grow(toHold: used + 1) }

  private mutating func grow(toHold needed: Int) {
    let larger = max(needed, capacity * 2, Self.minimumCapacity)
    let block = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
    block.update(from: base, count: used)
    base.deallocate()
    base = block
    capacity = larger
  }
}
