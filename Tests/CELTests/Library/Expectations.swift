import CEL
import Testing

/// Expressions and what an API server's environment makes of them, a line each.
enum Expectations {
  /// The value as CEL text, `error: MESSAGE`, or `rejected: MESSAGE` of the first mistake.
  static func result(_ source: String, _ variables: [String: String] = [:], patches: Bool = false) -> String {
    var environment = Environment(.kubernetes)
    environment.declareAuthorizer()
    if patches { environment.declarePatchTypes() }
    for name in variables.keys { environment.declare(name, .dyn) }
    do throws(CompileErrors) {
      return Evaluating.evaluate(try environment.check(source), variables)
    } catch {
      return "rejected: \(error.issues.first?.message ?? "")"
    }
  }

  static func check(_ table: KeyValuePairs<String, String>, patches: Bool = false) {
    for (source, expected) in table {
      let result = result(source, patches: patches)
      #expect(result == expected, "\(source)")
    }
  }
}
