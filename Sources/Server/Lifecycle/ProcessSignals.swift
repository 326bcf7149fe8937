#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The signals of an operator: SIGTERM and SIGINT ask for a clean end, and once more for an end at once; SIGHUP has files read again.
struct ProcessSignals {
  enum Signal {
    case reload
    case end(name: String)
  }

  private var set = sigset_t()

  /// What cannot be written must not end the process: to a pipe whose reader has gone (SIGPIPE), to a file that has reached the largest
  /// size that the process may write (SIGXFSZ).
  static func surviveWriting() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
  }

  /// Holds the signals back from the calling thread and those it starts, until ``wait()`` takes them.
  init() {
    sigemptyset(&set)
    sigaddset(&set, SIGTERM)
    sigaddset(&set, SIGINT)
    sigaddset(&set, SIGHUP)
    pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// Waits for the next signal.
  mutating func wait() -> Signal {
    var number: Int32 = 0
    while sigwait(&set, &number) != 0 {}
    switch number {
    case SIGHUP: return .reload
    case SIGTERM: return .end(name: "SIGTERM")
    default: return .end(name: "SIGINT")
    }
  }

  /// From now on the next signal ends the process, with the status a shell expects, and so does the end of `seconds`, with 1.
  mutating func endAtOnce(after seconds: UInt32) {
    // A handler and not the default action, which process 1 of a container does not have.
    signal(SIGTERM) { _exit(128 &+ $0) }
    signal(SIGINT) { _exit(128 &+ $0) }
    signal(SIGHUP, SIG_IGN)
    signal(SIGALRM) { _ in _exit(1) }
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
    alarm(seconds)
  }
}
