internal import CLinux

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What an event belongs to: a slot of a table and the slot's generation. A descriptor's number is used again as soon as it
/// is closed; an event that was already fetched for the old one has an old generation and is dropped.
struct EventToken: BitwiseCopyable, Equatable {
  let slot: UInt32
  let generation: UInt32

  init(slot: UInt32, generation: UInt32) {
    self.slot = slot
    self.generation = generation
  }

  init(bits: UInt64) {
    slot = UInt32(truncatingIfNeeded: bits)
    generation = UInt32(truncatingIfNeeded: bits >> 32)
  }

  var bits: UInt64 { UInt64(generation) << 32 | UInt64(slot) }

  static let listener = EventToken(slot: .max, generation: 0)
  static let wakeUp = EventToken(slot: .max, generation: 1)
}

/// An epoll instance, level-triggered: what is not read now is told again.
struct Epoll: ~Copyable {
  enum Interest {
    case nothing, read, write

    fileprivate var events: UInt32 {
      switch self {
      case .nothing: 0
      case .read: EPOLLIN.rawValue
      case .write: EPOLLOUT.rawValue
      }
    }
  }

  /// Events fetched by one call: few, so that the arrival of what comes meanwhile is noticed soon.
  private static let batch = 64

  private let descriptor: Descriptor
  private let events: UnsafeMutablePointer<epoll_event>

  init() throws(TransportError) {
    descriptor = Descriptor(try SystemCall.require("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) })
    events = .allocate(capacity: Self.batch)
  }

  deinit { events.deallocate() }

  func add(_ number: Int32, _ interest: Interest, _ token: EventToken) -> Bool {
    control(EPOLL_CTL_ADD, number, interest, token)
  }

  func change(_ number: Int32, _ interest: Interest, _ token: EventToken) -> Bool {
    control(EPOLL_CTL_MOD, number, interest, token)
  }

  private func control(_ operation: Int32, _ number: Int32, _ interest: Interest, _ token: EventToken) -> Bool {
    clinux_epoll_control(descriptor.number, operation, number, interest.events, token.bits) == 0
  }

  /// Waits for events.
  /// - Parameter milliseconds: -1 for as long as it takes.
  /// - Returns: how many there are, to be read with `token(_:)`.
  func wait(milliseconds: Int32) -> Int {
    // An interrupted wait is a wait that ended early: the caller looks at the clock anyway.
    max(0, Int(epoll_wait(descriptor.number, events, Int32(Self.batch), milliseconds)))
  }

  func token(_ index: Int) -> EventToken {
    EventToken(bits: clinux_epoll_token(events + index))
  }
}
