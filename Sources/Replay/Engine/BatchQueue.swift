internal import Dispatch
internal import Synchronization

/// Hands batches from thread to thread; whoever takes one waits until there is one.
final class BatchQueue: Sendable {
  private struct State {
    var waiting: [ReplayBatch] = []
    var isClosed = false
  }

  private let state = Mutex(State())
  private let changes = DispatchSemaphore(value: 0)

  func put(_ batch: ReplayBatch) {
    state.withLock { $0.waiting.append(batch) }
    changes.signal()
  }

  /// No more batches come; who waits is woken and gets nil.
  func close() {
    state.withLock { $0.isClosed = true }
    changes.signal()
  }

  /// The oldest batch; nil where the queue is closed and empty.
  func take() -> ReplayBatch? {
    while true {
      changes.wait()
      let (batch, isOver) = state.withLock { state in
        (state.waiting.isEmpty ? nil : state.waiting.removeFirst(), state.isClosed && state.waiting.isEmpty)
      }
      // For the others that wait, and for the next call.
      if isOver { changes.signal() }
      if let batch { return batch }
      if isOver { return nil }
    }
  }
}

/// Batches that are done, given out in the order in which they were read.
final class OrderedBatches: Sendable {
  private struct State {
    var done: [Int: ReplayBatch] = [:]
    /// How many there are; nil while they are still being read.
    var total: Int?
    /// Whether those that are done now are all that is wanted.
    var isInterrupted = false
  }

  private let state = Mutex(State())
  private let changes = DispatchSemaphore(value: 0)

  func put(_ batch: ReplayBatch) {
    state.withLock { $0.done[batch.sequence] = batch }
    changes.signal()
  }

  /// Nothing is read any more.
  func end(total: Int) {
    state.withLock { $0.total = total }
    changes.signal()
  }

  /// No batch is waited for any more.
  func interrupt() {
    state.withLock { $0.isInterrupted = true }
    changes.signal()
  }

  /// Waits for the batch of that number; nil where there is none.
  func take(_ sequence: Int) -> ReplayBatch? {
    while true {
      let (batch, isOver) = state.withLock { state in
        (
          state.done.removeValue(forKey: sequence), state.isInterrupted || state.total.map { sequence >= $0 } ?? false
        )
      }
      if let batch { return batch }
      if isOver { return nil }
      changes.wait()
    }
  }
}
