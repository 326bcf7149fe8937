/// One word of the tape: a kind, and a place in the text or the extent of a container. README.md draws the layout.
@frozen
public struct Word: BitwiseCopyable, Sendable {
  public let bits: UInt64

  @inlinable @inline(__always)
  public init(bits: UInt64) { self.bits = bits }

  /// - Parameters:
  ///   - length: bytes of a scalar, or elements or members of a container; at most ``maximumLength``.
  ///   - offset: of a scalar's text, or a container's span.
  @inlinable @inline(__always)
  init(_ kind: Kind, length: Int, offset: Int) {
    assert(length >= 0 && length <= Word.maximumLength && offset >= 0 && offset <= UInt32.max)
    bits =
      UInt64(truncatingIfNeeded: kind.rawValue) << 60 | UInt64(truncatingIfNeeded: length) << 32
      | UInt64(truncatingIfNeeded: offset)
  }

  @usableFromInline static var maximumLength: Int { 1 << 28 - 1 }

  @frozen
  public enum Kind: UInt8, Sendable, BitwiseCopyable {
    case null = 1
    case `false`, `true`, integer, double, string, escapedString, array, object
  }

  @inlinable @inline(__always)
  public var kind: Kind {
    // INVARIANT: every word on a tape was made by the initialiser above, and the cases of `Kind` are numbered without a gap, so
    // that a kind's representation is its number less the first one. (The failable initialiser is a call here.)
    assert(Kind(rawValue: UInt8(truncatingIfNeeded: bits >> 60)) != nil)
    return unsafeBitCast(UInt8(truncatingIfNeeded: bits >> 60) &- Kind.null.rawValue, to: Kind.self)
  }

  /// The bytes of a scalar's text; the elements or members of a container.
  @inlinable @inline(__always)
  public var length: Int { Int(truncatingIfNeeded: bits >> 32 & 0xFFF_FFFF) }

  @inlinable @inline(__always)
  public var offset: Int { Int(truncatingIfNeeded: bits & 0xFFFF_FFFF) }

  @inlinable @inline(__always)
  public var isContainer: Bool { bits >> 63 != 0 }

  /// How many words further the next value stands.
  @inlinable @inline(__always)
  public var span: Int { isContainer ? offset : 1 }
}
