internal import JSON
internal import Memory

/// `-o json`: one object: `reviews` (the lines of `jsonl`), `notable` (what differs or is not as expected), `unreadable`, `summary`.
///
/// The reviews are written as they come; the rest, a bounded number of entries, is held until the end.
package final class JSONReport: Report {
  /// Entries of `notable` and `unreadable`; the summary counts all.
  package static let maximumEntries = 100_000

  package let output: ReportOutput
  package var needsResults: Bool { false }
  package var needsLines: Bool { true }
  private let rules: FailureRules
  private var notable = ByteBuffer()
  private var unreadable = ByteBuffer()
  private var notableCount = 0
  private var unreadableCount = 0
  private var hasReviews = false

  package init(_ output: ReportOutput, _ rules: FailureRules) {
    self.output = output
    self.rules = rules
    output.append("{\"reviews\":[\n")
    notable.writeArrayStart()
    unreadable.writeArrayStart()
  }

  package func add(_ batch: ReplayBatch) {
    var rest = batch.lines.bytes
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      if hasReviews { output.append(",\n") }
      hasReviews = true
      output.buffer.append(rest.prefix(end))
      rest = rest.dropFirst(end + 1)
    }
    for event in batch.events {
      switch event {
      case .review(let result):
        if !result.differences.isEmpty || result.isUnmet { add(result) }
      case .unreadable(let problem): add(problem)
      }
    }
    output.flush(above: 64 << 10)
  }

  package func finish(_ outcome: RunOutcome) {
    notable.writeArrayEnd()
    unreadable.writeArrayEnd()
    output.append("\n],\n\"notable\":")
    output.buffer.append(notable.bytes)
    output.append(",\n\"unreadable\":")
    output.buffer.append(unreadable.bytes)
    output.append(",\n\"summary\":")
    SummaryJSON.write(outcome, to: &output.buffer)
    output.append("}\n")
    output.flush()
  }

  private func add(_ result: ReviewResult) {
    guard notableCount < Self.maximumEntries else { return }
    notableCount += 1
    notable.writeObjectStart()
    for (key, value) in [("id", result.id), ("file", result.file), ("object", result.subject.text)]
      as [(StaticString, String)]
    {
      notable.writeKey(key)
      notable.writeString(value)
    }
    notable.writeKey("line")
    notable.writeInteger(Int64(result.line))
    notable.writeKey("unmet")
    notable.writeArrayStart()
    for text in result.unmet ?? [] { notable.writeString(text) }
    notable.writeArrayEnd()
    notable.writeKey("differences")
    notable.writeArrayStart()
    for difference in result.differences {
      notable.writeObjectStart()
      for (key, value) in [
        ("source", difference.source.rawValue), ("kind", difference.kind.rawValue), ("before", difference.before),
        ("after", difference.after),
      ] as [(StaticString, String)] {
        notable.writeKey(key)
        notable.writeString(value)
      }
      notable.writeKey("policies")
      notable.writeArrayStart()
      for policy in difference.policies { notable.writeString(policy) }
      notable.writeArrayEnd()
      notable.writeObjectEnd()
    }
    notable.writeArrayEnd()
    notable.writeObjectEnd()
  }

  private func add(_ problem: UnreadableReview) {
    guard unreadableCount < Self.maximumEntries else { return }
    unreadableCount += 1
    unreadable.writeObjectStart()
    unreadable.writeKey("place")
    unreadable.writeString(problem.place)
    unreadable.writeKey("message")
    unreadable.writeString(problem.message)
    unreadable.writeObjectEnd()
  }
}
