#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A reading of `CLOCK_MONOTONIC` in nanoseconds: for deadlines and durations, never for dates. A trivial value.
///
/// Logic that depends on time takes instants as arguments, so that tests hand in their own.
@frozen
public struct MonotonicInstant: BitwiseCopyable, Comparable, Hashable, Sendable {
  public var nanoseconds: UInt64

  @inlinable
  public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  /// The clock's reading now. Costs a call into the vDSO, some 25 ns, and no system call.
  public static func now() -> MonotonicInstant {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return MonotonicInstant(
      nanoseconds: UInt64(truncatingIfNeeded: time.tv_sec) &* 1_000_000_000 &+ UInt64(truncatingIfNeeded: time.tv_nsec))
  }

  /// Later than every reading: the deadline of what has none.
  public static let distantFuture = MonotonicInstant(nanoseconds: .max)

  /// Nanoseconds from `earlier` to this instant; 0 where `earlier` is the later one.
  @inlinable
  public func nanoseconds(since earlier: MonotonicInstant) -> UInt64 {
    nanoseconds > earlier.nanoseconds ? nanoseconds - earlier.nanoseconds : 0
  }

  /// The instant `count` nanoseconds later, `distantFuture` where that does not fit.
  @inlinable
  public func advanced(byNanoseconds count: UInt64) -> MonotonicInstant {
    let (sum, overflow) = nanoseconds.addingReportingOverflow(count)
    return MonotonicInstant(nanoseconds: overflow ? .max : sum)
  }

  /// The instant `duration` later. A negative duration is none.
  public func advanced(by duration: Duration) -> MonotonicInstant {
    advanced(byNanoseconds: duration.wholeNanoseconds)
  }

  @inlinable
  public static func < (left: MonotonicInstant, right: MonotonicInstant) -> Bool {
    left.nanoseconds < right.nanoseconds
  }
}

extension Duration {
  /// Whole nanoseconds, from 0 to the most that 64 bits hold.
  package var wholeNanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    let (product, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carried) = product.addingReportingOverflow(UInt64(attoseconds) / 1_000_000_000)
    return overflow || carried ? .max : sum
  }
}
