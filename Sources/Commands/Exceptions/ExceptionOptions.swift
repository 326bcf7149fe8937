internal import ArgumentParser
internal import Policy
internal import Server

/// What an operator lets exceptions be, for every command that reads them.
struct ExceptionRuleOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How long an exception may live, from its start to its end (`180d`, `2w`, `36h`).", valueName: "duration"))
  var maxExceptionLifetime = ExceptionRules.defaultMaximumLifetime

  @Option(
    name: .customLong("exception-namespaces"),
    help: ArgumentHelp(
      """
      A namespace for which there may be exceptions, `*` in it for any characters; `/` stands for objects without a \
      namespace. Can be given several times. (default: any)
      """, valueName: "namespace"))
  var exceptionNamespaces: [String] = []

  @Option(
    name: .customLong("never-except"),
    help: ArgumentHelp("A policy that nothing is excepted from. Can be given several times.", valueName: "policy"))
  var neverExcept: [String] = []

  mutating func validate() throws {
    if maxExceptionLifetime <= .days(0) { throw ValidationError("--max-exception-lifetime must be above zero") }
  }

  var rules: ExceptionRules {
    var rules = ExceptionRules()
    rules.maximumLifetime = maxExceptionLifetime
    rules.namespaces = exceptionNamespaces.isEmpty ? nil : exceptionNamespaces
    rules.neverExcept = Set(neverExcept)
    return rules
  }
}

/// The same with a clock that can be set, for commands that judge and report.
struct ExceptionClockOptions: ParsableArguments {
  @OptionGroup var limits: ExceptionRuleOptions

  @Option(
    help: ArgumentHelp(
      "What the clock shows that ends exceptions: `2026-10-01T00:00:00Z`, or a date. (default: the time it is)",
      valueName: "time"))
  var now: Instant?

  var rules: ExceptionRules {
    var rules = limits.rules
    if let now { rules.clock = DecisionClock(at: now) }
    return rules
  }

  var settings: ExceptionSettings {
    var settings = ExceptionSettings()
    settings.rules = rules
    return settings
  }
}

/// How `webhook serve` treats exceptions.
struct ServeExceptionOptions: ParsableArguments {
  @OptionGroup var limits: ExceptionRuleOptions

  @Flag(help: "Refuse exceptions that are approved by the user who creates or changes them.")
  var forbidSelfApproval = false

  @Option(
    help: ArgumentHelp("How long before an exception's end its users are warned; `0s`: never.", valueName: "duration"))
  var expiryWarning = ExceptionSettings.defaultExpiryWarning

  var settings: ExceptionSettings {
    var settings = ExceptionSettings()
    settings.expiryWarning = expiryWarning
    settings.rules = limits.rules
    settings.rules.allowsSelfApproval = !forbidSelfApproval
    return settings
  }
}

/// Where `webhook serve` writes who was denied, excepted and changed.
struct AuditLogOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      A file for a line of JSON about each denial, each use of an exception and each mutation; `-` is standard output. \
      (default: none)
      """, valueName: "file"))
  var auditLog: String?

  @Option(help: ArgumentHelp("Bytes after which the audit log goes on in a new file.", valueName: "bytes"))
  var auditLogMaxBytes = 100 << 20

  @Option(help: ArgumentHelp("How many older files of the audit log are kept, as FILE.1 and so on.", valueName: "n"))
  var auditLogFiles = 5

  mutating func validate() throws {
    if auditLogMaxBytes < 64 << 10 { throw ValidationError("--audit-log-max-bytes \(auditLogMaxBytes) is below 65536") }
    if !(0...1000).contains(auditLogFiles) {
      throw ValidationError("--audit-log-files \(auditLogFiles) is not from 0 to 1000")
    }
  }

  var configuration: AuditLogConfiguration? {
    auditLog.map { AuditLogConfiguration(path: $0, maximumBytes: auditLogMaxBytes, keptFiles: auditLogFiles) }
  }
}
