internal import Yams

/// A CEL expression as it stands in a manifest, so that a mistake in it can be shown in the file.
struct ExpressionSource {
  let text: String
  let node: ManifestNode

  /// Where in the file a place in the expression stands: exactly for block scalars (`|`) and for scalars on one line without escapes;
  /// the start of the scalar for others.
  /// - Parameters:
  ///   - line: of the expression, from 1.
  ///   - column: in Unicode scalars, from 1.
  func place(line: Int, column: Int, in source: SourceFile) -> ManifestPlace {
    guard case .scalar(let scalar) = node.yaml else { return node.place }
    let start = node.place
    switch scalar.style {
    case .literal:
      let fileLine = start.line + line
      let indent = source.line(fileLine).unicodeScalars.prefix { $0 == " " }.count
      // The text keeps what is indented deeper than the block; only the block's own indentation comes on top.
      let kept =
        scalar.string.split(separator: "\n", omittingEmptySubsequences: false)
        .dropFirst(line - 1).first?.unicodeScalars.prefix { $0 == " " }.count ?? 0
      return ManifestPlace(line: fileLine, column: max(indent - kept, 0) + column)
    case .plain where line == 1 && !isContinued(scalar, start, source):
      return ManifestPlace(line: start.line, column: start.column + column - 1)
    case .singleQuoted where line == 1 && !isContinued(scalar, start, source):
      // Each quote inside is written twice.
      let quotes = scalar.string.unicodeScalars.prefix(column - 1).count { $0 == "'" }
      return ManifestPlace(line: start.line, column: start.column + column + quotes)
    case .doubleQuoted where line == 1 && !isContinued(scalar, start, source):
      return ManifestPlace(line: start.line, column: start.column + column)
    default:
      return start
    }
  }

  /// Whether the scalar is not simply written on its first line: folded over several, or with escapes.
  private func isContinued(_ scalar: Node.Scalar, _ start: ManifestPlace, _ source: SourceFile) -> Bool {
    let rest = String(source.line(start.line).unicodeScalars.dropFirst(start.column - 1))
    let written: String =
      switch scalar.style {
      case .singleQuoted: "'" + scalar.string.replacing("'", with: "''") + "'"
      case .doubleQuoted: "\"" + scalar.string + "\""
      default: scalar.string
      }
    return !rest.hasPrefix(written)
  }
}
