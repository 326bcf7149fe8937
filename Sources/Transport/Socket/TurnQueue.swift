/// Who waits for a turn, in the order in which they asked. Adding and taking cost O(1), looking for the most urgent O(n).
package struct TurnQueue<Element: BitwiseCopyable> {
  /// Those before `start` had their turn.
  private var elements: ContiguousArray<Element> = []
  private var start = 0

  package init() {}

  package var count: Int { elements.count - start }

  package var isEmpty: Bool { start == elements.count }

  package mutating func add(_ element: Element) { elements.append(element) }

  /// Takes who is next.
  package mutating func next() -> Element? {
    if isEmpty { return nil }
    let element = elements[start]
    start += 1
    if isEmpty {
      elements.removeAll(keepingCapacity: true)
      start = 0
    } else if start >= Self.slack {
      elements.removeFirst(start)
      start = 0
    }
    return element
  }

  /// Places of those who had their turn that are kept before the others move up: 1,024.
  private static var slack: Int { 1_024 }

  /// Makes the one with the earliest deadline the next.
  /// - Parameter deadline: nil for who is in no hurry.
  package mutating func bringForward(byDeadline deadline: (Element) -> MonotonicInstant?) {
    var first: (place: Int, deadline: MonotonicInstant)?
    for place in start..<elements.count {
      guard let instant = deadline(elements[place]) else { continue }
      if let known = first, known.deadline <= instant { continue }
      first = (place, instant)
    }
    guard let first else { return }
    elements.swapAt(start, first.place)
  }
}
