public import Foundation
internal import Synchronization

/// A program that a test starts, and that is gone when the test lets go of it.
public final class TestProcess: Sendable {
  public struct Result: Sendable {
    /// The exit status, or minus the signal that ended it.
    public let status: Int
    public let output: Data
    public let errors: String

    public var text: String { String(decoding: output, as: UTF8.self) }
  }

  private let process: Process
  private let output: Collector
  private let errors: Collector
  /// Where ``send(_:)`` writes; nil where nothing more can be sent.
  private let kept: FileHandle?

  /// Starts a program. What it writes is read all the while, so that it never waits for a reader.
  /// - Parameters:
  ///   - input: what it gets on standard input; nothing unless given.
  ///   - isInteractive: whether more is sent to it later; it sees the end of its input with the end of this value.
  public init(
    _ program: String, _ arguments: [String], input: Data? = nil, environment: [String: String] = [:],
    folder: URL? = nil, isInteractive: Bool = false
  ) throws {
    process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.currentDirectoryURL = folder
    let outputPipe = Pipe()
    let errorPipe = Pipe()
    process.standardOutput = outputPipe
    process.standardError = errorPipe
    let inputPipe = input != nil || isInteractive ? Pipe() : nil
    kept = isInteractive ? inputPipe?.fileHandleForWriting : nil
    process.standardInput = inputPipe ?? FileHandle.nullDevice
    try process.run()
    output = Collector(outputPipe.fileHandleForReading)
    errors = Collector(errorPipe.fileHandleForReading)
    if let inputPipe, let input {
      let handle = inputPipe.fileHandleForWriting
      Thread.detachNewThread {
        // A program that does not read all of its input is no error here.
        try? handle.write(contentsOf: input)
        if !isInteractive { try? handle.close() }
      }
    }
  }

  deinit {
    try? kept?.close()
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
  }

  /// Runs a program to its end.
  public static func run(
    _ program: String, _ arguments: [String], input: Data? = nil, environment: [String: String] = [:],
    folder: URL? = nil
  ) throws -> Result {
    try TestProcess(program, arguments, input: input, environment: environment, folder: folder).wait()
  }

  /// Where a program is on the `PATH`, if anywhere.
  public static func find(_ name: String) -> String? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  public var identifier: Int32 { process.processIdentifier }

  /// Writes to the standard input of a program that was started for it.
  public func send(_ data: Data) throws { try kept?.write(contentsOf: data) }

  public func signal(_ number: Int32) { kill(process.processIdentifier, number) }

  public var isRunning: Bool { process.isRunning }

  /// Waits for the end.
  public func wait() -> Result {
    process.waitUntilExit()
    let status = Int(process.terminationStatus)
    return Result(
      status: process.terminationReason == .uncaughtSignal ? -status : status, output: output.all(),
      errors: String(decoding: errors.all(), as: UTF8.self))
  }

  /// Waits until the program has written a line to standard error for which `found` returns something.
  /// - Returns: nil where it ended, or closed standard error, without one.
  public func waitForErrorLine<Found>(_ found: (String) -> Found?) -> Found? {
    errors.waitForLine(found)
  }

  /// Waits until `found` returns something of all that was written to standard output so far.
  /// - Returns: nil where it ended without.
  public func waitForOutput<Found>(_ found: (Data) -> Found?) -> Found? { output.wait(found) }

  /// What was written to standard error so far.
  public var errorsSoFar: String { String(decoding: errors.soFar, as: UTF8.self) }
}

/// Reads a pipe to its end on a thread of its own.
private final class Collector: Sendable {
  private struct State {
    var data = Data()
    var isAtEnd = false
  }

  private let state = Mutex(State())
  private let changed = DispatchSemaphore(value: 0)

  init(_ handle: FileHandle) {
    Thread.detachNewThread { [self] in
      while true {
        let data = handle.availableData
        add(data)
        if data.isEmpty { return }
      }
    }
  }

  private func add(_ data: Data) {
    state.withLock {
      $0.data += data
      if data.isEmpty { $0.isAtEnd = true }
    }
    changed.signal()
  }

  var soFar: Data { state.withLock { $0.data } }

  func all() -> Data {
    while true {
      if let data = state.withLock({ $0.isAtEnd ? $0.data : nil }) { return data }
      changed.wait()
    }
  }

  func wait<Found>(_ found: (Data) -> Found?) -> Found? {
    while true {
      let (data, isAtEnd) = state.withLock { ($0.data, $0.isAtEnd) }
      if let result = found(data) { return result }
      if isAtEnd { return nil }
      changed.wait()
    }
  }

  func waitForLine<Found>(_ found: (String) -> Found?) -> Found? {
    while true {
      let (data, isAtEnd) = state.withLock { ($0.data, $0.isAtEnd) }
      let lines = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
      for line in lines.dropLast() {
        if let result = found(String(line)) { return result }
      }
      if isAtEnd { return nil }
      changed.wait()
    }
  }
}
