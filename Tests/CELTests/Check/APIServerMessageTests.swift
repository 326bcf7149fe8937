import CEL
import Foundation
import TestSupport
import Testing

/// What a real API server said when it refused an expression, word for word.
@Suite("Messages of an API server", .enabled(if: SharedData.isPresent, "needs ../shared/data"))
struct APIServerMessageTests {
  struct Row: Decodable {
    let name: String
    let message: String?
    let manifest: Manifest

    struct Manifest: Decodable { let spec: Spec }

    struct Spec: Decodable {
      let validations: [Expression]?
      let matchConditions: [Expression]?
    }

    struct Expression: Decodable { let expression: String }
  }

  private static func environment() -> Environment {
    var environment = Environment(.kubernetes)
    environment.declare("object", .dyn)
    environment.declare("request", .object("kubernetes.AdmissionRequest"))
    environment.declareObject("kubernetes.AdmissionRequest", fields: ["kind": .dyn, "operation": .string])
    environment.declare("namespaceObject", .object("kubernetes.Namespace"))
    environment.declareObject("kubernetes.Namespace", fields: ["metadata": .object("kubernetes.NamespaceMetadata")])
    environment.declareObject("kubernetes.NamespaceMetadata", fields: ["labels": .map(.string, .string)])
    return environment
  }

  @Test("are ours too")
  func match() throws {
    let environment = Self.environment()
    var count = 0
    for line in try SharedData.lines("vap/validation.jsonl") {
      let row = try JSONDecoder().decode(Row.self, from: line)
      guard let wanted = row.message?.firstRange(of: "compilation failed: ") else { continue }
      let expressions = (row.manifest.spec.validations ?? []) + (row.manifest.spec.matchConditions ?? [])
      let messages = expressions.compactMap { Rejection.rejection($0.expression, environment)?.description }
      let message = row.message.map { String($0[wanted.upperBound...]) } ?? ""
      #expect(messages.contains(message), "\(row.name)")
      count += 1
    }
    #expect(count > 15)
  }
}
