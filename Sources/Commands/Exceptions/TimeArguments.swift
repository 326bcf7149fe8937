public import ArgumentParser
public import Policy

extension Timespan: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }

  public var defaultValueDescription: String { description }
}

extension Instant: ExpressibleByArgument {
  public init?(argument: String) {
    guard let instant = try? Instant(parsing: argument) else { return nil }
    self = instant
  }
}
