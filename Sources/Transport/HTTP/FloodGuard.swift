/// Counts frames that cost us work and carry no request, and says when a peer sends too many: stream resets (CVE-2023-44487),
/// pings, settings, empty DATA frames, and all others that are neither HEADERS nor DATA. Time is handed in.
struct FloodGuard: BitwiseCopyable {
  private var streamResets: TokenBucket
  private var pings: TokenBucket
  private var settings: TokenBucket
  private var emptyFrames: TokenBucket
  private var otherFrames: TokenBucket
  private let otherFramesPerAnswer: Int

  init(_ limits: Limits, at now: MonotonicInstant) {
    streamResets = TokenBucket(limits.streamResets, at: now)
    pings = TokenBucket(limits.pings, at: now)
    settings = TokenBucket(limits.settingsFrames, at: now)
    emptyFrames = TokenBucket(limits.emptyFrames, at: now)
    otherFrames = TokenBucket(limits.otherFrames, at: now)
    otherFramesPerAnswer = limits.otherFramesPerAnswer
  }

  // Each says whether this one is still within bounds.
  mutating func allowsStreamReset(at now: MonotonicInstant) -> Bool { streamResets.take(at: now) }
  mutating func allowsPing(at now: MonotonicInstant) -> Bool { pings.take(at: now) }
  mutating func allowsSettings(at now: MonotonicInstant) -> Bool { settings.take(at: now) }
  mutating func allowsEmptyFrame(at now: MonotonicInstant) -> Bool { emptyFrames.take(at: now) }
  mutating func allowsOtherFrame(at now: MonotonicInstant) -> Bool { otherFrames.take(at: now) }

  /// A request was answered, which the peer may acknowledge.
  mutating func noteAnswer() { otherFrames.put(otherFramesPerAnswer) }
}

/// A rate limit at work: `burst` at once, then `perSecond`.
package struct TokenBucket: BitwiseCopyable {
  private let limit: RateLimit
  private var tokens: Int
  private var filledAt: MonotonicInstant

  package init(_ limit: RateLimit, at now: MonotonicInstant) {
    self.limit = limit
    tokens = limit.burst
    filledAt = now
  }

  package mutating func take(at now: MonotonicInstant) -> Bool {
    if tokens < limit.burst, limit.perSecond > 0 {
      let interval = 1_000_000_000 / UInt64(limit.perSecond)
      let earned = now.nanoseconds(since: filledAt) / max(1, interval)
      if earned >= UInt64(limit.burst - tokens) {
        tokens = limit.burst
        filledAt = now
      } else {
        tokens += Int(earned)
        // What is left over of an interval counts towards the next token.
        filledAt = filledAt.advanced(byNanoseconds: earned * interval)
      }
    } else {
      filledAt = now
    }
    if tokens == 0 { return false }
    tokens -= 1
    return true
  }

  /// Gives back, up to what may be taken at once.
  package mutating func put(_ count: Int) { tokens = min(limit.burst, tokens + count) }
}
