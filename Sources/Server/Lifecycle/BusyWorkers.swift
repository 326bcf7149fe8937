internal import Synchronization

/// For how long each worker has been busy: known once there are any, and no more when they have ended.
package final class BusyWorkers: Sendable {
  private let source = Mutex<(@Sendable () -> [UInt64])?>(nil)

  package init() {}

  package func set(_ source: (@Sendable () -> [UInt64])?) { self.source.withLock { $0 = source } }

  /// Nanoseconds; 0 for a worker that waits.
  package var nanoseconds: [UInt64] { source.withLock { $0 }?() ?? [] }
}
