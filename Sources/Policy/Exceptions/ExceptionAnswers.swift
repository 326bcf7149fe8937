internal import Admission
internal import JSON
internal import Memory

/// What an answer says of the exceptions that were used in it.
struct ExceptionAnswers {
  /// Audit annotation with every exception that lifted something, as JSON.
  static let annotation = ByteSlice("exception")

  private let texts: UnsafeBufferPointer<ExceptionTexts>
  /// Nanoseconds.
  private let expiryWarning: Int64
  private let now: Instant?

  /// - Parameter now: nil where no policy found anything, so that nobody looked at the clock.
  init(_ texts: UnsafeBufferPointer<ExceptionTexts>, _ settings: ExceptionSettings, _ now: Instant?) {
    self.texts = texts
    expiryWarning = settings.expiryWarning.nanoseconds
    self.now = now
  }

  /// The exceptions that a policy's findings were lifted by, the one that ends last first.
  func applied(_ run: PolicyRun, _ arena: Arena.Handle) -> UnsafeBufferPointer<Int32> {
    let (objects, pods) = run.exceptions
    if objects < 0, pods < 0 { return UnsafeBufferPointer(start: nil, count: 0) }
    let places = arena.allocate(Int32.self, count: 2)
    // Places are in the order of ends, the last one first.
    if objects < 0 || pods < 0 || objects == pods {
      places[0] = max(objects, pods)
      return UnsafeBufferPointer(start: places, count: 1)
    }
    places[0] = min(objects, pods)
    places[1] = max(objects, pods)
    return UnsafeBufferPointer(start: places, count: 2)
  }

  func name(of applied: UnsafeBufferPointer<Int32>) -> ByteSlice {
    applied.isEmpty ? .empty : texts[Int(applied[0])].name
  }

  /// Puts a line to a denial where there is, or was, an exception that the user may rely on.
  func writeNote(_ outcome: PolicyOutcome, _ policy: CompiledPolicy, _ text: inout ByteBuffer) {
    let place: Int32
    let end: StaticString
    switch outcome.missedException {
    case .none: return
    case .hasEnded(let exception): (place, end) = (exception, "` ended ")
    case .failed(let exception): (place, end) = (exception, "` does not apply: its conditions cannot be evaluated")
    }
    let exception = texts[Int(place)]
    text.append("\n")
    text.append(policy.name)
    text.append(": exception `")
    text.append(exception.name)
    text.append(end)
    if case .hasEnded = outcome.missedException { text.append(exception.end) }
  }

  /// `exception `x` from policy `p` ends on 2026-10-01 (3 days left); approved by team`, for each that ends soon.
  func warn(
    _ outcomes: UnsafeBufferPointer<PolicyOutcome>, _ policies: UnsafeBufferPointer<CompiledPolicy>,
    _ warnings: UnsafeMutablePointer<ByteSlice>, _ count: inout Int, _ arena: Arena.Handle
  ) {
    guard let now else { return }
    for outcome in outcomes {
      for place in outcome.exceptions {
        let exception = texts[Int(place)]
        let left = exception.expiresAtNanoseconds - now.nanoseconds
        guard left <= expiryWarning else { continue }
        warnings[count] = warning(exception, policies[outcome.policy], left: left, arena)
        count += 1
      }
    }
  }

  private func warning(
    _ exception: ExceptionTexts, _ policy: CompiledPolicy, left: Int64, _ arena: Arena.Handle
  ) -> ByteSlice {
    var line = arena.concatenate(ByteSlice("exception `"), exception.name)
    line = arena.concatenate(line, ByteSlice("` from policy `"))
    line = arena.concatenate(line, policy.name)
    line = arena.concatenate(line, ByteSlice("` ends "))
    line = arena.concatenate(line, exception.end)
    let (number, unit) = Self.amount(left)
    line = arena.concatenate(line, ByteSlice(" ("))
    line = arena.concatenate(line, Self.decimal(number, arena))
    line = arena.concatenate(line, ByteSlice(unit))
    line = arena.concatenate(line, ByteSlice(number == 1 ? "" : "s"))
    line = arena.concatenate(line, ByteSlice(" left); approved by "))
    return arena.concatenate(line, exception.approvedBy)
  }

  /// Whole days, hours or minutes, the largest that there is one of.
  private static func amount(_ nanoseconds: Int64) -> (Int64, StaticString) {
    let minutes = nanoseconds / 60_000_000_000
    if minutes >= 1440 { return (minutes / 1440, " day") }
    return minutes >= 60 ? (minutes / 60, " hour") : (minutes, " minute")
  }

  private static func decimal(_ number: Int64, _ arena: Arena.Handle) -> ByteSlice {
    let digits = arena.allocate(UInt8.self, count: 20)
    var rest = number.magnitude
    var place = 20
    repeat {
      place -= 1
      digits[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest > 0
    return ByteSlice(start: digits + place, count: 20 - place)
  }

  /// `[{"exception":"x","policy":"p","approvedBy":"team","expiresAt":"2026-10-01T00:00:00Z"}]`
  func annotation(
    _ outcomes: UnsafeBufferPointer<PolicyOutcome>, _ policies: UnsafeBufferPointer<CompiledPolicy>,
    _ text: inout ByteBuffer, _ arena: Arena.Handle
  ) -> ByteSlice? {
    text.removeAll()
    for outcome in outcomes {
      for place in outcome.exceptions {
        let exception = texts[Int(place)]
        if text.isEmpty { text.writeArrayStart() }
        text.writeObjectStart()
        text.writeKey("exception")
        text.writeString(exception.name)
        text.writeKey("policy")
        text.writeString(policies[outcome.policy].name)
        text.writeKey("approvedBy")
        text.writeString(exception.approvedBy)
        text.writeKey("expiresAt")
        text.writeString(exception.expiresAt)
        text.writeObjectEnd()
      }
    }
    if text.isEmpty { return nil }
    text.writeArrayEnd()
    return arena.copy(text.bytes)
  }
}
