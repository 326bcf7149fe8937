/// How many reviews took how long, in buckets that grow by half an octave: about three digits of every percentile.
package struct LatencyHistogram: Sendable, Equatable {
  /// Up to 2^32 ns, four seconds; what is longer counts in the last bucket.
  package static let bucketCount = 64

  package private(set) var counts = [UInt64](repeating: 0, count: bucketCount)
  package private(set) var total: UInt64 = 0
  package private(set) var sum: UInt64 = 0
  package private(set) var maximum: UInt64 = 0

  package init() {}

  package mutating func add(_ nanoseconds: UInt64) {
    counts[Self.bucket(of: nanoseconds)] += 1
    total += 1
    sum &+= nanoseconds
    if nanoseconds > maximum { maximum = nanoseconds }
  }

  package mutating func add(_ other: LatencyHistogram) {
    for index in counts.indices { counts[index] += other.counts[index] }
    total += other.total
    sum &+= other.sum
    maximum = max(maximum, other.maximum)
  }

  package var mean: UInt64 { total == 0 ? 0 : sum / total }

  /// The upper end of the bucket that holds this share of the reviews, but no more than the longest.
  package func percentile(_ share: Double) -> UInt64 {
    let wanted = UInt64((Double(total) * share).rounded(.up))
    var seen: UInt64 = 0
    for (index, count) in counts.enumerated() {
      seen += count
      if seen >= wanted, seen > 0 { return min(Self.upperBound(of: index), maximum) }
    }
    return maximum
  }

  private static func bucket(of nanoseconds: UInt64) -> Int {
    guard nanoseconds >= 2 else { return 0 }
    let exponent = 63 - nanoseconds.leadingZeroBitCount
    let half = Int(nanoseconds >> UInt64(exponent - 1) & 1)
    return min(2 * exponent + half, bucketCount - 1)
  }

  /// Nanoseconds that the bucket does not reach.
  package static func upperBound(of bucket: Int) -> UInt64 {
    if bucket < 2 { return 2 }
    let base = UInt64(1) << UInt64(bucket / 2)
    return bucket % 2 == 0 ? base + base / 2 : 2 * base
  }
}
