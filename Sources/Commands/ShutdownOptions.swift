internal import ArgumentParser
internal import Memory
internal import Server

/// How `webhook serve` ends.
struct ShutdownOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      How long after the signal, at which /readyz fails, connections are still accepted: the time in which a cluster sends \
      requests elsewhere.
      """, valueName: "duration"))
  var shutdownDelay = "0s"

  @Option(
    help: ArgumentHelp(
      "How long accepted requests may take to finish from then on.", valueName: "duration"))
  var shutdownTimeout = "20s"

  /// An hour: longer than any cluster waits.
  static let maximum: UInt64 = 3_600_000_000_000

  mutating func validate() throws {
    if delay == nil {
      throw ValidationError("--shutdown-delay `\(shutdownDelay)` is no duration up to an hour; write `0s` or `5s`")
    }
    if timeout == nil {
      throw ValidationError(
        "--shutdown-timeout `\(shutdownTimeout)` is no duration above zero and up to an hour; write `20s`")
    }
  }

  private var delay: UInt64? { Self.nanoseconds(shutdownDelay) }
  private var timeout: UInt64? { Self.nanoseconds(shutdownTimeout).flatMap { $0 > 0 ? $0 : nil } }

  private static func nanoseconds(_ text: String) -> UInt64? {
    text.withByteSlice { GoDuration.nanoseconds($0) }.flatMap { $0 <= maximum ? $0 : nil }
  }

  var configuration: ShutdownConfiguration {
    ShutdownConfiguration(delay: delay ?? 0, timeout: timeout ?? ShutdownConfiguration.defaultTimeout)
  }
}
