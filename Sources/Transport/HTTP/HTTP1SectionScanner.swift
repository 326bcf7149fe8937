internal import Memory

/// Finds the end of a header section in bytes that arrive piece by piece. Each byte is looked at once, however they are cut.
struct HTTP1SectionScanner: BitwiseCopyable {
  enum Result: BitwiseCopyable {
    case incomplete
    /// The section is this long, its empty line included.
    case complete(Int)
    case refused(RequestRefusal)
  }

  private var position = 0
  private var lineStart = 0

  /// Looks on where it stopped before.
  /// - Parameter bytes: everything from the section's first byte.
  mutating func scan(_ bytes: ByteSlice, _ limits: Limits) -> Result {
    while let offset = bytes.dropFirst(position).firstIndex(of: 0x0A) {
      let feed = position + offset
      // In this order whatever the cut: the limits hold for what stands before the line feed.
      if lineStart == 0, feed - 1 > limits.requestLineBytes { return .refused(Self.lineTooLong(limits)) }
      if feed >= limits.headerSectionBytes { return .refused(.headerTooLarge(limits)) }
      guard feed > lineStart, bytes[feed - 1] == 0x0D else {
        return .refused(.malformed("a line of the header section does not end in CR LF"))
      }
      position = feed + 1
      if feed - 1 == lineStart { return .complete(position) }
      lineStart = position
    }
    position = bytes.count
    // One more than the limit may be the carriage return of a line that just fits.
    if lineStart == 0, bytes.count > limits.requestLineBytes + 1 { return .refused(Self.lineTooLong(limits)) }
    if bytes.count >= limits.headerSectionBytes { return .refused(.headerTooLarge(limits)) }
    return .incomplete
  }

  private static func lineTooLong(_ limits: Limits) -> RequestRefusal {
    RequestRefusal(
      status: 414, reason: "the request line is longer than the limit in bytes", limit: limits.requestLineBytes)
  }
}
