internal import Memory

/// Writes the file for a later `--expect`: the lines of `-o jsonl` with a time of 0, so that the file changes only where a verdict does.
///
/// The file is replaced as a whole when the run is over.
package final class ExpectedLinesWriter {
  private let path: String
  private let output: ReportOutput

  /// - Throws: why the file cannot be written.
  package init(_ path: String) throws(FileError) {
    self.path = path
    output = try ReportOutput(path: path + ".new")
  }

  package func add(_ batch: ReplayBatch) {
    var rest = batch.lines.bytes
    let key = ByteSlice("\"micros\":")
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      let line = rest.prefix(end + 1)
      rest = rest.dropFirst(end + 1)
      guard let start = line.firstIndex(of: key) else { continue }
      let number = line.dropFirst(start + key.count)
      output.buffer.append(line.prefix(start + key.count))
      output.append("0.0")
      output.buffer.append(number.dropFirst(number.firstIndex(of: UInt8(ascii: ",")) ?? 0))
    }
    output.flush(above: 64 << 10)
  }

  /// The run has not come to its end: the file stays as it was.
  package func discard() { FileReplacement.remove(path + ".new") }

  /// - Throws: why the file could not be written; the one that was there before is then as it was.
  package func finish() throws(FileError) {
    output.flush()
    if let problem = output.problem { throw FileError(problem) }
    try FileReplacement.move(path + ".new", to: path)
  }
}
