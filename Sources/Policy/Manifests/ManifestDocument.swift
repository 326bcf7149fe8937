internal import Yams

/// One document of a YAML or JSON file.
struct ManifestDocument {
  let source: SourceFile
  let root: ManifestNode

  var apiVersion: String { root.member("apiVersion")?.text ?? "" }
  var kind: String { root.member("kind")?.text ?? "" }
  var name: String { root.member("metadata")?.member("name")?.text ?? "" }

  /// Bytes of a manifest file. The API server takes objects up to 3 MiB; a file may hold several.
  static let maximumFileLength = 64 << 20

  /// Brackets in one another in a file, so that hostile nesting cannot exhaust the YAML parser's stack.
  static let maximumNesting = 256

  /// The documents of a file, empty ones left out. What comes behind a syntax error is not read.
  static func read(_ source: SourceFile) -> (documents: [ManifestDocument], problem: Problem?) {
    if let problem = limitProblem(source) { return ([], problem) }
    var documents: [ManifestDocument] = []
    do {
      let parser = try Yams.Parser(yaml: source.text)
      while let node = try parser.nextRoot() {
        let document = ManifestDocument(source: source, root: ManifestNode(yaml: node, path: ""))
        if !document.root.isNull { documents.append(document) }
      }
    } catch {
      return (documents, syntaxProblem(error, source))
    }
    return (documents, nil)
  }

  private static func limitProblem(_ source: SourceFile) -> Problem? {
    guard source.text.utf8.count <= maximumFileLength else {
      return problem(source, 1, 1, "the file is longer than \(maximumFileLength) bytes")
    }
    // Block style nests by indentation, of which a line can hold only so much; flow style nests by brackets. Brackets in strings
    // count too, which makes this a little stricter than need be.
    var depth = 0
    var line = 1
    for byte in source.text.utf8 {
      switch byte {
      case UInt8(ascii: "\n"): line += 1
      case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth = max(depth - 1, 0)
      default: break
      }
      if depth > maximumNesting {
        return problem(source, line, 1, "brackets are nested more than \(maximumNesting) deep")
      }
    }
    return nil
  }

  private static func syntaxProblem(_ error: any Error, _ source: SourceFile) -> Problem {
    switch error as? YamlError {
    case .scanner(_, let text, let mark, _), .parser(_, let text, let mark, _), .composer(_, let text, let mark, _):
      problem(source, mark.line, mark.column, "is no valid YAML: \(text)")
    case .reader(let text, _, _, _):
      problem(source, 1, 1, "is no valid YAML: \(text)")
    case .duplicatedKeysInMapping(let keys, let context):
      problem(
        source, context.mark.line, context.mark.column,
        "the key \(keys.map { "`\($0)`" }.joined(separator: ", ")) is given more than once")
    default:
      problem(source, 1, 1, "is no valid YAML: \(error)")
    }
  }

  static func problem(_ source: SourceFile, _ line: Int, _ column: Int, _ message: String) -> Problem {
    Problem(
      severity: .error, file: source.name, line: line, column: column, field: "", message: message,
      sourceLine: source.line(line))
  }
}
