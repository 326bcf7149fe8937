internal import JSON
internal import Memory
internal import Policy

/// Small files that are read whole: lists of tests, and what they refer to.
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
    if let problem = YAMLText.writeJSON(try read(path), name: path, firstLine: 1, to: &buffer) {
      throw FileError("line \(problem.line): \(problem.message)")
    }
    if buffer.isEmpty { throw FileError("holds nothing") }
  }

  /// A patch as compact JSON; empty where it changes nothing.
  static func readPatch(_ path: String) throws(FileError) -> String {
    var buffer = ByteBuffer()
    try readJSON(path, to: &buffer)
    return buffer.bytes == "[]" ? "" : buffer.bytes.string
  }
}

extension TestFile {
  /// The file, as it stands there and as JSON.
  static func read(_ path: String) throws(TestFileError) -> (document: YAMLDocument, tests: ParsedDocument) {
    let text: String
    do throws(FileError) {
      text = try TextFile.read(path)
    } catch {
      throw TestFileError(path, "\(error)")
    }
    let (document, problem) = YAMLDocument.read(SourceFile(name: path, text: text))
    if let problem { throw TestFileError("\(path):\(problem.line):\(problem.column)", problem.message) }
    guard let document else { throw TestFileError(path, "holds nothing") }
    var json = ByteBuffer()
    guard document.writeJSON(to: &json), let tests = try? ParsedDocument(json) else {
      throw TestFileError(path, "has too many values or is nested too deep")
    }
    return (document, tests)
  }
}
