internal import ArgumentParser
internal import Foundation
internal import Server

/// Where `webhook serve` listens, with which certificate and how many threads.
struct ServingOptions: ParsableArguments {
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

  @Option(help: ArgumentHelp("Threads that serve requests. (default: the processors it may use)", valueName: "n"))
  var workers: Int?

  /// Threads are bounded so that a slip of the finger does not exhaust the machine.
  static let maximumWorkers = 1024

  mutating func validate() throws {
    _ = try configuration(policies: [])
    if let workers, !(1...Self.maximumWorkers).contains(workers) {
      throw ValidationError("--workers \(workers) is not from 1 to \(Self.maximumWorkers)")
    }
  }

  /// - Throws: `ValidationError` for what is no address.
  func configuration(policies: [String]) throws -> ServerConfiguration {
    ServerConfiguration(
      policies: policies, address: try address(listen, "--listen"),
      adminAddress: try address(adminListen, "--admin-listen"), certificate: certificate, key: key,
      workers: workers ?? ProcessInfo.processInfo.activeProcessorCount)
  }

  private func address(_ text: String, _ option: String) throws -> ListenAddress {
    do {
      return try ListenAddress(text)
    } catch {
      throw ValidationError("\(option): \(error)")
    }
  }
}
