public import Policy
internal import Transport

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What `webhook serve` needs to know.
public struct ServerConfiguration: Sendable {
  /// Files and folders with policies.
  public var policies: [String]
  public var address: ListenAddress
  /// nil: no probes and no metrics.
  public var adminAddress: ListenAddress?
  /// PEM files: the chain, and its key.
  public var certificate: String
  public var key: String
  /// Threads that serve requests.
  public var workers: Int
  /// Nanoseconds that a decision may take.
  public var latencyBudget: UInt64 = 100_000_000
  /// Bytes of a request's body.
  public var maximumBodyBytes = 16 << 20
  public var clients = ClientConfiguration()
  public var shutdown = ShutdownConfiguration()
  /// nil: nothing is recorded.
  public var recording: RecordingConfiguration?
  public var exceptions = ExceptionSettings()
  /// nil: none is written.
  public var auditLog: AuditLogConfiguration?
  public var limits = ServerLimits()

  public init(
    policies: [String], address: ListenAddress, adminAddress: ListenAddress?, certificate: String, key: String,
    workers: Int
  ) {
    self.policies = policies
    self.address = address
    self.adminAddress = adminAddress
    self.certificate = certificate
    self.key = key
    self.workers = workers
  }

  fileprivate var tlsFiles: TLSFiles {
    TLSFiles(
      certificate: certificate, key: key, clientAuthorities: clients.authorities,
      clientMode: clients.isRequired ? .required : .optional, allowedClientNames: clients.allowedNames,
      ocspResponse: clients.ocspResponse)
  }
}

/// The server: policies behind a transport, until a signal ends it.
public enum WebhookServer {
  /// Serves until SIGTERM or SIGINT, then lets requests in flight finish and returns. To be called on the main thread, once.
  /// - Throws: why it cannot serve: mistakes in policies, every one listed, or the certificate, or an address.
  public static func run(_ configuration: ServerConfiguration) throws(StartError) {
    // First, so that a log that nobody reads keeps the server from nothing, its start included.
    ProcessSignals.surviveWriting()
    try attempt { () throws(TransportError) in try Log.beginQueueing() }
    defer { Log.endQueueing() }
    let sources = ManifestSources(at: configuration.policies)
    let set = try loadPolicies(sources, configuration.exceptions.rules)
    let state = PolicyReloadState(digest: sources.digest)
    let certificate = try attempt { () throws(TransportError) in try CertificateHolder(configuration.tlsFiles) }
    let holder = PolicyHolder(set, workers: configuration.workers)
    let metrics = ServerMetrics(workers: configuration.workers, policies: holder)
    let lifecycle = LifecycleMetrics(policies: state, certificate: certificate)
    metrics.add { lifecycle.write(to: &$0) }
    let recorder = try openRecording(configuration)
    if let recorder { metrics.add { recorder.writeMetrics(to: &$0) } }
    let uses = (0..<configuration.workers).map { _ in ExceptionUses() }
    let exceptions = ExceptionMetrics(policies: holder, uses: uses, clock: configuration.exceptions.rules.clock)
    metrics.add { exceptions.write(to: &$0) }
    let audit = try openAuditLog(configuration, metrics)
    defer { audit?.writer.close() }
    var limits = configuration.limits.transport(maximumBodyBytes: configuration.maximumBodyBytes)
    limits.drainTimeout = .nanoseconds(Int64(clamping: configuration.shutdown.timeout))

    // Before any thread is started, because threads inherit what is held back.
    var signals = ProcessSignals()
    let workers = BusyWorkers()
    let health = makeHealth(holder, workers, latencyBudget: configuration.latencyBudget)
    let server = try start(configuration, limits, certificate.current, holder, metrics, health, recorder) { worker in
      AdmissionHandler.Surroundings(
        exceptions: configuration.exceptions, uses: uses[worker], audit: audit.map { AuditLines($0, worker: worker) })
    }
    workers.set { server.busyNanoseconds() }
    metrics.setTransport(ServerMetrics.TransportSource(tls: { server.workerCounters }))
    let reloading = try attempt { () throws(TransportError) in
      try Reloading(configuration.policies, configuration.exceptions.rules, state, holder, certificate, server)
    }
    announce(server, set, configuration)
    if let problem = certificate.current.stapleProblem { Log.line("warning: no OCSP response is sent: \(problem)") }

    let name = waitForEnd(&signals, reloading, audit)
    end(name, &signals, configuration.shutdown, health)
    server.stop()
    reloading.stop()
    recorder?.close()
    // The sources hold the server, which must not outlive this function.
    metrics.setTransport(nil)
    workers.set(nil)
    let requests = server.workerCounters.reduce(0) { $0 &+ $1.http1Requests &+ $1.http2Requests }
    Log.line("answered \(requests) \(requests == 1 ? "request" : "requests")")
    Log.line("stopped")
  }

