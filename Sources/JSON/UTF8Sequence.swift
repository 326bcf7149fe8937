/// Well-formed UTF-8 (Unicode, table 3-7).
enum UTF8Sequence {
  /// The length of the character of two to four bytes at `start`, or nil where the bytes are not one.
  static func length(_ start: UnsafePointer<UInt8>, count: Int) -> Int? {
    let lead = start[0]
    guard count >= 2 else { return nil }
    let second = start[1]
    switch lead {
    case 0xC2...0xDF:
      return isContinuation(second) ? 2 : nil
    case 0xE0...0xEF:
      guard count >= 3, isContinuation(start[2]) else { return nil }
      // No overlong forms, no surrogates.
      let range: ClosedRange<UInt8> = lead == 0xE0 ? 0xA0...0xBF : lead == 0xED ? 0x80...0x9F : 0x80...0xBF
      return range.contains(second) ? 3 : nil
    case 0xF0...0xF4:
      guard count >= 4, isContinuation(start[2]), isContinuation(start[3]) else { return nil }
      // No overlong forms, nothing above U+10FFFF.
      let range: ClosedRange<UInt8> = lead == 0xF0 ? 0x90...0xBF : lead == 0xF4 ? 0x80...0x8F : 0x80...0xBF
      return range.contains(second) ? 4 : nil
    default:
      return nil
    }
  }

  private static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }
}
