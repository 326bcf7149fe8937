internal import CLinux

/// Sees when a burst is over, and gives back the memory that it took: what was freed is otherwise kept by the allocator, in the
/// hope of another burst.
struct MemoryUse: BitwiseCopyable {
  /// Bodies of less than this together leave nothing behind that is worth the work: 4 MiB.
  private static let worthBytes = 4 << 20
  /// The same for connections that were open: 256, some 5 MiB.
  private static let worthConnections = 256
  /// Ticks without anything in flight before: one second. Giving back takes time, and what comes next takes it again.
  private static let patience = 4

  private var mostConnections = 0
  private var quietTicks = 0

  /// Whether there is something to give back, so that the worker has to look again.
  func isToBeReleased(_ exchange: Exchange) -> Bool {
    exchange.largestHeldBodyBytes >= Self.worthBytes || mostConnections >= Self.worthConnections
  }

  /// Looks, with each tick.
  mutating func look(at exchange: Exchange, connections: Int) {
    mostConnections = max(mostConnections, connections)
    let bodiesAreGone = exchange.largestHeldBodyBytes >= Self.worthBytes && exchange.heldBodyBytes < Self.worthBytes / 4
    let connectionsAreGone = mostConnections >= Self.worthConnections && connections < mostConnections / 2
    guard bodiesAreGone || connectionsAreGone, exchange.workload.waiting == 0 else {
      quietTicks = 0
      return
    }
    quietTicks += 1
    if quietTicks < Self.patience { return }
    quietTicks = 0
    mostConnections = connections
    exchange.largestHeldBodyBytes = exchange.heldBodyBytes
    exchange.handler.releaseMemory()
    clinux_release_memory()
  }
}
