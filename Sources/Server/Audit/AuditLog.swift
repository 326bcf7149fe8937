package import Admission
internal import JSON
package import Memory
package import Policy

/// Where the audit log goes, and how large it may become.
public struct AuditLogConfiguration: Sendable {
  /// `-` for standard output.
  public var path: String
  /// A file that would grow beyond this becomes `FILE.1`.
  public var maximumBytes: Int
  /// Files beside the one that is written.
  public var keptFiles: Int

  public init(path: String, maximumBytes: Int, keptFiles: Int) {
    self.path = path
    self.maximumBytes = maximumBytes
    self.keptFiles = keptFiles
  }
}

/// The audit log: a line of JSON for each denial, each use of an exception and each mutation.
///
/// Decisions never wait for it. Where the disk is too slow lines are dropped, and the number is a metric.
package final class AuditLog: Sendable {
  package let writer: LineWriter

  package init(_ configuration: AuditLogConfiguration, workers: Int) throws(LineWriterError) {
    writer = try LineWriter(
      LineWriter.Configuration(
        path: configuration.path, producers: workers,
        rotation: LineWriter.Rotation(
          maximumBytes: configuration.maximumBytes, keptFiles: configuration.keptFiles)))
  }

  /// How many lines were written and lost.
  package func writeMetrics(to buffer: inout ByteBuffer) {
    let counters = writer.counters
    let name: StaticString = "webhook_audit_log_lines_total"
    buffer.writeMetric(name, .counter, help: "Lines of the audit log: written, dropped for lack of room, or failed.")
    buffer.writeSample(name, labels: [("result", "written")], counters.written)
    buffer.writeSample(name, labels: [("result", "dropped")], counters.dropped)
    buffer.writeSample(name, labels: [("result", "failed")], counters.failed)
  }
}

/// Writes one worker's lines, in memory that it uses again.
///
/// INVARIANT: only the worker's own thread calls it.
package final class AuditLines: @unchecked Sendable {
  private let log: AuditLog
  private let worker: Int
  private var line = ByteBuffer(capacity: 4 << 10)

  package init(_ log: AuditLog, worker: Int) {
    self.log = log
    self.worker = worker
  }

  /// What the log says of one decision: nothing of most. Allocates nothing in the steady state.
  package func record(
    _ request: AdmissionRequest, _ path: AdmissionPath, _ verdict: Verdict, of set: PolicySet, at now: Instant
  ) {
    for outcome in verdict.outcomes {
      for place in outcome.exceptions {
        begin("exception", request, path, at: now)
        write(exception: set.exceptionTexts[Int(place)], from: set.policyName(outcome.policy))
        end()
      }
    }
    if verdict.outcomes.contains(where: { $0.result == .mutated }) {
      begin("mutation", request, path, at: now)
      writeNames(verdict, of: set) { $0.result == .mutated }
      end()
    }
    guard !verdict.allowed else { return }
    begin("denial", request, path, at: now)
    line.writeKey("code")
    line.writeInteger(Int64(verdict.code))
    line.writeKey("reason")
    line.writeString(verdict.reason)
    line.writeKey("message")
    line.writeString(verdict.message)
    writeNames(verdict, of: set) { $0.denied }
    end()
  }

  private func begin(_ event: StaticString, _ request: AdmissionRequest, _ path: AdmissionPath, at now: Instant) {
    line.removeAll(keepingCapacity: 64 << 10)
    line.writeObjectStart()
    line.writeKey("time")
    line.writeStringStart()
    now.write(to: &line)
    line.writeStringEnd()
    line.writeKey("event")
    line.writeString(event)
    line.writeKey("uid")
    line.writeString(request.uid)
    line.writeKey("path")
    line.writeString(path.name)
    line.writeKey("operation")
    line.writeString(request.operation.name)
    line.writeKey("group")
    line.writeString(request.resource.group)
    line.writeKey("resource")
    line.writeString(request.resource.resource)
    if !request.subResource.isEmpty {
      line.writeKey("subResource")
      line.writeString(request.subResource)
    }
    line.writeKey("kind")
    line.writeString(request.kind.kind)
    line.writeKey("namespace")
    line.writeString(request.namespace)
    line.writeKey("name")
    line.writeString(request.name)
    line.writeKey("user")
    line.writeString(request.username)
    if request.dryRun {
      line.writeKey("dryRun")
      line.writeBool(true)
    }
  }

  private func write(exception: ExceptionTexts, from policy: ByteSlice) {
    line.writeKey("exception")
    line.writeString(exception.name)
    line.writeKey("policy")
    line.writeString(policy)
    line.writeKey("approvedBy")
    line.writeString(exception.approvedBy)
    line.writeKey("expiresAt")
    line.writeString(exception.expiresAt)
  }

  private func writeNames(_ verdict: Verdict, of set: PolicySet, where isMeant: (PolicyOutcome) -> Bool) {
    line.writeKey("policies")
    line.writeArrayStart()
    for outcome in verdict.outcomes where isMeant(outcome) { line.writeString(set.policyName(outcome.policy)) }
    line.writeArrayEnd()
  }

  private func end() {
    line.writeObjectEnd()
    log.writer.write(line.bytes, producer: worker)
  }
}
