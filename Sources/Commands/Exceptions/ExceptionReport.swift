internal import JSON
internal import Memory
internal import Policy
internal import Replay

/// An exception as `webhook exceptions` shows it.
struct ExceptionRow {
  enum State: String {
    case pending, active
    /// Active, and not for long.
    case ending
    case expired
  }

  let summary: ExceptionSummary
  let state: State
  /// Whole days; negative where it has ended.
  let daysLeft: Int64
  let lastUse: Instant?
  /// Whether an audit log was read.
  let isUseKnown: Bool

  /// - Parameter uses: by name, when each was last used; nil where nobody knows.
  init(_ summary: ExceptionSummary, at now: Instant, soon: Timespan, uses: [String: Instant]?) {
    self.summary = summary
    switch summary.state(at: now) {
    case .pending: state = .pending
    case .active: state = summary.expiresAt - now <= soon ? .ending : .active
    case .expired: state = .expired
    }
    daysLeft = (summary.expiresAt - now).wholeDays
    lastUse = uses?[summary.name]
    isUseKnown = uses != nil
  }

  /// `monitoring: app=exporter, kinds DaemonSet, names node-*, 1 condition`
  var scope: String {
    var parts: [String] = summary.selector.isEmpty ? [] : [summary.selector]
    if !summary.kinds.isEmpty { parts.append("kinds \(summary.kinds.joined(separator: " "))") }
    if !summary.names.isEmpty { parts.append("names \(summary.names.joined(separator: " "))") }
    if summary.conditions > 0 { parts.append(Quantity.text(summary.conditions, "condition")) }
    return "\(summary.namespace ?? "(no namespace)"): \(parts.joined(separator: ", "))"
  }

  static let headings = ["NAME", "POLICY", "SCOPE", "OWNER", "APPROVED BY", "DAYS LEFT", "LAST USE", "STATE"]

  var cells: [String] {
    let use = lastUse?.shortText ?? (isUseKnown ? "never" : "-")
    let owner = summary.owner.isEmpty ? "-" : summary.owner
    return [
      summary.name, summary.policies.joined(separator: " "), scope, owner, summary.approvedBy, "\(daysLeft)", use,
      state.rawValue,
    ]
  }
}

/// The forms in which exceptions are listed.
enum ExceptionReport {
  static func writeTable(_ rows: [ExceptionRow], to buffer: inout ByteBuffer) {
    if rows.isEmpty { return buffer.append("no exceptions\n") }
    let lines = [ExceptionRow.headings] + rows.map { $0.cells.map(Printable.text) }
    let widths = ExceptionRow.headings.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    for line in lines {
      for (column, cell) in line.enumerated() {
        buffer.append(cell)
        if column < line.count - 1 { buffer.append(String(repeating: " ", count: widths[column] - cell.count + 2)) }
      }
      buffer.append("\n")
    }
  }

  static func writeMarkdown(_ rows: [ExceptionRow], to buffer: inout ByteBuffer) {
    buffer.append("| \(ExceptionRow.headings.map { $0.lowercased() }.joined(separator: " | ")) |\n")
    buffer.append("|\(String(repeating: "---|", count: ExceptionRow.headings.count))\n")
    for row in rows {
      let cells = row.cells.map { Printable.text($0).replacing("|", with: "\\|").replacing("<", with: "&lt;") }
      buffer.append("| \(cells.joined(separator: " | ")) |\n")
    }
  }

  /// RFC 4180, every field in quotes.
  static func writeCSV(_ rows: [ExceptionRow], to buffer: inout ByteBuffer) {
    let headings = [
      "name", "policies", "scope", "owner", "approvedBy", "daysLeft", "lastUse", "state", "expiresAt", "reason",
    ]
    writeCSVLine(headings, to: &buffer)
    for row in rows {
      writeCSVLine(row.cells + [row.summary.expiresAt.description, row.summary.reason], to: &buffer)
    }
  }

  private static func writeCSVLine(_ cells: [String], to buffer: inout ByteBuffer) {
    let quoted = cells.map { cell -> String in
      // A spreadsheet takes what starts like this for a formula.
      let isFormula = cell.first.map { "=+@\t\r".contains($0) } ?? false
      return "\"\(isFormula ? "'" : "")\(cell.replacing("\"", with: "\"\""))\""
    }
    buffer.append(quoted.joined(separator: ",") + "\r\n")
  }

  static func writeJSON(_ rows: [ExceptionRow], to buffer: inout ByteBuffer) {
    buffer.writeArrayStart()
    for row in rows {
      let summary = row.summary
      buffer.writeObjectStart()
      buffer.writeKey("name")
      buffer.writeString(summary.name)
      write("policies", summary.policies, to: &buffer)
      buffer.writeKey("namespace")
      if let namespace = summary.namespace { buffer.writeString(namespace) } else { buffer.writeNull() }
      buffer.writeKey("resourceSelector")
      buffer.writeString(summary.selector)
      write("kinds", summary.kinds, to: &buffer)
      write("names", summary.names, to: &buffer)
      buffer.writeKey("matchConditions")
      buffer.writeInteger(Int64(summary.conditions))
      for (key, text) in [
        ("owner", summary.owner), ("approvedBy", summary.approvedBy), ("reason", summary.reason),
        ("expiresAt", summary.expiresAt.description), ("state", row.state.rawValue), ("file", summary.file),
      ] as [(StaticString, String)] {
        buffer.writeKey(key)
        buffer.writeString(text)
      }
      write("startsAt", summary.startsAt, to: &buffer)
      write("reviewBy", summary.reviewBy, to: &buffer)
      if row.isUseKnown { write("lastUse", row.lastUse, to: &buffer) }
      buffer.writeKey("line")
      buffer.writeInteger(Int64(summary.line))
      buffer.writeKey("daysLeft")
      buffer.writeInteger(row.daysLeft)
      buffer.writeObjectEnd()
    }
    buffer.writeArrayEnd()
    buffer.append("\n")
  }

  private static func write(_ key: StaticString, _ texts: [String], to buffer: inout ByteBuffer) {
    buffer.writeKey(key)
    buffer.writeArrayStart()
    for text in texts { buffer.writeString(text) }
    buffer.writeArrayEnd()
  }

  private static func write(_ key: StaticString, _ instant: Instant?, to buffer: inout ByteBuffer) {
    buffer.writeKey(key)
    if let instant { buffer.writeString(instant.description) } else { buffer.writeNull() }
  }
}

/// What an audit log says of when exceptions were used.
enum AuditLogUses {
  /// Bytes of a line that is read; a denial's message is shorter.
  private static let maximumLineLength = 1 << 20

  /// Keeps the latest use of each exception. Lines of other events, and those that are no JSON, are passed over: a log may end in
  /// the middle of one.
  static func read(_ path: String, into uses: inout [String: Instant]) throws(FileError) {
    var lines = try LineReader(path: path, maximumLength: maximumLineLength)
    var tape = Tape()
    while let line = try lines.next() {
      guard !line.isTooLong, (try? tape.parse(line.bytes)) != nil,
        tape.root.member("event")?.isString("exception") == true,
        let name = tape.root.member("exception")?.stringValue, let text = tape.root.member("time")?.stringValue,
        let time = try? Instant(parsing: text)
      else { continue }
      if uses[name].map({ $0 < time }) ?? true { uses[name] = time }
    }
  }
}
