internal import CEL
package import Memory

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A point in time, in nanoseconds of the clock that counts from 1970 in UTC and knows no leap seconds: from 1970 to 2261.
public struct Instant: Comparable, Hashable, BitwiseCopyable, Sendable {
  public let nanoseconds: Int64

  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  public static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }

  /// The time between two instants; negative where the second is the later one.
  public static func - (left: Instant, right: Instant) -> Timespan {
    Timespan(nanoseconds: left.nanoseconds.subtractingReportingOverflow(right.nanoseconds).partialValue)
  }

  /// What the system's clock shows.
  public static func now() -> Instant {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Instant(nanoseconds: Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec))
  }
}

// MARK: Text

extension Instant: CustomStringConvertible {
  /// RFC 3339 in UTC, without a fraction where it is zero: `2026-10-01T00:00:00Z`.
  public var description: String {
    var buffer = ByteBuffer(capacity: 32)
    write(to: &buffer)
    return buffer.bytes.string
  }

  /// The date alone where it is midnight in UTC: `2026-10-01`.
  public var shortText: String {
    let text = description
    return text.hasSuffix("T00:00:00Z") ? String(text.prefix { $0 != "T" }) : text
  }

  /// As a sentence goes on: `on 2026-10-01`, `at 2026-10-01T12:00:00Z`.
  var phrase: String { "\(shortText.contains("T") ? "at" : "on") \(shortText)" }

  /// Writes ``description``. Allocates nothing but what the buffer grows.
  package func write(to buffer: inout ByteBuffer) {
    let time = CivilTime(seconds: seconds)
    Self.write(time.year, 4, to: &buffer)
    buffer.append("-")
    Self.write(time.month, 2, to: &buffer)
    buffer.append("-")
    Self.write(time.day, 2, to: &buffer)
    buffer.append("T")
    Self.write(time.hour, 2, to: &buffer)
    buffer.append(":")
    Self.write(time.minute, 2, to: &buffer)
    buffer.append(":")
    Self.write(time.second, 2, to: &buffer)
    var rest = nanoseconds - seconds * 1_000_000_000
    var digits = 9
    while rest > 0, rest % 10 == 0 {
      rest /= 10
      digits -= 1
    }
    if rest > 0 {
      buffer.append(".")
      Self.write(rest, digits, to: &buffer)
    }
    buffer.append("Z")
  }

  /// The last `count` digits of a number that is not negative.
  private static func write(_ number: Int64, _ count: Int, to buffer: inout ByteBuffer) {
    var place: Int64 = 1
    for _ in 1..<count { place *= 10 }
    while place > 0 {
      buffer.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / place % 10))
      place /= 10
    }
  }

  private var seconds: Int64 { (nanoseconds - (nanoseconds < 0 ? 999_999_999 : 0)) / 1_000_000_000 }
}

extension Instant {
  /// Reads an RFC 3339 time (`2026-10-01T02:00:00+02:00`), or a date, which is 00:00 UTC at its start.
  ///
  /// `T` and `Z` in upper case, as Kubernetes has them. A leap second (`23:59:60` in UTC, at the end of a month) is the instant
  /// after it, as the system's clock has it.
  /// https://www.rfc-editor.org/rfc/rfc3339#section-5.6
  public init(parsing text: String) throws(InstantError) {
    self = try text.withByteSlice { (bytes) throws(InstantError) in try Self.parse(bytes) }
  }

  private static func parse(_ bytes: ByteSlice) throws(InstantError) -> Instant {
    var reader = DigitReader(text: bytes)
    guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2), reader.skip("-"),
      let day = reader.number(2)
    else { throw .notATime }
    guard 1...12 ~= month, day >= 1, day <= CivilTime.daysInMonth(month, year: year) else { throw .noSuchDay }
    let midnight = CivilTime.days(year: year, month: month, day: day) * 86_400
    if reader.isAtEnd { return try make(seconds: midnight, 0, year: year) }
    guard reader.skip("T"), let hour = reader.number(2), reader.skip(":"), let minute = reader.number(2),
      reader.skip(":"), let second = reader.number(2)
    else { throw .notATime }
    guard hour < 24, minute < 60, second <= 60 else { throw .noSuchTime }
    let fraction = try reader.nanoseconds()
    if reader.isAtEnd { throw .noOffset }
    guard let offset = reader.offset(), reader.isAtEnd else { throw .notATime }
    let seconds = midnight + hour * 3600 + minute * 60 + second - offset * 60
    if second == 60 {
      // A minute has a 61st second at the end of a month only, and whatever comes in it comes before the next one.
      let next = CivilTime(seconds: seconds)
      guard next.day == 1, next.hour == 0, next.minute == 0, next.second == 0 else { throw .noLeapSecond }
      return try make(seconds: seconds, 0, year: year)
    }
    return try make(seconds: seconds, fraction, year: year)
  }

  private static func make(seconds: Int64, _ fraction: Int64, year: Int64) throws(InstantError) -> Instant {
    // With an offset the instant can lie in the year before or after.
    guard 1970...2261 ~= year, seconds >= 0 else { throw .outOfRange }
    return Instant(nanoseconds: seconds * 1_000_000_000 + fraction)
  }
}

extension DigitReader {
  /// The nanoseconds of an optional fraction.
  fileprivate mutating func nanoseconds() throws(InstantError) -> Int64 {
    guard skip(".") else { return 0 }
    var value: Int64 = 0
    var digits = 0
    while let digit {
      guard digits < 9 else { throw .tooPrecise }
      value = value * 10 + digit
      digits += 1
      index += 1
    }
    guard digits > 0 else { throw .notATime }
    for _ in digits..<9 { value *= 10 }
    return value
  }

  /// `Z` or `±hh:mm`, in minutes east of UTC.
  fileprivate mutating func offset() -> Int64? {
    if skip("Z") { return 0 }
    let isWest = index < text.count && text[index] == UInt8(ascii: "-")
    guard skip("-") || skip("+"), let hours = number(2), skip(":"), let minutes = number(2), hours < 24, minutes < 60
    else { return nil }
    return (isWest ? -1 : 1) * (hours * 60 + minutes)
  }
}

/// Why a text is no point in time.
public enum InstantError: Error, Equatable, CustomStringConvertible {
  case notATime, noSuchDay, noSuchTime, noOffset, noLeapSecond, tooPrecise, outOfRange

  public var description: String {
    switch self {
    case .notATime:
      "is no point in time; write `2026-10-01T12:00:00Z`, or `2026-10-01` for 00:00 UTC at the start of that day"
    case .noSuchDay: "is no day of the calendar"
    case .noSuchTime: "is no time of a day"
    case .noOffset: "names no offset from UTC; end it with `Z`, or with one such as `+02:00`"
    case .noLeapSecond: "is no leap second: those stand at the end of a month, at 23:59:60 UTC"
    case .tooPrecise: "is more precise than a nanosecond"
    case .outOfRange: "is not from 1970 to 2261"
    }
  }
}
