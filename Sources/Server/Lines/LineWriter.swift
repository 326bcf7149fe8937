public import Memory
internal import Synchronization
internal import Transport

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Writes lines that many threads produce to one file, from a thread of its own: an audit log, a recording.
///
/// A producer copies its line into a ring of its own and goes on; it never waits for the disk, for another producer or for a lock,
/// and allocates nothing. Where the disk is slower than the producers for longer than the rings hold, lines are dropped and counted.
/// Lines of one producer keep their order.
public final class LineWriter: Sendable {
  public struct Configuration: Sendable {
    /// A file, made with mode 0600 where there is none and put to the end of where there is; `-` for standard output.
    public var path: String
    /// Threads that write lines; each has a number from 0 up.
    public var producers: Int
    /// Bytes of lines that may wait for each producer. A line that is longer is always dropped.
    public var queueBytes: Int
    /// nil: the file grows without end, unless ``LineWriter/reopen()`` is used together with a tool that moves it.
    public var rotation: Rotation?

    public init(path: String, producers: Int, queueBytes: Int = 1 << 20, rotation: Rotation? = nil) {
      self.path = path
      self.producers = producers
      self.queueBytes = queueBytes
      self.rotation = rotation
    }
  }

  /// A file that would grow beyond `maximumBytes` becomes `FILE.1`, the one before it `FILE.2`, up to `keptFiles`; with 0 of them
  /// the file starts over.
  public struct Rotation: Sendable {
    public var maximumBytes: Int
    public var keptFiles: Int

    public init(maximumBytes: Int, keptFiles: Int) {
      precondition(maximumBytes > 0 && keptFiles >= 0)
      self.maximumBytes = maximumBytes
      self.keptFiles = keptFiles
    }
  }

  /// What became of the lines, since the start.
  public struct Counters: Sendable, Equatable {
    public var written: UInt64 = 0
    /// There was no room in a queue.
    public var dropped: UInt64 = 0
    /// The file did not take them: a full disk.
    public var failed: UInt64 = 0

    public init(written: UInt64 = 0, dropped: UInt64 = 0, failed: UInt64 = 0) {
      self.written = written
      self.dropped = dropped
      self.failed = failed
    }
  }

  private let path: String
  private let queues: [LineQueue]
  private let isSleeping = Atomic<Bool>(false)
  private let isEnding = Atomic<Bool>(false)
  private let mustReopen = Atomic<Bool>(false)
  private let written = Atomic<UInt64>(0)
  private let failed = Atomic<UInt64>(0)
  private let wakeUp = Semaphore()
  private let hasEnded = Semaphore()

  /// Opens the file and starts the thread, which lives until ``close()``.
  public init(_ configuration: Configuration) throws(LineWriterError) {
    path = configuration.path
    queues = (0..<max(configuration.producers, 1)).map { _ in LineQueue(capacity: configuration.queueBytes) }
    let file = try LineFile(path: configuration.path, rotation: configuration.rotation)
    try Self.start(Job(writer: self, file: file), path: path)
  }

  /// Hands over a line, without its end. It must hold no line end itself. Costs a copy; allocates nothing, waits for nothing.
  /// - Parameter producer: the number of the calling thread; no two threads may use one at the same time.
  /// - Returns: false where it was dropped.
  @discardableResult
  public func write(_ line: ByteSlice, producer: Int) -> Bool {
    guard queues[producer].push(line) else { return false }
    if isSleeping.load(ordering: .sequentiallyConsistent) { wakeUp.signal() }
    return true
  }

  /// Opens the path again before the next line, for a tool that has moved the file away.
  public func reopen() {
    mustReopen.store(true, ordering: .sequentiallyConsistent)
    wakeUp.signal()
  }

  /// Writes what waits and ends the thread. Producers must have stopped. A pipe that nobody reads is given up after
  /// ``patience``.
  public func close() {
    guard !isEnding.exchange(true, ordering: .sequentiallyConsistent) else { return }
    wakeUp.signal()
    hasEnded.wait()
  }

  /// Seconds that the end of the process waits for a pipe that nobody reads.
  public static let patience = 2

  public var counters: Counters {
    Counters(
      written: written.load(ordering: .relaxed), dropped: queues.reduce(0) { $0 &+ $1.droppedLines },
      failed: failed.load(ordering: .relaxed))
  }

