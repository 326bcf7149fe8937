internal import CEL
internal import JSON
internal import Memory
internal import Policy

/// Reads `expect` of a test.
enum ExpectationReader {
  private static let fields = [
    "decision", "policy", "code", "reason", "message", "messagePattern", "warnings", "warningPatterns", "object",
  ]

  /// - Parameter value: an object, or `allow` or `deny` alone.
  static func read(_ value: Cursor, _ place: String, _ reader: TestFileReader, _ problem: (String) -> Void)
    -> Expectation
  {
    var expectation = Expectation()
    if let text = value.stringValue {
      expectation.decision = decision(text, place, problem)
      return expectation
    }
    guard value.isObject else {
      problem("`\(place)` must be `allow`, `deny` or an object")
      return expectation
    }
    for (key, _) in value.members where !fields.contains(key.stringValue ?? "") {
      let known = fields.map { "`\($0)`" }.joined(separator: ", ")
      problem("unknown field `\(place).\(key.stringValue ?? "")`; there are \(known)")
    }
    if value.count == 0 { problem("`\(place)` expects nothing") }
    if let decision = value.member("decision") {
      expectation.decision = self.decision(decision.stringValue ?? "", "\(place).decision", problem)
    }
    expectation.policy = string("policy")
    expectation.reason = string("reason")
    if let code = value.member("code") {
      expectation.code = code.integer.map { Int($0) }
      if expectation.code == nil { problem("`\(place).code` must be a number") }
    }
    expectation.message = string("message").map { .exactly($0) }
    if let pattern = string("messagePattern") {
      if expectation.message != nil { problem("`\(place)` has both `message` and `messagePattern`") }
      expectation.message = text(pattern, "\(place).messagePattern", problem)
    }
    if let warnings = strings("warnings") { expectation.warnings = warnings.map { .exactly($0) } }
    if let patterns = strings("warningPatterns") {
      let texts = patterns.compactMap { text($0, "\(place).warningPatterns", problem) }
      expectation.warnings = (expectation.warnings ?? []) + texts
    }
    if let object = value.member("object") {
      var reader = reader
      let document = reader.document(object, 0, "\(place).object")
      // A value points into its document, which must live as long.
      expectation.object = withExtendedLifetime(document) { document?.root.json }
      if expectation.object == nil { problem(reader.problems.last?.message ?? "`\(place).object` cannot be read") }
    }
    return expectation

    func string(_ name: StaticString) -> String? {
      guard let member = value.member(name), !member.isNull else { return nil }
      if let text = member.stringValue { return text }
      problem("`\(place).\(name)` must be a string")
      return nil
    }

    func strings(_ name: StaticString) -> [String]? {
      guard let member = value.member(name) else { return nil }
      let texts = member.elements.compactMap(\.stringValue)
      if member.isArray, texts.count == member.count { return texts }
      problem("`\(place).\(name)` must be a list of strings")
      return nil
    }
  }

  private static func decision(_ text: String, _ place: String, _ problem: (String) -> Void) -> Expectation.Decision? {
    if let decision = Expectation.Decision(rawValue: text) { return decision }
    problem("`\(place)` is not one of `allow`, `deny`")
    return nil
  }

  private static func text(_ pattern: String, _ place: String, _ problem: (String) -> Void) -> Expectation.Text? {
    do throws(TextPatternError) {
      return .matching(try TextPattern(pattern))
    } catch {
      problem("`\(place)`: \(error.message)")
      return nil
    }
  }
}
