package import Memory

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The value of `Date` (RFC 9110, section 5.6.7), written anew once a second.
package struct DateHeader: ~Copyable {
  /// `Sun, 06 Nov 1994 08:49:37 GMT`
  static var count: Int { 29 }

  package init() {}

  private var seconds: Int64 = -1
  private var text = ByteBuffer(capacity: 32)

  /// The date of the present second. Valid until the next call.
  mutating func value() -> ByteSlice {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME_COARSE, &time)
    return value(at: Int64(time.tv_sec))
  }

  /// The date `now` seconds after 1970 began.
  package mutating func value(at now: Int64) -> ByteSlice {
    if now != seconds {
      seconds = now
      write(max(0, now))
    }
    return text.bytes
  }

  private mutating func write(_ now: Int64) {
    let days = now / 86_400
    let second = now % 86_400
    // Civil date from days, by counting from 1 March 0000, so that the leap day ends a year.
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)

    text.removeAll()
    text.append(ByteSlice("ThuFriSatSunMonTueWed")[name(days % 7)])
    text.append(", ")
    append(day)
    text.append(" ")
    text.append(ByteSlice("JanFebMarAprMayJunJulAugSepOctNovDec")[name(month - 1)])
    text.append(" ")
    append(year / 100)
    append(year % 100)
    text.append(" ")
    append(second / 3_600)
    text.append(":")
    append(second / 60 % 60)
    text.append(":")
    append(second % 60)
    text.append(" GMT")
  }

  private func name(_ index: Int64) -> Range<Int> { Int(index) * 3..<Int(index) * 3 + 3 }

  private mutating func append(_ twoDigits: Int64) {
    text.append(UInt8(truncatingIfNeeded: 0x30 + twoDigits / 10 % 10))
    text.append(UInt8(truncatingIfNeeded: 0x30 + twoDigits % 10))
  }
}
