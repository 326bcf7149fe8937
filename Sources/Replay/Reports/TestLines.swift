internal import Admission
internal import JSON
package import Memory
package import Policy

/// `webhook test -o jsonl`: a line of JSON for each review. Names and their order are fixed; others read them.
package enum TestLines {
  package static func write(_ judged: JudgedReview, of set: PolicySet, to buffer: inout ByteBuffer) {
    let verdict = judged.verdict
    buffer.writeObjectStart()
    buffer.writeKey("id")
    buffer.writeString(judged.id)
    buffer.writeKey("uid")
    buffer.writeString(judged.request.uid)
    buffer.writeKey("allowed")
    buffer.writeBool(verdict.allowed)
    buffer.writeKey("code")
    buffer.writeInteger(Int64(verdict.code))
    buffer.writeKey("reason")
    buffer.writeString(verdict.reason)
    buffer.writeKey("message")
    buffer.writeString(verdict.message)
    buffer.writeKey("warnings")
    buffer.writeArrayStart()
    for warning in verdict.warnings { buffer.writeString(warning) }
    buffer.writeArrayEnd()
    buffer.writeKey("auditAnnotations")
    buffer.writeObjectStart()
    for annotation in verdict.auditAnnotations {
      buffer.writeKey(annotation.key)
      buffer.writeString(annotation.value)
    }
    buffer.writeObjectEnd()
    buffer.writeKey("patch")
    buffer.writeRaw(verdict.patch ?? ByteSlice("[]"))
    buffer.writeKey("micros")
    writeMicroseconds(judged.nanoseconds, to: &buffer)
    buffer.writeKey("policies")
    buffer.writeArrayStart()
    for outcome in verdict.outcomes { write(outcome, set, to: &buffer) }
    buffer.writeArrayEnd()
    buffer.writeObjectEnd()
    buffer.append("\n")
  }

  private static func write(_ outcome: PolicyOutcome, _ set: PolicySet, to buffer: inout ByteBuffer) {
    buffer.writeObjectStart()
    buffer.writeKey("policy")
    buffer.writeString(set.policies[outcome.policy].name)
    buffer.writeKey("binding")
    buffer.writeString(set.policies[outcome.policy].binding)
    buffer.writeKey("result")
    buffer.writeString(outcome.result.name)
    buffer.writeKey("failures")
    buffer.writeArrayStart()
    for failure in outcome.failures {
      buffer.writeObjectStart()
      buffer.writeKey("index")
      buffer.writeInteger(Int64(failure.index))
      buffer.writeKey("message")
      buffer.writeString(failure.message)
      buffer.writeKey("reason")
      buffer.writeString(failure.reason)
      buffer.writeObjectEnd()
    }
    buffer.writeArrayEnd()
    buffer.writeKey("exception")
    buffer.writeString(outcome.exceptionName)
    buffer.writeObjectEnd()
  }

  /// With one decimal.
  private static func writeMicroseconds(_ nanoseconds: UInt64, to buffer: inout ByteBuffer) {
    let tenths = (nanoseconds &+ 50) / 100
    buffer.append(decimal: tenths / 10)
    buffer.append(".")
    buffer.append(decimal: tenths % 10)
  }
}
