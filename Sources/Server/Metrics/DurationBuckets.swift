/// The buckets of the duration histogram: 1, 2, 5, 10 … from 10 µs to 10 s. The fastest decisions take a few microseconds, and
/// 30 s is the longest that an API server waits.
package enum DurationBuckets {
  /// Upper bounds in nanoseconds, inclusive.
  package static let bounds: [UInt64] = {
    var bounds: [UInt64] = []
    var decade: UInt64 = 10_000
    while decade < 10_000_000_000 {
      bounds += [decade, 2 * decade, 5 * decade]
      decade *= 10
    }
    return bounds + [decade]
  }()

  /// Buckets, the one without a bound included.
  package static let count = 20

  /// Which bucket a duration falls into; `count - 1` for one that is longer than every bound.
  package static func index(ofNanoseconds duration: UInt64) -> Int {
    // Arithmetic instead of a search in the array: a decision falls into one of the first few.
    var decade: UInt64 = 10_000
    var index = 0
    while index < count - 2 {
      if duration <= decade { return index }
      if duration <= 2 * decade { return index + 1 }
      if duration <= 5 * decade { return index + 2 }
      decade *= 10
      index += 3
    }
    return duration <= decade ? index : count - 1
  }
}
