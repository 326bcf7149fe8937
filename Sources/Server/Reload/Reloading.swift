internal import Policy
internal import Transport

/// The threads that take up what changes while the server runs. One for each kind, so that a certificate does not wait for policies.
final class Reloading: Sendable {
  private let policies: WatchThread
  private let certificate: WatchThread

  init(
    _ paths: [String], _ rules: ExceptionRules, _ state: PolicyReloadState, _ holder: PolicyHolder,
    _ held: CertificateHolder,
    _ server: TransportServer
  ) throws(TransportError) {
    let policies = try WatchThread(name: "policies") {
      PolicyReloader(
        paths: paths, rules: rules, digest: state.digest, holder: holder, state: state,
        refreshWorkers: { server.refreshHandlers() })
    }
    self.policies = policies
    do throws(TransportError) {
      certificate = try WatchThread(name: "certificate") {
        CertificateReloader(held) { server.replaceTLS($0) }
      }
    } catch {
      policies.stop()
      throw error
    }
  }

  /// Has everything read again now.
  func request() {
    policies.request()
    certificate.request()
  }

  func stop() {
    policies.stop()
    certificate.stop()
  }
}
