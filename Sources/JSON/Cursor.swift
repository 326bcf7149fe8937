public import Memory

/// A value on a tape: sixteen trivial bytes that point at its word and at the text.
///
/// Valid as long as the tape holds the text it was parsed from. Reading allocates nothing, except where an arena is asked for.
@frozen
public struct Cursor: BitwiseCopyable, @unchecked Sendable {
  public let word: UnsafePointer<Word>
  public let text: UnsafePointer<UInt8>

  @inlinable @inline(__always)
  public init(word: UnsafePointer<Word>, text: UnsafePointer<UInt8>) {
    self.word = word
    self.text = text
  }

  /// A `null` that belongs to no tape.
  public static let null: Cursor = {
    let word = UnsafeMutablePointer<Word>.allocate(capacity: 1)
    word.initialize(to: Word(.null, length: 4, offset: 0))
    return Cursor(word: word, text: ByteSlice("null").start)
  }()

  @frozen
  public enum Kind: Sendable, BitwiseCopyable {
    case null, bool, integer, double, string, array, object
  }

  @inlinable
  public var kind: Kind {
    switch word.pointee.kind {
    case .null: .null
    case .false, .true: .bool
    case .integer: .integer
    case .double: .double
    case .string, .escapedString: .string
    case .array: .array
    case .object: .object
    }
  }

  @inlinable @inline(__always)
  public var isNull: Bool { word.pointee.kind == .null }

  @inlinable @inline(__always)
  public var isObject: Bool { word.pointee.kind == .object }

  @inlinable @inline(__always)
  public var isArray: Bool { word.pointee.kind == .array }

  @inlinable @inline(__always)
  public var isString: Bool { word.pointee.kind == .string || word.pointee.kind == .escapedString }

  /// Elements of an array, members of an object; 0 for anything else.
  @inlinable @inline(__always)
  public var count: Int { word.pointee.isContainer ? word.pointee.length : 0 }

  // MARK: Scalars

  /// A scalar as it stands in the text: a literal, a number, or what is between a string's quotes, escapes as written. Empty
  /// for a container.
  @inlinable @inline(__always)
  public var rawText: ByteSlice {
    word.pointee.isContainer ? .empty : ByteSlice(start: text + word.pointee.offset, count: word.pointee.length)
  }

  /// Whether the raw text is not yet the string.
  @inlinable @inline(__always)
  public var hasEscapes: Bool { word.pointee.kind == .escapedString }

  /// The string's value: the text itself, or decoded into `arena` where it has escapes. The raw text of anything else.
  @inlinable @inline(__always)
  public func string(in arena: Arena.Handle) -> ByteSlice {
    hasEscapes ? decodedString(in: arena) : rawText
  }

  @usableFromInline
  func decodedString(in arena: Arena.Handle) -> ByteSlice {
    let target = arena.allocate(UInt8.self, count: word.pointee.length)
    return ByteSlice(start: target, count: Escapes.decode(rawText, to: target))
  }

  /// Whether this is a string that equals `other`, escapes decoded.
  @inlinable @inline(__always)
  public func isString(_ other: ByteSlice) -> Bool {
    switch word.pointee.kind {
    case .string: rawText == other
    case .escapedString: decodedEquals(other)
    default: false
    }
  }

  @inlinable @inline(__always)
  public func isString(_ literal: StaticString) -> Bool { isString(ByteSlice(literal)) }

  @usableFromInline
  func decodedEquals(_ other: ByteSlice) -> Bool {
    // Decoding never makes text longer, nor shorter than a sixth of it (`\u0041`): a huge key costs nothing where a short one is wanted.
    if other.count > word.pointee.length || word.pointee.length > 6 * other.count { return false }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: max(word.pointee.length, 1)) { target in
      guard let start = target.baseAddress else { return false }
      return ByteSlice(start: start, count: Escapes.decode(rawText, to: start)) == other
    }
  }

  @inlinable
  public var bool: Bool? {
    switch word.pointee.kind {
    case .true: true
    case .false: false
    default: nil
    }
  }

  /// The number where the text is an integer that fits.
  public var integer: Int64? {
    word.pointee.kind == .integer ? Numbers.integer(rawText) : nil
  }

  /// The number, an integer converted.
  public var double: Double? {
    switch word.pointee.kind {
    case .integer, .double: Numbers.double(rawText)
    default: nil
    }
  }

  /// The string's value as a Swift string; for loading, reports and errors.
  public var stringValue: String? {
    guard isString else { return nil }
    guard hasEscapes else { return rawText.string }
    var arena = Arena(blockSize: 1024)
    defer { arena.reset() }
    return decodedString(in: arena.handle).string
  }
}
