internal import Synchronization

/// The context that new connections take up; replaced while the server runs.
final class TLSStore: Sendable {
  private let context: Mutex<TLSContext>

  init(_ context: TLSContext) { self.context = Mutex(context) }

  /// Taken once for each connection, so the lock is never busy.
  var current: TLSContext { context.withLock { $0 } }

  func replace(_ new: TLSContext) { context.withLock { $0 = new } }
}
