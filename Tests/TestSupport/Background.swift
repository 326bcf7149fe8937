internal import Foundation

/// Work on a thread of its own, beside a test that waits for what it does. A task would not do: tests that block keep the few threads on
/// which tasks run, and on a busy machine it begins when the test has long stopped waiting.
public final class Background: Sendable {
  private let done = DispatchSemaphore(value: 0)

  public init(_ body: @escaping @Sendable () -> Void) {
    Thread.detachNewThread { [done] in
      body()
      done.signal()
    }
  }

  /// Waits for its end. To be called once.
  public func wait() { done.wait() }
}
