/// The text of a manifest file, for messages that show the line in question.
public final class SourceFile: Sendable {
  /// As it was given: `policies/x/policy.yaml`.
  public let name: String
  public let text: String
  private let lines: [Substring]

  public init(name: String, text: String) {
    self.name = name
    self.text = text
    lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
  }

  /// Line `number` (from 1), empty where there is none.
  public func line(_ number: Int) -> String {
    lines.indices.contains(number - 1) ? String(lines[number - 1]) : ""
  }
}
