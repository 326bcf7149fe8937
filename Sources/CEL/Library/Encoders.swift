internal import Memory

/// The encoders extension of cel-go (`ext/encoders.go`).
extension EvaluationContext {
  func encoderFunction(_ function: Function, _ argument: Value) -> Value {
    switch (function, argument.tag) {
    case (.base64Encode, .bytes):
      guard argument.slice.count <= Self.maximumTextLength / 4 * 3 else { return Self.tooLong }
      return .string(base64(argument.slice))
    case (.base64Decode, .string): return decodeBase64(argument.slice)
    default: return noOverload(function, argument)
    }
  }

  /// Standard base64 with padding or without; line breaks are passed over, as Go's decoder does.
  private func decodeBase64(_ encoded: ByteSlice) -> Value {
    let place = arena.allocate(UInt8.self, count: encoded.count / 4 * 3 + 3)
    var written = 0
    var bits: UInt32 = 0
    var digits = 0
    var padding = 0
    var firstPadding = 0
    for index in 0..<encoded.count {
      let byte = encoded[index]
      if byte == 0x0A || byte == 0x0D { continue }
      if byte == UInt8(ascii: "=") {
        if padding == 0 { firstPadding = index }
        padding += 1
        // Only behind two or three digits of a group, and never more than fill it up.
        guard digits >= 2, digits + padding <= 4 else { return corrupt(at: firstPadding) }
        continue
      }
      guard padding == 0, let digit = Self.base64Digit(byte) else {
        return corrupt(at: padding == 0 ? index : firstPadding)
      }
      bits = bits << 6 | digit
      digits += 1
      if digits == 4 {
        place[written] = UInt8(truncatingIfNeeded: bits >> 16)
        place[written + 1] = UInt8(truncatingIfNeeded: bits >> 8)
        place[written + 2] = UInt8(truncatingIfNeeded: bits)
        written += 3
        digits = 0
        bits = 0
      }
    }
    guard padding == 0 || digits + padding == 4 else { return corrupt(at: firstPadding) }
    switch digits {
    case 0: break
    case 2:
      place[written] = UInt8(truncatingIfNeeded: bits >> 4)
      written += 1
    case 3:
      place[written] = UInt8(truncatingIfNeeded: bits >> 10)
      place[written + 1] = UInt8(truncatingIfNeeded: bits >> 2)
      written += 2
    default: return corrupt(at: encoded.count - 1)
    }
    return .bytes(ByteSlice(start: place, count: written))
  }

  private func corrupt(at index: Int) -> Value {
    error("illegal base64 data at input byte ", text(.int(Int64(index))))
  }

  private static func base64Digit(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0")) + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
