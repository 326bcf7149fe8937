internal import Foundation
internal import Policy

/// Replays reviews: one thread reads, several judge, and the caller's thread gets the results in the order of the input.
///
/// Memory is bounded by the number of batches, whatever the length of the input.
package struct ReplayEngine: Sendable {
  private let configuration: ReplayConfiguration
  private let inputs: [ReplayInput]
  package let progress = ReplayProgress()
  private let done = OrderedBatches()

  package init(_ configuration: ReplayConfiguration, _ inputs: [ReplayInput]) {
    self.configuration = configuration
    self.inputs = inputs
  }

  /// Batches of a run beside those that workers have in hand: for the reader to fill and the reports to write while they work.
  private static let spareBatches = 4

  /// Bytes of stack of a thread: readers of nested values follow them on their stack.
  private static let stackSize = 8 << 20

  /// Runs to the end of the input, or up to the first thing that cannot be read where the run is strict.
  /// - Parameter consume: gets each batch, in the order of the input; valid until it returns.
  /// - Returns: the numbers of the run.
  package func run(_ consume: (ReplayBatch) -> Void) -> TestSummary {
    let free = BatchQueue()
    let work = BatchQueue()
    for _ in 0..<configuration.workers + Self.spareBatches { free.put(ReplayBatch()) }
    start("reader") { [inputs, progress, done] in
      var reader = ReplayReader(inputs, free: free, work: work, progress: progress)
      let total = reader.run()
      work.close()
      done.end(total: total)
    }
    for _ in 0..<configuration.workers {
      start("judge") { [configuration, inputs, progress, done] in
        ReplayWorker.run(configuration, inputs, work: work, done: done, progress)
      }
    }
    return collect(free, consume)
  }

  /// Ends the run with what is judged already; for other threads. The reader may be waiting for input, and is left at that.
  package func interrupt() {
    progress.stop()
    done.interrupt()
  }

  private func collect(_ free: BatchQueue, _ consume: (ReplayBatch) -> Void) -> TestSummary {
    var summary = TestSummary(under: configuration.sets[0])
    var others = configuration.sets.map { TestSummary(under: $0) }
    var sequence = 0
    var isStopped = false
    while let batch = done.take(sequence) {
      sequence += 1
      if !isStopped {
        consume(batch)
        for (index, part) in batch.summaries.enumerated() {
          guard let part else { continue }
          if index == 0 { summary.add(part) } else { others[index].add(part) }
        }
        if configuration.isStrict, batch.summaries.contains(where: { $0.map { $0.unreadable > 0 } ?? false }) {
          isStopped = true
          progress.stop()
        }
      }
      batch.clear()
      free.put(batch)
    }
    for other in others.dropFirst() { summary.add(underOtherPolicies: other) }
    return summary
  }

  private func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
    let thread = Thread(block: body)
    thread.name = name
    thread.stackSize = Self.stackSize
    thread.start()
  }
}
