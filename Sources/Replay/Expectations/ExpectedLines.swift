internal import JSON
package import Memory
internal import Policy

/// The lines of an earlier run (`--expect`), beside those of this one.
///
/// In the order of the earlier run it is read line by line and costs no memory; a line that comes out of its turn is kept until its
/// review comes.
package struct ExpectedLines: ~Copyable {
  private let path: String
  private var lines: LineReader
  private var waiting: [String: [Line]] = [:]
  private var order: [String] = []
  private var tape = Tape()
  private var otherTape = Tape()
  private var isAtEnd = false

  private struct Line {
    let text: String
    let number: Int
  }

  /// Bytes of a line.
  static var maximumLength: Int { 64 << 20 }

  /// - Throws: why the file cannot be opened.
  package init(_ path: String) throws(FileError) {
    self.path = path
    lines = try LineReader(path: path, maximumLength: Self.maximumLength)
  }

  /// Compares a line of this run with that of the earlier one that has the same id.
  /// - Returns: what is not as it was; empty where all is.
  /// - Throws: why the file cannot be read on.
  package mutating func compare(_ line: ByteSlice, id: String) throws(FileError) -> [String] {
    guard let expected = try find(id) else { return ["\(path) has no line with this id"] }
    let place = "\(path):\(expected.number)"
    let result = expected.text.withByteSlice { text -> [String] in
      if Self.isSame(text, line) { return [] }
      guard let _ = try? tape.parse(text), let before = VerdictRecord(line: tape.root) else {
        return ["\(place) is no line of `-o jsonl`"]
      }
      guard let _ = try? otherTape.parse(line), let after = VerdictRecord(line: otherTape.root) else { return [] }
      return Self.differences(before, after).map { "\($0) (\(place))" }
    }
    return result
  }

  /// The ids of the earlier run that did not come up in this one.
  package mutating func missing() throws(FileError) -> [String] {
    while let id = try readOn() { order.append(id) }
    return order.filter { waiting.removeValue(forKey: $0) != nil }
  }

  private mutating func find(_ id: String) throws(FileError) -> Line? {
    if var known = waiting[id], !known.isEmpty {
      let line = known.removeFirst()
      waiting[id] = known.isEmpty ? nil : known
      return line
    }
    while let next = try readOn() {
      if next == id { return try find(id) }
      order.append(next)
    }
    return nil
  }

  /// Reads the next line and keeps it.
  /// - Returns: its id; nil at the end.
  private mutating func readOn() throws(FileError) -> String? {
    if isAtEnd { return nil }
    guard let line = try lines.next() else {
      isAtEnd = true
      return nil
    }
    if line.isTooLong { throw FileError("line \(line.number) is longer than \(Self.maximumLength) bytes") }
    guard let _ = try? tape.parse(line.bytes), let id = tape.root.member("id")?.stringValue else {
      throw FileError("line \(line.number) is no line of `-o jsonl`")
    }
    waiting[id, default: []].append(Line(text: line.bytes.string, number: line.number))
    return id
  }

  /// Whether both lines say the same, the time aside.
  private static func isSame(_ left: ByteSlice, _ right: ByteSlice) -> Bool {
    let key = ByteSlice("\"micros\":")
    guard let leftStart = left.firstIndex(of: key), let rightStart = right.firstIndex(of: key),
      left.prefix(leftStart) == right.prefix(rightStart)
    else { return false }
    return afterNumber(left.dropFirst(leftStart + key.count)) == afterNumber(right.dropFirst(rightStart + key.count))
  }

  private static func afterNumber(_ text: ByteSlice) -> ByteSlice {
    text.dropFirst(text.firstIndex(of: UInt8(ascii: ",")) ?? text.count)
  }

  private static func differences(_ before: VerdictRecord, _ after: VerdictRecord) -> [String] {
    let found = VerdictComparison.differences(before, after, .expected).map { difference in
      """
      \(difference.kind.title): expected \(difference.before.isEmpty ? "nothing" : difference.before)
      but it is \(difference.after.isEmpty ? "nothing" : difference.after)
      """
    }
    if !found.isEmpty { return found }
    func results(_ verdict: VerdictRecord) -> String {
      verdict.policies.map { "\($0.title) \($0.result.name)" }.joined(separator: ", ")
    }
    if before.policies != after.policies {
      return ["other policies: expected \(results(before)), but it is \(results(after))"]
    }
    return []
  }
}

extension VerdictRecord {
  /// What a line of `-o jsonl` says; nil where it is none.
  init?(line: Cursor) {
    guard let allowed = line.member("allowed")?.bool else { return nil }
    func text(_ cursor: Cursor?, _ name: StaticString) -> String { cursor?.member(name)?.stringValue ?? "" }
    self.allowed = allowed
    code = Int(line.member("code")?.integer ?? 0)
    reason = text(line, "reason")
    message = text(line, "message")
    warnings = line.member("warnings").map { $0.elements.compactMap(\.stringValue) } ?? []
    annotations =
      line.member("auditAnnotations").map { members in
        members.members.map { Annotation(key: $0.stringValue ?? "", value: $1.stringValue ?? "") }
      } ?? []
    patch = line.member("patch").map { $0.count == 0 ? "" : $0.json } ?? ""
    policies =
      line.member("policies").map { policies in
        policies.elements.map { policy in
          let result = policy.member("result")?.stringValue ?? ""
          let failures = policy.member("failures").map { failures in
            failures.elements.map {
              Failure(
                index: Int($0.member("index")?.integer ?? 0), message: text($0, "message"), reason: text($0, "reason"),
                isError: false)
            }
          }
          return PolicyRecord(
            name: text(policy, "policy"), binding: text(policy, "binding"),
            result: PolicyOutcome.Result.allCases.first { $0.name.description == result } ?? .pass,
            denied: !allowed && result != "pass", failures: failures ?? [], exception: text(policy, "exception"))
        }
      } ?? []
  }
}
