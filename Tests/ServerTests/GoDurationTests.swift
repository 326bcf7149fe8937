import Memory
import Server
import Testing

@Suite("Durations as Go writes them")
struct GoDurationTests {
  @Test(
    "are read to the nanosecond",
    arguments: [
      ("0", 0), ("0s", 0), ("5s", 5_000_000_000), ("100ms", 100_000_000), ("1.5s", 1_500_000_000), (".5s", 500_000_000),
      ("1.s", 1_000_000_000), ("+5s", 5_000_000_000), ("1h15m30.918273645s", 4_530_918_273_645), ("10us", 10_000),
      ("10µs", 10_000), ("10μs", 10_000), ("7ns", 7), ("2562047h47m16.854775807s", UInt64(Int64.max)),
      ("0.3333333333333333333h", 1_200_000_000_000 - 1), ("0.100000000000000000000h", 360_000_000_000),
    ] as [(String, UInt64)])
  func valid(_ text: String, _ nanoseconds: UInt64) {
    #expect(text.withByteSlice { GoDuration.nanoseconds($0) } == nanoseconds)
  }

  @Test(
    "are refused where they are none",
    arguments: [
      "", "5", "s", ".s", ".", "-5s", "+", "5 s", "5x", "5sec", "1h2", "2562047h47m16.854775808s",
      "99999999999999999999s",
      "18446744073709551615h", "1e3s", "５s", "5s ", "1d",
    ])
  func invalid(_ text: String) {
    #expect(text.withByteSlice { GoDuration.nanoseconds($0) } == nil)
  }
}
