internal import Memory

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A file that lines are put to the end of, or standard output: it holds whole lines, is replaced by a new one when it is full, and
/// survives a disk without room.
struct LineFile: ~Copyable {
  /// The mode of a file that is made: what is written here is for its owner.
  static var mode: mode_t { 0o600 }

  private let path: String
  private let rotation: LineWriter.Rotation?
  private var descriptor: Int32 = -1
  /// Of a pipe or a terminal a write can take longer than anybody wants to wait, and nothing can be taken back.
  private var isRegular = false
  private var length = 0
  /// The text ends in the middle of a line that could not be taken back.
  private var isTorn = false

  /// - Parameter path: `-` for standard output.
  init(path: String, rotation: LineWriter.Rotation?) throws(LineWriterError) {
    self.path = path
    self.rotation = rotation
    if let code = open() { throw LineWriterError(path: path, code: code) }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Opens the path again, where another file may be by now. What was open stays so where that fails.
  /// - Returns: `errno` where it does.
  mutating func open() -> Int32? {
    let opened: Int32
    if path == "-" {
      opened = fcntl(1, F_DUPFD_CLOEXEC, 3)
    } else {
      // Not to wait for a reader of a named pipe.
      opened = systemOpen(path)
    }
    guard opened >= 0 else { return errno }
    var status = stat()
    guard fstat(opened, &status) == 0 else {
      let code = errno
      close(opened)
      return code
    }
    if descriptor >= 0 { close(descriptor) }
    descriptor = opened
    isRegular = status.st_mode & S_IFMT == S_IFREG
    length = isRegular ? Int(status.st_size) : 0
    isTorn = false
    return nil
  }

  private func systemOpen(_ path: String) -> Int32 {
    #if canImport(Glibc)
      Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, Self.mode)
    #else
      Musl.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, Self.mode)
    #endif
  }

  /// Writes whole lines.
  /// - Parameter mayWait: asked now and then while a pipe takes nothing.
  /// - Returns: how many lines were lost, and `errno` where any were or a full file could not be replaced.
  mutating func write(_ lines: ByteSlice, mayWait: () -> Bool) -> (lost: Int, code: Int32) {
    var rest = lines
    var outcome: (lost: Int, code: Int32) = (0, 0)
    while !rest.isEmpty {
      let part = nextPart(of: rest, &outcome.code)
      rest = rest.dropFirst(part.count)
      let code = append(part, mayWait: mayWait)
      if code.errno != 0 {
        outcome.lost += Self.lines(in: part.dropFirst(code.kept))
        outcome.code = code.errno
      }
    }
    return outcome
  }

  /// As many lines as the file still takes, at least one; a file that takes none is replaced first.
  private mutating func nextPart(of lines: ByteSlice, _ code: inout Int32) -> ByteSlice {
    guard let rotation, isRegular, length + lines.count > rotation.maximumBytes else { return lines }
    if length > 0 {
      if let end = Self.lastLineEnd(in: lines.prefix(rotation.maximumBytes - length)) { return lines.prefix(end) }
      if let failure = replace(keeping: rotation.keptFiles) {
        code = failure
        return lines
      }
    }
    if lines.count <= rotation.maximumBytes { return lines }
    let end = Self.lastLineEnd(in: lines.prefix(rotation.maximumBytes))
    // A line that is longer than a file may be has one of its own.
    return lines.prefix(end ?? (lines.firstIndex(of: UInt8(ascii: "\n")) ?? lines.count - 1) + 1)
  }

  /// `file` becomes `file.1`, that `file.2`, and so on; the oldest one goes.
  private mutating func replace(keeping count: Int) -> Int32? {
    if count == 0 {
      guard ftruncate(descriptor, 0) == 0 else { return errno }
      length = 0
      return nil
    }
    // Where the last try moved the file away and could open no new one, there is nothing to move, and what was kept stays.
    if access(path, F_OK) == 0 || errno != ENOENT {
      for number in stride(from: count - 1, to: 0, by: -1) { rename("\(path).\(number)", "\(path).\(number + 1)") }
      guard rename(path, "\(path).1") == 0 else { return errno }
    }
    return open()
  }

  /// - Returns: how many bytes stay, and `errno` where that is not all.
  private mutating func append(_ bytes: ByteSlice, mayWait: () -> Bool) -> (kept: Int, errno: Int32) {
    if isTorn {
      // What follows must not be read as the rest of the line before.
      let end = put(ByteSlice("\n"), mayWait: mayWait)
      guard end.errno == 0 else { return (0, end.errno) }
      isTorn = false
    }
    let done = put(bytes, mayWait: mayWait)
    if done.errno == 0 {
      length += bytes.count
      return (bytes.count, 0)
    }
    let kept = Self.lastLineEnd(in: bytes.prefix(done.count)) ?? 0
    if kept < done.count {
      isTorn = !isRegular || ftruncate(descriptor, off_t(length + kept)) != 0
    }
    length += isTorn ? done.count : kept
    return (kept, done.errno)
  }

  private func put(_ bytes: ByteSlice, mayWait: () -> Bool) -> (count: Int, errno: Int32) {
    var offset = 0
    while offset < bytes.count {
      if !isRegular {
        var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        if poll(&state, 1, 100) == 0 {
          if mayWait() { continue }
          return (offset, EAGAIN)
        }
      }
      // What poll promises of a pipe is room for this much.
      let size = isRegular ? bytes.count - offset : min(bytes.count - offset, Int(PIPE_BUF))
      let count = systemWrite(bytes.start + offset, size)
      if count > 0 {
        offset += count
      } else if count < 0, errno == EINTR || errno == EAGAIN {
        continue
      } else {
        return (offset, count < 0 ? errno : EIO)
      }
    }
    return (offset, 0)
  }

  private func systemWrite(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int {
    #if canImport(Glibc)
      Glibc.write(descriptor, start, count)
    #else
      Musl.write(descriptor, start, count)
    #endif
  }

  private static func lastLineEnd(in bytes: ByteSlice) -> Int? {
    var end = bytes.count
    while end > 0 {
      if bytes[end - 1] == UInt8(ascii: "\n") { return end }
      end -= 1
    }
    return nil
  }

  private static func lines(in bytes: ByteSlice) -> Int {
    bytes.buffer.reduce(0) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
  }
}
