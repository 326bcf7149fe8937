import Foundation
import JSON
public import Memory

/// The recorded reviews as an API server sends them: request bodies, one behind the other in one buffer.
public struct RecordedBodies: ~Copyable {
  private var text = ByteBuffer()
  private var ends: [Int] = []

  /// All recorded reviews.
  public init() throws {
    for line in try SharedData.lines("reviews.jsonl") + SharedData.lines("operations.jsonl") {
      try line.withUnsafeBytes { bytes in
        var tape = Tape()
        try tape.parse(ByteSlice(bytes))
        text.writeValue(tape.root.member("review") ?? .null)
      }
      text.append("\n")
      ends.append(text.count)
    }
  }

  /// Each body. Trap: valid as long as this value.
  public var slices: [ByteSlice] {
    ends.indices.map { text.bytes[($0 == 0 ? 0 : ends[$0 - 1])..<ends[$0]] }
  }
}
