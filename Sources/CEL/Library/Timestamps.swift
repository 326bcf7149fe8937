internal import Memory

/// Points in time and lengths of time. A timestamp lies between the years 1 and 9999; a duration is nanoseconds in 64
/// bits.
extension EvaluationContext {
  /// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z in seconds since 1970.
  static let timestampSeconds: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

  static func timestamp(_ timestamp: Value, plus nanoseconds: Int64) -> Value {
    let billion: Int64 = 1_000_000_000
    // Neither overflows: a timestamp's seconds are bounded, and a duration has fewer than 2^34.
    var seconds = timestamp.intValue &+ nanoseconds / billion
    var rest = Int64(timestamp.count) &+ nanoseconds % billion
    if rest < 0 {
      rest += billion
      seconds &-= 1
    } else if rest >= billion {
      rest -= billion
      seconds &+= 1
    }
    guard timestampSeconds.contains(seconds) else { return .error("timestamp overflow") }
    return .timestamp(
      seconds: seconds, nanoseconds: UInt32(truncatingIfNeeded: rest), offset: timestamp.offsetMinutes)
  }

  static func difference(_ left: Value, _ right: Value) -> Value {
    let (seconds, overflow) = (left.intValue &- right.intValue).multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carry) = seconds.addingReportingOverflow(Int64(left.count) - Int64(right.count))
    return overflow || carry ? .error("integer overflow") : .duration(nanoseconds: sum)
  }
}

/// A day and time in the Gregorian calendar.
package struct CivilTime: BitwiseCopyable {
  package var year: Int64
  /// From 1.
  package var month: Int64
  /// From 1.
  package var day: Int64
  package var hour: Int64
  package var minute: Int64
  package var second: Int64
  /// From 0: Sunday.
  package var weekday: Int64
  /// From 0.
  package var dayOfYear: Int64

  /// What a clock shows that many seconds after 1970 in UTC.
  package init(seconds: Int64) {
    var days = seconds / 86_400
    var rest = seconds % 86_400
    if rest < 0 {
      rest += 86_400
      days -= 1
    }
    hour = rest / 3600
    minute = rest / 60 % 60
    second = rest % 60
    weekday = ((days % 7) + 11) % 7
    // Eras of 400 years from 0000-03-01, so that a leap day ends a year.
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfShiftedYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfShiftedYear + 2) / 153
    day = dayOfShiftedYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    dayOfYear = days - Self.days(year: year, month: 1, day: 1)
  }

  /// Days from 1970-01-01 to a day.
  package static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  static func isLeap(_ year: Int64) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

  package static func daysInMonth(_ month: Int64, year: Int64) -> Int64 {
    switch month {
    case 4, 6, 9, 11: 30
    case 2: isLeap(year) ? 29 : 28
    default: 31
    }
  }
}
