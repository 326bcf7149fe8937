internal import JSON
internal import Memory
internal import Policy
internal import Yams

/// A test file as JSON, and on which lines its tests stand.
struct TestDocument {
  private let document: ParsedDocument
  private let lines: [Int]

  /// - Throws: why the file cannot be read.
  init(_ path: String) throws(TestFileError) {
    let text: String
    var json = ByteBuffer()
    do throws(FileError) {
      text = try TextFile.read(path)
      try TextFile.writeJSON(text, of: path, to: &json)
    } catch {
      throw TestFileError(problems: [UnreadableReview(place: path, message: "\(error)")])
    }
    do {
      document = try ParsedDocument(json)
    } catch {
      throw TestFileError(problems: [UnreadableReview(place: path, message: error.message)])
    }
    let tests = (try? Yams.compose(yaml: text))?["tests"]?.sequence
    lines = tests?.map { $0.mark?.line ?? 1 } ?? []
  }

  var root: Cursor { document.root }

  func line(ofTest index: Int) -> Int { index < lines.count ? lines[index] : 1 }
}

/// Small files that are read whole: what a test refers to.
enum TextFile {
  /// Bytes of a file.
  static let maximumLength = 16 << 20

  static func read(_ path: String) throws(FileError) -> String {
    var lines = try LineReader(path: path, maximumLength: maximumLength)
    var text = ByteBuffer()
    while let line = try lines.next() {
      if line.isTooLong || text.count + line.bytes.count > maximumLength {
        throw FileError("is longer than \(maximumLength) bytes")
      }
      text.append(line.bytes)
      text.append("\n")
    }
    guard let string = String(validating: text.bytes.buffer, as: UTF8.self) else { throw FileError("is not UTF-8") }
    return string
  }

  /// A file with one document, in YAML or JSON, as JSON.
  static func readJSON(_ path: String, to buffer: inout ByteBuffer) throws(FileError) {
    try writeJSON(read(path), of: path, to: &buffer)
  }

  /// A patch as compact JSON; empty where it changes nothing.
  static func readPatch(_ path: String) throws(FileError) -> String {
    var buffer = ByteBuffer()
    try readJSON(path, to: &buffer)
    return buffer.bytes == "[]" ? "" : buffer.bytes.string
  }

  static func writeJSON(_ text: String, of path: String, to buffer: inout ByteBuffer) throws(FileError) {
    if let problem = YAMLText.writeJSON(text, name: path, firstLine: 1, to: &buffer) {
      throw FileError("line \(problem.line): \(problem.message)")
    }
    if buffer.isEmpty { throw FileError("holds nothing") }
  }
}
