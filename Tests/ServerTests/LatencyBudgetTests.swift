import Memory
import Server
import Testing
import Transport

@Suite("The latency budget")
struct LatencyBudgetTests {
  @Test(
    "ends with what comes first: the budget, or the caller's timeout less a second but never under a tenth of it",
    arguments: [
      ("", 100_000_000), ("timeout=5s", 100_000_000), ("timeout=1s", 100_000_000), ("timeout=500ms", 50_000_000),
      ("timeout=1.05s", 100_000_000), ("timeout=10ms", 1_000_000), ("a=b&timeout=10ms", 1_000_000),
      ("timeout=10ms&timeout=5s", 1_000_000), ("xtimeout=10ms", 100_000_000), ("timeout=", 100_000_000),
      ("timeout=0s", 100_000_000), ("timeout=soon", 100_000_000), ("timeout", 100_000_000), ("&&&", 100_000_000),
    ] as [(String, UInt64)])
  func deadline(_ query: String, _ expected: UInt64) {
    let budget = LatencyBudget(nanoseconds: 100_000_000)
    let start = MonotonicInstant(nanoseconds: 7)
    #expect(query.withByteSlice { budget.deadline(receivedAt: start, query: $0) } == 7 + expected)
  }

  @Test(
    "leaves a second to the way there and back where the timeout is the shorter one",
    arguments: [("timeout=5s", 4_000_000_000), ("timeout=1100ms", 110_000_000), ("timeout=30s", 20_000_000_000)]
      as [(String, UInt64)])
  func margin(_ query: String, _ expected: UInt64) {
    let budget = LatencyBudget(nanoseconds: 20_000_000_000)
    let start = MonotonicInstant(nanoseconds: 0)
    #expect(query.withByteSlice { budget.deadline(receivedAt: start, query: $0) } == expected)
  }

  @Test(
    "keeps 5 ms for what follows the decision, or a tenth of a short time",
    arguments: [
      ("", 95_000_000), ("timeout=600ms", 55_000_000), ("timeout=500ms", 45_000_000), ("timeout=499ms", 44_910_000),
      ("timeout=10ms", 900_000), ("timeout=10ns", 1),
    ] as [(String, UInt64)])
  func reserve(_ query: String, _ expected: UInt64) {
    let budget = LatencyBudget(nanoseconds: 100_000_000)
    let start = MonotonicInstant(nanoseconds: 7)
    #expect(query.withByteSlice { budget.decisionEnd(receivedAt: start, query: $0) } == 7 + expected)
  }

  @Test("has no end where time has none")
  func endless() {
    let budget = LatencyBudget(nanoseconds: .max)
    let start = MonotonicInstant(nanoseconds: .max - 1)
    #expect("".withByteSlice { budget.deadline(receivedAt: start, query: $0) } == .max)
    #expect("".withByteSlice { budget.decisionEnd(receivedAt: start, query: $0) } == .max)
  }
}
