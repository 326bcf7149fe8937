internal import Foundation
internal import Replay
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// SIGINT and SIGTERM during a run: the first ends it with a report on what was judged until then, the second ends the process.
final class RunInterruption: Sendable {
  private let number = Atomic<Int32>(0)

  /// The signal that has ended the run; nil where none has.
  var signal: Int32? {
    let number = number.load(ordering: .acquiring)
    return number == 0 ? nil : number
  }

  /// The status that a shell expects of a process that a signal ended.
  var status: Int32? { signal.map { 128 &+ $0 } }

  /// Holds the signals back from the calling thread and those it starts, and takes them on a thread of its own. One that was
  /// ignored stays ignored.
  func watch(_ engine: ReplayEngine) {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in [SIGINT, SIGTERM] where !Self.isIgnored(signal) { sigaddset(&set, signal) }
    pthread_sigmask(SIG_BLOCK, &set, nil)
    Thread.detachNewThread { [self, set] in
      number.store(Self.wait(set), ordering: .releasing)
      engine.interrupt()
      _exit(128 &+ Self.wait(set))
    }
  }

  private static func wait(_ set: sigset_t) -> Int32 {
    var set = set
    var number: Int32 = 0
    while sigwait(&set, &number) != 0 {}
    return number
  }

  private static func isIgnored(_ signal: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(signal, nil, &action) == 0 else { return false }
    #if canImport(Glibc)
      let handler = action.__sigaction_handler.sa_handler
    #else
      let handler = action.__sa_handler.sa_handler
    #endif
    return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
