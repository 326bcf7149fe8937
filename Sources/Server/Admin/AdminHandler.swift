internal import Memory
package import Transport

/// The plain listener: probes and metrics, nothing that decides.
package final class AdminHandler: RequestHandler {
  private let metrics: ServerMetrics
  private let health: Health

  package init(metrics: ServerMetrics, health: Health = Health()) {
    self.metrics = metrics
    self.health = health
  }

  package func handle(_ request: borrowing Request, _ response: inout Response) {
    if request.path == "/livez" {
      probe(.livez, request, &response)
    } else if request.path == "/readyz" {
      probe(.readyz, request, &response)
    } else if request.path == "/healthz" {
      probe(.healthz, request, &response)
    } else if request.path == "/metrics" {
      guard isReading(request, &response) else { return }
      response.contentType = PrometheusText.contentType
      metrics.write(to: &response.body)
    } else {
      let path = Refusals.excerpt(request.path)
      Refusals.write(
        404, "no such path `\(path)`; there are `/livez`, `/readyz`, `/healthz` and `/metrics`", to: &response)
    }
  }

  package func refuse(_ refusal: RequestRefusal, _ response: inout Response) {
    Refusals.write(refusal, to: &response)
  }

  private func probe(_ probe: Health.Probe, _ request: borrowing Request, _ response: inout Response) {
    guard isReading(request, &response) else { return }
    response.contentType = "text/plain; charset=utf-8"
    let isGood = health.write(probe, isVerbose: Self.isVerbose(request.query), to: &response.body)
    // What the API server answers, too.
    if !isGood { response.status = 500 }
  }

  /// Whether a query has the key `verbose`, with a value or without.
  private static func isVerbose(_ query: ByteSlice) -> Bool {
    let key = ByteSlice("verbose")
    var rest = query
    while !rest.isEmpty {
      let end = rest.firstIndex(of: UInt8(ascii: "&")) ?? rest.count
      let part = rest.prefix(end)
      if part.hasPrefix(key), part.count == key.count || part[key.count] == UInt8(ascii: "=") { return true }
      rest = rest.dropFirst(min(end + 1, rest.count))
    }
    return false
  }

  private func isReading(_ request: borrowing Request, _ response: inout Response) -> Bool {
    switch request.method {
    case .get, .head: return true
    default: break
    }
    response.allow = "GET, HEAD"
    let path = request.path.string
    Refusals.write(405, "`\(path)` answers GET only", to: &response)
    return false
  }
}
