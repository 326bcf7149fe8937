import CEL
import Commands
import Foundation
import Memory
import TestSupport
import Testing

/// The CEL project's own conformance tests, those without protobuf messages, through the code of
/// `webhook eval --batch --environment full`.
@Suite("Conformance of CEL", .enabled(if: SharedData.isPresent, "needs ../shared/data"))
struct ConformanceTests {
  /// Values that the recorded JSON has wrong, by file/section/name.
  ///
  /// The suite writes this one as the text-format literal `" \? \" ' ` "`, in which `\?` is a question mark; the JSON has kept the
  /// backslash, though the expression, `b""" ? " ' ` """`, holds none.
  static let corrected: [String: [String: String]] = [
    "parse/bytes_literals/triple_double_quoted_unescaped_punctuation": ["bytes_value": "ID8gIiAnIGAg"]
  ]

  static let files: [String] = (try? Set(rows().map(\.file)).sorted()) ?? []

  struct Row {
    let file: String
    let name: String
    let line: Data
    let json: [String: Any]
  }

  static func rows() throws -> [Row] {
    try SharedData.lines("cel/conformance.jsonl").compactMap { line in
      guard let json = try JSONSerialization.jsonObject(with: line) as? [String: Any],
        let file = json["file"] as? String
      else { return nil }
      let path = [file, json["section"] as? String ?? "", json["name"] as? String ?? ""].joined(separator: "/")
      return Row(file: file, name: path, line: line, json: json)
    }
  }

  @Test("every test of the file gives what it should", arguments: files)
  func conforms(file: String) throws {
    var batch = EvaluationBatch(profile: .full)
    for row in try Self.rows() where row.file == file {
      let result = try #require(Batching.result(row.line, &batch))
      #expect(result["name"] as? String == row.json["name"] as? String)
      let failure = Self.difference(row, result)
      #expect(failure == nil, "\(row.name): \(row.json["expr"] ?? ""): \(failure ?? "")")
    }
  }

  @Test("no test is left out")
  func complete() throws { #expect(try Self.rows().count == 1_233) }

  /// What is wrong with a result, or nil.
  private static func difference(_ row: Row, _ result: [String: Any]) -> String? {
    let typed = row.json["typed_result"] as? [String: Any]
    if row.json["eval_error"] != nil { return result["error"] == nil ? "no error but \(result)" : nil }
    if row.json["check_only"] != nil {
      let wanted = typed?["deduced_type"] as? NSDictionary
      return wanted == result["type"] as? NSDictionary ? nil : "\(result) is not \(wanted ?? [:])"
    }
    let wanted = corrected[row.name] ?? row.json["value"] ?? typed?["result"] ?? ["bool_value": true]
    guard let value = result["value"] else { return "\(result)" }
    return isSame(value, wanted) ? nil : "\(value) is not \(wanted)"
  }

  /// Whether two values are the same: of the same kinds, in any order of a map's entries, 1 and 1.0 for a double.
  private static func isSame(_ left: Any, _ right: Any) -> Bool {
    guard let (kind, first) = (left as? [String: Any])?.first, let (other, second) = (right as? [String: Any])?.first
    else { return false }
    guard kind == other else { return false }
    switch kind {
    case "list_value":
      let (first, second) = (members(first, "values"), members(second, "values"))
      return first.count == second.count && zip(first, second).allSatisfy { isSame($0, $1) }
    case "map_value":
      let (first, second) = (members(first, "entries"), members(second, "entries"))
      return first.count == second.count
        && first.allSatisfy { entry in second.contains { isSameEntry(entry, $0) } }
    case "double_value":
      if let first = first as? String { return first == second as? String || first == "-0" && second as? Double == 0 }
      return first as? Double == second as? Double
    case "null_value": return true
    default: return (first as? NSObject)?.isEqual(second) ?? false
    }
  }

  private static func members(_ container: Any, _ key: String) -> [Any] {
    (container as? [String: Any])?[key] as? [Any] ?? []
  }

  private static func isSameEntry(_ left: Any, _ right: Any) -> Bool {
    guard let left = left as? [String: Any], let right = right as? [String: Any], let key = left["key"],
      let otherKey = right["key"], let value = left["value"], let otherValue = right["value"]
    else { return false }
    return isSame(key, otherKey) && isSame(value, otherValue)
  }
}

/// Runs lines through a batch.
enum Batching {
  /// What comes out for a line, as JSON.
  static func result(_ line: Data, _ batch: inout EvaluationBatch) throws -> [String: Any]? {
    var output = ByteBuffer()
    try line.withUnsafeBytes { bytes in try batch.evaluate(ByteSlice(bytes), into: &output) }
    return try JSONSerialization.jsonObject(with: Data(output.bytes.string.utf8)) as? [String: Any]
  }

  /// What comes out for a line, as text.
  static func text(_ line: String, _ profile: Environment.Profile) -> String {
    var batch = EvaluationBatch(profile: profile)
    var output = ByteBuffer()
    do {
      try line.withByteSlice { (line) throws(BatchLineError) in try batch.evaluate(line, into: &output) }
      return output.bytes.string
    } catch {
      return "broken: \(error)"
    }
  }
}
