internal import JSON
internal import Memory

extension ByteBuffer {
  /// A member's key as it stands in its text, and the colon.
  mutating func writeMemberKey(_ key: Cursor) {
    writeValue(key)
    append(UInt8(ascii: ":"))
  }
}
