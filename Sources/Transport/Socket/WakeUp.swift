internal import CLinux
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// How other threads reach a thread that waits: a flag, and an eventfd that ends its wait.
package final class WakeUp: Sendable {
  private let descriptor: Descriptor
  private let stopRequested = Atomic<Bool>(false)

  package init() throws(TransportError) {
    descriptor = Descriptor(
      try SystemCall.require("eventfd") { eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC)) })
  }

  package var number: Int32 { descriptor.number }

  package var isStopRequested: Bool { stopRequested.load(ordering: .acquiring) }

  package func requestStop() {
    stopRequested.store(true, ordering: .releasing)
    wake()
  }

  /// Ends the wait, now or the next one.
  package func wake() {
    // A full counter wakes just as well, so the result does not matter.
    _ = eventfd_write(descriptor.number, 1)
  }

  /// Takes the event, so that the wait is not ended again.
  package func clear() {
    var count: UInt64 = 0
    _ = eventfd_read(descriptor.number, &count)
  }
}
