internal import Memory

/// What is known of a lazy or a shared slot besides its value.
///
/// An API server charges a policy for each of its variables once, when it is first needed. A value that was computed for another policy, or
/// in an earlier phase of this one, brings such charges with it: those of the lazy slots that computing it has needed. So each
/// computation notes them.
struct SlotState: BitwiseCopyable {
  var cost = 0
  /// What the evaluation had cost where the computation of a shared slot began.
  var start = 0
  /// The phase in which it was needed last.
  var phase = 0
  /// Numbers its computation.
  var computation = 0
  /// The computation that has last noted that it needs this slot.
  var notedBy = 0
  /// What computing it needed: lazy slots, and shared ones that need such.
  var needs: UnsafeMutablePointer<Need>?
  /// What was under computation where that of a shared slot began.
  var outer: UnsafeMutablePointer<SlotState>?

  struct Need: BitwiseCopyable {
    let slot: UnsafeMutablePointer<SlotState>
    let next: UnsafeMutablePointer<Need>?
  }
}

extension MachineState {
  @inline(__always)
  mutating func markComputed(_ register: UInt32) {
    computed[computedCount] = register
    computedCount &+= 1
  }

  @inline(__always)
  func slot(_ register: UInt32) -> UnsafeMutablePointer<SlotState> { slots + (Int(register) &- firstLazy) }

  /// A slot is needed by what is under computation.
  @inline(__always)
  mutating func note(_ slot: UnsafeMutablePointer<SlotState>) {
    if let computing, slot.pointee.notedBy != computing.pointee.computation { note(slot, neededBy: computing) }
  }

  @inline(never)
  private func note(_ slot: UnsafeMutablePointer<SlotState>, neededBy user: UnsafeMutablePointer<SlotState>) {
    guard let context else { return }
    let need = context.arena.allocate(SlotState.Need.self, count: 1)
    need.initialize(to: SlotState.Need(slot: slot, next: user.pointee.needs))
    user.pointee.needs = need
    slot.pointee.notedBy = user.pointee.computation
  }

  /// The computation of a slot begins.
  /// - Parameter isNew: false where it has a value, which it keeps should this computation not come to its end.
  @inline(__always)
  mutating func compute(_ slot: UnsafeMutablePointer<SlotState>, isNew: Bool) {
    computations &+= 1
    slot.pointee.computation = computations
    if isNew { slot.pointee.needs = nil }
    computing = slot
  }

  /// A slot that has its value is needed: charges for the lazy slots in that where this is the first time in the phase.
  @inline(__always)
  mutating func needAgain(_ slot: UnsafeMutablePointer<SlotState>) {
    if slot.pointee.phase != phase { chargeAgain(slot) }
  }

  @inline(never)
  private mutating func chargeAgain(_ slot: UnsafeMutablePointer<SlotState>) {
    slot.pointee.phase = phase
    if slot < firstShared { lazyCost &+= slot.pointee.cost }
    var next = slot.pointee.needs
    while let need = next {
      needAgain(need.pointee.slot)
      next = need.pointee.next
    }
  }

  /// A lazy slot has been computed.
  @inline(__always)
  mutating func finishLazy(_ frame: UnsafeMutablePointer<Frame>, cost: Int) {
    markComputed(frame.pointee.register)
    let slot = slot(frame.pointee.register)
    slot.pointee.cost = cost
    slot.pointee.phase = phase
    lazyCost &+= cost
    computing = frame.pointee.computing
  }
}
