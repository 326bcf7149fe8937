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

  /// The text of a line (from 1), without its end.
  func line(_ number: Int) -> String? {
    guard number >= 1, number <= lineStarts.count else { return nil }
    let end = number < lineStarts.count ? lineStarts[number] - 1 : bytes.count
    return String(decoding: bytes[lineStarts[number - 1]..<end], as: UTF8.self)
  }

  func issue(at offset: Int, _ message: String) -> CompileIssue {
    issues([Mistake(offset: offset, message: message)])[0]
  }

  /// A mistake before its line and column are known.
  struct Mistake {
    let offset: Int
    let message: String
    var suggestion: String?
  }

  /// Mistakes with their places, in the order of those. O(bytes + n log n), however many there are.
  func issues(_ mistakes: [Mistake]) -> [CompileIssue] {
    var offset = 0
    var line = 1
    var column = 1
    let ordered = mistakes.enumerated().sorted { ($0.element.offset, $0.offset) < ($1.element.offset, $1.offset) }
    return ordered.map { _, mistake in
      while offset < min(mistake.offset, bytes.count) {
        if bytes[offset] == UInt8(ascii: "\n") {
          line += 1
          column = 1
        } else if bytes[offset] & 0xC0 != 0x80 {
          column += 1
        }
        offset += 1
      }
      return CompileIssue(
        offset: mistake.offset, line: line, column: column, message: mistake.message, suggestion: mistake.suggestion)
    }
  }

  /// A mistake of the expression as a whole.
  func issue(_ message: String) -> CompileIssue {
    CompileIssue(offset: 0, line: -1, column: 0, message: message)
  }
}
