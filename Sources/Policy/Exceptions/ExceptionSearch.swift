internal import Admission
internal import CEL
internal import Memory

/// An exception that lifts nothing and nearly would have; its place in ``PolicySet/exceptions``.
enum MissedException: BitwiseCopyable {
  case none
  /// It has ended.
  case hasEnded(Int32)
  /// One of its conditions could not be evaluated.
  case failed(Int32)
}

/// Decides whether an exception lifts what a policy found on one object. It is asked only where a policy found something.
struct ExceptionSearch {
  enum Finding: BitwiseCopyable {
    case none
    /// The place of the exception in ``PolicySet/exceptions``.
    case applies(Int32)
    case missed(MissedException)
  }

  let index: ExceptionIndex
  let now: Instant

  /// - Parameter machine: with the variables bound to what the policy has seen.
  func find(
    policy: Int, _ request: AdmissionRequest, _ object: ExceptedObject, _ machine: inout Machine, _ arena: Arena.Handle
  ) -> Finding {
    var budget = CostBudget(CostBudget.matchConditions)
    var other = Finding.none
    // INVARIANT: the one that ends last comes first, so the first that applies is the one to be named, and behind the first
    // that has ended all have.
    for exception in index.exceptions(from: policy, request, object, arena) {
      let hasEnded = exception.expiresAt <= now.nanoseconds
      if hasEnded, now.nanoseconds - exception.expiresAt > ExceptionSettings.endedNotice.nanoseconds { break }
      guard exception.startsAt <= now.nanoseconds, exception.covers(object) else { continue }
      switch meetsConditions(exception, &budget, &machine) {
      case .yes:
        if hasEnded { return .missed(.hasEnded(exception.position)) }
        return .applies(exception.position)
      case .no: continue
      case .failed:
        if hasEnded { continue }
        if case .none = other { other = .missed(.failed(exception.position)) }
      }
    }
    return other
  }

  private enum Answer {
    case yes, no, failed
  }

  /// One that is false decides, whatever errors others have; an exception that cannot be evaluated lifts nothing.
  private func meetsConditions(
    _ exception: CompiledException, _ budget: inout CostBudget, _ machine: inout Machine
  ) -> Answer {
    var answer = Answer.yes
    for condition in exception.conditions {
      let value = machine.evaluate(condition)
      guard budget.take(machine.cost) else { return .failed }
      if value.isFalse { return .no }
      if !value.isTrue { answer = .failed }
    }
    return answer
  }
}
