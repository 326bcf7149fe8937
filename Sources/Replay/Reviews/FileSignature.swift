internal import Memory

/// What the first bytes of a file tell of files that are no UTF-8 text, so that one clear message stands for thousands of broken lines.
enum FileSignature {
  /// - Returns: why the file cannot be read as text; nil where nothing speaks against it.
  static func problem(_ start: ByteSlice) -> String? {
    for (bytes, tool) in compressed where start.buffer.starts(with: bytes) {
      return "is compressed; unpack it, or read `-` behind `\(tool)`"
    }
    for (bytes, encoding) in encodings where start.buffer.starts(with: bytes) {
      return "is \(encoding), not UTF-8; convert it, or read `-` behind `iconv -f \(encoding) -t UTF-8`"
    }
    return nil
  }

  private static let compressed: [([UInt8], String)] = [
    ([0x1F, 0x8B], "gzip -dc"), ([0x28, 0xB5, 0x2F, 0xFD], "zstd -dc"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "xz -dc"), ([0x42, 0x5A, 0x68], "bzip2 -dc"),
    ([0x50, 0x4B, 0x03, 0x04], "unzip -p"),
  ]

  /// By their byte order marks, or by an ASCII character at the start without one. The longer marks come first.
  private static let encodings: [([UInt8], String)] = [
    ([0xFF, 0xFE, 0x00, 0x00], "UTF-32"), ([0x00, 0x00, 0xFE, 0xFF], "UTF-32"), ([0xFF, 0xFE], "UTF-16"),
    ([0xFE, 0xFF], "UTF-16"), ([0x7B, 0x00], "UTF-16LE"), ([0x00, 0x7B], "UTF-16BE"),
  ]
}
