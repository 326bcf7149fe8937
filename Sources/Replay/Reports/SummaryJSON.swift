internal import JSON
internal import Memory

/// The numbers of a run as JSON.
enum SummaryJSON {
  static func write(_ outcome: RunOutcome, to buffer: inout ByteBuffer) {
    let summary = outcome.summary
    buffer.writeObjectStart()
    for (key, value) in [
      ("reviews", summary.reviews), ("allowed", summary.allowed), ("denied", summary.denied),
      ("errors", summary.errors), ("unreadable", summary.unreadable), ("expected", summary.expected),
      ("unmet", summary.unmet), ("compared", summary.compared), ("changed", summary.changed),
    ] as [(StaticString, Int)] {
      buffer.writeKey(key)
      buffer.writeInteger(Int64(value))
    }
    if outcome.isInterrupted {
      buffer.writeKey("interrupted")
      buffer.writeBool(true)
    }
    buffer.writeKey("micros")
    buffer.writeObjectStart()
    for (key, nanoseconds) in [
      ("mean", summary.latency.mean), ("p50", summary.latency.percentile(0.5)),
      ("p99", summary.latency.percentile(0.99)), ("max", summary.latency.maximum),
    ] as [(StaticString, UInt64)] {
      buffer.writeKey(key)
      buffer.writeDouble(Double(nanoseconds / 100) / 10)
    }
    buffer.writeObjectEnd()
    buffer.writeKey("policies")
    buffer.writeArrayStart()
    for policy in summary.policies {
      buffer.writeObjectStart()
      buffer.writeKey("policy")
      buffer.writeString(policy.name)
      for (key, value) in [("matched", policy.matched), ("denied", policy.denied), ("errors", policy.errors)]
        as [(StaticString, Int)]
      {
        buffer.writeKey(key)
        buffer.writeInteger(Int64(value))
      }
      buffer.writeObjectEnd()
    }
    buffer.writeArrayEnd()
    if let coverage = outcome.coverage {
      buffer.writeKey("uncovered")
      buffer.writeArrayStart()
      for item in coverage.items {
        write(item, to: &buffer)
      }
      buffer.writeArrayEnd()
    }
    if outcome.comparison != nil { write(outcome.impact, to: &buffer) }
    if outcome.impact.allowlisted > 0 {
      buffer.writeKey("allowlisted")
      buffer.writeInteger(Int64(outcome.impact.allowlisted))
      buffer.writeKey("falsePositives")
      buffer.writeInteger(Int64(outcome.impact.falsePositiveCount))
    }
    buffer.writeObjectEnd()
  }

  /// `{"policy":"x","validation":0,"never":"failed","expression":"…"}`, `{"exception":"x","never":"used"}`
  private static func write(_ item: Coverage.Item, to buffer: inout ByteBuffer) {
    buffer.writeObjectStart()
    buffer.write(item.subject == .exception ? "exception" : "policy", item.name)
    switch item.subject {
    case .policy, .exception: break
    case .matchCondition(let index):
      buffer.writeKey("matchCondition")
      buffer.writeInteger(Int64(index))
    case .validation(let index):
      buffer.writeKey("validation")
      buffer.writeInteger(Int64(index))
    case .mutation(let index):
      buffer.writeKey("mutation")
      buffer.writeInteger(Int64(index))
    }
    buffer.write("never", item.never)
    if !item.expression.isEmpty { buffer.write("expression", item.expression) }
    buffer.writeObjectEnd()
  }

  private static func write(_ impact: Impact, to buffer: inout ByteBuffer) {
    buffer.writeKey("impact")
    buffer.writeObjectStart()
    for section in impact.sorted {
      buffer.writeString(section.kind.rawValue)
      buffer.append(":")
      buffer.writeObjectStart()
      buffer.writeKey("count")
      buffer.writeInteger(Int64(section.count))
      for dimension in Impact.Dimension.allCases {
        buffer.writeString(dimension.rawValue)
        buffer.append(":")
        buffer.writeObjectStart()
        for group in section.sorted(dimension) {
          buffer.writeString(group.name)
          buffer.append(":")
          buffer.writeInteger(Int64(group.count))
        }
        buffer.writeObjectEnd()
      }
      buffer.writeObjectEnd()
    }
    buffer.writeObjectEnd()
  }
}
