import Foundation
import TestSupport
import Testing

@Suite(
  "A running server whose clock jumps", .enabled(if: Curl.path != nil, Curl.absence),
  .enabled(if: FakeClock.library != nil, FakeClock.absence),
  .enabled(if: KeptConnection.openssl != nil, KeptConnection.absence))
struct ClockTests {
  private let folder: TestSupport.TemporaryFolder
  private let policies: String

  init() throws {
    folder = try TemporaryFolder()
    policies = try folder.write(ServedFixture.policy("one"), to: "policies/policy.yaml")
  }

  @Test("answers on its connections in time, ahead by years and back again, and says what became of its certificate")
  func jumps() throws {
    let clock = try FakeClock("2026-06-01 12:00:00", in: folder)
    let server = try RunningWebhook(
      policies: policies, ["--idle-timeout", "1h", "--workers", "1"], launcher: clock.launcher,
      environment: clock.environment)
    defer { clock.forget(server) }
    let connection = try KeptConnection(server)
    let times = [
      ("2026-06-01 12:00:00", "Mon, 01 Jun 2026 12:00:00"), ("2046-06-01 12:00:00", "Fri, 01 Jun 2046 12:00:00"),
      ("1996-02-29 23:59:59", "Thu, 29 Feb 1996 23:59:59"), ("1970-01-02 00:00:00", "Fri, 02 Jan 1970 00:00:00"),
      ("2037-12-31 23:59:59", "Thu, 31 Dec 2037 23:59:59"),
    ]
    for (number, (time, date)) in times.enumerated() {
      try clock.set(time)
      try connection.send(ServedFixture.review)
      let answer = try connection.answer(number)
      #expect(answer.status == 200 && answer.body.contains("nobody: one"))
      #expect(answer.head.contains("\r\nDate: \(date) GMT"), "\(answer.head)")
    }
    for name in ["overdue_requests", "shed_requests", "timeouts", "connections_evicted", "policy_deadline_exceeded"] {
      if name.hasPrefix("policy") {
        #expect(try server.metric(#"webhook_policy_deadline_exceeded_total{policy="nobody"}"#) == 0)
      } else {
        #expect(try server.metric("webhook_\(name)_total") == 0, "\(name)")
      }
    }
    #expect(try server.metric("webhook_connections_accepted_total") == 1)
    // Years after the certificate's end, which is found when files are looked at again.
    server.process.signal(SIGHUP)
    let warning = server.process.waitForErrorLine { $0.contains("the certificate ended on ") ? $0 : nil }
    #expect(warning?.hasSuffix("; clients refuse it") == true)
    // An hour before it.
    let end = try server.number("webhook_certificate_not_after_timestamp_seconds")
    let formatter = ISO8601DateFormatter()
    let soon = formatter.string(from: Date(timeIntervalSince1970: end - 3_600))
    try clock.set(String(soon.dropLast().replacing("T", with: " ")))
    server.process.signal(SIGHUP)
    let reminder = server.process.waitForErrorLine { $0.contains("renew it") ? $0 : nil }
    #expect(reminder?.contains("the certificate ends on ") == true)
    #expect(reminder?.hasSuffix(", in 1 hour; renew it") == true)
    #expect(server.stop().status == 0)
  }

  @Test("ends in time though its clock stands still and nobody reads what it writes")
  func frozen() throws {
    let pipe = "\(folder.path)/pipe"
    try #require(mkfifo(pipe, 0o600) == 0)
    let reader = open(pipe, O_RDWR | O_NONBLOCK)
    defer { close(reader) }
    let block = [UInt8](repeating: 0x20, count: 4_096)
    while write(reader, block, block.count) > 0 {}
    let clock = try FakeClock("2026-06-01 12:00:00", in: folder)
    let server = try RunningWebhook(
      policies: policies, ["--audit-log", pipe, "--shutdown-timeout", "30s"], launcher: clock.launcher,
      environment: clock.environment)
    defer { clock.forget(server) }
    let connection = try KeptConnection(server)
    try connection.send(ServedFixture.review)
    #expect(try connection.answer(0).status == 200)
    try clock.set("2026-06-01 11:00:00")
    // Not by the alarm that ends what does not come back, which is 1.
    #expect(server.stop().status == 0)
  }
}
