internal import Synchronization
package import Transport

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What waits to be written to a log whose reader may be slow, stuck or gone, and the thread that writes it. Whoever logs never waits.
package final class LogQueue: Sendable {
  /// Bytes that wait at most: 1 MiB. What comes when they are full is lost and counted.
  package static let capacity = 1 << 20

  private struct Waiting {
    var bytes: [UInt8] = []
    /// The thread has taken bytes and is writing them.
    var isWriting = false
    /// Lost since the thread last said so.
    var untold = 0
  }

  private let descriptor: Int32
  private let waiting = Mutex(Waiting())
  private let lost = Atomic<UInt64>(0)
  private let wakeUp: WakeUp
  private let emptied: WakeUp

  /// - Parameter descriptor: where it is written to; it stays the caller's.
  package init(descriptor: Int32) throws(TransportError) {
    self.descriptor = descriptor
    wakeUp = try WakeUp()
    emptied = try WakeUp()
  }

  /// Starts the thread. It lives until the process ends, because a log can be stuck for ever.
  package func start() throws(TransportError) {
    try Thread(name: "log") { [self] in run() }.detach()
  }

  /// Puts text to the end, or loses it where there is no room.
  package func add(_ text: String) {
    let fits = waiting.withLock { waiting in
      guard waiting.bytes.count + text.utf8.count <= Self.capacity else {
        waiting.untold += 1
        return false
      }
      waiting.bytes.append(contentsOf: text.utf8)
      return true
    }
    if !fits { lost.wrappingAdd(1, ordering: .relaxed) }
    wakeUp.wake()
  }

  /// Texts that were lost: for lack of room, or because the log could not be written.
  package var lostCount: UInt64 { lost.load(ordering: .relaxed) }

  /// Waits until everything is written.
  /// - Returns: false where that took longer than `milliseconds`.
  package func flush(milliseconds: Int32) -> Bool {
    let end = MonotonicInstant.now().advanced(byNanoseconds: UInt64(max(milliseconds, 0)) * 1_000_000)
    while true {
      if waiting.withLock({ $0.bytes.isEmpty && !$0.isWriting }) { return true }
      let now = MonotonicInstant.now()
      if now >= end { return false }
      var state = pollfd(fd: emptied.number, events: Int16(POLLIN), revents: 0)
      _ = poll(&state, 1, Int32(clamping: end.nanoseconds(since: now) / 1_000_000 + 1))
      emptied.clear()
    }
  }

  private func run() {
    while true {
      var state = pollfd(fd: wakeUp.number, events: Int16(POLLIN), revents: 0)
      _ = poll(&state, 1, -1)
      wakeUp.clear()
      while let (bytes, untold) = take() {
        if !write(bytes) { lost.wrappingAdd(1, ordering: .relaxed) }
        if untold > 0 {
          _ = write(Array("\(Product.name): the log was full: \(untold) messages are missing here\n".utf8))
        }
      }
      emptied.wake()
    }
  }

  private func take() -> (bytes: [UInt8], untold: Int)? {
    waiting.withLock { waiting in
      waiting.isWriting = !waiting.bytes.isEmpty || waiting.untold > 0
      guard waiting.isWriting else { return nil }
      let taken = (waiting.bytes, waiting.untold)
      waiting.bytes = []
      waiting.untold = 0
      return taken
    }
  }

  private func write(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBytes { Log.write($0, to: descriptor) } }
}
