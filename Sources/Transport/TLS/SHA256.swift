internal import COpenSSL

/// A SHA-256 digest in the making.
package struct SHA256: ~Copyable {
  private let context: OpaquePointer?

  package init() {
    context = EVP_MD_CTX_new()
    // Without memory for it, `finish` says so by an empty digest.
    if let context { EVP_DigestInit_ex(context, EVP_sha256(), nil) }
  }

  deinit { EVP_MD_CTX_free(context) }

  package mutating func add(_ bytes: UnsafeRawBufferPointer) {
    guard let context, bytes.count > 0 else { return }
    EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
  }

  /// The length first, so that the border between two texts counts.
  package mutating func add(_ text: String) {
    var copy = text
    copy.withUTF8 { bytes in
      var count = UInt64(bytes.count).littleEndian
      withUnsafeBytes(of: &count) { add($0) }
      add(UnsafeRawBufferPointer(bytes))
    }
  }

  /// The same for bytes.
  package mutating func add(_ bytes: [UInt8]) {
    var count = UInt64(bytes.count).littleEndian
    withUnsafeBytes(of: &count) { add($0) }
    bytes.withUnsafeBytes { add($0) }
  }

  /// 32 bytes; none where there was no memory.
  package consuming func finish() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 32)
    guard let context, EVP_DigestFinal_ex(context, &bytes, nil) == 1 else { return [] }
    return bytes
  }

  /// The digest as 64 hex digits.
  package consuming func text() -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: finish().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
