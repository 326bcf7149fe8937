internal import Memory

/// The `Content-Type` of a request.
enum MediaType {
  /// Whether it is `application/json`, with or without parameters, in any case (RFC 9110, section 8.3.1).
  static func isJSON(_ value: ByteSlice) -> Bool {
    let wanted = ByteSlice("application/json")
    guard value.count >= wanted.count else { return false }
    for offset in 0..<wanted.count {
      var byte = value[offset]
      if byte &- 0x41 < 26 { byte |= 0x20 }
      if byte != wanted[offset] { return false }
    }
    for offset in wanted.count..<value.count {
      switch value[offset] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"): continue
      case UInt8(ascii: ";"): return true
      default: return false
      }
    }
    return true
  }
}
