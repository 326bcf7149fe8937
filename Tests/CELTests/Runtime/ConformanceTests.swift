import CEL
import Foundation
import Memory
import TestSupport
import Testing

/// The CEL project's own conformance tests, those without protobuf messages: what is checked, compiled and evaluated
/// gives the value that the suite wants, or fails where it wants a failure.
@Suite("Conformance of evaluation", .enabled(if: SharedData.isPresent, "needs ../shared/data"))
struct ConformanceTests {
  /// Files, or sections of one, that are not reached yet.
  static let skippedSections: [String: String] = [
    "network_ext": "IP and CIDR functions are not written yet"
  ]

  /// Tests by file/section/name.
  static let skipped: [String: String] = [
    "parse/bytes_literals/triple_double_quoted_unescaped_punctuation":
      "the suite's value has a backslash that its expression has not"
  ]

  static let files: [String] = (try? Set(rows().map(\.file)).sorted()) ?? []

  struct Row {
    let file: String
    let name: String
    let json: [String: Any]

    var isSkipped: Bool {
      ConformanceTests.skipped[name] != nil || ConformanceTests.skippedSections[file] != nil
        || ConformanceTests.skippedSections["\(file)/\(json["section"] ?? "")"] != nil
    }
  }

  static func rows() throws -> [Row] {
    try SharedData.lines("cel/conformance.jsonl").compactMap { line in
      guard let json = try JSONSerialization.jsonObject(with: line) as? [String: Any],
        let file = json["file"] as? String
      else { return nil }
      let path = [file, json["section"] as? String ?? "", json["name"] as? String ?? ""].joined(separator: "/")
      return Row(file: file, name: path, json: json)
    }
  }

  @Test("every test of the file gives what it should", arguments: files)
  func conforms(file: String) throws {
    var failures: [String] = []
    for row in try Self.rows() where row.file == file && !row.isSkipped {
      if let failure = Self.failure(row.json) { failures.append("\(row.name): \(row.json["expr"] ?? ""): \(failure)") }
    }
    #expect(failures.isEmpty, "\(failures.count) failed:\n\(failures.joined(separator: "\n"))")
  }

  @Test("nothing that passes is on the list of skipped tests")
  func skipListShrinks() throws {
    for row in try Self.rows() where Self.skipped[row.name] != nil {
      #expect(Self.failure(row.json) != nil, "\(row.name) passes")
    }
  }

  /// What is wrong with the result of a test, or nil.
  static func failure(_ test: [String: Any]) -> String? {
    guard let source = test["expr"] as? String else { return "no expression" }
    if test["check_only"] as? Bool == true { return nil }
    var environment = Environment(.full, container: test["container"] as? String ?? "")
    for declaration in test["type_env"] as? [[String: Any]] ?? [] {
      guard let name = declaration["name"] as? String else { continue }
      if let identifier = declaration["ident"] as? [String: Any] {
        environment.declare(name, ConformanceType.type(identifier["type"]))
      }
    }
    let bindings = test["bindings"] as? [String: [String: Any]] ?? [:]
    let expectsError = test["eval_error"] != nil
    let checked: CheckedExpression
    do {
      checked =
        test["disable_check"] as? Bool == true
        ? try environment.resolve(source, variables: Set(bindings.keys)) : try environment.check(source)
    } catch {
      return expectsError ? nil : "rejected: \(error.issues.map(\.message))"
    }
    var builder = ProgramBuilder(.init(isStrict: true))
    var scope = Scope()
    var slots: [(VariableSlot, [String: Any])] = []
    for (name, binding) in bindings {
      let slot = builder.variable(name)
      scope.bind(name, to: slot)
      slots.append((slot, binding["value"] as? [String: Any] ?? [:]))
    }
    let entry: EntryPoint
    do {
      entry = try builder.add(checked, scope: scope)
    } catch {
      return expectsError ? nil : "not compiled: \(error.issues.map(\.message))"
    }
    let program = builder.finish()
    let arena = Arena()
    var machine = Machine()
    machine.begin(program, arena: arena.handle)
    for (slot, json) in slots { machine.bind(slot, ConformanceValue.value(json, machine.context)) }
    let value = machine.evaluate(entry)
    if let message = value.errorMessage { return expectsError ? nil : "error: \(message.string)" }
    let text = machine.context.description(of: value)
    if expectsError { return "no error but \(text)" }
    guard let expected = (test["value"] ?? (test["typed_result"] as? [String: Any])?["result"]) as? [String: Any] else {
      return value.isTrue ? nil : "expected true, not \(text)"
    }
    let wanted = ConformanceValue.value(expected, machine.context)
    return ConformanceValue.isSame(value, wanted, machine.context)
      ? nil : "\(text) is not \(machine.context.description(of: wanted))"
  }
}

