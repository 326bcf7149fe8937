public import Memory

extension ByteBuffer {
  /// Appends `bytes` in base64 with padding (RFC 4648, section 4), as JSON carries a patch.
  public mutating func append(base64 bytes: ByteSlice) {
    let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    reserve((bytes.count + 2) / 3 * 4)
    var index = 0
    while index < bytes.count {
      let left = min(bytes.count - index, 3)
      var group = UInt32(bytes[index]) << 16
      if left > 1 { group |= UInt32(bytes[index + 1]) << 8 }
      if left > 2 { group |= UInt32(bytes[index + 2]) }
      for position in 0..<4 {
        let code = Int(group >> (18 - 6 * UInt32(position)) & 63)
        append(position <= left ? alphabet.utf8Start[code] : UInt8(ascii: "="))
      }
      index += 3
    }
  }
}
