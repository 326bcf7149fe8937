/// A length of time in nanoseconds; as text in weeks, days, hours, minutes and seconds: `14d`, `36h`, `1d12h`.
///
/// A day has 24 hours: the clock that ends exceptions knows neither time zones nor leap seconds.
public struct Timespan: Comparable, Hashable, BitwiseCopyable, Sendable {
  public let nanoseconds: Int64

  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  public static func days(_ count: Int64) -> Timespan { Timespan(nanoseconds: count * day) }

  public static func < (left: Timespan, right: Timespan) -> Bool { left.nanoseconds < right.nanoseconds }

  private static let second: Int64 = 1_000_000_000
  private static let day: Int64 = 86_400 * second

  /// In the order in which they may stand.
  private static let units: [(name: Character, nanoseconds: Int64)] = [
    ("w", 7 * day), ("d", day), ("h", 3600 * second), ("m", 60 * second), ("s", second),
  ]

  /// Reads whole numbers with units, the largest first and each at most once; nil for anything else and for what does not fit.
  public init?(_ text: String) {
    var rest = Substring(text)
    var units = Self.units[...]
    var total: Int64 = 0
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest.dropFirst(digits.count)
      guard let number = Int64(digits), let name = rest.popFirst(),
        let place = units.firstIndex(where: { $0.name == name })
      else { return nil }
      let (part, overflow) = number.multipliedReportingOverflow(by: units[place].nanoseconds)
      let (sum, carry) = total.addingReportingOverflow(part)
      if overflow || carry { return nil }
      total = sum
      units = units[(place + 1)...]
    }
    nanoseconds = total
  }

  /// Whole days, rounded down: -1 for anything that is past by less than a day.
  public var wholeDays: Int64 {
    let quotient = nanoseconds / Self.day
    return nanoseconds % Self.day < 0 ? quotient - 1 : quotient
  }

  /// As people say it: `14 days`, `1 day`, `5 hours`, `less than a minute`. Rounded down.
  public var phrase: String {
    for (size, name) in [(Self.day, "day"), (3600 * Self.second, "hour"), (60 * Self.second, "minute")]
    where nanoseconds >= size {
      let count = nanoseconds / size
      return "\(count) \(name)\(count == 1 ? "" : "s")"
    }
    return "less than a minute"
  }
}

extension Timespan: CustomStringConvertible {
  /// What ``init(_:)`` reads, without weeks and without what is smaller than a second: `180d`, `1d12h`, `0s`.
  public var description: String {
    var rest = nanoseconds.magnitude
    var text = ""
    for (name, size) in Self.units.dropFirst() where rest >= UInt64(size) {
      text += "\(rest / UInt64(size))\(name)"
      rest %= UInt64(size)
    }
    return text.isEmpty ? "0s" : (nanoseconds < 0 ? "-" : "") + text
  }
}
