import Testing
import Transport

@Suite("Connections and descriptors")
struct DescriptorLimitTests {
  private func fitting(_ descriptors: Int, workers: Int) -> [Int] {
    let limits = Limits().fitting(descriptors: descriptors, workers: workers)
    return [limits.connectionsPerWorker, limits.adminConnections]
  }

  @Test("There are no more connections than descriptors leave room for, beside what the rest needs")
  func fitting() {
    let wanted = [Limits().connectionsPerWorker, Limits().adminConnections]
    #expect(fitting(1 << 20, workers: 2) == wanted)
    // 64 for files, four for each of three threads, and the admin port's.
    let others = 64 + 12 + 512
    #expect(fitting(2 * 6_144 + others, workers: 2) == wanted)
    #expect(fitting(2 * 6_144 + others - 1, workers: 2) == [6_143, 512])
    #expect(fitting(4_096, workers: 2) == [1_754, 512])
    // Half of few.
    #expect(fitting(1_024, workers: 2) == [256, 128])
    #expect(fitting(96, workers: 2) == [24, 12])
    #expect(fitting(4, workers: 8) == [1, 1])
    #expect(fitting(0, workers: 1) == [1, 1])
    #expect(fitting(.max, workers: 1_024) == wanted)
  }

  @Test("Fewer connections that are asked for stay fewer")
  func fewer() {
    var limits = Limits()
    limits.connectionsPerWorker = 3
    limits.adminConnections = 2
    let fitted = limits.fitting(descriptors: 1_024, workers: 2)
    #expect([fitted.connectionsPerWorker, fitted.adminConnections] == [3, 2])
    #expect(fitted.admin.connectionsPerWorker == 2)
  }

  @Test("Probes do not wait for long for those who do not finish their requests")
  func admin() {
    let limits = Limits().admin
    #expect(limits.connectionsPerWorker == 512)
    #expect(limits.headerTimeout == .seconds(1) && limits.bodyTimeout == .seconds(1))
    #expect(limits.idleTimeout == Limits().idleTimeout)
    var impatient = Limits()
    impatient.headerTimeout = .milliseconds(200)
    #expect(impatient.admin.headerTimeout == .milliseconds(200))
  }
}
