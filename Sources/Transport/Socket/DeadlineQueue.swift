/// Instants at which something has to be done, the earliest first: a binary heap. Adding and taking cost O(log n).
///
/// Nothing is taken out before its time; who is woken looks whether there is still something to do.
package struct DeadlineQueue<Element: BitwiseCopyable> {
  package struct Entry: BitwiseCopyable {
    package var deadline: MonotonicInstant
    package var element: Element
  }

  private var heap: ContiguousArray<Entry> = []

  package init() {}

  package var count: Int { heap.count }

  /// All of them, in no order.
  package var entries: ContiguousArray<Entry> { heap }

  /// The earliest instant; `distantFuture` where there is none.
  @inline(__always)
  package var first: MonotonicInstant { heap.isEmpty ? .distantFuture : heap[0].deadline }

  package mutating func add(_ element: Element, at deadline: MonotonicInstant) {
    heap.append(Entry(deadline: deadline, element: element))
    var index = heap.count - 1
    while index > 0 {
      let parent = (index - 1) / 2
      if heap[parent].deadline <= heap[index].deadline { break }
      heap.swapAt(parent, index)
      index = parent
    }
  }

  /// Takes the earliest where it is not after `now`.
  package mutating func take(until now: MonotonicInstant) -> Entry? {
    guard let first = heap.first, first.deadline <= now else { return nil }
    let last = heap.removeLast()
    if heap.isEmpty { return first }
    heap[0] = last
    var index = 0
    while true {
      var smallest = index
      let left = 2 * index + 1
      let right = left + 1
      if left < heap.count, heap[left].deadline < heap[smallest].deadline { smallest = left }
      if right < heap.count, heap[right].deadline < heap[smallest].deadline { smallest = right }
      if smallest == index { return first }
      heap.swapAt(smallest, index)
      index = smallest
    }
  }
}
