internal import Admission
package import Memory
internal import Policy
internal import Synchronization
package import Transport

/// Everything that `/metrics` shows: the counters of all workers, summed up when somebody asks.
package final class ServerMetrics: Sendable {
  package let workers: [WorkerMetrics]
  private let policies: PolicyHolder
  private let transport = Mutex<TransportSource?>(nil)
  private let startedAt = wallClockNanoseconds()
  private let others = Mutex<[@Sendable (inout ByteBuffer) -> Void]>([])

  /// What the running transport tells.
  package struct TransportSource: Sendable {
    let tls: @Sendable () -> [TransportCounters]

    package init(tls: @escaping @Sendable () -> [TransportCounters]) { self.tls = tls }
  }

  package init(workers: Int, policies: PolicyHolder) {
    self.workers = (0..<workers).map { _ in WorkerMetrics() }
    self.policies = policies
  }

  /// Says where the transport's numbers come from, once there is one; nil when it ends.
  package func setTransport(_ source: TransportSource?) {
    transport.withLock { $0 = source }
  }

  /// Has `write` write metrics that others keep, behind all that were added before.
  package func add(_ write: @escaping @Sendable (inout ByteBuffer) -> Void) {
    others.withLock { $0.append(write) }
  }

  /// Writes all metrics. Each number is exact; together they are not one instant.
  package func write(to buffer: inout ByteBuffer) {
    writeDecisions(to: &buffer)
    writeDurations(to: &buffer)
    writePolicies(to: &buffer)
    writeTransport(to: &buffer)
    for write in others.withLock({ $0 }) { write(&buffer) }
    writeProcess(to: &buffer)
  }

  private func writeDecisions(to buffer: inout ByteBuffer) {
    let name: StaticString = "webhook_admission_requests_total"
    buffer.writeMetric(name, .counter, help: "AdmissionReviews that were decided.")
    for path in AdmissionPath.allCases {
      for operation in Operation.allCases {
        for allowed in [true, false] {
          let count = workers.reduce(0) { $0 &+ $1.requests(path, operation, allowed: allowed) }
          buffer.writeSample(
            name,
            labels: [
              ("path", "\(path.name)"), ("operation", "\(operation.name)"),
              ("decision", allowed ? "allowed" : "denied"),
            ], count)
        }
      }
    }
    let refusals: StaticString = "webhook_http_refused_requests_total"
    buffer.writeMetric(
      refusals, .counter, help: "Requests that were answered with an HTTP error instead of a decision, by status code.")
    for code in RefusalCode.allCases {
      buffer.writeSample(refusals, labels: [("code", code.label)], workers.reduce(0) { $0 &+ $1.refusals(code) })
    }
  }

  private func writeDurations(to buffer: inout ByteBuffer) {
    let name: StaticString = "webhook_admission_duration_seconds"
    buffer.writeMetric(
      name, .histogram, help: "Time from the first byte of a request to its decision.")
    for path in AdmissionPath.allCases {
      let label = (name: "path" as StaticString, value: "\(path.name)")
      // The sum before the counts, so that a decision meanwhile makes the average too low rather than absurd.
      let sum = workers.reduce(0) { $0 &+ $1.totalNanoseconds(path) }
      var cumulative: UInt64 = 0
      for bucket in 0..<DurationBuckets.count {
        cumulative &+= workers.reduce(0) { $0 &+ $1.decisions(path, inBucket: bucket) }
        let bound = bucket < DurationBuckets.bounds.count ? seconds(DurationBuckets.bounds[bucket]) : "+Inf"
        buffer.writeSample(name, suffix: "_bucket", labels: [label, ("le", bound)], cumulative)
      }
      buffer.writeSample(name, suffix: "_sum", labels: [label], nanoseconds: sum)
      buffer.writeSample(name, suffix: "_count", labels: [label], cumulative)
    }
  }

  private func seconds(_ nanoseconds: UInt64) -> String {
    var buffer = ByteBuffer()
    buffer.appendSeconds(nanoseconds)
    return buffer.bytes.string
  }

  private func writePolicies(to buffer: inout ByteBuffer) {
    let snapshot = policies.snapshot
    buffer.writeMetric("webhook_policies", .gauge, help: "Policies that are loaded.")
    buffer.writeSample("webhook_policies", UInt64(snapshot.set.policies.count))
    let generation: StaticString = "webhook_policies_generation"
    buffer.writeMetric(
      generation, .gauge, help: "How often a set of policies was taken into service, the first included.")
    buffer.writeSample(generation, snapshot.generation)

    let name: StaticString = "webhook_policy_decisions_total"
    buffer.writeMetric(
      name, .counter, help: "What each policy said of the requests that it matched.")
    for counters in policies.counters.all {
      for result in PolicyOutcome.Result.allCases {
        buffer.writeSample(
          name, labels: [("policy", counters.policy), ("result", "\(result.name)")], counters.total(result))
      }
    }
    let deadlines: StaticString = "webhook_policy_deadline_exceeded_total"
    buffer.writeMetric(
      deadlines, .counter,
      help: "How often each policy did not finish within the latency budget and was decided by its failurePolicy.")
    for counters in policies.counters.all {
      buffer.writeSample(deadlines, labels: [("policy", counters.policy)], counters.deadlinesExceeded)
    }
  }

  private func writeProcess(to buffer: inout ByteBuffer) {
    buffer.writeMetric("webhook_build_info", .gauge, help: "The version that is running; always 1.")
    buffer.writeSample("webhook_build_info", labels: [("version", Product.version)], 1)
    buffer.writeMetric("webhook_workers", .gauge, help: "Threads that serve requests.")
    buffer.writeSample("webhook_workers", UInt64(workers.count))

    let usage = ProcessUsage.now()
    let start: StaticString = "process_start_time_seconds"
    buffer.writeMetric(start, .gauge, help: "When the process started, in seconds since 1970.")
    buffer.writeSample(start, nanoseconds: startedAt)
    let memory: StaticString = "process_resident_memory_bytes"
    buffer.writeMetric(memory, .gauge, help: "Memory of the process that is resident.")
    buffer.writeSample(memory, usage.residentBytes)
    let cpu: StaticString = "process_cpu_seconds_total"
    buffer.writeMetric(cpu, .counter, help: "Processor time that the process has used, in user and system mode.")
    buffer.writeSample(cpu, nanoseconds: usage.cpuNanoseconds)
    let descriptors: StaticString = "process_open_fds"
    buffer.writeMetric(descriptors, .gauge, help: "File descriptors that are open.")
    buffer.writeSample(descriptors, usage.openDescriptors)
  }

  private func writeTransport(to buffer: inout ByteBuffer) {
    guard let source = transport.withLock({ $0 }) else { return }
    let all = source.tls().reduce(into: TransportCounters()) { $0 += $1 }
    let counters: [(StaticString, StaticString, UInt64)] = [
      ("webhook_connections_accepted_total", "TLS connections that were accepted.", all.connectionsAccepted),
      (
        "webhook_connections_refused_total", "TLS connections that were closed at once for lack of room.",
        all.connectionsRefused
      ),
      (
        "webhook_connections_evicted_total", "TLS connections that were idle and were closed to make room.",
        all.connectionsEvicted
      ),
      (
        "webhook_shed_requests_total",
        "Requests that were answered with 503 as soon as they were seen, because of what was waiting.", all.requestsShed
      ),
      (
        "webhook_overdue_requests_total",
        "Requests that were answered with 503 because they were not complete when their time was over.",
        all.requestsOverdue
      ),
      ("webhook_tls_handshake_failures_total", "TLS handshakes that failed.", all.handshakeFailures),
      (
        "webhook_protocol_errors_total", "TLS connections that were ended because of what the peer sent.",
        all.protocolErrors
      ),
      ("webhook_timeouts_total", "TLS connections that were ended because the peer was too slow.", all.timeouts),
      ("webhook_received_bytes_total", "Bytes of HTTP that were received over TLS.", all.bytesIn),
      ("webhook_sent_bytes_total", "Bytes of HTTP that were sent over TLS.", all.bytesOut),
    ]
    for (name, help, value) in counters {
      buffer.writeMetric(name, .counter, help: help)
      buffer.writeSample(name, value)
    }
    let requests: StaticString = "webhook_http_requests_total"
    buffer.writeMetric(requests, .counter, help: "Requests that came in over TLS, by version of HTTP.")
    buffer.writeSample(requests, labels: [("version", "1.1")], all.http1Requests)
    buffer.writeSample(requests, labels: [("version", "2")], all.http2Requests)
    buffer.writeMetric("webhook_connections_open", .gauge, help: "TLS connections that are open.")
    buffer.writeSample("webhook_connections_open", all.connectionsOpen)
  }
}
