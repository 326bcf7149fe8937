internal import Memory

extension EvaluationContext {
  /// An RFC 3339 time as Go's `time.Parse` reads it; nil for what it refuses, an error for what is out of CEL's range.
  static func parseTimestamp(_ text: ByteSlice) -> Value? {
    var reader = DigitReader(text: text)
    guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2), reader.skip("-"),
      let day = reader.number(2), reader.skip("T")
    else { return nil }
    // Go takes an hour of one digit.
    guard let hour = reader.number(2) ?? reader.number(1), reader.skip(":"), let minute = reader.number(2),
      reader.skip(":"), let second = reader.number(2)
    else { return nil }
    guard 1...12 ~= month, day >= 1, day <= CivilTime.daysInMonth(month, year: year), hour < 24, minute < 60,
      second < 60
    else { return nil }
    guard let nanoseconds = reader.fraction(), let offset = reader.zone() else { return nil }
    guard reader.isAtEnd else { return nil }
    let days = CivilTime.days(year: year, month: month, day: day)
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - Int64(offset) * 60
    guard timestampSeconds.contains(seconds) else { return .error("timestamp overflow") }
    return .timestamp(seconds: seconds, nanoseconds: nanoseconds, offset: offset)
  }
}

extension DigitReader {
  /// The nanoseconds of an optional fraction; digits past the ninth are dropped.
  fileprivate mutating func fraction() -> UInt32? {
    guard skip(".") || skip(",") else { return 0 }
    var value: UInt32 = 0
    var digits = 0
    while let digit {
      if digits < 9 { value = value * 10 + UInt32(truncatingIfNeeded: digit) }
      digits += 1
      index += 1
    }
    guard digits > 0 else { return nil }
    while digits < 9 {
      value *= 10
      digits += 1
    }
    return value
  }

  /// `Z` or `±hh:mm`, in minutes east of UTC.
  fileprivate mutating func zone() -> Int16? {
    if skip("Z") { return 0 }
    let isWest = index < text.count && text[index] == UInt8(ascii: "-")
    guard skip("-") || skip("+"), let hours = number(2), skip(":"), let minutes = number(2), hours <= 24,
      minutes <= 60
    else { return nil }
    let offset = Int16(hours * 60 + minutes)
    return isWest ? -offset : offset
  }
}
