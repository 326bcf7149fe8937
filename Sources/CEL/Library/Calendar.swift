internal import Memory

/// `getHours()` and the other parts of timestamps and durations.
extension EvaluationContext {
  func calendarField(_ function: Function, _ value: Value, zone: Value?) -> Value {
    if value.tag == .duration, zone == nil { return durationField(function, value) }
    guard value.tag == .timestamp, zone.map({ $0.tag == .string }) ?? true else {
      guard let zone else { return noOverload(function, value) }
      return withUnsafeTemporaryAllocation(of: Value.self, capacity: 2) { pair in
        pair.initializeElement(at: 0, to: value)
        pair.initializeElement(at: 1, to: zone)
        return noOverload(function, UnsafeBufferPointer(pair))
      }
    }
    var offset: Int64 = 0
    if let zone {
      switch TimeZoneOffset.find(zone.slice, at: value.intValue) {
      case .offset(let seconds): offset = seconds
      case .unknown: return error("unknown time zone ", zone.slice)
      case .badMinutes: return error("timezone offset minutes out of range [0, 59]: ", zone.slice)
      case .badNumber(let part):
        return error("strconv.Atoi: parsing \"", part, "\": invalid syntax")
      }
    }
    let time = CivilTime(seconds: value.intValue + offset)
    let field =
      switch function {
      case .getFullYear: time.year
      case .getMonth: time.month - 1
      case .getDayOfYear: time.dayOfYear
      case .getDayOfMonth: time.day - 1
      case .getDate: time.day
      case .getDayOfWeek: time.weekday
      case .getHours: time.hour
      case .getMinutes: time.minute
      case .getSeconds: time.second
      default: Int64(value.count) / 1_000_000
      }
    return .int(field)
  }

  /// A duration in whole hours, minutes, seconds or milliseconds, all of it.
  private func durationField(_ function: Function, _ duration: Value) -> Value {
    switch function {
    case .getHours: .int(duration.intValue / 3_600_000_000_000)
    case .getMinutes: .int(duration.intValue / 60_000_000_000)
    case .getSeconds: .int(duration.intValue / 1_000_000_000)
    case .getMilliseconds: .int(duration.intValue / 1_000_000)
    default: noOverload(function, duration)
    }
  }
}

extension EvaluationContext {
  /// `getMilliseconds()` as the specification has it: of a duration, those past its seconds. cel-go gives all of them.
  func strictMilliseconds(_ value: Value) -> Value {
    value.tag == .duration
      ? .int(value.intValue % 1_000_000_000 / 1_000_000) : calendarField(.getMilliseconds, value, zone: nil)
  }
}
