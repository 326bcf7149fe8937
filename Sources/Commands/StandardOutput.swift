internal import Memory

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What a command prints, written in large pieces.
struct StandardOutput: ~Copyable {
  var buffer = ByteBuffer(capacity: 64 << 10)

  /// Writes out what there is when it is more than `limit` bytes.
  mutating func flush(above limit: Int = 0) {
    guard buffer.count > limit else { return }
    let bytes = buffer.bytes
    var offset = 0
    while offset < bytes.count {
      let count = write(1, bytes.start + offset, bytes.count - offset)
      if count < 0, errno == EINTR { continue }
      // A pipe whose reader is gone ends the process by its signal; a full disk is all that comes here.
      if count <= 0 {
        perror("webhook: standard output")
        exit(2)
      }
      offset += count
    }
    buffer.removeAll(keepingCapacity: 1 << 20)
  }
}
