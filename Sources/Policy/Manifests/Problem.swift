/// Something wrong in a manifest, with its place. Lines and columns count from 1, columns in characters.
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

  /// `file:line:column: message`, then the line and a caret under the column.
  public var rendered: String {
    let head = "\(file):\(line):\(column): \(severity.rawValue): \(field.isEmpty ? "" : field + ": ")\(message)"
    guard !sourceLine.isEmpty else { return head }
    // Tabs stay tabs, so that the caret stands under its character however wide they are shown.
    let indent = String(sourceLine.prefix(max(column - 1, 0)).map { $0 == "\t" ? Character("\t") : " " })
    return "\(head)\n  \(sourceLine)\n  \(indent)^"
  }
}
