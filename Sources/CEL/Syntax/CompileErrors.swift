/// Why an expression was not accepted: every mistake found, in the order of their places.
public struct CompileErrors: Error, Sendable, CustomStringConvertible {
  public let source: String
  public let issues: [CompileIssue]

  package init(source: String, issues: [CompileIssue]) {
    self.source = source
    let ordered = issues.enumerated().sorted {
      ($0.element.line, $0.element.column, $0.offset) < ($1.element.line, $1.element.column, $1.offset)
    }
    self.issues = ordered.map(\.element)
  }

  /// The most issues that are rendered, as in cel-go.
  static let maximumRendered = 100

  /// All issues as cel-go renders them, each with its line of the source and a caret:
  ///
  ///     ERROR: <input>:1:8: undefined field 'foo'
  ///      | object.foo
  ///      | .......^
  public var description: String {
    let source = SourceText(source)
    var parts = issues.prefix(Self.maximumRendered).map { $0.rendered(in: source) }
    if issues.count > Self.maximumRendered {
      parts.append("\(issues.count - Self.maximumRendered) more errors were truncated")
    }
    return parts.joined(separator: "\n")
  }
}

/// A mistake in an expression and its place.
public struct CompileIssue: Sendable, Hashable {
  /// UTF-8 bytes from the start of the source.
  public let offset: Int
  /// From 1; -1 where the mistake is in the expression as a whole (too large, too deep).
  public let line: Int
  /// From 1, in Unicode code points; 0 where ``line`` is -1.
  public let column: Int
  /// In cel-go's words, without place.
  public let message: String
  /// A declared name close to the one that is not declared, for tools that want to say so.
  public let suggestion: String?

  package init(offset: Int, line: Int, column: Int, message: String, suggestion: String? = nil) {
    self.offset = offset
    self.line = line
    self.column = column
    self.message = message
    self.suggestion = suggestion
  }

  /// As cel-go renders it: place, message, the line of the source, and a caret under the place.
  func rendered(in source: SourceText) -> String {
    let heading = "ERROR: <input>:\(line):\(column): \(message)"
    guard line >= 1, let snippet = source.line(line), snippet.utf8.count <= SourceText.maximumSnippet else {
      return heading
    }
    var pointer = ""
    var scalars = snippet.unicodeScalars.makeIterator()
    for _ in 1..<max(1, column) {
      guard let scalar = scalars.next() else { break }
      // A wide character gets a wide dot, so that the caret stands below its place.
      pointer += scalar.isASCII ? "." : "\u{FF0E}"
    }
    if let scalar = scalars.next(), !scalar.isASCII {
      pointer += "\u{FF3E}"
    } else {
      pointer += "^"
    }
    return "\(heading)\n | \(String(snippet.map { $0 == "\t" ? " " : $0 }))\n | \(pointer)"
  }
}