  /// - Returns: the name of the signal that ends the server.
  private static func waitForEnd(
    _ signals: inout ProcessSignals, _ reloading: Reloading, _ audit: AuditLog?
  ) -> String {
    while true {
      switch signals.wait() {
      case .end(let name): return name
      case .reload:
        Log.line("SIGHUP: reading policies and certificate again")
        audit?.writer.reopen()
        reloading.request()
      }
    }
  }

  /// Seconds beyond the time that the end may take before the process ends as it is: something does not come back.
  private static let grace: UInt64 = 5

  /// Has `/readyz` fail, and waits until those who ask it have had the time to send their requests elsewhere.
  private static func end(
    _ name: String, _ signals: inout ProcessSignals, _ shutdown: ShutdownConfiguration, _ health: Health
  ) {
    health.beginShutdown()
    let seconds = (shutdown.delay &+ shutdown.timeout) / 1_000_000_000 &+ grace
    signals.endAtOnce(after: UInt32(clamping: seconds))
    if shutdown.delay > 0 {
      Log.line("\(name): not ready any more; a second signal ends at once")
      var time = timespec(
        tv_sec: Int(clamping: shutdown.delay / 1_000_000_000), tv_nsec: Int(shutdown.delay % 1_000_000_000))
      // The signals that could interrupt it end the process.
      clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nil)
    }
    Log.line("\(name): finishing what is in flight; a second signal ends at once")
  }

  private static func makeHealth(
    _ holder: PolicyHolder, _ workers: BusyWorkers, latencyBudget: UInt64
  ) -> Health {
    let limit = Health.stuckAfter.addingReportingOverflow(latencyBudget)
    return Health(
      live: [
        Health.Check("workers") {
          Health.problem(ofBusyWorkers: workers.nanoseconds, limit: limit.overflow ? .max : limit.partialValue)
        }
      ],
      // The listener of probes opens when both are there; from then on each is replaced by a good one or stays.
      ready: [
        Health.Check("policies") { holder.snapshot.generation > 0 ? nil : "none are compiled" },
        Health.Check("certificate") { nil },
      ])
  }

  private static func openRecording(_ configuration: ServerConfiguration) throws(StartError) -> Recorder? {
    guard let recording = configuration.recording else { return nil }
    do throws(LineWriterError) {
      return try Recorder(recording, workers: configuration.workers)
    } catch {
      throw StartError("--record: \(error)")
    }
  }

  private static func start(
    _ configuration: ServerConfiguration, _ limits: Limits, _ tls: TLSContext, _ holder: PolicyHolder,
    _ metrics: ServerMetrics, _ health: Health, _ recorder: Recorder?,
    _ surroundings: @escaping @Sendable (_ worker: Int) -> AdmissionHandler.Surroundings
  ) throws(StartError) -> TransportServer {
    let budget = LatencyBudget(nanoseconds: configuration.latencyBudget)
    func start(_ address: ListenAddress, _ adminAddress: ListenAddress?) throws(TransportError) -> TransportServer {
      try TransportServer(
        TransportServer.Configuration(
          address: address.socket, workers: configuration.workers, adminAddress: adminAddress?.socket, limits: limits),
        tls: tls,
        handler: { worker in
          AdmissionHandler(
            worker: worker, policies: holder, metrics: metrics.workers[worker], budget: budget, recorder: recorder,
            surroundings: surroundings(worker))
        },
        adminHandler: { AdminHandler(metrics: metrics, health: health) })
    }
    do throws(TransportError) {
      return try start(configuration.address, configuration.adminAddress)
    } catch {
      // A kernel without IPv6 has no socket that could listen on every address of both kinds.
      guard case .system(_, EAFNOSUPPORT, _) = error else { throw StartError("\(error)") }
    }
    return try attempt { () throws(TransportError) in
      try start(
        configuration.address.withoutIPv6 ?? configuration.address,
        configuration.adminAddress.map { $0.withoutIPv6 ?? $0 })
    }
  }

  /// Loads policies and logs the warnings.
  private static func loadPolicies(_ sources: ManifestSources, _ rules: ExceptionRules) throws(StartError) -> PolicySet
  {
    let loaded = LoadedManifests.load(sources, rules: rules)
    let problems = loaded.allProblems
    let errors = problems.filter { $0.severity == .error }
    guard errors.isEmpty, let set = loaded.set else {
      throw StartError(
        "\(errors.count) \(errors.count == 1 ? "mistake" : "mistakes") in the policies", details: errors.map(\.rendered)
      )
    }
    for warning in problems { Log.raw(warning.rendered + "\n") }
    return set
  }

  private static func openAuditLog(
    _ configuration: ServerConfiguration, _ metrics: ServerMetrics
  ) throws(StartError) -> AuditLog? {
    guard let wanted = configuration.auditLog else { return nil }
    do throws(LineWriterError) {
      let log = try AuditLog(wanted, workers: configuration.workers)
      metrics.add { log.writeMetrics(to: &$0) }
      return log
    } catch {
      throw StartError("the audit log: \(error)")
    }
  }

  private static func attempt<Result: ~Copyable>(
    _ body: () throws(TransportError) -> Result
  ) throws(StartError) -> Result {
    do {
      return try body()
    } catch {
      throw StartError("\(error)")
    }
  }

  /// Tests and scripts read the addresses from these lines.
  private static func announce(_ server: TransportServer, _ set: PolicySet, _ configuration: ServerConfiguration) {
    let workers = configuration.workers
    let needless = Surroundings.needless(policies: configuration.policies, key: configuration.key)
    let names = set.policies.map(\.name)
    let shown = names.prefix(10).joined(separator: ", ") + (names.count > 10 ? ", …" : "")
    Log.line(
      "version \(Product.version), \(names.count) \(names.count == 1 ? "policy" : "policies")"
        + (names.isEmpty ? "" : ": \(shown)"))
    if names.isEmpty { Log.line("warning: without a policy every request is allowed") }
    if server.connectionsPerWorker < configuration.limits.connections {
      Log.line(
        "warning: at most \(server.connectionsPerWorker) connections a worker, because the process may open "
          + "\(server.descriptorLimit) files (`ulimit -Hn`)")
    }
    if !needless.isEmpty { Log.line("given and not needed: \(needless.joined(separator: "; "))") }
    if let address = server.adminAddress { Log.line("serves http://\(address)/livez, /readyz and /metrics") }
    Log.line(
      "serves https://\(server.address)/validate and /mutate with \(workers) \(workers == 1 ? "worker" : "workers")")
  }
}

/// Why the server cannot start.
public struct StartError: Error {
  public let reason: String
  /// Each mistake with its place, as it is to be shown.
  public let details: [String]

  init(_ reason: String, details: [String] = []) {
    self.reason = reason
    self.details = details
  }
}
