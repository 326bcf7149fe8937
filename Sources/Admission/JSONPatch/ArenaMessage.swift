package import Memory

/// A message put together in an arena.
package struct ArenaMessage: BitwiseCopyable {
  private let arena: Arena.Handle
  private var start: UnsafeMutablePointer<UInt8>
  private var count = 0
  private var capacity = 128

  package init(in arena: Arena.Handle) {
    self.arena = arena
    start = arena.allocate(UInt8.self, count: capacity)
  }

  package init(_ literal: StaticString, in arena: Arena.Handle) {
    self.init(in: arena)
    append(literal)
  }

  /// The text so far; valid until the arena's reset.
  package var bytes: ByteSlice { ByteSlice(start: start, count: count) }

  package var isEmpty: Bool { count == 0 }

  package mutating func append(_ text: ByteSlice) {
    if capacity - count < text.count {
      capacity = max(count + text.count, capacity * 2)
      let larger = arena.allocate(UInt8.self, count: capacity)
      larger.update(from: start, count: count)
      start = larger
    }
    (start + count).update(from: text.start, count: text.count)
    count += text.count
  }

  package mutating func append(_ literal: StaticString) { append(ByteSlice(literal)) }

  package mutating func append(byte: UInt8) {
    withUnsafePointer(to: byte) { append(ByteSlice(start: $0, count: 1)) }
  }

  package mutating func append(decimal number: Int) {
    if number < 0 { append("-") }
    append(decimalMagnitude: number.magnitude)
  }

  private mutating func append(decimalMagnitude number: UInt) {
    if number >= 10 { append(decimalMagnitude: number / 10) }
    append(byte: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
  }

  /// `text` as Go's `%q` shows it. Characters beyond ASCII stand as they are.
  package mutating func append(quoted text: ByteSlice) {
    append("\"")
    for byte in text.buffer {
      switch byte {
      case UInt8(ascii: "\""): append("\\\"")
      case UInt8(ascii: "\\"): append("\\\\")
      case 0x07: append("\\a")
      case 0x08: append("\\b")
      case 0x09: append("\\t")
      case 0x0A: append("\\n")
      case 0x0B: append("\\v")
      case 0x0C: append("\\f")
      case 0x0D: append("\\r")
      case ..<0x20, 0x7F:
        append("\\x")
        append(byte: Self.hexDigit(byte >> 4))
        append(byte: Self.hexDigit(byte & 15))
      default: append(byte: byte)
      }
    }
    append("\"")
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }
}
