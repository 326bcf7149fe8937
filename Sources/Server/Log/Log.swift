internal import Synchronization
package import Transport

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The log: lines on standard error, each in one write so that threads do not cut into one another.
public enum Log {
  /// Writes a line, with the program's name in front.
  public static func line(_ text: String) { raw("\(Product.name): \(text)\n") }

  /// Writes text that brings its own line ends.
  public static func raw(_ text: String) {
    if let queue = queue.withLock({ $0 }) { return queue.add(text) }
    var copy = text
    copy.withUTF8 { _ = write(UnsafeRawBufferPointer($0), to: 2) }
  }

  private static let queue = Mutex<LogQueue?>(nil)

  /// From now on nobody waits for the log.
  package static func beginQueueing() throws(TransportError) {
    let new = try LogQueue(descriptor: 2)
    try new.start()
    queue.withLock { $0 = new }
  }

  /// Waits a little for what is queued, and ends the queueing.
  package static func endQueueing() {
    guard let last = queue.withLock({ $0.take() }) else { return }
    if !last.flush(milliseconds: patience) { isStuck.store(true, ordering: .relaxed) }
  }

  /// Milliseconds that the end of the process waits for a reader of the log.
  private static let patience: Int32 = 1_000

  /// Nobody has read the log for a while: nothing is written any more, so that the process can end.
  private static let isStuck = Atomic<Bool>(false)

  /// Messages that were lost, because the reader was too slow or the disk full.
  package static var lostCount: UInt64 { queue.withLock { $0?.lostCount ?? 0 } }

  /// Writes bytes, and waits for as long as that takes.
  /// - Returns: false where they could not be written.
  static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
    var offset = 0
    while offset < bytes.count, let base = bytes.baseAddress, !isStuck.load(ordering: .relaxed) {
      let count = systemWrite(descriptor, base + offset, bytes.count - offset)
      if count > 0 {
        offset += count
      } else if errno == EAGAIN {
        // Somebody who shares the file made it not block.
        var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&state, 1, 1_000)
      } else if errno != EINTR {
        // Nobody reads the log any more, or the disk is full: there is nobody to tell.
        return false
      }
    }
    return offset == bytes.count
  }

  private static func systemWrite(_ descriptor: Int32, _ start: UnsafeRawPointer, _ count: Int) -> Int {
    #if canImport(Glibc)
      Glibc.write(descriptor, start, count)
    #else
      Musl.write(descriptor, start, count)
    #endif
  }
}
