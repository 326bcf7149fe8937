internal import Memory
internal import Synchronization

/// How reloading goes, for metrics: one thread reloads, any thread reads.
package final class ReloadStatus: Sendable {
  private let successes = Atomic<UInt64>(0)
  private let failures = Atomic<UInt64>(0)
  private let lastSuccess: Atomic<UInt64>
  private let isGood = Atomic<Bool>(true)

  /// What is in service was taken up at the start.
  package init() { lastSuccess = Atomic(wallClockNanoseconds()) }

  package var successCount: UInt64 { successes.load(ordering: .relaxed) }
  package var failureCount: UInt64 { failures.load(ordering: .relaxed) }
  /// Whether the files, as they were last looked at, are what is in service.
  package var isUpToDate: Bool { isGood.load(ordering: .relaxed) }

  func succeed() {
    successes.wrappingAdd(1, ordering: .relaxed)
    lastSuccess.store(wallClockNanoseconds(), ordering: .relaxed)
    isGood.store(true, ordering: .relaxed)
  }

  func fail() {
    failures.wrappingAdd(1, ordering: .relaxed)
    isGood.store(false, ordering: .relaxed)
  }

  /// The files are again what is in service already.
  func recover() { isGood.store(true, ordering: .relaxed) }

  struct Names {
    var successes: StaticString
    var failures: StaticString
    var lastSuccess: StaticString
    var isGood: StaticString
  }

  func write(_ names: Names, to buffer: inout ByteBuffer) {
    buffer.writeMetric(names.successes, .counter, help: "Changes of the files that were taken into service.")
    buffer.writeSample(names.successes, successCount)
    buffer.writeMetric(
      names.failures, .counter, help: "Changes of the files that had a mistake; what was in service stayed.")
    buffer.writeSample(names.failures, failureCount)
    buffer.writeMetric(
      names.lastSuccess, .gauge, help: "When what is in service was taken up, in seconds since 1970.")
    buffer.writeSample(names.lastSuccess, nanoseconds: lastSuccess.load(ordering: .relaxed))
    buffer.writeMetric(
      names.isGood, .gauge, help: "1 where the files are what is in service, 0 where they have a mistake.")
    buffer.writeSample(names.isGood, isUpToDate ? 1 : 0)
  }
}
