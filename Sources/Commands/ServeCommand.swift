internal import ArgumentParser
internal import Foundation
internal import Memory
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

  @OptionGroup var policies: PolicyOptions

  @Option(
    help: ArgumentHelp(
      """
      Where TLS is served: an IPv4 address, an IPv6 address in brackets, `localhost`, or nothing for every address, and \
      a port (0 lets the system choose).
      """, valueName: "host:port"))
  var listen = ":8443"

  @Option(help: ArgumentHelp("Where /livez, /readyz and /metrics are served over plain HTTP.", valueName: "host:port"))
  var adminListen = "127.0.0.1:8080"

  @Option(help: ArgumentHelp("The certificate chain in PEM, the server's own first.", valueName: "file"))
  var certificate = "certs/tls.crt"

  @Option(help: ArgumentHelp("The certificate's key in PEM, not encrypted.", valueName: "file"))
  var key = "certs/tls.key"

  @OptionGroup var clients: ClientOptions

  @OptionGroup var shutdown: ShutdownOptions

  @OptionGroup var recording: RecordOptions

  @OptionGroup var exceptions: ServeExceptionOptions

  @OptionGroup var auditLog: AuditLogOptions

  @Option(help: ArgumentHelp("Threads that serve requests. (default: the processors it may use)", valueName: "n"))
  var workers: Int?

  @Option(
    help: ArgumentHelp(
      """
      How long a decision may take; policies that have not finished by then are decided by their failure policy. The \
      caller's own timeout counts when it is shorter.
      """, valueName: "duration"))
  var latencyBudget = "100ms"

  @Option(help: ArgumentHelp("The largest request body.", valueName: "bytes"))
  var maxBodyBytes = 16 << 20

  @OptionGroup(title: "Limits") var limits: LimitOptions

  /// Threads are bounded so that a slip of the finger does not exhaust the machine.
  static let maximumWorkers = 1024

  /// A review of 1 KiB is smaller than any that an API server sends; JSON longer than a tape's text cannot be read.
  static let bodyBytesRange = 1024...(256 << 20) - 1

  mutating func validate() throws {
    _ = try address(listen, "--listen")
    _ = try address(adminListen, "--admin-listen")
    if let workers, !(1...Self.maximumWorkers).contains(workers) {
      throw ValidationError("--workers \(workers) is not from 1 to \(Self.maximumWorkers)")
    }
    if budget == nil {
      throw ValidationError("--latency-budget `\(latencyBudget)` is no duration above zero; write `100ms` or `2s`")
    }
    if !Self.bodyBytesRange.contains(maxBodyBytes) {
      throw ValidationError(
        "--max-body-bytes \(maxBodyBytes) is not from \(Self.bodyBytesRange.lowerBound) to \(Self.bodyBytesRange.upperBound)"
      )
    }
  }

  func run() throws {
    var configuration = ServerConfiguration(
      policies: policies.paths, address: try address(listen, "--listen"),
      adminAddress: try address(adminListen, "--admin-listen"), certificate: certificate, key: key,
      workers: workers ?? ProcessInfo.processInfo.activeProcessorCount, latencyBudget: budget ?? 0,
      maximumBodyBytes: maxBodyBytes)
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

  private var budget: UInt64? {
    latencyBudget.withByteSlice { GoDuration.nanoseconds($0) }.flatMap { $0 > 0 ? $0 : nil }
  }

  private func address(_ text: String, _ option: String) throws -> ListenAddress {
    do {
      return try ListenAddress(text)
    } catch {
      throw ValidationError("\(option): \(error)")
    }
  }
}
