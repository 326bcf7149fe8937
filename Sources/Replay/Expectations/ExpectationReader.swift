internal import CEL
internal import JSON
internal import Memory
internal import Policy

/// Reads `expect` of a test.
enum ExpectationReader {
  private static let fields = [
    "decision", "policy", "exception", "code", "reason", "message", "messagePattern", "warnings", "warningPatterns",
    "object",
  ]

  /// - Parameter value: an object, or `allow` or `deny` alone.
  static func read(_ value: Cursor, _ place: String, _ reader: inout TestFileReader) -> Expectation {
    var expectation = Expectation()
    if let text = value.stringValue {
      expectation.decision = decision(text, place, &reader)
      return expectation
    }
    guard value.isObject else {
      reader.wrong(place, "must be `allow`, `deny` or an object")
      return expectation
    }
    reader.check(value, fields, place)
    if value.count == 0 { reader.wrong(place, "expects nothing") }
    if let text = reader.string(value, "decision", place) {
      expectation.decision = decision(text, "\(place).decision", &reader)
    }
    expectation.policy = reader.string(value, "policy", place)
    expectation.exception = reader.string(value, "exception", place)
    expectation.reason = reader.string(value, "reason", place)
    if let code = value.member("code") {
      expectation.code = code.integer.map { Int($0) }
      if expectation.code == nil { reader.wrong("\(place).code", "must be a number") }
    }
    expectation.message = reader.string(value, "message", place).map { .exactly($0) }
    if let pattern = reader.string(value, "messagePattern", place) {
      if expectation.message != nil { reader.wrong(place, "has both `message` and `messagePattern`") }
      expectation.message = text(pattern, "\(place).messagePattern", &reader)
    }
    if let texts = strings(value, "warnings", place, &reader) { expectation.warnings = texts.map { .exactly($0) } }
    if let patterns = strings(value, "warningPatterns", place, &reader) {
      let texts = patterns.compactMap { text($0, "\(place).warningPatterns", &reader) }
      expectation.warnings = (expectation.warnings ?? []) + texts
    }
    if let object = value.member("object"), let document = reader.object(object, "\(place).object") {
      // A value points into its document, which must live as long.
      expectation.object = withExtendedLifetime(document) { document.root.json }
    }
    return expectation
  }

  private static func strings(
    _ object: Cursor, _ key: StaticString, _ place: String, _ reader: inout TestFileReader
  ) -> [String]? {
    guard let member = object.member(key) else { return nil }
    let texts = member.elements.compactMap(\.stringValue)
    if member.isArray, texts.count == member.count { return texts }
    reader.wrong("\(place).\(key)", "must be a list of strings")
    return nil
  }

  private static func decision(
    _ text: String, _ place: String, _ reader: inout TestFileReader
  ) -> Expectation.Decision? {
    if let decision = Expectation.Decision(rawValue: text) { return decision }
    reader.wrong(place, "is not one of `allow`, `deny`")
    return nil
  }

  private static func text(_ pattern: String, _ place: String, _ reader: inout TestFileReader) -> Expectation.Text? {
    do throws(TextPatternError) {
      return .matching(try TextPattern(pattern))
    } catch {
      reader.wrong(place, ": \(error.message)")
      return nil
    }
  }
}
