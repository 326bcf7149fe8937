internal import Yams

/// A CEL expression as it stands in a manifest, so that a mistake in it can be shown in the file.
struct ExpressionSource {
  let text: String
  let node: ManifestNode

  /// Where in the file a place in the expression stands, whatever the scalar's style. The start of the scalar where the file cannot be
  /// followed: double quotes with escapes, an alias.
  /// - Parameter offset: UTF-8 bytes from the start of the expression.
  func place(of offset: Int, in source: SourceFile) -> ManifestPlace {
    guard case .scalar(let scalar) = node.yaml else { return node.place }
    var reader = ScalarReader(scalar.style, from: node.place, in: source)
    var read = 0
    for character in text.unicodeScalars {
      guard reader.advance(to: character) else { return node.place }
      if read >= offset { return reader.place }
      read += UTF8.width(character)
      reader.skip()
    }
    // At the end of the text.
    return reader.place
  }
}

/// Follows a scalar's text through the lines of its file.
private struct ScalarReader {
  private let style: Node.Scalar.Style
  private let source: SourceFile
  private var line: [Unicode.Scalar]
  private var lineNumber: Int
  /// Into `line`, from 0.
  private var index: Int
  /// Of a block scalar's lines.
  private var indentation = 0

  init(_ style: Node.Scalar.Style, from start: ManifestPlace, in source: SourceFile) {
    self.style = style
    self.source = source
    lineNumber = start.line
    line = Array(source.line(lineNumber).unicodeScalars)
    switch style {
    case .literal, .folded:
      // The text starts on the line behind the indicator, and its first line that is not blank sets the indentation.
      index = line.count
      var first = lineNumber + 1
      while first < lineNumber + 1000, source.line(first).allSatisfy(\.isWhitespace) { first += 1 }
      indentation = source.line(first).unicodeScalars.prefix { $0 == " " }.count
      nextLine()
    case .singleQuoted, .doubleQuoted: index = start.column
    default: index = start.column - 1
    }
  }

  var place: ManifestPlace { ManifestPlace(line: lineNumber, column: index + 1) }

  /// Goes to where `character`, the next of the text, stands in the file.
  /// - Returns: false where the file goes on differently.
  mutating func advance(to character: Unicode.Scalar) -> Bool {
    // A line end of the text is one of the file, or in a folded scalar a blank line; a space can be a folded line end.
    if character == "\n" { return index >= line.count || style != .literal }
    var lines = 0
    while index >= line.count, character != " " || style == .literal, lines < 1000 {
      nextLine()
      lines += 1
    }
    if index >= line.count { return character == " " }
    return line[index] == character
  }

  /// Passes over the character that was found.
  mutating func skip() {
    if index >= line.count {
      nextLine()
      return
    }
    // A quote inside single quotes is written twice.
    index += style == .singleQuoted && line[index] == "'" ? 2 : 1
    // White space at the end of a line is folded away with it.
    if style != .literal, line[min(index, line.count)...].allSatisfy({ $0 == " " || $0 == "\r" }) { index = line.count }
  }

  private mutating func nextLine() {
    lineNumber += 1
    line = Array(source.line(lineNumber).unicodeScalars)
    let blanks = line.prefix { $0 == " " || $0 == "\t" }.count
    switch style {
    case .literal, .folded: index = min(blanks, indentation)
    default: index = blanks
    }
  }
}
