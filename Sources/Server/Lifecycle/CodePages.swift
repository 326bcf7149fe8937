#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Pages of the program and its libraries that are resident: most of them have run once, when the server started.
package enum CodePages {
  /// Gives them back, so that only those are resident that serve requests. Who needs another one finds it in the page cache, a
  /// microsecond later.
  package static func release() {
    for range in mappings(in: text(of: "/proc/self/maps")) {
      guard let start = UnsafeMutableRawPointer(bitPattern: range.lowerBound) else { continue }
      madvise(start, Int(range.count), MADV_DONTNEED)
    }
  }

  /// Where files are mapped to be executed and never to be written, from the text of `/proc/self/maps`. Only these can be dropped and
  /// read again: pages that the dynamic linker has written to, even those that are protected afterwards, would lose that.
  package static func mappings(in text: String) -> [Range<UInt>] {
    text.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ", omittingEmptySubsequences: true)
      // An address range, permissions, offset, device, inode, path.
      guard fields.count >= 6, fields[1] == "r-xp", fields[5].hasPrefix("/"), fields.last != "(deleted)" else {
        return nil
      }
      let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
      guard ends.count == 2, ends[0] < ends[1] else { return nil }
      return ends[0]..<ends[1]
    }
  }

  private static func text(of path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      let count = read(descriptor, &block, block.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes.append(contentsOf: block[..<count])
    }
  }
}
