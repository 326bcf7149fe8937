internal import Memory
internal import Transport

/// What reloading, certificates, handshakes and the log tell.
struct LifecycleMetrics: Sendable {
  let policies: PolicyReloadState
  let certificate: CertificateHolder

  func write(to buffer: inout ByteBuffer) {
    policies.status.write(
      ReloadStatus.Names(
        successes: "webhook_policy_reloads_total", failures: "webhook_policy_reload_failures_total",
        lastSuccess: "webhook_policy_reload_last_success_timestamp_seconds",
        isGood: "webhook_policy_reload_successful"), to: &buffer)
    let info: StaticString = "webhook_policies_info"
    buffer.writeMetric(
      info, .gauge,
      help: "SHA-256 of the files that are in service, the same for every replica that has them; always 1.")
    buffer.writeSample(info, labels: [("sha256", policies.digest)], 1)

    certificate.status.write(
      ReloadStatus.Names(
        successes: "webhook_certificate_reloads_total", failures: "webhook_certificate_reload_failures_total",
        lastSuccess: "webhook_certificate_reload_last_success_timestamp_seconds",
        isGood: "webhook_certificate_reload_successful"), to: &buffer)
    let context = certificate.current
    writeTime(
      "webhook_certificate_not_after_timestamp_seconds", "When the serving certificate ends, in seconds since 1970.",
      context.notAfter, to: &buffer)
    writeTime(
      "webhook_certificate_not_before_timestamp_seconds", "When the serving certificate begins, in seconds since 1970.",
      context.notBefore, to: &buffer)
    if let staple = context.staple {
      writeTime(
        "webhook_ocsp_response_next_update_timestamp_seconds",
        "Until when the OCSP response is sent with the certificate, in seconds since 1970; 0 for ever.",
        staple.nextUpdate, to: &buffer)
    }
    writeHandshakes(to: &buffer)

    let lost: StaticString = "webhook_log_messages_lost_total"
    buffer.writeMetric(
      lost, .counter, help: "Messages that were not written because the log was not read or its disk full.")
    buffer.writeSample(lost, Log.lostCount)
  }

  private func writeHandshakes(to buffer: inout ByteBuffer) {
    let statistics = certificate.shared.statistics
    let handshakes: StaticString = "webhook_tls_handshakes_total"
    buffer.writeMetric(
      handshakes, .counter, help: "TLS handshakes that ended well: in full, or resumed with a session ticket.")
    buffer.writeSample(handshakes, labels: [("kind", "full")], statistics.full)
    buffer.writeSample(handshakes, labels: [("kind", "resumed")], statistics.resumed)
    let refused: StaticString = "webhook_tls_clients_refused_total"
    buffer.writeMetric(
      refused, .counter, help: "Clients whose certificate was refused, for its issuer, its time or its name.")
    buffer.writeSample(refused, statistics.refusedClients)
    let anonymous: StaticString = "webhook_tls_clients_without_certificate_total"
    buffer.writeMetric(
      anonymous, .counter, help: "Clients that were admitted without a certificate although they were asked for one.")
    buffer.writeSample(anonymous, statistics.anonymousClients)
  }

  private func writeTime(_ name: StaticString, _ help: StaticString, _ seconds: Int64, to buffer: inout ByteBuffer) {
    buffer.writeMetric(name, .gauge, help: help)
    buffer.writeSample(name, UInt64(max(seconds, 0)))
  }
}
