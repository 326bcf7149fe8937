internal import JSON
public import Memory

/// What the API server lets through of an audit annotation.
public enum AuditAnnotationLimits {
  /// Characters of a key: the name part of a qualified name.
  public static let maximumKeyLength = 63

  /// Bytes of a value; the API server's own limit for policies.
  public static let maximumValueLength = 10 << 10

  /// Whether `key` is the name part of a qualified name: letters, digits, `-`, `_`, `.`, with a letter or digit at both ends.
  public static func isValid(key: ByteSlice) -> Bool {
    guard let last = key.last, key.count <= maximumKeyLength else { return false }
    guard isAlphanumeric(key[0]), isAlphanumeric(last) else { return false }
    return key.buffer.allSatisfy {
      isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
    }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}

/// What the API server lets through of warnings: they become HTTP headers of its answer.
public enum WarningLimits {
  /// Bytes of one warning; the API server may truncate longer ones.
  public static let maximumLength = 256

  /// Bytes of all warnings of a response; the API server drops the rest.
  public static let maximumTotalLength = 4096

  /// Control characters would end the header: each becomes a space.
  static func writeWithoutControlCharacters(_ text: ByteSlice, to buffer: inout ByteBuffer) {
    var plain = 0
    for index in 0..<text.count where text[index] < 0x20 || text[index] == 0x7F {
      buffer.writeStringPart(text[plain..<index])
      buffer.append(UInt8(ascii: " "))
      plain = index + 1
    }
    buffer.writeStringPart(text[plain..<text.count])
  }
}

extension ByteSlice {
  /// The longest start of at most `maximumBytes` bytes that does not cut a UTF-8 character.
  public func prefixOfCharacters(maximumBytes: Int) -> ByteSlice {
    if count <= maximumBytes { return self }
    var end = max(maximumBytes, 0)
    while end > 0, self[end] & 0xC0 == 0x80 { end -= 1 }
    return prefix(end)
  }
}
