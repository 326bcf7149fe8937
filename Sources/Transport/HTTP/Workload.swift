/// How much work a worker has accepted and what requests cost it: what admission is decided by. Time is handed in.
///
/// What a request will take is judged by the last ones of its size: a review of 3 MB says nothing of one of 4 KB.
package struct Workload: BitwiseCopyable {
  /// Requests whose header section is complete and that are not answered.
  package var waiting = 0
  /// Those of them that are complete and wait for the worker, and what they will take, in nanoseconds.
  package private(set) var ready = 0
  package private(set) var readyNanoseconds: UInt64 = 0

  private var costs = [8 of Cost](repeating: Cost())

  /// What requests of about one size take, in nanoseconds.
  package struct Cost: BitwiseCopyable {
    /// The mean. The last eight weigh as much as all before them, so that it follows a burst within a few requests and forgets it as
    /// fast.
    package fileprivate(set) var mean: UInt64 = 0
    /// What a long one takes: the longest of the last ones, less a sixteenth for each that was shorter.
    package fileprivate(set) var long: UInt64 = 0

    fileprivate init() {}
  }

  package init() {}

  /// Requests with a body of this many bytes are in a class of their own, the first; from there on each class is twice as large as
  /// the one before: 64 KiB, below which a request usually comes in one piece.
  package static let smallBody = 64 << 10

  @inline(__always)
  private static func place(_ bodyBytes: Int) -> Int {
    bodyBytes < smallBody ? 0 : min(7, Int.bitWidth - 16 - bodyBytes.leadingZeroBitCount)
  }

  /// What requests with such a body have taken.
  @inline(__always)
  package func cost(ofBody bodyBytes: Int) -> Cost { costs[Self.place(bodyBytes)] }

  /// A request took this long.
  /// - Parameter wasCut: whether its deadline ended it. Then it would have taken longer, nobody knows how long: it counts for twice as
  ///   much, and never for less than is known.
  @inline(__always)
  package mutating func note(_ duration: UInt64, bodyBytes: Int, wasCut: Bool = false) {
    let place = Self.place(bodyBytes)
    let cost = costs[place]
    let nanoseconds = wasCut ? max(min(duration, .max / 2) * 2, cost.mean) : duration
    // INVARIANT: an eighth of each is added, so nothing overflows.
    costs[place].mean = cost.mean - cost.mean / 8 + nanoseconds / 8
    costs[place].long = max(nanoseconds, cost.long - cost.long / 16)
  }

  /// A request is complete and waits.
  /// - Returns: what is to be handed to `remove` when it is answered.
  package mutating func add(bodyBytes: Int) -> UInt64 {
    // INVARIANT: at most 18 minutes each, so that the sum does not overflow.
    let nanoseconds = min(cost(ofBody: bodyBytes).mean, 1 << 40)
    ready += 1
    readyNanoseconds += nanoseconds
    return nanoseconds
  }

  /// A request that waited has its turn, or has gone.
  package mutating func remove(_ nanoseconds: UInt64) {
    ready -= 1
    readyNanoseconds -= nanoseconds
    assert(ready >= 0 && (ready > 0 || readyNanoseconds == 0))
  }

  /// What a worker has to do for a request before it is answered.
  package struct Demand: BitwiseCopyable {
    package var deadline: MonotonicInstant
    package var receivedAt: MonotonicInstant
    /// Bytes of its body, and how many of them have not arrived.
    package var bodyBytes: Int
    package var missingBytes: Int

    package init(
      deadline: MonotonicInstant, receivedAt: MonotonicInstant, bodyBytes: Int, missingBytes: Int
    ) {
      self.deadline = deadline
      self.receivedAt = receivedAt
      self.bodyBytes = bodyBytes
      self.missingBytes = missingBytes
    }
  }

  /// What it takes, in nanoseconds, as far as requests resemble the last ones of their size: its own time, and reading what is missing.
  /// Its own counts for half of what it is allowed at most: where every request takes all of its time, a fresh one is still tried.
  private func nanoseconds(_ demand: Demand, perByte: Int) -> UInt64 {
    let own = min(cost(ofBody: demand.bodyBytes).mean, demand.deadline.nanoseconds(since: demand.receivedAt) / 2)
    return MonotonicInstant(nanoseconds: own)
      .advanced(byNanoseconds: UInt64(max(0, demand.missingBytes)) &* UInt64(perByte)).nanoseconds
  }

  /// Whether a request can still be answered by its deadline.
  /// - Parameters:
  ///   - now: when the worker is free for it and those before it.
  ///   - before: what those take, in nanoseconds.
  ///   - perByte: what reading a byte of a body takes, in nanoseconds.
  package func fits(_ demand: Demand, at now: MonotonicInstant, before: UInt64, perByte: Int) -> Bool {
    if demand.deadline == .distantFuture { return true }
    let needed = MonotonicInstant(nanoseconds: before).advanced(byNanoseconds: nanoseconds(demand, perByte: perByte))
    return demand.deadline > now && demand.deadline.nanoseconds(since: now) >= needed.nanoseconds
  }

  /// What a request whose body is arriving counts for against those that come after it, in nanoseconds: of what it takes, the share
  /// of the body that is there. So those that promise much and send little keep nobody out.
  package func claim(_ demand: Demand, perByte: Int) -> UInt64 {
    let arrived = Double(demand.bodyBytes - demand.missingBytes) / Double(max(1, demand.bodyBytes))
    return UInt64(Double(min(nanoseconds(demand, perByte: perByte), 1 << 40)) * max(0, min(1, arrived)))
  }
}
