internal import Memory

/// `-o jsonl`: a line of JSON for each review, as ``TestLines`` writes it.
package final class LinesReport: Report {
  package let output: ReportOutput
  package var needsResults: Bool { false }
  package var needsLines: Bool { true }
  package var showsCoverage: Bool { false }

  package init(_ output: ReportOutput) {
    self.output = output
  }

  package func add(_ batch: ReplayBatch) {
    output.buffer.append(batch.lines.bytes)
    output.flush(above: 64 << 10)
  }

  package func finish(_ outcome: RunOutcome) { output.flush() }
}
