/// Sets of ASCII characters as bits, so that a test is a shift.
struct CharacterClass: BitwiseCopyable {
  private let low: UInt64
  private let high: UInt64

  @inline(__always)
  private init(_ low: UInt64, _ high: UInt64) {
    self.low = low
    self.high = high
  }

  @inline(__always)
  func contains(_ byte: UInt8) -> Bool {
    if byte < 64 { return low &>> UInt64(byte) & 1 != 0 }
    return byte < 128 && high &>> UInt64(byte &- 64) & 1 != 0
  }

  /// `tchar` of RFC 9110, section 5.6.2: letters, digits, ``!#$%&'*+-.^_`|~``.
  @inline(__always)
  static var token: CharacterClass { CharacterClass(0x03FF_6CFA_0000_0000, 0x57FF_FFFF_C7FF_FFFE) }

  /// What a URI without a fragment may hold (RFC 3986): letters, digits, `-._~:/?[]@!$&'()*+,;=%`.
  @inline(__always)
  static var target: CharacterClass { CharacterClass(0xAFFF_FFF2_0000_0000, 0x47FF_FFFE_AFFF_FFFF) }

  /// What a host and port may hold: the above without `/?@,`.
  @inline(__always)
  static var host: CharacterClass { CharacterClass(0x2FFF_6FF2_0000_0000, 0x47FF_FFFE_AFFF_FFFE) }
}

/// `field-vchar`, space or tab: what the value of a field may hold (RFC 9110, section 5.5).
@inline(__always)
func isFieldValueByte(_ byte: UInt8) -> Bool {
  byte >= 0x20 ? byte != 0x7F : byte == 0x09
}
