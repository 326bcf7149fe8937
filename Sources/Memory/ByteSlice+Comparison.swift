internal import CLinux

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

extension ByteSlice: Equatable {
  @inlinable @inline(__always)
  public static func == (left: ByteSlice, right: ByteSlice) -> Bool {
    left.count == right.count && bytesAreEqual(left.start, right.start, left.count)
  }

  @inlinable @inline(__always)
  public static func == (left: ByteSlice, right: StaticString) -> Bool {
    left == ByteSlice(right)
  }
}

extension ByteSlice: Comparable {
  /// Order by unsigned bytes, which for UTF-8 is the order of code points.
  public static func < (left: ByteSlice, right: ByteSlice) -> Bool {
    let order = memcmp(left.start, right.start, min(left.count, right.count))
    return order != 0 ? order < 0 : left.count < right.count
  }
}

extension ByteSlice: Hashable {
  public func hash(into hasher: inout Hasher) {
    hasher.combine(bytes: UnsafeRawBufferPointer(start: start, count: count))
  }
}

extension ByteSlice {
  public func hasPrefix(_ prefix: ByteSlice) -> Bool {
    count >= prefix.count && bytesAreEqual(start, prefix.start, prefix.count)
  }

  public func hasSuffix(_ suffix: ByteSlice) -> Bool {
    count >= suffix.count && bytesAreEqual(start + (count - suffix.count), suffix.start, suffix.count)
  }

  /// Where `byte` first stands, or nil.
  public func firstIndex(of byte: UInt8) -> Int? {
    guard count > 0, let hit = memchr(start, Int32(byte), count) else { return nil }
    return hit.assumingMemoryBound(to: UInt8.self) - UnsafeMutablePointer(mutating: start)
  }

  /// Where `needle` first stands at or after `from`, or nil. An empty needle stands everywhere.
  /// Linear in the length of both, whatever they hold (glibc's two-way search).
  public func firstIndex(of needle: ByteSlice, from: Int = 0) -> Int? {
    guard from >= 0, from <= count else { return nil }
    if needle.isEmpty { return from }
    guard let hit = clinux_memmem(start + from, count - from, needle.start, needle.count) else { return nil }
    return hit.assumingMemoryBound(to: UInt8.self) - start
  }
}

/// Whether `count` bytes at both places are the same. Word by word, so that the short keys and values of a review cost a
/// few instructions and no call.
@inlinable @inline(__always)
public func bytesAreEqual(_ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>, _ count: Int) -> Bool {
  let a = UnsafeRawPointer(left)
  let b = UnsafeRawPointer(right)
  if count >= 8 {
    var offset = 0
    while offset + 8 <= count {
      if a.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        != b.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      {
        return false
      }
      offset += 8
    }
    // The last word overlaps what was compared already, which is cheaper than a loop over single bytes.
    return a.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
      == b.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
  }
  if count >= 4 {
    return a.loadUnaligned(as: UInt32.self) == b.loadUnaligned(as: UInt32.self)
      && a.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)
        == b.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)
  }
  var offset = 0
  while offset < count {
    if left[offset] != right[offset] { return false }
    offset += 1
  }
  return true
}
