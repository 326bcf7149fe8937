/// Something wrong in a manifest, with its place. Lines and columns count from 1, columns in Unicode scalars.
public struct Problem: Sendable, Equatable {
  public enum Severity: String, Sendable {
    case error, warning
  }

  public var severity: Severity
  public var file: String
  public var line: Int
  public var column: Int
  /// The field: `spec.validations[0].expression`; empty where the file as a whole is meant.
  public var field: String
  /// One line of what is wrong and what to do.
  public var message: String
  /// The line of the file, for the excerpt with a caret.
  public var sourceLine: String

  public init(
    severity: Severity, file: String, line: Int, column: Int, field: String, message: String, sourceLine: String
  ) {
    self.severity = severity
    self.file = file
    self.line = line
    self.column = column
    self.field = field
    self.message = message
    self.sourceLine = sourceLine
  }

  /// Characters of a line that are shown: a long line, which JSON often is, is cut around the column.
  static let excerptLength = 120

  /// `file:line:column: message`, then the line, or what lies around the column, and a caret under the column. Control
  /// characters, which could forge lines of a log or recolour a terminal, become U+FFFD.
  public var rendered: String {
    let head = "\(file):\(line):\(column): \(severity.rawValue): \(field.isEmpty ? "" : field + ": ")\(message)"
    guard !sourceLine.isEmpty else { return Self.printable(head[...], keepsTabs: false) }
    let text = sourceLine.unicodeScalars
    let place = text.index(text.startIndex, offsetBy: max(column - 1, 0), limitedBy: text.endIndex) ?? text.endIndex
    var start = text.startIndex
    var end = text.endIndex
    if let limit = text.index(start, offsetBy: Self.excerptLength, limitedBy: end), limit < end {
      start = text.index(place, offsetBy: -Self.excerptLength / 2, limitedBy: start) ?? start
      end = text.index(start, offsetBy: Self.excerptLength, limitedBy: end) ?? end
    }
    let before = start > text.startIndex ? "…" : ""
    let after = end < text.endIndex ? "…" : ""
    let excerpt = before + Self.printable(sourceLine[start..<end], keepsTabs: true) + after
    // Tabs stay tabs, so that the caret stands under its character however wide they are shown.
    let indent = before.map { _ in " " }.joined() + text[start..<place].map { $0 == "\t" ? "\t" : " " }.joined()
    return "\(Self.printable(head[...], keepsTabs: false))\n  \(excerpt)\n  \(indent)^"
  }

  private static func printable(_ text: Substring, keepsTabs: Bool) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      let isControl =
        switch scalar.value {
        // Control characters, line and paragraph separators, and what turns the direction of text around.
        case 0..<0x20, 0x7F...0x9F, 0x61C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
      result.append(isControl && !(keepsTabs && scalar == "\t") ? "\u{FFFD}" : scalar)
    }
    return String(result)
  }
}
