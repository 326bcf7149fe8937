#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The log: lines on standard error, each in one write so that threads do not cut into one another.
public enum Log {
  /// Writes a line, with the program's name in front.
  public static func line(_ text: String) { raw("\(Product.name): \(text)\n") }

  /// Writes text that brings its own line ends.
  public static func raw(_ text: String) {
    var copy = text
    copy.withUTF8 { bytes in
      var offset = 0
      while offset < bytes.count, let base = bytes.baseAddress {
        let count = write(2, base + offset, bytes.count - offset)
        if count < 0, errno == EINTR { continue }
        // Nobody reads the log any more: there is nobody to tell.
        if count <= 0 { return }
        offset += count
      }
    }
  }
}
