internal import Policy
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
  public var latencyBudget: UInt64
  /// Bytes of a request's body.
  public var maximumBodyBytes: Int

  public init(
    policies: [String], address: ListenAddress, adminAddress: ListenAddress?, certificate: String, key: String,
    workers: Int, latencyBudget: UInt64, maximumBodyBytes: Int
  ) {
    self.policies = policies
    self.address = address
    self.adminAddress = adminAddress
    self.certificate = certificate
    self.key = key
    self.workers = workers
    self.latencyBudget = latencyBudget
    self.maximumBodyBytes = maximumBodyBytes
  }
}

/// The server: policies behind a transport, until a signal ends it.
public enum WebhookServer {
  /// Serves until SIGTERM or SIGINT, then lets requests in flight finish and returns. To be called on the main thread, once.
  /// - Throws: why it cannot serve: mistakes in policies, every one listed, or the certificate, or an address.
  public static func run(_ configuration: ServerConfiguration) throws(StartError) {
    let set = try loadPolicies(configuration.policies)
    let tls = try attempt { () throws(TransportError) in
      try TLSContext(certificateFile: configuration.certificate, keyFile: configuration.key)
    }
    let holder = PolicyHolder(set, workers: configuration.workers)
    let metrics = ServerMetrics(workers: configuration.workers, policies: holder)
    var limits = Limits()
    limits.bodyBytes = configuration.maximumBodyBytes
    limits.bufferedBodyBytes = max(limits.bufferedBodyBytes, configuration.maximumBodyBytes)

    var signals = TerminationSignals()
    let server = try start(configuration, limits, tls, holder, metrics)
    metrics.setTransport(
      ServerMetrics.TransportSource(tls: { server.workerCounters }, certificateNotAfter: { tls.notAfter }))
    announce(server, set, workers: configuration.workers)

    let name = signals.wait()
    Log.line("\(name): finishing what is in flight; a second signal ends at once")
    server.stop()
    // The source holds the server, which must not outlive this function.
    metrics.setTransport(nil)
    Log.line("stopped")
  }

  private static func start(
    _ configuration: ServerConfiguration, _ limits: Limits, _ tls: TLSContext, _ holder: PolicyHolder,
    _ metrics: ServerMetrics
  ) throws(StartError) -> TransportServer {
    let budget = LatencyBudget(nanoseconds: configuration.latencyBudget)
    func start(_ address: ListenAddress, _ adminAddress: ListenAddress?) throws(TransportError) -> TransportServer {
      try TransportServer(
        TransportServer.Configuration(
          address: address.socket, workers: configuration.workers, adminAddress: adminAddress?.socket, limits: limits),
        tls: tls,
        handler: { worker in
          AdmissionHandler(worker: worker, policies: holder, metrics: metrics.workers[worker], budget: budget)
        },
        adminHandler: { AdminHandler(metrics: metrics) })
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
  private static func loadPolicies(_ paths: [String]) throws(StartError) -> PolicySet {
    let loaded = LoadedManifests.load(paths)
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
  private static func announce(_ server: TransportServer, _ set: PolicySet, workers: Int) {
    let names = set.policies.map(\.name)
    let shown = names.prefix(10).joined(separator: ", ") + (names.count > 10 ? ", …" : "")
    Log.line(
      "version \(Product.version), \(names.count) \(names.count == 1 ? "policy" : "policies")"
        + (names.isEmpty ? "" : ": \(shown)"))
    if names.isEmpty { Log.line("warning: without a policy every request is allowed") }
    if let address = server.adminAddress { Log.line("serves http://\(address)/healthz and /metrics") }
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
