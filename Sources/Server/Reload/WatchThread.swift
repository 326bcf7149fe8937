internal import Synchronization
package import Transport

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What is read from files and read again when they change. All calls come from one thread.
package protocol WatchTarget: AnyObject {
  /// Where changes matter at this moment.
  func places() -> [WatchedPlace]

  /// Looks at the files, and takes up what has changed.
  /// - Parameter isForced: whether somebody asked for it, so that a comparison of times is not enough.
  /// - Returns: false where something could not be read, which no change of the files may end: it is tried again soon.
  @discardableResult
  func check(isForced: Bool) -> Bool
}

/// A thread that checks a ``WatchTarget`` when its files change, when it is told to, and every now and then, because not every file system
/// tells of changes.
package final class WatchThread: Sendable {
  /// In milliseconds.
  package struct Timing: Sendable {
    /// Nothing more has changed for so long: whoever writes several files is done with them.
    package var quiet: Int32 = 100
    /// Waited for at most, where changes do not end.
    package var longestQuiet: Int32 = 2_000
    /// Without any change.
    package var interval: Int32 = 60_000
    /// The same where the kernel tells of no changes, or files could not be read.
    package var unwatchedInterval: Int32 = 5_000

    package init() {}
  }

  private let loop: Loop
  private let thread: Mutex<Thread?>

  /// - Parameters:
  ///   - name: of the thread, and of what it watches in messages.
  ///   - target: makes the target, on the thread.
  package init(
    name: String, timing: Timing = Timing(), target: @escaping @Sendable () -> any WatchTarget
  ) throws(TransportError) {
    let loop = Loop(name: name, timing: timing, wakeUp: try WakeUp())
    self.loop = loop
    thread = Mutex(try Thread(name: name) { loop.run(target()) })
  }

  /// Has the target checked now, even if nothing seems to have changed.
  package func request() {
    loop.isForced.store(true, ordering: .releasing)
    loop.wakeUp.wake()
  }

  /// Ends the thread, after the check that it may be in.
  package func stop() {
    loop.wakeUp.requestStop()
    thread.withLock { $0.take()?.join() }
  }
}

/// What the thread does.
private final class Loop: Sendable {
  let isForced = Atomic<Bool>(false)
  let wakeUp: WakeUp
  private let name: String
  private let timing: WatchThread.Timing

  init(name: String, timing: WatchThread.Timing, wakeUp: WakeUp) {
    self.name = name
    self.timing = timing
    self.wakeUp = wakeUp
  }

  func run(_ target: any WatchTarget) {
    var watch = FileWatch()
    var isWatching: Bool?
    while true {
      // Watched before it is read, so that no change falls in between.
      let failure = watch == nil ? EMFILE : watch?.watch(target.places()) ?? 0
      if isWatching != (failure == 0) {
        isWatching = failure == 0
        if failure != 0 {
          let reason = String(cString: strerror(failure)).lowercased()
          Log.line(
            "\(name): changes are not told (inotify: \(reason)); looking every \(timing.unwatchedInterval / 1_000) s")
        }
      }
      let isRead = target.check(isForced: isForced.exchange(false, ordering: .acquiringAndReleasing))
      if wakeUp.isStopRequested { return }
      let interval = failure == 0 && isRead ? timing.interval : timing.unwatchedInterval
      if waitForChange(&watch, MonotonicInstant.now().advanced(byMilliseconds: interval)) {
        waitForQuiet(&watch)
      }
      if wakeUp.isStopRequested { return }
    }
  }

  /// - Returns: whether something changed; false where somebody asks, or the time is over.
  private func waitForChange(_ watch: inout FileWatch?, _ end: MonotonicInstant) -> Bool {
    while true {
      let now = MonotonicInstant.now()
      if now >= end || isAwaited { return false }
      let milliseconds = Int32(clamping: end.nanoseconds(since: now) / 1_000_000 + 1)
      if wait(&watch, milliseconds) { return true }
    }
  }

  private func waitForQuiet(_ watch: inout FileWatch?) {
    let end = MonotonicInstant.now().advanced(byMilliseconds: timing.longestQuiet)
    while MonotonicInstant.now() < end, !isAwaited {
      if !wait(&watch, timing.quiet) { return }
    }
  }

  private var isAwaited: Bool { wakeUp.isStopRequested || isForced.load(ordering: .acquiring) }

  /// - Returns: whether a watched place has changed.
  private func wait(_ watch: inout FileWatch?, _ milliseconds: Int32) -> Bool {
    var descriptors = [
      pollfd(fd: wakeUp.number, events: Int16(POLLIN), revents: 0),
      pollfd(fd: watch?.number ?? -1, events: Int16(POLLIN), revents: 0),
    ]
    _ = poll(&descriptors, 2, milliseconds)
    if descriptors[0].revents != 0 { wakeUp.clear() }
    return descriptors[1].revents != 0 && watch?.takeEvents() ?? false
  }
}

extension MonotonicInstant {
  fileprivate func advanced(byMilliseconds count: Int32) -> MonotonicInstant {
    advanced(byNanoseconds: UInt64(max(count, 0)) * 1_000_000)
  }
}
