internal import Memory

extension Verdict {
  /// What is said where no policy was asked anything.
  public static var allowed: Verdict {
    Verdict(
      allowed: true, code: 200, reason: .empty, message: .empty, warnings: .init(start: nil, count: 0),
      auditAnnotations: .init(start: nil, count: 0), outcomes: .init(start: nil, count: 0))
  }
}
