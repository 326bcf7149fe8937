import Memory
import Testing
import Transport

@Suite("Time")
struct TimeTests {
  @Test("Instants neither wrap nor trap at their ends")
  func instants() {
    let early = MonotonicInstant(nanoseconds: 5)
    #expect(early.nanoseconds(since: MonotonicInstant(nanoseconds: 9)) == 0)
    #expect(MonotonicInstant.distantFuture.advanced(by: .seconds(1)) == .distantFuture)
    #expect(early.advanced(by: .seconds(-1)) == early)
    #expect(early.advanced(by: .milliseconds(2)).nanoseconds == 2_000_005)
    #expect(MonotonicInstant.now() <= MonotonicInstant.now())
  }

  @Test("Each thing waited for has its own deadline")
  func deadlines() {
    let limits = Limits()
    let since = MonotonicInstant(nanoseconds: 1_000)
    #expect(Waiting.handshake(since: since).deadline(limits) == since.advanced(by: .seconds(10)))
    #expect(Waiting.request(since: since).deadline(limits) == since.advanced(by: .seconds(120)))
    #expect(Waiting.head(since: since).deadline(limits) == since.advanced(by: .seconds(10)))
    #expect(Waiting.body(since: since).deadline(limits) == since.advanced(by: .seconds(30)))
    #expect(Waiting.write(since: since).deadline(limits) == since.advanced(by: .seconds(30)))
    #expect(Waiting.linger(since: since).deadline(limits) == since.advanced(by: .seconds(5)))
    #expect(Waiting.streams.deadline(limits) == .distantFuture)
  }

  @Test("A rate limit lets a burst pass and then so many a second")
  func rateLimit() {
    var bucket = TokenBucket(RateLimit(burst: 3, perSecond: 2), at: MonotonicInstant(nanoseconds: 0))
    func take(_ milliseconds: UInt64) -> Bool {
      bucket.take(at: MonotonicInstant(nanoseconds: milliseconds * 1_000_000))
    }
    #expect([take(0), take(0), take(0), take(0)] == [true, true, true, false])
    #expect([take(499), take(500), take(501), take(999), take(1_000)] == [false, true, false, false, true])
    #expect([take(60_000), take(60_000), take(60_000), take(60_000)] == [true, true, true, false])
    var never = TokenBucket(RateLimit(burst: 1, perSecond: 0), at: MonotonicInstant(nanoseconds: 0))
    #expect([never.take(at: MonotonicInstant(nanoseconds: 1)), never.take(at: .distantFuture)] == [true, false])
  }

  @Test(
    "Dates are those of RFC 9110",
    arguments: [
      (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
      (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
      (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"), (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
      (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 GMT"),
    ])
  func dates(seconds: Int, text: String) {
    var date = DateHeader()
    #expect(date.value(at: Int64(seconds)).string == text)
    #expect(date.value(at: Int64(seconds) + 1).count == 29)
  }
}
