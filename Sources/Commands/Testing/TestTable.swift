internal import Admission
internal import JSON
package import Memory
package import Policy

/// `webhook test -o table`: a row for each review, in columns.
///
/// The first rows are held back to find out how wide the columns are; later rows that are wider stand out. So memory does not
/// grow with the number of reviews.
package struct TestTable {
  private struct Row {
    let id: String
    let object: String
    let decision: String
    let lines: [String]
  }

  /// Rows that are held back.
  private static let sampleSize = 1000

  /// Characters of a column; what is longer pushes the rest of its row to the right.
  private static let maximumWidth = 80

  private var sample: [Row] = []
  private var widths: [Int] = []

  package init() {}

  package mutating func add(_ judged: JudgedReview, of set: PolicySet, to buffer: inout ByteBuffer) {
    let row = Row(
      id: judged.id.string, object: Self.object(judged.request),
      decision: judged.verdict.allowed ? "allowed" : "denied",
      lines: Self.lines(judged.verdict, set))
    if !widths.isEmpty { return write(row, to: &buffer) }
    sample.append(row)
    if sample.count == Self.sampleSize { flush(to: &buffer) }
  }

  /// Writes the rows that are still held back.
  package mutating func finish(to buffer: inout ByteBuffer) {
    if widths.isEmpty, !sample.isEmpty { flush(to: &buffer) }
  }

  private mutating func flush(to buffer: inout ByteBuffer) {
    let heading = Row(id: "REVIEW", object: "OBJECT", decision: "DECISION", lines: ["POLICIES"])
    let rows = [heading] + sample
    widths = [
      min(rows.map(\.id.count).max() ?? 0, Self.maximumWidth),
      min(rows.map(\.object.count).max() ?? 0, Self.maximumWidth),
      heading.decision.count,
    ]
    for row in rows { write(row, to: &buffer) }
    sample = []
  }

  private func write(_ row: Row, to buffer: inout ByteBuffer) {
    var head = ""
    for (text, width) in zip([row.id, row.object, row.decision], widths) {
      head += text + String(repeating: " ", count: max(width - text.count, 0) + 2)
    }
    let indent = String(repeating: " ", count: widths.reduce(0) { $0 + $1 + 2 })
    for (index, line) in row.lines.enumerated() {
      buffer.append((index == 0 ? head : indent) + line + "\n")
    }
  }

  /// `CREATE Pod default/web`, with the subresource where there is one.
  private static func object(_ request: AdmissionRequest) -> String {
    var text = "\(request.operation.name) \(request.kind.kind.string)"
    if !request.subResource.isEmpty { text += " (\(request.resource.resource.string)/\(request.subResource.string))" }
    let name = request.name.isEmpty ? generatedName(request) : request.name.string
    let isInNamespace = !request.namespace.isEmpty && !(request.resource.resource == "namespaces")
    return Printable.text("\(text) \(isInNamespace ? request.namespace.string + "/" : "")\(name)")
  }

  private static func generatedName(_ request: AdmissionRequest) -> String {
    guard let prefix = request.object?.member("metadata")?.member("generateName")?.stringValue else { return "" }
    return prefix + "*"
  }

  /// What each policy that found something said; otherwise which ones matched.
  private static func lines(_ verdict: Verdict, _ set: PolicySet) -> [String] {
    var lines: [String] = []
    for outcome in verdict.outcomes where !outcome.failures.isEmpty {
      for failure in outcome.failures {
        let mark = outcome.denied ? "" : " (not enforced)"
        // A message may have several lines.
        for (index, line) in failure.message.string.split(separator: "\n").enumerated() {
          lines.append(index == 0 ? "\(set.policies[outcome.policy].name)\(mark): \(line)" : "  \(line)")
        }
      }
    }
    if !lines.isEmpty { return lines.map(Printable.text) }
    if verdict.outcomes.isEmpty { return ["no policy matched"] }
    for (result, word) in [(PolicyOutcome.Result.mutated, "changed by"), (.pass, "passed")] {
      let names = verdict.outcomes.filter { $0.result == result }.map { set.policies[$0.policy].name }
      if !names.isEmpty { lines.append("\(word) \(names.joined(separator: ", "))") }
    }
    return lines
  }
}

/// Text from reviews on a terminal.
enum Printable {
  /// Control characters, which could move a terminal's cursor or set its colours, become U+FFFD.
  static func text(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "\u{FFFD}" : $0 }))
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
  }
}
