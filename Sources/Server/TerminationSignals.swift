#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// SIGTERM and SIGINT: the first asks for a clean end, the second ends the process at once.
struct TerminationSignals {
  private var set = sigset_t()

  /// Holds both signals back from the calling thread and those it starts, until ``wait()`` takes them. A peer that goes away
  /// while the log is written must not end the process either.
  init() {
    sigemptyset(&set)
    sigaddset(&set, SIGTERM)
    sigaddset(&set, SIGINT)
    pthread_sigmask(SIG_BLOCK, &set, nil)
    signal(SIGPIPE, SIG_IGN)
  }

  /// Waits for the first signal. From then on the next one ends the process, with the status a shell expects.
  /// - Returns: its name.
  mutating func wait() -> String {
    var number: Int32 = 0
    while sigwait(&set, &number) != 0 {}
    // A handler and not the default action, which process 1 of a container does not have.
    signal(SIGTERM) { _exit(128 &+ $0) }
    signal(SIGINT) { _exit(128 &+ $0) }
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
    return number == SIGTERM ? "SIGTERM" : "SIGINT"
  }
}
