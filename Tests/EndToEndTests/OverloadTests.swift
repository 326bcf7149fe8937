import Foundation
import TestSupport
import Testing

/// What has to hold whatever else the machine does; the same scripts measure times on one that does nothing else.
@Suite(
  "A running server under more than it can serve", .serialized,
  .enabled(if: TestProcess.find("python3") != nil, "python3 is not installed"))
struct OverloadTests {
  private static let python = TestProcess.find("python3")

  private func run(_ script: String, _ arguments: [String]) throws {
    let path = SharedData.checkout.appending(path: "benchmarks/Load/\(script)").path
    let result = try TestProcess.run(
      try #require(Self.python), [path] + arguments, environment: ["WEBHOOK_BINARY": WebhookProgram.path])
    #expect(result.status == 0, "\(result.text)\(result.errors)")
  }

  @Test(
    "answers each of a burst of large reviews: decided, or turned away with when to ask again, and serves others afterwards"
  )
  func burst() throws {
    try run("burst.py", ["2", "--megabytes", "1", "--budget", "0.2", "--untimed"])
  }

  @Test("serves normal requests beside hundreds of idle connections and slow clients")
  func crowd() throws {
    try run("idle.py", ["400", "40", "400", "--untimed"])
  }
}
