/// The rule for the time after a zone file's last transition: `CET-1CEST,M3.5.0,M10.5.0/3` (POSIX TZ, RFC 9636 section
/// 3.3).
struct PosixRule {
  private let standard: Int64
  private var daylight: Int64?
  private var start = Change()
  private var end = Change()

  private struct Change {
    enum Day {
      /// Day of the year from 1, 29 February never counted.
      case julian(Int64)
      /// Day of the year from 0.
      case zeroBased(Int64)
      /// The `week`th (5: the last) `weekday` (0: Sunday) of a month.
      case monthly(month: Int64, week: Int64, weekday: Int64)
    }

    var day = Day.zeroBased(0)
    /// Seconds after midnight, on the clock that is in force until then.
    var time: Int64 = 7200
  }

  /// Nil where there is no rule or it is not one.
  init?(_ data: UnsafeRawBufferPointer, from start: Int) {
    var reader = Reader(data: data, index: start)
    guard reader.skipName(), let standard = reader.time() else { return nil }
    self.standard = -standard
    guard reader.skipName() else { return }
    daylight = self.standard + 3600
    if !reader.isAt(","), let offset = reader.time() { daylight = -offset }
    guard let first = reader.change(), let second = reader.change() else { return nil }
    self.start = first
    end = second
  }

  func offset(at seconds: Int64) -> Int64 {
    guard let daylight else { return standard }
    let year = CivilTime(seconds: seconds + standard).year
    let begins = instant(start, year: year) - standard
    let ends = instant(end, year: year) - daylight
    let isDaylight = begins < ends ? seconds >= begins && seconds < ends : seconds >= begins || seconds < ends
    return isDaylight ? daylight : standard
  }

  private func instant(_ change: Change, year: Int64) -> Int64 {
    let firstDay = CivilTime.days(year: year, month: 1, day: 1)
    let day: Int64
    switch change.day {
    case .julian(let number): day = firstDay + number - 1 + (CivilTime.isLeap(year) && number >= 60 ? 1 : 0)
    case .zeroBased(let number): day = firstDay + number
    case .monthly(let month, let week, let weekday):
      let first = CivilTime.days(year: year, month: month, day: 1)
      let firstWeekday = ((first % 7) + 11) % 7
      var date = 1 + (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
      while date > CivilTime.daysInMonth(month, year: year) { date -= 7 }
      day = first + date - 1
    }
    return day * 86_400 + change.time
  }

  private struct Reader {
    let data: UnsafeRawBufferPointer
    var index: Int

    private var byte: UInt8 { index < data.count ? data[index] : 0x0A }

    func isAt(_ character: Unicode.Scalar) -> Bool { byte == UInt8(ascii: character) }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
      guard isAt(character) else { return false }
      index += 1
      return true
    }

    /// `CET` or `<+03>`.
    mutating func skipName() -> Bool {
      let start = index
      if skip("<") {
        while !isAt(">"), byte != 0x0A { index += 1 }
        return skip(">")
      }
      while (byte | 0x20) &- UInt8(ascii: "a") < 26 { index += 1 }
      return index > start
    }

    mutating func number() -> Int64? {
      var value: Int64 = 0
      let start = index
      while byte &- UInt8(ascii: "0") < 10, index - start < 6 {
        value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        index += 1
      }
      return index > start ? value : nil
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    mutating func time() -> Int64? {
      let isNegative = isAt("-")
      if !skip("-") { _ = skip("+") }
      guard let hours = number() else { return nil }
      var seconds = hours * 3600
      if skip(":") { seconds += (number() ?? 0) * 60 }
      if skip(":") { seconds += number() ?? 0 }
      return isNegative ? -seconds : seconds
    }

    mutating func change() -> Change? {
      guard skip(",") else { return nil }
      var change = Change()
      if skip("M") {
        guard let month = number(), skip("."), let week = number(), skip("."), let weekday = number(), 1...12 ~= month,
          1...5 ~= week, 0...6 ~= weekday
        else { return nil }
        change.day = .monthly(month: month, week: week, weekday: weekday)
      } else if skip("J") {
        guard let number = number() else { return nil }
        change.day = .julian(number)
      } else {
        guard let number = number() else { return nil }
        change.day = .zeroBased(number)
      }
      if skip("/") {
        guard let time = time() else { return nil }
        change.time = time
      }
      return change
    }
  }
}
