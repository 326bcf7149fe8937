internal import Memory
package import Transport

/// The plain listener: probes and metrics, nothing that decides.
package final class AdminHandler: RequestHandler {
  private let metrics: ServerMetrics

  package init(metrics: ServerMetrics) {
    self.metrics = metrics
  }

  package func handle(_ request: borrowing Request, _ response: inout Response) {
    if request.path == "/healthz" {
      guard isReading(request, &response) else { return }
      response.contentType = "text/plain; charset=utf-8"
      response.body.append("ok\n")
    } else if request.path == "/metrics" {
      guard isReading(request, &response) else { return }
      response.contentType = PrometheusText.contentType
      metrics.write(to: &response.body)
    } else {
      let path = Refusals.excerpt(request.path)
      Refusals.write(
        404, "no such path `\(path)`; there are `/healthz` and `/metrics`", to: &response)
    }
  }

  package func refuse(_ refusal: RequestRefusal, _ response: inout Response) {
    Refusals.write(refusal, to: &response)
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
