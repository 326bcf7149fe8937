internal import Memory

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Text that must wait: in memory while it is little, in a temporary file without a name when it is much.
final class Spool {
  private var buffer = ByteBuffer()
  private var descriptor: Int32 = -1

  /// Bytes that are kept in memory.
  private static let memoryLimit = 1 << 20

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Bytes of all of it.
  private(set) var count = 0

  func append(_ bytes: ByteSlice) {
    buffer.append(bytes)
    count += bytes.count
    if buffer.count > Self.memoryLimit { spill() }
  }

  /// Writes over what was appended before: all of `bytes` lies within it.
  func replace(at offset: Int, with bytes: ByteSlice) {
    precondition(offset >= 0 && offset + bytes.count <= count)
    let inFile = count - buffer.count
    let split = min(max(inFile - offset, 0), bytes.count)
    // Where the file cannot be written, reading it fails as well, and the report says so.
    if split > 0 { _ = pwrite(descriptor, bytes.start, split, off_t(offset)) }
    if split < bytes.count { buffer.replace(at: offset + split - inFile, with: bytes.dropFirst(split)) }
  }

  func copy(to output: ReportOutput) {
    copy {
      output.buffer.append($0)
      output.flush(above: 64 << 10)
    }
  }

  private func copy(_ body: (ByteSlice) -> Void) {
    if descriptor >= 0, lseek(descriptor, 0, SEEK_SET) == 0 {
      withUnsafeTemporaryAllocation(byteCount: 256 << 10, alignment: 16) { space in
        while true {
          let count = read(descriptor, space.baseAddress, space.count)
          if count < 0, errno == EINTR { continue }
          if count <= 0 { break }
          body(ByteSlice(UnsafeRawBufferPointer(rebasing: space[..<count])))
        }
      }
    }
    body(buffer.bytes)
  }

  /// Where no file can be had, the text stays in memory: a report that takes much memory is better than none.
  private func spill() {
    if descriptor < 0 { openFile() }
    guard descriptor >= 0 else { return }
    var offset = 0
    while offset < buffer.count {
      let count = write(descriptor, buffer.bytes.start + offset, buffer.count - offset)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { break }
      offset += count
    }
    buffer.removeFirst(offset)
  }

  private func openFile() {
    var folder = "/tmp"
    if let variable = getenv("TMPDIR"), variable.pointee != 0 { folder = String(cString: variable) }
    var name = Array("\(folder)/webhook-XXXXXX".utf8CString)
    descriptor = mkstemp(&name)
    if descriptor >= 0 { unlink(name) }
  }
}
