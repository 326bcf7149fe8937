internal import Memory
internal import Synchronization

/// Reads inputs one after the other and fills batches with their documents.
struct ReplayReader: ~Copyable {
  private let inputs: [ReplayInput]
  private let free: BatchQueue
  private let work: BatchQueue
  private let progress: ReplayProgress
  private var batch: ReplayBatch?
  private var sequence = 0

  init(_ inputs: [ReplayInput], free: BatchQueue, work: BatchQueue, progress: ReplayProgress) {
    self.inputs = inputs
    self.free = free
    self.work = work
    self.progress = progress
  }

  /// Reads everything, unless it is told to stop.
  /// - Returns: how many batches there are.
  mutating func run() -> Int {
    for index in inputs.indices {
      if progress.isStopped { break }
      read(index)
    }
    handOn()
    return sequence
  }

  private mutating func read(_ index: Int) {
    switch inputs[index].content {
    case .record(let text, let line):
      text.withByteSlice { bytes in
        let document = ReviewDocuments.Document(text: bytes, isYAML: false, line: line)
        add(NumberedDocuments.Element(content: .success(document), number: 1, isOnly: true), index)
      }
    case .file(let path):
      do throws(FileError) {
        var documents = try NumberedDocuments(path: path)
        while !progress.isStopped, try documents.next({ add($0, index) }) {}
        if documents.count == 0 { add(problem: "holds no review and no manifest", index) }
      } catch {
        add(problem: "\(error)", index)
      }
    }
  }

  private mutating func add(_ element: NumberedDocuments.Element, _ input: Int) {
    guard let batch = openBatch() else { return }
    batch.add(element, input: input)
    if batch.isFull { handOn() }
  }

  private mutating func add(problem: String, _ input: Int) {
    openBatch()?.add(problem: problem, line: 0, input: input)
  }

  private mutating func openBatch() -> ReplayBatch? {
    if batch == nil {
      batch = free.take()
      batch?.sequence = sequence
    }
    return batch
  }

  private mutating func handOn() {
    guard let full = batch.take() else { return }
    progress.add(bytes: full.text.count)
    sequence += 1
    work.put(full)
  }
}

/// How far a run is, for whoever watches it from another thread.
package final class ReplayProgress: Sendable {
  private let bytesRead = Atomic<Int>(0)
  private let reviews = Atomic<Int>(0)
  private let stopped = Atomic<Bool>(false)

  package init() {}

  /// Bytes of text that was read.
  package var bytes: Int { bytesRead.load(ordering: .relaxed) }

  /// Reviews that were judged.
  package var judged: Int { reviews.load(ordering: .relaxed) }

  /// Asks the reader to read no more.
  package func stop() { stopped.store(true, ordering: .relaxed) }

  var isStopped: Bool { stopped.load(ordering: .relaxed) }

  func add(bytes: Int) { bytesRead.add(bytes, ordering: .relaxed) }

  func add(reviews count: Int) { reviews.add(count, ordering: .relaxed) }
}
