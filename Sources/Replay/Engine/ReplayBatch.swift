package import Memory

/// Some documents on their way through a run, and then what became of them. A run has a fixed number of batches, used again and
/// again, so that its memory does not grow with its input.
///
/// INVARIANT: a batch has one owner at a time: the reader, then a worker, then the reports. Queues hand it on.
package final class ReplayBatch: @unchecked Sendable {
  /// A document in the batch's text.
  struct Document {
    /// Which ``ReplayInput``.
    let input: Int
    let range: Range<Int>
    let isYAML: Bool
    let line: Int
    let number: Int
    let isOnly: Bool
    /// Why there is no document after all.
    let problem: String?
  }

  /// What a report is told of, in the order of the input.
  package enum Event: Sendable {
    case review(ReviewResult)
    case unreadable(UnreadableReview)
  }

  /// Bytes of text from which on a batch goes to a worker.
  static let fullSize = 512 << 10

  /// Documents from which on a batch goes to a worker: YAML takes longer to read than its length says.
  static let fullCount = 512

  var sequence = 0
  var text = ByteBuffer(capacity: ReplayBatch.fullSize + 64 << 10)
  var documents: [Document] = []
  var isFull: Bool { text.count >= Self.fullSize || documents.count >= Self.fullCount }

  package internal(set) var events: [Event] = []
  /// Lines of JSON, where the run collects them.
  package internal(set) var lines = ByteBuffer()
  /// The numbers of this batch, for each policy set that was used in it.
  package internal(set) var summaries: [TestSummary?] = []

  package init() {}

  /// A batch of nothing but problems, for reports.
  package init(_ problems: [UnreadableReview]) {
    events = problems.map { .unreadable($0) }
  }

  /// Notes for each review, in order, what an earlier run says that is not so: for runs that collect lines and results of all reviews.
  package func expect(_ unmet: (_ line: ByteSlice, _ id: String) -> [String]) -> (expected: Int, unmet: Int) {
    var rest = lines.bytes
    var counts = (expected: 0, unmet: 0)
    for index in events.indices {
      guard case .review(var result) = events[index], let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
        continue
      }
      let found = unmet(rest.prefix(end), result.id)
      rest = rest.dropFirst(end + 1)
      if result.unmet == nil { counts.expected += 1 }
      if !found.isEmpty, !result.isUnmet { counts.unmet += 1 }
      result.unmet = (result.unmet ?? []) + found
      events[index] = .review(result)
    }
    return counts
  }

  /// What could not be read.
  package var problems: [UnreadableReview] {
    events.compactMap { if case .unreadable(let problem) = $0 { problem } else { nil } }
  }

  func clear() {
    text.removeAll(keepingCapacity: 2 * Self.fullSize)
    documents.removeAll(keepingCapacity: true)
    events.removeAll(keepingCapacity: true)
    lines.removeAll(keepingCapacity: 4 << 20)
    for index in summaries.indices { summaries[index] = nil }
  }

  func add(_ element: NumberedDocuments.Element, input: Int) {
    switch element.content {
    case .success(let document):
      let start = text.count
      text.append(document.text)
      documents.append(
        Document(
          input: input, range: start..<text.count, isYAML: document.isYAML, line: document.line,
          number: element.number, isOnly: element.isOnly, problem: nil))
    case .failure(let problem): add(problem: problem.message, line: problem.line, input: input)
    }
  }

  /// - Parameter line: 0 where the input as a whole cannot be read.
  func add(problem: String, line: Int, input: Int) {
    documents.append(
      Document(input: input, range: 0..<0, isYAML: false, line: line, number: 0, isOnly: false, problem: problem))
  }
}
