internal import Admission
internal import JSON
package import Memory
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Records reviews and their answers as lines that `webhook test` replays: `{"id", "time", "path", "review", "response",
/// "namespaceObject"}`.
///
/// A worker writes a line into a queue of its own and goes on; where the disk is slower for longer than the queue holds, records are
/// dropped and counted. No request waits, and none fails.
package final class Recorder: Sendable {
  private let lines: LineWriter
  /// What the ids of this process begin with: the second of its start.
  let start: Int
  let redaction: Redaction
  private let namespaces: [String]
  /// Reviews whose hash is below this are recorded.
  private let threshold: UInt64
  /// Chooses by the uid; the key is the same everywhere.
  private let choice = KeyedDigest(key: (0, 0))

  /// - Throws: why the file cannot be written.
  package init(_ configuration: RecordingConfiguration, workers: Int) throws(LineWriterError) {
    var settings = LineWriter.Configuration(
      path: configuration.path, producers: workers, queueBytes: RecordingConfiguration.queueBytes)
    settings.rotation = LineWriter.Rotation(
      maximumBytes: configuration.maximumBytes, keptFiles: configuration.keptFiles)
    lines = try LineWriter(settings)
    start = time(nil)
    redaction = Redaction(configuration.redactions, digest: KeyedDigest())
    namespaces = configuration.namespaces
    threshold = configuration.sample >= 1 ? .max : UInt64(configuration.sample * 18_446_744_073_709_549_568)
  }

  func isWanted(_ request: AdmissionRequest) -> Bool {
    if threshold != .max, choice.digest(request.uid).0 >= threshold { return false }
    if namespaces.isEmpty { return true }
    for name in namespaces where name.withByteSlice({ $0 == request.namespace }) { return true }
    return false
  }

  func write(_ line: ByteSlice, worker: Int) { lines.write(line, producer: worker) }

  /// Writes what waits. Workers must have ended.
  package func close() { lines.close() }

  package func writeMetrics(to buffer: inout ByteBuffer) {
    let counters = lines.counters
    buffer.writeMetric("webhook_recorded_reviews_total", .counter, help: "Reviews that were written to the recording.")
    buffer.writeSample("webhook_recorded_reviews_total", counters.written)
    let dropped: StaticString = "webhook_recording_dropped_reviews_total"
    buffer.writeMetric(
      dropped, .counter,
      help: "Reviews that were to be recorded and are not, for lack of room in memory or on the disk.")
    buffer.writeSample(dropped, labels: [("reason", "queue")], counters.dropped)
    buffer.writeSample(dropped, labels: [("reason", "disk")], counters.failed)
  }
}

/// What one worker records with: memory that is used again. Used on the worker's thread only.
final class WorkerRecorder {
  private let recorder: Recorder
  private let worker: Int
  private var line = ByteBuffer(capacity: 16 << 10)
  private var count: UInt64 = 0

  /// Bytes that are kept from record to record.
  private static let retainedBytes = 256 << 10

  init(_ recorder: Recorder, worker: Int) {
    self.recorder = recorder
    self.worker = worker
  }

  /// - Parameters:
  ///   - body: the request's body, and `root` what it holds.
  ///   - answer: the whole answer, an AdmissionReview.
  func record(
    path: ByteSlice, query: ByteSlice, body: ByteSlice, root: Cursor, _ request: AdmissionRequest, namespace: Cursor?,
    answer: ByteSlice
  ) {
    guard recorder.isWanted(request) else { return }
    count &+= 1
    line.removeAll(keepingCapacity: Self.retainedBytes)
    line.append("{\"id\":\"")
    line.append(decimal: UInt64(recorder.start))
    line.append("-")
    line.append(decimal: UInt64(worker))
    line.append("-")
    line.append(decimal: count)
    line.append("\",\"time\":\"")
    RecordTime.append(to: &line)
    line.append("\",\"path\":")
    line.writeStringStart()
    line.writeStringPart(path)
    if !query.isEmpty {
      line.append("?")
      line.writeStringPart(query)
    }
    line.writeStringEnd()
    line.append(",\"review\":")
    if recorder.redaction.isNeeded(request) {
      recorder.redaction.write(root, request, to: &line)
    } else if body.firstIndex(of: UInt8(ascii: "\n")) == nil, body.firstIndex(of: UInt8(ascii: "\r")) == nil {
      line.append(body)
    } else {
      line.writeValue(root)
    }
    line.append(",\"response\":")
    append(answer, isSecret: Redaction.isSecret(request))
    if let namespace {
      line.append(",\"namespaceObject\":")
      line.writeValue(namespace)
    }
    line.append("}")
    recorder.write(line.bytes, worker: worker)
  }

  /// The answer's `response`. A patch of a Secret may hold what the Secret holds: it is left out.
  private func append(_ answer: ByteSlice, isSecret: Bool) {
    let key = ByteSlice("\"response\":")
    let patch = ByteSlice(",\"patchType\":\"JSONPatch\",\"patch\":\"")
    guard let start = answer.firstIndex(of: key) else { return line.append("null") }
    let response = answer[(start + key.count)..<(answer.count - 1)]
    if isSecret, let place = response.firstIndex(of: patch),
      let end = response.dropFirst(place + patch.count).firstIndex(of: UInt8(ascii: "\""))
    {
      line.append(response.prefix(place))
      line.append(response.dropFirst(place + patch.count + end + 1))
    } else {
      line.append(response)
    }
  }
}

/// The time of a record.
enum RecordTime {
  /// `2026-11-22T18:20:00.123Z` (RFC 3339), of now.
  static func append(to buffer: inout ByteBuffer) {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    var seconds = now.tv_sec
    var parts = tm()
    gmtime_r(&seconds, &parts)
    append(Int(parts.tm_year) + 1900, digits: 4, to: &buffer)
    append("-", parts.tm_mon + 1, to: &buffer)
    append("-", parts.tm_mday, to: &buffer)
    append("T", parts.tm_hour, to: &buffer)
    append(":", parts.tm_min, to: &buffer)
    append(":", parts.tm_sec, to: &buffer)
    buffer.append(".")
    append(now.tv_nsec / 1_000_000, digits: 3, to: &buffer)
    buffer.append("Z")
  }

  private static func append(_ mark: StaticString, _ number: Int32, to buffer: inout ByteBuffer) {
    buffer.append(mark)
    append(Int(number), digits: 2, to: &buffer)
  }

  private static func append(_ number: Int, digits: Int, to buffer: inout ByteBuffer) {
    var divisor = 1
    for _ in 1..<digits { divisor *= 10 }
    while divisor > 0 {
      buffer.append(UInt8(truncatingIfNeeded: 0x30 + number / divisor % 10))
      divisor /= 10
    }
  }
}
