internal import Admission
internal import JSON
internal import Memory
internal import Policy

/// Judges the documents of batches, on a thread of its own with memory of its own.
enum ReplayWorker {
  /// Takes batches until there are none.
  static func run(
    _ configuration: ReplayConfiguration, _ inputs: [ReplayInput], work: BatchQueue, done: OrderedBatches,
    _ progress: ReplayProgress
  ) {
    var source = ReviewSource()
    var bench = JudgingBench(configuration)
    while let batch = work.take() {
      bench.begin(batch)
      for document in batch.documents {
        let input = inputs[document.input]
        if let problem = document.problem {
          let place = document.line == 0 ? input.name : "\(input.name):\(document.line)"
          bench.report(UnreadableReview(place: place, message: problem), input, batch)
          continue
        }
        let text = ReviewDocuments.Document(
          text: batch.text.bytes[document.range], isYAML: document.isYAML, line: document.line)
        let element = NumberedDocuments.Element(
          content: .success(text), number: document.number, isOnly: document.isOnly)
        source.read(element, of: input.name, clock: configuration.clock) { event, startedAt in
          switch event {
          case .unreadable(let place, let message):
            bench.report(UnreadableReview(place: place, message: message), input, batch)
          case .item(let item): bench.judge(item, input, startedAt: startedAt, batch)
          }
        }
      }
      bench.end(batch)
      progress.add(reviews: batch.summaries.reduce(0) { $0 + ($1?.reviews ?? 0) })
      done.put(batch)
    }
  }
}

/// What a worker judges with.
private struct JudgingBench: ~Copyable {
  private let configuration: ReplayConfiguration
  /// Of each set what its numbers begin with.
  private let summaries: [TestSummary]
  /// Of each set; empty where nobody counts.
  private let tallies: [ExpressionTallies]
  private var run: TestRun
  private var baselineRun: TestRun
  private var recorded = RecordedAnswers()

  init(_ configuration: ReplayConfiguration) {
    self.configuration = configuration
    summaries = configuration.sets.map { TestSummary(under: $0) }
    tallies = configuration.countsExpressions ? configuration.sets.map { ExpressionTallies($0) } : []
    run = TestRun(phase: configuration.phase, exceptions: configuration.exceptions)
    baselineRun = TestRun(phase: configuration.phase, exceptions: configuration.exceptions)
  }

  func begin(_ batch: ReplayBatch) {
    if batch.summaries.isEmpty { batch.summaries = summaries.map { _ in nil } }
  }

  /// The batch is done.
  func end(_ batch: ReplayBatch) {
    for (set, tallies) in tallies.enumerated() where batch.summaries[set] != nil {
      count(in: batch, set) { $0.count(tallies) }
    }
  }

  func report(_ problem: UnreadableReview, _ input: ReplayInput, _ batch: ReplayBatch) {
    count(in: batch, input.set) { $0.unreadable += 1 }
    batch.events.append(.unreadable(problem))
  }

  mutating func judge(_ item: ReviewItem, _ input: ReplayInput, startedAt: UInt64, _ batch: ReplayBatch) {
    let set = configuration.sets[input.set]
    if !tallies.isEmpty { run.count(in: tallies[input.set]) }
    let judged: JudgedReview
    do throws(AdmissionReviewError) {
      judged = try run.judge(item, under: set, now: input.now, startedAt: startedAt, clock: configuration.clock)
    } catch {
      return report(UnreadableReview(place: "\(input.name):\(item.line)", message: error.message), input, batch)
    }
    var differences: [Difference] = []
    var isCompared = false
    if let baseline = configuration.baseline {
      isCompared = true
      differences += compare(item, judged, set, with: baseline, now: input.now)
    }
    if configuration.comparesRecorded, let response = item.response {
      isCompared = true
      differences += recorded.compare(response, judged, of: set)
    }
    let unmet = input.expectation?.unmet(judged, of: set)
    count(in: batch, input.set) { summary in
      summary.count(judged.verdict)
      summary.latency.add(judged.nanoseconds)
      if isCompared { summary.compared += 1 }
      if !differences.isEmpty { summary.changed += 1 }
      if let unmet {
        summary.expected += 1
        if !unmet.isEmpty { summary.unmet += 1 }
      } else if !judged.verdict.allowed {
        summary.plainDenials += 1
      }
    }
    if configuration.collectsLines { TestLines.write(judged, of: set, to: &batch.lines) }
    let isNotable = !differences.isEmpty || unmet.map { !$0.isEmpty } ?? false
    guard configuration.collectsResults || isNotable else { return }
    var result = ReviewResult(judged, of: set, file: input.name, line: item.line)
    result.differences = differences
    result.unmet = unmet
    if configuration.collectsDiffs { result.diff = MutatedObject.diff(judged) }
    batch.events.append(.review(result))
  }

  /// Both verdicts are alive here, and compared without copies; records are made only where they differ.
  private mutating func compare(
    _ item: ReviewItem, _ judged: JudgedReview, _ set: PolicySet, with baseline: PolicySet, now: Instant?
  ) -> [Difference] {
    guard let before = try? baselineRun.judge(item, under: baseline, now: now, startedAt: 0, clock: { 0 })
    else { return [] }
    if VerdictComparison.isSame(before.verdict, judged.verdict) { return [] }
    return VerdictComparison.differences(
      VerdictRecord(before.verdict, of: baseline), VerdictRecord(judged.verdict, of: set), .baseline)
  }

  private func count(in batch: ReplayBatch, _ set: Int, _ body: (inout TestSummary) -> Void) {
    // Taken out of its place, so that it is changed there and not in a copy.
    var summary = batch.summaries[set].take() ?? summaries[set]
    body(&summary)
    batch.summaries[set] = summary
  }
}
