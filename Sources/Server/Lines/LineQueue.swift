internal import Memory
internal import Synchronization

/// Lines on their way from one thread to another: a ring of bytes of a fixed size, without a lock, in which a producer never waits.
///
/// INVARIANT: one thread calls ``push(_:)`` and one calls ``drain(into:atMost:)``.
final class LineQueue: @unchecked Sendable {
  private let storage: UnsafeMutablePointer<UInt8>
  let capacity: Int
  /// Bytes ever read and ever written; the place in the ring is the remainder.
  private let head = Atomic<Int>(0)
  private let tail = Atomic<Int>(0)
  private let dropped = Atomic<UInt64>(0)

  /// - Parameter capacity: bytes of lines that may wait, their ends included. The memory is taken from the system page by page, as
  ///   it is first used.
  init(capacity: Int) {
    precondition(capacity > 0)
    self.capacity = capacity
    storage = .allocate(capacity: capacity)
  }

  deinit {
    storage.deallocate()
  }

  /// Lines for which there was no room.
  var droppedLines: UInt64 { dropped.load(ordering: .relaxed) }

  // Sequentially consistent, as is the writer's announcement that it goes to sleep: one of the two sees the other.
  var isEmpty: Bool { head.load(ordering: .relaxed) == tail.load(ordering: .sequentiallyConsistent) }

  /// Copies a line, and puts a line end to it. Costs the copy; allocates nothing.
  /// - Returns: false where there is no room, and the line is counted as dropped.
  func push(_ line: ByteSlice) -> Bool {
    let end = tail.load(ordering: .relaxed)
    guard line.count < capacity - (end - head.load(ordering: .acquiring)) else {
      dropped.store(dropped.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
      return false
    }
    let place = end % capacity
    let first = min(line.count, capacity - place)
    (storage + place).update(from: line.start, count: first)
    storage.update(from: line.start + first, count: line.count - first)
    storage[(end + line.count) % capacity] = UInt8(ascii: "\n")
    tail.store(end + line.count + 1, ordering: .sequentiallyConsistent)
    return true
  }

  /// Moves what waits to the end of `buffer`: whole lines only.
  func drain(into buffer: inout ByteBuffer) {
    let start = head.load(ordering: .relaxed)
    let count = tail.load(ordering: .acquiring) - start
    if count == 0 { return }
    let place = start % capacity
    let first = min(count, capacity - place)
    buffer.append(start: storage + place, count: first)
    buffer.append(start: storage, count: count - first)
    head.store(start + count, ordering: .releasing)
  }
}
