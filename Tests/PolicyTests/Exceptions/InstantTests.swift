import Policy
import Testing

@Suite("A point in time")
struct InstantTests {
  @Test(
    "is read from RFC 3339 with offsets and fractions, and from dates",
    arguments: [
      ("2026-10-01", "2026-10-01T00:00:00Z"), ("2026-10-01T00:00:00Z", "2026-10-01T00:00:00Z"),
      ("2026-10-01T02:00:00+02:00", "2026-10-01T00:00:00Z"), ("2026-09-30T18:30:00-05:30", "2026-10-01T00:00:00Z"),
      ("2026-10-01T00:00:00+00:00", "2026-10-01T00:00:00Z"), ("2026-10-01T00:00:00-00:00", "2026-10-01T00:00:00Z"),
      ("2026-09-30T23:59:59.999Z", "2026-09-30T23:59:59.999Z"),
      ("2026-09-30T23:59:59.999999999Z", "2026-09-30T23:59:59.999999999Z"),
      ("2026-10-01T00:00:00.000000001Z", "2026-10-01T00:00:00.000000001Z"),
      ("2026-10-01T00:00:00.0Z", "2026-10-01T00:00:00Z"), ("2028-02-29", "2028-02-29T00:00:00Z"),
      ("2000-02-29T12:34:56Z", "2000-02-29T12:34:56Z"), ("1970-01-01", "1970-01-01T00:00:00Z"),
      ("2261-12-31T23:59:59Z", "2261-12-31T23:59:59Z"), ("2026-12-31T23:30:00-01:00", "2027-01-01T00:30:00Z"),
      // A leap second is the instant behind it: the clock that decides knows none.
      ("2026-12-31T23:59:60Z", "2027-01-01T00:00:00Z"), ("2026-06-30T23:59:60.5Z", "2026-07-01T00:00:00Z"),
      ("2027-01-01T01:59:60+02:00", "2027-01-01T00:00:00Z"),
    ])
  func reading(_ text: String, _ expected: String) throws {
    #expect(try Instant(parsing: text).description == expected)
  }

  @Test(
    "is not read from anything else, and says why",
    arguments: [
      ("", InstantError.notATime), ("tomorrow", .notATime), ("2026-10", .notATime), ("2026-10-01 00:00:00Z", .notATime),
      ("2026-10-01t00:00:00Z", .notATime), ("2026-10-01T00:00:00z", .notATime), ("2026-10-01T00:00Z", .notATime),
      ("2026-10-01T0:00:00Z", .notATime), ("2026-10-01T00:00:00", .noOffset), ("2026-10-01T00:00:00.5", .noOffset),
      ("2026-10-01T00:00:00.Z", .notATime), ("2026-10-01T00:00:00,5Z", .notATime), ("2026-10-01Z", .notATime),
      ("2026-10-01T00:00:00+24:00", .notATime), ("2026-10-01T00:00:00+02", .notATime),
      ("2026-10-01T00:00:00+0200", .notATime), ("2026-10-01T00:00:00Z ", .notATime), (" 2026-10-01", .notATime),
      ("2026-13-01", .noSuchDay), ("2026-00-01", .noSuchDay), ("2026-02-29", .noSuchDay), ("2100-02-29", .noSuchDay),
      ("2026-10-00", .noSuchDay), ("2026-10-32", .noSuchDay), ("2026-10-01T24:00:00Z", .noSuchTime),
      ("2026-10-01T00:60:00Z", .noSuchTime), ("2026-10-01T00:00:61Z", .noSuchTime),
      ("2026-10-01T12:00:60Z", .noLeapSecond), ("2026-10-01T23:59:60Z", .noLeapSecond),
      ("2026-12-31T23:59:60+01:00", .noLeapSecond), ("2026-10-01T00:00:00.1234567890Z", .tooPrecise),
      ("1969-12-31", .outOfRange), ("1970-01-01T00:00:00+01:00", .outOfRange), ("2262-01-01", .outOfRange),
      ("9999-12-31T23:59:59Z", .outOfRange), ("0000-01-01", .outOfRange), ("１026-10-01", .notATime),
    ])
  func refusing(_ text: String, _ expected: InstantError) {
    #expect(throws: expected) { _ = try Instant(parsing: text) }
  }

  @Test("is shown as a date where it is midnight")
  func shortText() throws {
    #expect(try Instant(parsing: "2026-10-01").shortText == "2026-10-01")
    #expect(try Instant(parsing: "2026-10-01T00:00:01Z").shortText == "2026-10-01T00:00:01Z")
  }
}

@Suite("A length of time")
struct TimespanTests {
  @Test(
    "is read with units from weeks to seconds",
    arguments: [
      ("14d", "14d"), ("2w", "14d"), ("36h", "1d12h"), ("1d12h", "1d12h"), ("90m", "1h30m"), ("0d", "0s"),
      ("1w1d1h1m1s", "8d1h1m1s"), ("180d", "180d"), ("106751d", "106751d"),
    ])
  func reading(_ text: String, _ expected: String) {
    #expect(Timespan(text)?.description == expected)
  }

  @Test(
    "is not read from anything else",
    arguments: [
      "", "14", "d", "14 d", "-1d", "+1d", "1.5d", "14D", "1h1d", "1d1d", "1y", "14days", "106752d",
      "99999999999999999999d", "1dd", "１d",
    ])
  func refusing(_ text: String) {
    #expect(Timespan(text) == nil)
  }

  @Test("counts whole days downwards, and in words what is left")
  func days() {
    #expect(Timespan.days(3).wholeDays == 3)
    #expect(Timespan(nanoseconds: 86_399_999_999_999).wholeDays == 0)
    #expect(Timespan(nanoseconds: -1).wholeDays == -1)
    #expect(Timespan.days(1).phrase == "1 day")
    #expect(Timespan("23h59m")?.phrase == "23 hours")
    #expect(Timespan("1m59s")?.phrase == "1 minute")
    #expect(Timespan("59s")?.phrase == "less than a minute")
  }
}
