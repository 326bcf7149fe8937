import COpenSSL
import Testing
import TestSupport
import Transport

@Suite("Session tickets")
struct TicketTests {
  private static let hour = TicketKeys.sealing

  private static func at(_ nanoseconds: UInt64) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: 1_000 + nanoseconds)
  }

  @Test("are sealed with a new key every hour, and opened for an hour more")
  func rotation() {
    let keys = TicketKeys()
    let first = keys.sealingName(at: Self.at(0))
    #expect(first.count == 16)
    #expect(keys.sealingName(at: Self.at(Self.hour - 1)) == first)
    #expect(keys.opens(first, at: Self.at(Self.hour - 1)) == (true, false))
    let second = keys.sealingName(at: Self.at(Self.hour))
    #expect(second != first)
    #expect(keys.opens(first, at: Self.at(2 * Self.hour - 1)) == (true, true))
    #expect(keys.opens(first, at: Self.at(2 * Self.hour)) == (false, false))
    #expect(keys.opens(second, at: Self.at(2 * Self.hour - 1)) == (true, false))
  }

  @Test("are not kept longer than they open anything")
  func forgetting() {
    let keys = TicketKeys()
    for hour in 0..<100 { _ = keys.sealingName(at: Self.at(UInt64(hour) * Self.hour)) }
    #expect(keys.count == 2)
    #expect(keys.opens([UInt8](repeating: 0, count: 16), at: Self.at(0)) == (false, false))
  }

  @Test(
    "resume sessions, on any worker and after the certificate was replaced",
    arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
  func resumption(_ version: Int32) throws {
    let shared = TLSShared()
    let running = try RunningServer(workers: 2, shared: shared)
    let client = try TLSClient(running, version: version)
    let first = try #require(try client.ask(running))
    #expect(!first.isResumed)
    let session = try #require(first.session)
    for _ in 0..<8 { #expect(try client.ask(running, resuming: session)?.isResumed == true) }
    running.server.replaceTLS(try running.makeContext(names: ["localhost"], shared: shared))
    #expect(try client.ask(running, resuming: session)?.isResumed == true)
    #expect(shared.statistics.resumed == 9)
    #expect(shared.statistics.full == 1)
    // Another server has other keys: the client shakes hands in full, and is served.
    let other = try RunningServer(workers: 1)
    #expect(try client.ask(other, resuming: session)?.isResumed == false)
  }

  @Test("of versions before 1.2 do not exist, because those are not spoken")
  func oldVersion() throws {
    let running = try RunningServer(workers: 1)
    #expect(try TLSClient(running, version: TLS1_1_VERSION).ask(running) == nil)
    #expect(running.waitUntil { $0.handshakeFailures == 1 })
  }
}
