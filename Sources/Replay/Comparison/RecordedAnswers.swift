internal import Admission
internal import JSON
internal import Memory
internal import Policy

/// Compares verdicts with the answers that records hold.
struct RecordedAnswers: ~Copyable {
  private var answer = ByteBuffer()
  private var recorded = ByteBuffer()
  private var tape = Tape()

  /// - Parameter response: the `response` of the record.
  mutating func compare(_ response: Cursor, _ judged: JudgedReview, of set: PolicySet) -> [Difference] {
    answer.removeAll(keepingCapacity: 1 << 20)
    recorded.removeAll(keepingCapacity: 1 << 20)
    judged.verdict.response(uid: judged.request.uid).write(to: &answer, as: .v1)
    recorded.writeValue(response)
    // What this program recorded has the same members in the same order.
    let start = ByteSlice("{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"response\":")
    let inner = answer.bytes.dropFirst(min(start.count, answer.count))
    if inner.prefix(inner.count - 1) == recorded.bytes { return [] }
    guard let _ = try? tape.parse(answer.bytes), let own = tape.root.member("response") else { return [] }
    return VerdictComparison.differences(
      VerdictRecord(response: response, policies: set), VerdictRecord(response: own, policies: set), .recorded)
  }
}

extension VerdictRecord {
  /// What an answer says: of policies it holds only the names that begin the lines of its message.
  init(response: Cursor, policies set: PolicySet) {
    let status = response.member("status")
    allowed = response.member("allowed")?.bool ?? false
    code = allowed ? 200 : Int(status?.member("code")?.integer ?? 0)
    reason = allowed ? "" : status?.member("reason")?.stringValue ?? ""
    message = allowed ? "" : status?.member("message")?.stringValue ?? ""
    warnings = response.member("warnings").map { $0.elements.compactMap(\.stringValue) } ?? []
    annotations =
      response.member("auditAnnotations").map { annotations in
        annotations.members.map { Annotation(key: $0.stringValue ?? "", value: $1.stringValue ?? "") }
      } ?? []
    annotations.sort { $0.key < $1.key }
    patch = response.member("patch")?.stringValue.flatMap { PatchText.canonical(base64: $0) } ?? ""
    policies = []
    for line in message.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let name = String(line[..<colon])
      guard set.policies.contains(where: { $0.name == name }) else { continue }
      let failure = Failure(
        index: 0, message: String(line[colon...].dropFirst(2)), reason: reason, isError: false)
      if let known = policies.firstIndex(where: { $0.name == name }) {
        policies[known].failures.append(failure)
      } else {
        policies.append(
          PolicyRecord(name: name, binding: "", result: .fail, denied: true, failures: [failure], exception: ""))
      }
    }
  }
}

/// Patches as text.
enum PatchText {
  /// The patch that an answer carries, compact; the base64 itself where it is no JSON.
  static func canonical(base64 text: String) -> String {
    guard let bytes = decode(text) else { return text }
    return bytes.withUnsafeBufferPointer { bytes in
      var tape = Tape()
      guard let _ = try? tape.parse(ByteSlice(bytes)) else { return text }
      if tape.root.isArray, tape.root.count == 0 { return "" }
      var buffer = ByteBuffer()
      buffer.writeValue(tape.root)
      return buffer.bytes.string
    }
  }

  /// RFC 4648, section 4.
  private static func decode(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for character in text.utf8 {
      let value: UInt8
      switch character {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = character - UInt8(ascii: "A")
      case UInt8(ascii: "a")...UInt8(ascii: "z"): value = character - UInt8(ascii: "a") + 26
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = character - UInt8(ascii: "0") + 52
      case UInt8(ascii: "+"): value = 62
      case UInt8(ascii: "/"): value = 63
      case UInt8(ascii: "="): continue
      default: return nil
      }
      bits = bits << 6 | UInt32(value)
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
    }
    return bytes
  }
}
