/// How much work a worker has accepted and what a request costs it: what admission is decided by. Time is handed in.
package struct Workload: BitwiseCopyable {
  /// Requests whose header section is complete and that are not answered.
  package var waiting = 0
  /// Those of them that are complete and wait for the worker.
  package var ready = 0
  /// The mean time of a request, in nanoseconds. The last eight weigh as much as all before them, so that it follows a burst within a
  /// few requests and forgets it as fast.
  package private(set) var meanNanoseconds: UInt64 = 0

  /// What a long request takes, in nanoseconds: the longest of the last ones, less a sixteenth for each that was shorter.
  package private(set) var longNanoseconds: UInt64 = 0

  package init() {}

  /// A request took this long.
  @inline(__always)
  package mutating func note(_ nanoseconds: UInt64) {
    // INVARIANT: an eighth of each is added, so nothing overflows.
    meanNanoseconds = meanNanoseconds - meanNanoseconds / 8 + nanoseconds / 8
    longNanoseconds = max(nanoseconds, longNanoseconds - longNanoseconds / 16)
  }

  /// Whether a request can still be answered by its deadline, as far as requests resemble the last ones.
  ///
  /// What it needs is the time of those before it, its own, and that of its body. Its own counts for half of what it is allowed at
  /// most: where every request takes all of its time, a fresh one is still tried.
  package func fits(
    _ deadline: MonotonicInstant, receivedAt: MonotonicInstant, at now: MonotonicInstant, bodyNanoseconds: UInt64
  ) -> Bool {
    if deadline == .distantFuture { return true }
    let own = min(meanNanoseconds, deadline.nanoseconds(since: receivedAt) / 2)
    let (before, overflow) = meanNanoseconds.multipliedReportingOverflow(by: UInt64(ready))
    if overflow { return false }
    let needed = MonotonicInstant(nanoseconds: own).advanced(byNanoseconds: before)
      .advanced(byNanoseconds: bodyNanoseconds)
    return deadline > now && deadline.nanoseconds(since: now) >= needed.nanoseconds
  }
}
