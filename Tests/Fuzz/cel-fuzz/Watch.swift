import Glibc

/// Knows the input that is being run, and writes it out when the process crashes or does not come to an end with it.
///
/// What handlers of signals use is memory made before: they allocate nothing and take no lock.
struct Watch {
  /// Inputs are far shorter; a longer one is cut.
  private static let capacity = 1 << 20
  /// How many seconds one input may take.
  private static let patience: UInt64 = 10

  nonisolated(unsafe) private static let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
  nonisolated(unsafe) private static var count = 0
  nonisolated(unsafe) private static var run: UInt64 = 0
  nonisolated(unsafe) private static var seenRun: UInt64 = 0
  nonisolated(unsafe) private static var seenTicks: UInt64 = 0
  nonisolated(unsafe) private static var output = UnsafeMutablePointer<CChar>.allocate(capacity: 1)

  init(output: String) {
    Self.output = strdup(output)
    _ = Self.bytes
    // An overflow of the stack leaves none to run the handler on.
    let size = 64 << 10
    var stack = stack_t(ss_sp: malloc(size), ss_flags: 0, ss_size: size)
    sigaltstack(&stack, nil)
    for signal in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE] {
      Self.handle(signal) { number in
        Watch.save("crash")
        Glibc.signal(number, SIG_DFL)
        raise(number)
      }
    }
    Self.handle(SIGALRM) { _ in
      if Watch.run != Watch.seenRun || Watch.run == 0 {
        Watch.seenRun = Watch.run
        Watch.seenTicks = 0
      } else {
        Watch.seenTicks += 1
        if Watch.seenTicks >= Watch.patience {
          Watch.save("hang")
          _exit(1)
        }
      }
    }
    var interval = itimerval(it_interval: timeval(tv_sec: 1, tv_usec: 0), it_value: timeval(tv_sec: 1, tv_usec: 0))
    setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &interval, nil)
  }

  private static func handle(_ signal: Int32, _ handler: @escaping @convention(c) (Int32) -> Void) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = handler
    action.sa_flags = Int32(SA_ONSTACK) | Int32(SA_RESTART)
    sigaction(signal, &action, nil)
  }

  /// The input that is run next.
  func begin(_ input: [UInt8]) {
    Self.count = min(input.count, Self.capacity)
    input.withUnsafeBufferPointer { buffer in
      if let start = buffer.baseAddress { Self.bytes.update(from: start, count: Self.count) }
    }
    Self.run += 1
  }

  /// Nothing more is run.
  func end() { Self.run = 0 }

  /// Ends the process with the input that the complaint is about.
  func fail(_ complaint: String) -> Never {
    print(complaint)
    fflush(nil)
    Self.save("complaint")
    _exit(1)
  }

  private static func save(_ kind: StaticString) {
    write(STDERR_FILENO, kind.utf8Start, kind.utf8CodeUnitCount)
    let rest: StaticString = ": the input is in the output file and here:\n"
    write(STDERR_FILENO, rest.utf8Start, rest.utf8CodeUnitCount)
    write(STDERR_FILENO, bytes, count)
    write(STDERR_FILENO, "\n", 1)
    let file = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    if file >= 0 {
      write(file, bytes, count)
      close(file)
    }
  }
}
