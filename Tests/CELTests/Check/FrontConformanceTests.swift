import CEL
import Foundation
import TestSupport
import Testing

/// The part of the CEL project's conformance tests that speaks of parsing and checking.
@Suite("Conformance of parsing and checking", .enabled(if: SharedData.isPresent, "needs ../shared/data"))
struct FrontConformanceTests {
  struct Row: Decodable {
    let file: String
    let name: String
    let expr: String
    let container: String?
    let type_env: [Declaration]?
    let disable_check: Bool?
    let eval_error: Absent?
    let typed_result: TypedResult?

    struct TypedResult: Decodable { let deduced_type: SuiteType }
    struct Absent: Decodable {}

    struct Declaration: Decodable {
      let name: String
      let ident: Identifier?
      let function: Function?
    }

    struct Identifier: Decodable { let type: SuiteType }
    struct Function: Decodable { let overloads: [Overload] }

    struct Overload: Decodable {
      let overload_id: String
      let params: [SuiteType]?
      let result_type: SuiteType
    }
  }

  static func rows() throws -> [Row] {
    try SharedData.lines("cel/conformance.jsonl").map { try JSONDecoder().decode(Row.self, from: $0) }
  }

  @Test("parses every expression")
  func parses() throws {
    let environment = Environment(.full)
    var count = 0
    for row in try Self.rows() {
      #expect(throws: Never.self, "\(row.file)/\(row.name)") { try environment.parse(row.expr) }
      count += 1
    }
    #expect(count > 1_200)
  }

  @Test("checks every expression that is to be checked, and deduces the types that are given")
  func deduces() throws {
    var deduced = 0
    for row in try Self.rows()
    where row.disable_check != true && row.eval_error == nil {
      do throws(CompileErrors) {
        let type = try Self.environment(row).check(row.expr).resultType
        if let wanted = row.typed_result?.deduced_type.type {
          #expect(type == wanted, "\(row.file)/\(row.name): \(row.expr)")
          deduced += 1
        }
      } catch {
        Issue.record("\(row.file)/\(row.name): \(error)")
      }
    }
    #expect(deduced > 20)
  }

  private static func environment(_ row: Row) -> Environment {
    var environment = Environment(.full, container: row.container ?? "")
    for declaration in row.type_env ?? [] {
      if let type = declaration.ident?.type.type { environment.declare(declaration.name, type) }
      for overload in declaration.function?.overloads ?? [] {
        environment.declare(
          FunctionDeclaration(
            declaration.name,
            [.init(overload.overload_id, (overload.params ?? []).map(\.type), overload.result_type.type)]))
      }
    }
    return environment
  }
}

/// A type in the suite's JSON.
struct SuiteType: Decodable {
  let type: CELType

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  private struct List: Decodable { let elem_type: SuiteType }

  private struct Map: Decodable {
    let key_type: SuiteType
    let value_type: SuiteType
  }

  private struct Abstract: Decodable {
    let name: String
    let parameter_types: [SuiteType]?
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let key = try #require(container.allKeys.first)
    switch key.stringValue {
    case "primitive":
      type = try #require(Self.primitives[container.decode(String.self, forKey: key)])
    case "dyn": type = .dyn
    case "null": type = .null
    case "type_param": type = .parameter(try container.decode(String.self, forKey: key))
    case "list_type": type = .list(try container.decode(List.self, forKey: key).elem_type.type)
    case "map_type":
      let map = try container.decode(Map.self, forKey: key)
      type = .map(map.key_type.type, map.value_type.type)
    case "abstract_type":
      let abstract = try container.decode(Abstract.self, forKey: key)
      let parameters = (abstract.parameter_types ?? []).map(\.type)
      type = abstract.name == "optional_type" ? .optional(parameters[0]) : .abstract(abstract.name, parameters)
    default:
      throw DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: "a type of another kind")
    }
  }

  private static let primitives: [String: CELType] = [
    "BOOL": .bool, "INT64": .int, "UINT64": .uint, "DOUBLE": .double, "STRING": .string, "BYTES": .bytes,
  ]
}