  // MARK: The thread

  /// What the thread is started with.
  private final class Job: @unchecked Sendable {
    let writer: LineWriter
    private var file: LineFile
    private var buffer = ByteBuffer(capacity: 64 << 10)
    private var isFailing = false

    init(writer: LineWriter, file: consuming LineFile) {
      self.writer = writer
      self.file = file
    }

    func run() {
      var isLast = false
      while !isLast {
        // Asked before the queues are emptied: what was written before the end is asked for is among it.
        isLast = writer.isEnding.load(ordering: .sequentiallyConsistent)
        if writer.mustReopen.exchange(false, ordering: .sequentiallyConsistent), let code = file.open() {
          Log.line("\(writer.path) cannot be opened again: \(Self.text(code)); the file that was open is kept")
        }
        for queue in writer.queues { empty(queue) }
        if isLast { break }
        writer.isSleeping.store(true, ordering: .sequentiallyConsistent)
        if writer.queues.allSatisfy({ $0.isEmpty }), !writer.isEnding.load(ordering: .sequentiallyConsistent),
          !writer.mustReopen.load(ordering: .sequentiallyConsistent)
        {
          writer.wakeUp.wait()
        }
        writer.isSleeping.store(false, ordering: .sequentiallyConsistent)
        // So that lines that come close together are written together, and the thread wakes up a few hundred times a second at most.
        if !writer.isEnding.load(ordering: .sequentiallyConsistent) { usleep(Self.pause) }
      }
      writer.hasEnded.signal()
    }

    /// Microseconds between two writes.
    private static let pause: UInt32 = 2_000

    /// Bytes that are kept for collecting lines.
    private static let retainedBytes = 256 << 10

    private func empty(_ queue: LineQueue) {
      buffer.removeAll(keepingCapacity: Self.retainedBytes)
      queue.drain(into: &buffer)
      if buffer.isEmpty { return }
      let total = buffer.bytes.buffer.reduce(0) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
      // By a clock that does not jump: one on the wall that is put back would keep the end of the process waiting.
      let endsAt = MonotonicInstant.now().advanced(by: .seconds(LineWriter.patience))
      let (lost, code) = file.write(buffer.bytes) {
        !self.writer.isEnding.load(ordering: .relaxed) || MonotonicInstant.now() < endsAt
      }
      writer.written.wrappingAdd(UInt64(total - lost), ordering: .relaxed)
      writer.failed.wrappingAdd(UInt64(lost), ordering: .relaxed)
      // Once until it works again: a full disk must not fill the log.
      if code != 0, !isFailing {
        Log.line("\(writer.path): \(Self.text(code)); \(lost) lines are lost, and more until it can be written again")
      } else if code == 0, isFailing {
        Log.line("\(writer.path) can be written again")
      }
      isFailing = code != 0
    }

    private static func text(_ code: Int32) -> String { String(cString: strerror(code)).lowercased() }
  }

  private static func start(_ job: Job, path: String) throws(LineWriterError) {
    var thread = pthread_t()
    let reference = Unmanaged.passRetained(job)
    // Signals are for the threads that wait for them.
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &before)
    let code = pthread_create(
      &thread, nil,
      { argument in
        if let argument { Unmanaged<Job>.fromOpaque(argument).takeRetainedValue().run() }
        return nil
      }, reference.toOpaque())
    pthread_sigmask(SIG_SETMASK, &before, nil)
    guard code == 0 else {
      reference.release()
      throw LineWriterError(path: path, code: code)
    }
    pthread_detach(thread)
  }
}

/// Why no lines can be written.
public struct LineWriterError: Error, CustomStringConvertible {
  let path: String
  let code: Int32

  public var description: String { "\(path) cannot be written: \(String(cString: strerror(code)).lowercased())" }
}

/// A POSIX semaphore: signalling takes no lock and wakes one that waits, now or later.
private final class Semaphore: @unchecked Sendable {
  private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

  init() {
    semaphore.initialize(to: sem_t())
    sem_init(semaphore, 0, 0)
  }

  deinit {
    sem_destroy(semaphore)
    semaphore.deinitialize(count: 1)
    semaphore.deallocate()
  }

  func signal() { sem_post(semaphore) }

  func wait() {
    while sem_wait(semaphore) != 0, errno == EINTR {}
  }
}
