internal import Synchronization

/// A row of numbers that one thread adds to and any thread reads, without locks and without sharing a cache line with
/// another row.
package final class CounterBlock: @unchecked Sendable {
  package let count: Int
  private let numbers: UnsafeMutablePointer<Atomic<UInt64>>

  private static let cacheLine = 64

  package init(count: Int) {
    precondition(count > 0)
    self.count = count
    let byteCount = (count * MemoryLayout<Atomic<UInt64>>.stride + Self.cacheLine - 1) / Self.cacheLine * Self.cacheLine
    let raw = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: Self.cacheLine)
    numbers = raw.bindMemory(to: Atomic<UInt64>.self, capacity: count)
    for index in 0..<count { (numbers + index).initialize(to: Atomic(0)) }
  }

  deinit {
    numbers.deinitialize(count: count)
    UnsafeMutableRawPointer(numbers).deallocate()
  }

  // INVARIANT: one thread writes, so a load and a store do, and no locked instruction is needed.
  @inline(__always)
  package func add(_ amount: UInt64 = 1, at index: Int) {
    precondition(index >= 0 && index < count)
    let sum = numbers[index].load(ordering: .relaxed) &+ amount
    numbers[index].store(sum, ordering: .relaxed)
  }

  package func value(at index: Int) -> UInt64 {
    precondition(index >= 0 && index < count)
    return numbers[index].load(ordering: .relaxed)
  }
}
