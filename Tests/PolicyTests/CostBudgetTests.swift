import Policy
import Testing

@Suite("Budgets of a policy")
struct CostBudgetTests {
  // Costs 2 + 10,000 traversals of a tenth of 900 code points: 900,004, while it takes no time.
  private static let costly = "!object.s.contains(object.t)"
  private static let costlyRequest = request(
    object: """
      {"s":"\(String(repeating: "a", count: 100_000))","t":"\(String(repeating: "b", count: 900))"}
      """)
  private static let exceeded =
    "validation failed due to running out of cost budget, no further validation rules will be run"

  private static func judged(
    conditions: Int = 0, validations: Int = 0, annotations: Int = 0, costly: String = costly, tail: String = ""
  ) throws -> [String] {
    var spec = ""
    func list(_ name: String, _ count: Int, _ entry: (Int) -> String) {
      guard count > 0 else { return }
      spec += "\(name):\n" + (0..<count).map { "- \(entry($0))\n" }.joined()
    }
    list("matchConditions", conditions) { "{name: c\($0), expression: \"\(costly)\"}" }
    list("validations", max(validations, 1)) {
      "{expression: \"\(validations == 0 ? "false" : costly)\", message: m\($0)}"
    }
    list("auditAnnotations", annotations) { "{key: k\($0), valueExpression: \"\(costly) ? 'x' : ''\"}" }
    return try judge(costlyRequest, under: policySet(podPolicy(spec + tail))).failures["p"] ?? []
  }

  @Test("validations may cost 10,000,000 together; beyond, nothing else is said")
  func validations() throws {
    #expect(try Self.judged(validations: 11) == [])
    #expect(try Self.judged(validations: 12) == ["-1: \(Self.exceeded)"])
  }

  @Test("match conditions may cost 2,500,000 together")
  func conditions() throws {
    #expect(try Self.judged(conditions: 2) == ["0: m0"])
    #expect(try Self.judged(conditions: 3) == ["-1: \(Self.exceeded)"])
    #expect(try Self.judged(conditions: 3, tail: "failurePolicy: Ignore\n") == [])
  }

  @Test("annotations have the same budget again")
  func annotations() throws {
    #expect(try Self.judged(validations: 11, annotations: 11) == [])
    #expect(try Self.judged(annotations: 12) == ["-1: \(Self.exceeded)"])
  }

  @Test("one expression may cost 1,000,000, a variable too")
  func expression() throws {
    let costly = "!(object.s + object.s).contains(object.t)"
    #expect(
      try Self.judged(validations: 1, costly: costly) == [
        "0: expression '\(costly)' resulted in error: operation cancelled: actual cost limit exceeded"
      ])
    let variables = "variables:\n- {name: v, expression: \"\(costly)\"}\n"
    #expect(
      try Self.judged(validations: 1, costly: "variables.v", tail: variables) == [
        "0: expression 'variables.v' resulted in error: composited variable \"v\" fails to evaluate: "
          + "operation cancelled: actual cost limit exceeded"
      ])
    #expect(try Self.judged(validations: 1, costly: "variables.v || true", tail: variables) == [])
  }
}
