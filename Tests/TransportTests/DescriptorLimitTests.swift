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
    let others = 64 + 12 + 64
    #expect(fitting(2 * 6_144 + others, workers: 2) == wanted)
    #expect(fitting(2 * 6_144 + others - 1, workers: 2) == [6_143, 64])
    #expect(fitting(1_024, workers: 2) == [442, 64])
    // Half of few.
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
  }
}
