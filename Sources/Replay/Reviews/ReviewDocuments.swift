package import Memory

/// Cuts a file of reviews into documents, reading line by line: what is in memory is one document and not the file.
///
/// How a file is read:
/// - `.yaml`, `.yml`: YAML documents between `---` lines.
/// - `.jsonl`, `.ndjson`: one JSON text on each line.
/// - `.json`: one JSON text, or several one below the other, on as many lines as they like.
/// - Anything else, and standard input: JSON where the first line starts with `{` or `[`, otherwise YAML.
package struct ReviewDocuments: ~Copyable {
  /// One document. Trap: the bytes are valid until the next document is read.
  package struct Document: BitwiseCopyable {
    package let text: ByteSlice
    /// The text is YAML; otherwise JSON.
    package let isYAML: Bool
    /// The line it starts on, from 1.
    package let line: Int
  }

  /// A document that cannot be read. What follows it can.
  package struct Unreadable: Error {
    package let line: Int
    package let message: String
  }

  /// Bytes of a document: twenty times the largest object that an API server takes.
  package static var maximumBytes: Int { 64 << 20 }

  private enum Format { case unknown, yaml, json, jsonLines }

  private let name: String
  private var format: Format
  private var lines: LineReader
  private var text = ByteBuffer()
  private var firstLine = 0
  private var brackets = BracketCount()
  private var hasContent = false
  private var isTooLong = false
  /// Whether a line that starts with a brace starts a document: so that one cut short does not swallow those after it.
  private var splitsAtBraces = false
  /// A line that belongs to the next document.
  private var heldBack: HeldText?
  private var isAtEnd = false

  /// - Throws: why the file cannot be opened.
  package init(path: String, maximumBytes: Int = ReviewDocuments.maximumBytes) throws(FileError) {
    name = path
    lines = try LineReader(path: path, maximumLength: maximumBytes)
    let ending = path.split(separator: "/").last.flatMap { $0.contains(".") ? $0.split(separator: ".").last : nil }
    switch ending {
    case "yaml", "yml": format = .yaml
    case "json": format = .json
    case "jsonl", "ndjson": format = .jsonLines
    default:
      format = .unknown
      splitsAtBraces = true
    }
    self.maximumBytes = maximumBytes
  }

  private let maximumBytes: Int

  /// The next document, nil at the end; or why it cannot be read.
  package mutating func next() throws(FileError) -> Result<Document, Unreadable>? {
    while !isAtEnd {
      begin()
      try collect()
      if isTooLong {
        return .failure(Unreadable(line: firstLine, message: "is longer than \(maximumBytes) bytes"))
      }
      if !hasContent { continue }
      // Without the last line's end, so that what is missing at the end is missed on that line.
      let isYAML = format == .yaml
      let bytes = isYAML ? text.bytes : text.bytes.prefix(text.count - 1)
      return .success(Document(text: bytes, isYAML: isYAML, line: firstLine))
    }
    return nil
  }

  private mutating func begin() {
    text.removeAll(keepingCapacity: 4 << 20)
    brackets = BracketCount()
    hasContent = false
    isTooLong = false
    firstLine = 0
  }

  /// Collects the lines of the next document.
  private mutating func collect() throws(FileError) {
    if let held = heldBack.take() {
      if add(held.text.bytes, held.line) { return }
    }
    while let line = try lines.next() {
      if line.isTooLong {
        if firstLine == 0 { firstLine = line.number }
        isTooLong = true
        // Where a text ends of which a line is not known, nobody knows: at the next line that looks like a start.
        splitsAtBraces = true
        if format == .jsonLines || format == .unknown { return }
        continue
      }
      if format == .unknown { sniff(line.bytes) }
      if startsDocument(line.bytes), firstLine != 0 {
        heldBack = HeldText(line.bytes, line: line.number)
        return
      }
      if add(line.bytes, line.number) { return }
    }
    isAtEnd = true
  }

  /// - Returns: whether the document ends with this line.
  private mutating func add(_ line: ByteSlice, _ number: Int) -> Bool {
    if format != .yaml, !hasContent, line.buffer.allSatisfy(isBlank) { return false }
    if firstLine == 0 { firstLine = number }
    if text.count + line.count > maximumBytes {
      isTooLong = true
    } else {
      text.append(line)
      text.append(UInt8(ascii: "\n"))
    }
    switch format {
    case .jsonLines:
      hasContent = true
      return true
    case .yaml:
      hasContent = hasContent || isYAMLContent(line)
      return line == "..."
    case .json, .unknown:
      let isFirst = !hasContent
      hasContent = true
      brackets.add(line)
      // A first line that is complete in itself: JSON lines, whatever the file is called.
      if isFirst, number == firstLine, brackets.isBalanced { splitsAtBraces = true }
      return brackets.isBalanced
    }
  }

  private func startsDocument(_ line: ByteSlice) -> Bool {
    switch format {
    case .yaml: line.hasPrefix(ByteSlice("---")) && (line.count == 3 || isBlank(line[3]))
    case .json: splitsAtBraces && !line.isEmpty && line[0] == UInt8(ascii: "{")
    case .jsonLines, .unknown: false
    }
  }

  private mutating func sniff(_ line: ByteSlice) {
    guard let first = line.buffer.first(where: { !isBlank($0) }) else { return }
    format = first == UInt8(ascii: "{") || first == UInt8(ascii: "[") ? .json : .yaml
  }

  private func isYAMLContent(_ line: ByteSlice) -> Bool {
    var rest = line
    if startsDocument(line) { rest = line.dropFirst(3) }
    if rest == "..." { return false }
    guard let first = rest.buffer.first(where: { !isBlank($0) }) else { return false }
    return first != UInt8(ascii: "#") && !line.hasPrefix(ByteSlice("%"))
  }
}

/// A copy of text that must outlive the reader's buffer.
struct HeldText: ~Copyable {
  let text: ByteBuffer
  let line: Int

  init(_ bytes: ByteSlice, line: Int) {
    var copy = ByteBuffer(capacity: bytes.count)
    copy.append(bytes)
    text = copy
    self.line = line
  }
}

/// How many brackets are open, strings left out, counted line by line.
private struct BracketCount {
  private var depth = 0

  /// A string of JSON ends on its line, so each line starts outside of one.
  mutating func add(_ line: ByteSlice) {
    var isString = false
    var index = 0
    while index < line.count {
      switch line[index] {
      case UInt8(ascii: "\\") where isString: index += 1
      case UInt8(ascii: "\""): isString.toggle()
      case UInt8(ascii: "{") where !isString, UInt8(ascii: "[") where !isString: depth += 1
      case UInt8(ascii: "}") where !isString, UInt8(ascii: "]") where !isString: depth -= 1
      default: break
      }
      index += 1
    }
  }

  var isBalanced: Bool { depth <= 0 }
}

private func isBlank(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
}
