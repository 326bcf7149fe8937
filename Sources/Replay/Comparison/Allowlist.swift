internal import JSON
internal import Memory

/// The reviews that are known to be safe, by their ids.
package enum Allowlist {
  /// Bytes of a line.
  static let maximumLength = 16 << 20

  /// - Parameter path: a file with an id on each line, empty lines and those that start with `#` left out, or with a line of JSON that has
  ///   an `id`.
  /// - Throws: why the file cannot be read, with the line.
  package static func read(_ path: String) throws(FileError) -> Set<String> {
    var lines = try LineReader(path: path, maximumLength: maximumLength)
    var tape = Tape()
    var ids: Set<String> = []
    while let line = try lines.next() {
      if line.isTooLong { throw FileError("line \(line.number) is longer than \(maximumLength) bytes") }
      let text = line.bytes.string.trimmingSpaces
      if text.isEmpty || text.hasPrefix("#") { continue }
      guard text.hasPrefix("{") else {
        ids.insert(text)
        continue
      }
      guard let _ = try? tape.parse(line.bytes), let id = tape.root.member("id")?.stringValue else {
        throw FileError("line \(line.number) is neither an id nor JSON with an `id`")
      }
      ids.insert(id)
    }
    return ids
  }
}

extension String {
  /// Without spaces and tabs around it.
  var trimmingSpaces: String {
    let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    let start = drop(while: isSpace)
    return String(start.reversed().drop(while: isSpace).reversed())
  }
}
