internal import ArgumentParser
internal import Policy
internal import Replay
internal import Server

/// `webhook exceptions`.
struct ExceptionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exceptions",
    abstract: "List exceptions and how long they have left, or write a new one.",
    discussion: """
      Examples:

        webhook exceptions --policies policies
        webhook exceptions --policies policies --expiring 14d --fail-on expiring
        webhook exceptions new --policies policies --reason metrics \\
            --approved-by security denied.json
      """,
    subcommands: [ExceptionsListCommand.self, ExceptionsNewCommand.self],
    defaultSubcommand: ExceptionsListCommand.self)
}

/// `webhook exceptions list`, which is what `webhook exceptions` does.
struct ExceptionsListCommand: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case table, json, csv, markdown
  }

  enum Failure: String, ExpressibleByArgument, CaseIterable {
    case expired, expiring
  }

  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract:
      "List exceptions: from which policy, for what, approved by whom, how long they last, when they were last used.",
    discussion: """
      Exit status: 0 unless --fail-on finds what it names (1), or a manifest has a mistake (2).
      """)

  @OptionGroup var policies: PolicyOptions

  @OptionGroup var clock: ExceptionClockOptions

  @Option(
    help: ArgumentHelp(
      "An audit log of `webhook serve`, for when each exception was last used. Can be given several times.",
      valueName: "file"))
  var auditLog: [String] = []

  @Option(help: ArgumentHelp("List only exceptions that end within this time.", valueName: "duration"))
  var expiring: Timespan?

  @Flag(help: "List only exceptions that have ended; with --expiring, those too.")
  var expired = false

  @Flag(help: "List only exceptions that no audit log has a use of.")
  var unused = false

  @Option(name: .shortAndLong, help: "`table` for people, `json`, `csv`, or `markdown`.")
  var output = Format.table

  @Option(
    help: """
      End with 1 where an exception has ended (`expired`), or ends within the time of --expiring, 14 days unless given (`expiring`). \
      Can be given twice.
      """)
  var failOn: [Failure] = []

  mutating func validate() throws {
    if unused, auditLog.isEmpty { throw ValidationError("--unused needs --audit-log: it says what was used") }
  }

  func run() throws {
    let rules = clock.rules
    let set = try policies.load(rules: rules)
    let now = rules.clock.now()
    let uses = auditLog.isEmpty ? nil : try lastUses()
    let soon = expiring ?? ExceptionSettings.defaultExpiryWarning
    let rows = set.exceptions.reversed().map { ExceptionRow($0, at: now, soon: soon, uses: uses) }
    var output = StandardOutput()
    let shown = rows.filter(isListed)
    switch self.output {
    case .table: ExceptionReport.writeTable(shown, to: &output.buffer)
    case .json: ExceptionReport.writeJSON(shown, to: &output.buffer)
    case .csv: ExceptionReport.writeCSV(shown, to: &output.buffer)
    case .markdown: ExceptionReport.writeMarkdown(shown, to: &output.buffer)
    }
    output.flush()
    try fail(rows)
  }

  private func isListed(_ row: ExceptionRow) -> Bool {
    if unused, row.lastUse != nil { return false }
    if expiring == nil, !expired { return true }
    return expired && row.state == .expired || expiring != nil && row.state == .ending
  }

  private func fail(_ rows: [ExceptionRow]) throws {
    let wanted: [ExceptionRow.State] = failOn.map { $0 == .expired ? .expired : .ending }
    let found = rows.filter { wanted.contains($0.state) }
    if found.isEmpty { return }
    Log.line(
      "\(found.count) \(found.count == 1 ? "exception is" : "exceptions are") \(failOn.map(\.rawValue).joined(separator: " or "))"
    )
    throw ExitCode.checkFailed
  }

  private func lastUses() throws -> [String: Instant] {
    var uses: [String: Instant] = [:]
    for path in auditLog {
      do throws(FileError) {
        try AuditLogUses.read(path, into: &uses)
      } catch {
        Log.line("\(path): \(error)")
        throw ExitCode.unusableInput
      }
    }
    return uses
  }
}
