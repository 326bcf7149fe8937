internal import ArgumentParser
internal import Server

/// `webhook serve`.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Answer AdmissionReviews over TLS until SIGTERM or SIGINT.",
    discussion: """
      POST /validate answers with the verdict of the policies, POST /mutate with their changes. HTTP/1.1 and HTTP/2 are spoken on one \
      port. Probes (/livez, /readyz) and Prometheus metrics (/metrics) are on the admin address, over plain HTTP.

      Policies, certificate, key and the files of --client-ca and --ocsp-response are read again when they change, and at \
      SIGHUP; what has a mistake is logged, and what was in service stays. SIGTERM ends it when what is in flight is answered, a \
      second one at once.

      Example:

        webhook serve --policies policies \\
            --certificate certs/tls.crt --key certs/tls.key

      It ends with 2 where a policy has a mistake (every one is listed), a certificate cannot be used or an address is taken.
      """)

  @OptionGroup(title: "Serving") var policies: PolicyOptions

  @OptionGroup(title: "Serving") var serving: ServingOptions

  @OptionGroup(title: "Clients") var clients: ClientOptions

  @OptionGroup(title: "Ending") var shutdown: ShutdownOptions

  @OptionGroup(title: "Recording") var recording: RecordOptions

  @OptionGroup(title: "Exceptions") var exceptions: ServeExceptionOptions

  @OptionGroup(title: "Audit log") var auditLog: AuditLogOptions

  @OptionGroup(title: "Limits") var limits: LimitOptions

  func run() throws {
    var configuration = try serving.configuration(policies: policies.paths)
    configuration.latencyBudget = try limits.budget()
    configuration.maximumBodyBytes = limits.maxBodyBytes
    configuration.clients = clients.configuration
    configuration.shutdown = shutdown.configuration
    configuration.recording = recording.configuration
    configuration.exceptions = exceptions.settings
    configuration.auditLog = auditLog.configuration
    configuration.limits = try limits.limits()
    do throws(StartError) {
      try WebhookServer.run(configuration)
    } catch {
      for detail in error.details { Log.raw(detail + "\n") }
      Log.line(error.reason)
      throw ExitCode.unusableInput
    }
  }
}
