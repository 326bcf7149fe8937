/// An expression's text and where its lines begin. Made only when something is to be reported.
struct SourceText {
  /// The longest line, in bytes, that an error shows.
  static let maximumSnippet = 16384

  let bytes: [UInt8]
  /// The offset of the first byte of each line.
  private let lineStarts: [Int]

  init(_ source: String) {
    self.init(bytes: Array(source.utf8))
  }

  init(bytes: [UInt8]) {
    self.bytes = bytes
    var starts = [0]
    for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
      starts.append(index + 1)
    }
    lineStarts = starts
  }

  /// The line (from 1) and the column (from 1, in code points) of an offset in bytes. O(log lines + column).
  func position(of offset: Int) -> (line: Int, column: Int) {
    let offset = min(max(0, offset), bytes.count)
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    var column = 1
    for byte in bytes[lineStarts[low]..<offset] where byte & 0xC0 != 0x80 {
      column += 1
    }
    return (low + 1, column)
  }

  /// The text of a line (from 1), without its end.
  func line(_ number: Int) -> String? {
    guard number >= 1, number <= lineStarts.count else { return nil }
    let end = number < lineStarts.count ? lineStarts[number] - 1 : bytes.count
    return String(decoding: bytes[lineStarts[number - 1]..<end], as: UTF8.self)
  }

  func issue(at offset: Int, _ message: String, suggestion: String? = nil) -> CompileIssue {
    let (line, column) = position(of: offset)
    return CompileIssue(offset: offset, line: line, column: column, message: message, suggestion: suggestion)
  }

  /// A mistake of the expression as a whole.
  func issue(_ message: String) -> CompileIssue {
    CompileIssue(offset: 0, line: -1, column: 0, message: message)
  }
}
