package import Memory

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Where a report goes: standard output or a file, written in large pieces.
package final class ReportOutput {
  package var buffer = ByteBuffer(capacity: 64 << 10)
  private let descriptor: Int32
  private let name: String
  /// Called before anything is written: a progress bar makes room.
  package var willWrite: () -> Void = {}
  /// Whether nobody reads any more.
  private var isClosed = false
  /// Why nothing more could be written.
  package private(set) var problem: String?

  /// - Parameter path: a file, which is replaced; nil for standard output.
  /// - Throws: why the file cannot be opened.
  package init(path: String?) throws(FileError) {
    name = path ?? "standard output"
    if let path {
      descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
      if descriptor < 0 { throw FileError(errno) }
    } else {
      descriptor = 1
    }
  }

  /// Collects in memory; for tests.
  package init() {
    name = "memory"
    descriptor = -1
  }

  deinit {
    if descriptor > 2 { close(descriptor) }
  }

  package var isTerminal: Bool { descriptor >= 0 && isatty(descriptor) == 1 }

  package func append(_ text: String) { buffer.append(text) }

  /// Writes out what there is when it is more than `limit` bytes.
  package func flush(above limit: Int = 0) {
    guard buffer.count > limit, descriptor >= 0 else { return }
    willWrite()
    let bytes = buffer.bytes
    var offset = 0
    while offset < bytes.count, problem == nil, !isClosed {
      let count = write(descriptor, bytes.start + offset, bytes.count - offset)
      if count < 0, errno == EINTR { continue }
      if count <= 0 {
        // A reader that has seen enough, as `head` has, is no problem; it ends the process by its signal where nothing else is wanted.
        if errno == EPIPE { isClosed = true } else { problem = "\(name): \(FileError(errno))" }
      }
      offset += max(count, 0)
    }
    buffer.removeAll(keepingCapacity: 1 << 20)
  }
}
