internal import Synchronization

/// What an operator lets exceptions be. The same rules hold for files and for objects in a cluster.
public struct ExceptionRules: Sendable {
  /// The longest life, unless set otherwise: half a year, so that nobody forgets one for longer.
  public static let defaultMaximumLifetime = Timespan.days(180)

  /// From its start (`startsAt`, else its newest approval, else now) to its end.
  public var maximumLifetime = Self.defaultMaximumLifetime
  /// Namespaces for which there may be exceptions, with `*`, and ``clusterScope``; nil: for every object.
  public var namespaces: [String]?
  /// Among ``namespaces``, objects that are in none.
  public static let clusterScope = "/"
  /// Policies that nothing is excepted from.
  public var neverExcept: Set<String> = []
  /// Whether the user who creates or changes an exception may be the one who approves it.
  public var allowsSelfApproval = true
  /// What decides whether an exception has ended.
  public var clock = DecisionClock.system
  /// Whether loading warns of exceptions that have ended and of reviews that are due; a test whose time is set means them to be.
  package var warnsOfTime = true

  public init() {}
}

/// How a decision treats exceptions.
public struct ExceptionSettings: Sendable {
  /// How long before an exception's end its users are warned, unless set otherwise.
  public static let defaultExpiryWarning = Timespan.days(14)

  /// How long after an exception's end a denial still says that there was one: long enough for a rollout that comes once a month.
  public static let endedNotice = Timespan.days(30)

  public var expiryWarning = Self.defaultExpiryWarning
  /// For the admission of exceptions themselves; its clock decides everything.
  public var rules = ExceptionRules()

  public init() {}
}

/// The clock that decides: the system's, or one that is set by hand.
public final class DecisionClock: Sendable {
  /// The system's clock, read anew for each decision.
  public static let system = DecisionClock()

  private let isSystem: Bool
  private let time: Atomic<Int64>

  private init() {
    isSystem = true
    time = Atomic(0)
  }

  /// A clock that stands still.
  public init(at instant: Instant) {
    isSystem = false
    time = Atomic(instant.nanoseconds)
  }

  public func now() -> Instant {
    isSystem ? .now() : Instant(nanoseconds: time.load(ordering: .acquiring))
  }

  /// Sets a clock that stands still to another time, for all who look at it.
  public func set(to instant: Instant) {
    precondition(!isSystem, "the system's clock is not set here")
    time.store(instant.nanoseconds, ordering: .releasing)
  }
}
