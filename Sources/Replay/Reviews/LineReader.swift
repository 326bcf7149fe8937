package import Memory

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The lines of a file or of standard input, one after the other, with one buffer however long the file is.
package struct LineReader: ~Copyable {
  /// A line without its end. Trap: the bytes are valid until the next line is read.
  package struct Line: BitwiseCopyable {
    package let bytes: ByteSlice
    /// From 1.
    package let number: Int
    /// The line was longer than the limit: its bytes are left out.
    package let isTooLong: Bool
  }

  private let descriptor: Int32
  private let isOwned: Bool
  private let maximumLength: Int
  private var buffer: ByteBuffer
  /// Where the next line starts in the buffer, and up to where it was searched for its end.
  private var start = 0
  private var searched = 0
  private var isAtEnd = false
  private var hasRead = false
  private var number = 0

  /// Bytes that are read at once.
  private static var blockSize: Int { 256 << 10 }

  /// - Parameter path: a file; `-` is standard input.
  package init(path: String, maximumLength: Int) throws(FileError) {
    isOwned = path != "-"
    descriptor = isOwned ? open(path, O_RDONLY | O_CLOEXEC) : 0
    guard descriptor >= 0 else { throw FileError(errno) }
    self.maximumLength = maximumLength
    buffer = ByteBuffer(capacity: Self.blockSize)
  }

  deinit {
    if isOwned { close(descriptor) }
  }

  /// The next line; nil at the end. A last line without an end counts.
  package mutating func next() throws(FileError) -> Line? {
    var isTooLong = false
    while true {
      if let end = buffer.bytes.dropFirst(searched).firstIndex(of: UInt8(ascii: "\n")) {
        return take(upTo: searched + end, next: searched + end + 1, isTooLong)
      }
      searched = buffer.count
      if isAtEnd {
        if start == buffer.count, !isTooLong { return nil }
        return take(upTo: buffer.count, next: buffer.count, isTooLong)
      }
      if buffer.count - start > maximumLength {
        isTooLong = true
        buffer.removeAll(keepingCapacity: Self.blockSize)
        start = 0
        searched = 0
      }
      try fill()
    }
  }

  private mutating func take(upTo end: Int, next: Int, _ isTooLong: Bool) -> Line {
    var line = buffer.bytes[start..<end]
    if line.last == UInt8(ascii: "\r") { line = line.prefix(line.count - 1) }
    // Some editors begin a file with a byte order mark, which is no part of the text.
    if number == 0, line.hasPrefix(ByteSlice("\u{FEFF}")) { line = line.dropFirst(3) }
    start = next
    searched = next
    number += 1
    let isTooLong = isTooLong || line.count > maximumLength
    return Line(bytes: isTooLong ? .empty : line, number: number, isTooLong: isTooLong)
  }

  private mutating func fill() throws(FileError) {
    if start > 0 {
      buffer.removeFirst(start)
      searched -= start
      start = 0
    }
    let descriptor = descriptor
    let count = try buffer.write(atLeast: Self.blockSize) { (space) throws(FileError) -> Int in
      while true {
        let count = read(descriptor, space.baseAddress, space.count)
        if count >= 0 { return count }
        if errno != EINTR { throw FileError(errno) }
      }
    }
    isAtEnd = count == 0
    if !hasRead, let problem = FileSignature.problem(buffer.bytes) { throw FileError(problem) }
    hasRead = true
  }
}

/// Why a file cannot be read.
package struct FileError: Error, CustomStringConvertible {
  package let description: String

  package init(_ code: Int32) {
    description = String(cString: strerror(code)).lowercased()
  }

  package init(_ problem: String) {
    description = problem
  }
}