/// Values in the suite's JSON.
enum ConformanceValue {
  static func value(_ json: [String: Any], _ context: EvaluationContext) -> Value {
    guard let (kind, content) = json.first else { return .null }
    switch kind {
    case "bool_value": return .bool(content as? Bool ?? false)
    case "int64_value": return .int(Int64(content as? String ?? "") ?? 0)
    case "uint64_value": return .uint(UInt64(content as? String ?? "") ?? 0)
    case "double_value":
      if let text = content as? String { return .double(text == "Infinity" ? .infinity : Double(text) ?? .nan) }
      return .double((content as? NSNumber)?.doubleValue ?? 0)
    case "string_value": return .string(copy(Array((content as? String ?? "").utf8), context))
    case "bytes_value": return .bytes(copy(Array(Data(base64Encoded: content as? String ?? "") ?? Data()), context))
    case "type_value": return .type(copy(Array((content as? String ?? "").utf8), context))
    case "list_value":
      let values = ((content as? [String: Any])?["values"] as? [[String: Any]] ?? []).map { value($0, context) }
      return values.withUnsafeBufferPointer { context.arena.list($0) }
    case "map_value":
      var values: [Value] = []
      for entry in (content as? [String: Any])?["entries"] as? [[String: Any]] ?? [] {
        values.append(value(entry["key"] as? [String: Any] ?? [:], context))
        values.append(value(entry["value"] as? [String: Any] ?? [:], context))
      }
      return values.withUnsafeBufferPointer { context.arena.map(keysAndValues: $0) }
    default: return .null
    }
  }

  private static func copy(_ bytes: [UInt8], _ context: EvaluationContext) -> ByteSlice {
    bytes.withUnsafeBufferPointer { context.arena.copy(ByteSlice($0)) }
  }

  /// Equal and of the same kinds; NaN is the same as NaN.
  static func isSame(_ left: Value, _ right: Value, _ context: EvaluationContext) -> Bool {
    guard left.tag == right.tag else { return false }
    switch left.tag {
    case .double:
      guard let first = left.asDouble, let second = right.asDouble else { return false }
      return first == second || first.isNaN && second.isNaN
    case .list:
      guard left.count == right.count, var first = Elements(left), var second = Elements(right) else { return false }
      while first.remaining > 0 {
        if !isSame(first.next(context), second.next(context), context) { return false }
      }
      return true
    case .map:
      guard left.count == right.count, var entries = Elements(left) else { return false }
      while entries.remaining > 0 {
        let (key, value) = entries.nextEntry(context)
        guard let other = context.find(key, in: right), isSame(value, other, context) else { return false }
      }
      return true
    default: return context.equal(left, right)
    }
  }
}

/// Types in the suite's JSON.
enum ConformanceType {
  static func type(_ json: Any?) -> CELType {
    guard let object = json as? [String: Any], let (kind, content) = object.first else { return .dyn }
    switch (kind, content as? String) {
    case ("primitive", "BOOL"): return .bool
    case ("primitive", "INT64"): return .int
    case ("primitive", "UINT64"): return .uint
    case ("primitive", "DOUBLE"): return .double
    case ("primitive", "STRING"): return .string
    case ("primitive", "BYTES"): return .bytes
    case ("list_type", _): return .list(type((content as? [String: Any])?["elem_type"]))
    case ("map_type", _):
      let map = content as? [String: Any]
      return .map(type(map?["key_type"]), type(map?["value_type"]))
    case ("null", _): return .null
    default: return .dyn
    }
  }
}
